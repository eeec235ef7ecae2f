//! What is usual: how far another bundle that is as good as the old one is from it, asked with the same moments. Two trainings of the same
//! data differ, and so do two nights; what a new bundle changes beyond that is a change.

use super::super::noise::More;
use super::super::report::{Cell, Note, Section};
use super::ask::{Asked, ask};
use super::items::Items;
use super::moments::Moments;
use super::pairs::Pairs;
use super::told::Both;
use super::{Asking, Bundle};
use crate::read::value::cell::short;
use nearhand::{ItemIdx, Result};
use nearhand_monitor::SlatePairs;

/// By so much less may a slate keep than by the baseline: two nights are not equally far from each other, and farther than two seeds.
const TOLERATED: f64 = 0.1;

/// One baseline, beside the old bundle.
#[derive(Debug)]
pub(super) struct Usual {
    pub name: String,
    pub pairs: Pairs,
    /// Slates for which its model failed.
    pub failed: u64,
}

impl Usual {
    /// Asks a baseline.
    ///
    /// # Errors
    /// As [`ask`].
    pub(super) fn of(baseline: &mut Bundle, items: &Items, moments: &Moments, ours: &Asked, asking: &Asking<'_>) -> Result<Self> {
        let catalog = baseline.engine.catalog();
        // What neither of the two has is like nothing of theirs.
        let numbers: Vec<u32> =
            (0..catalog.base_len() as u32).map(|at| items.find(catalog.id(ItemIdx(at))).unwrap_or(u32::MAX - at)).collect();
        let asked = ask(baseline, moments, asking.k, |at| numbers.get(at as usize).copied().unwrap_or(u32::MAX))?;
        Ok(Self { name: baseline.name(), pairs: Pairs::of(moments, ours, &asked, asking.k), failed: asked.failures() })
    }

    /// Of several the one that is farthest from the old bundle.
    pub(super) fn farthest(all: &[Self]) -> Option<&Self> {
        let overlap = |usual: &Self| usual.pairs.sums.overlap().unwrap_or(1.0);
        all.iter().min_by(|a, b| overlap(a).total_cmp(&overlap(b)))
    }
}

impl Both<'_> {
    /// How much less of a slate stays than by the baseline, by session; none without one.
    pub(super) fn beyond(&self) -> Option<More> {
        let less = self.usual?.pairs.all.iter().zip(&self.pairs.all).map(|(usual, pair)| usual.overlap - pair.overlap);
        Some(More::of(self.moments.all.iter().map(|moment| moment.session).zip(less)))
    }

    /// The measures of the baseline beside those of the new bundle, and the verdict in words.
    pub(super) fn usual(&self) -> Option<(Section, Note)> {
        let (usual, more) = (self.usual?, self.beyond()?);
        let about =
            "The same questions to another bundle that is as good as the old one: how much differs without anything being wrong.";
        let mut section = Section::new("usual", "What is usual", about, &["usual", "baseline", "new"]);
        let of = |sums: &SlatePairs| [sums.overlap(), sums.biased_overlap(), sums.first_changed(), sums.same()];
        let share = |value: Option<f64>| value.map_or(Cell::None, Cell::Share);
        let values = of(&usual.pairs.sums).into_iter().zip(of(&self.pairs.sums));
        for (name, (was, is)) in ["overlap", "rbo", "top1_changed", "same"].into_iter().zip(values) {
            section.rows.push(vec![Cell::from(name), share(was), share(is)]);
        }
        section.rows.push(vec![Cell::from("model_failed"), Cell::Count(usual.failed), Cell::Count(self.theirs.failures())]);
        let told = |of: &Pairs| 100.0 * of.sums.overlap().unwrap_or(1.0);
        let how = format!(
            "{:.1} % of a slate stay, by the baseline {} {:.1} % ({:+.1}{} of a hundred)",
            told(self.pairs),
            short(&usual.name),
            told(&usual.pairs),
            -100.0 * more.mean + 0.0,
            more.interval(1),
        );
        Some((section, more.verdict(&how, TOLERATED)))
    }
}
