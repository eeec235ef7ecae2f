//! Moments told apart: by the session's length, by the category of the page, by how well known its first item is. A mean hides what
//! befalls one of them.

use super::super::report::{Cell, Section};
use super::ROWS;
use super::told::Both;
use crate::eval::{classes, length};
use crate::read::value::cell::short;
use std::collections::BTreeMap;

/// Fewest slates of a segment that is judged, and the least share of all slates.
const FEWEST: (f64, f64) = (30.0, 0.005);
/// Of a segment that has nothing in common with the rest this share of what stays elsewhere stays.
const LITTLE: f64 = 0.5;
/// Fewest moments whose next item is known, and the least of them that the old bundle finds, for a verdict.
const FOUND: (f64, f64) = (200.0, 0.02);
/// What is told of in a note.
const TOLD: usize = 5;
/// Segments that change by their nature: one bundle does not know their items.
const STRANGE: [(&str, &str); 3] = [("first_item", "new"), ("first_item", "unknown"), ("page_category", UNKNOWN)];
const UNKNOWN: &str = "(unknown item)";

/// Sums over the moments of a segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// What they are told apart by.
    pub by: &'static str,
    pub name: String,
    pub slates: f64,
    overlap: f64,
    rbo: f64,
    top1_changed: f64,
    /// Moments whose next item is known, and those of them whose slates have it.
    next: f64,
    found: [f64; 2],
    /// Of the baseline, and its moments.
    usual: (f64, f64),
}

impl Segment {
    pub(super) fn overlap(&self) -> f64 {
        self.overlap / self.slates.max(1.0)
    }

    /// Of the baseline.
    pub(super) fn usual(&self) -> Option<f64> {
        (self.usual.1 > 0.0).then(|| self.usual.0 / self.usual.1)
    }

    /// Shares of the next items that each bundle's slates have.
    pub(super) fn found(&self) -> Option<[f64; 2]> {
        (self.next > 0.0).then(|| self.found.map(|found| found / self.next))
    }

    /// What the new bundle finds less, as a share of what the old one finds; none where too little is known.
    fn found_lost(&self) -> Option<f64> {
        let [old, new] = self.found()?;
        (self.next >= FOUND.0 && old >= FOUND.1).then(|| (1.0 - new / old).max(0.0))
    }
}

impl Both<'_> {
    /// All segments, in the order of the tables.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let class = classes(&self.old.popularity);
        let moment = |at: usize| self.moments.all.get(at);
        let by_length =
            self.by("length", &["1", "2", "3-5", "6-10", "11+"], |at| moment(at).map(|moment| length(moment.after).to_owned()));
        let by_class = self.by("first_item", &["head", "middle", "tail", "never", "new", "unknown"], |at| {
            let known = moment(at)?
                .first
                .map(|item| self.items.in_old(item).map_or("new", |item| class.get(item.at()).copied().unwrap_or("never")));
            Some(known.unwrap_or("unknown").to_owned())
        });
        let by_category = self.by("page_category", &[], |at| {
            Some(match moment(at)?.newest {
                None => UNKNOWN.to_owned(),
                Some(item) => self.category(item).unwrap_or("(none)").to_owned(),
            })
        });
        [by_length, by_class, by_category].concat()
    }

    /// Segments in this order; others by how many slates they have.
    fn by(&self, by: &'static str, order: &[&str], key: impl Fn(usize) -> Option<String>) -> Vec<Segment> {
        let mut sums: BTreeMap<String, Segment> = BTreeMap::new();
        for (at, pair) in self.pairs.all.iter().enumerate() {
            let Some(key) = key(at) else { continue };
            let of = sums.entry(key).or_default();
            of.slates += 1.0;
            of.overlap += pair.overlap;
            of.rbo += pair.rbo;
            of.top1_changed += f64::from(u8::from(pair.top1_changed));
            if let Some(found) = pair.found {
                of.next += 1.0;
                of.found.iter_mut().zip(found).for_each(|(sum, found)| *sum += f64::from(u8::from(found)));
            }
            if let Some(usual) = self.usual.and_then(|usual| usual.pairs.all.get(at)) {
                of.usual = (of.usual.0 + usual.overlap, of.usual.1 + 1.0);
            }
        }
        let mut out: Vec<Segment> = sums.into_iter().map(|(name, sums)| Segment { by, name, ..sums }).collect();
        out.sort_by(|one, two| {
            let place = |of: &Segment| order.iter().position(|known| *known == of.name).unwrap_or(order.len());
            place(one).cmp(&place(two)).then(two.slates.total_cmp(&one.slates)).then(one.name.cmp(&two.name))
        });
        out
    }

    /// Three tables.
    pub(super) fn who(&self, segments: &[Segment]) -> Vec<Section> {
        let about = "Slates after so many events, on pages of this category, of sessions that began with an item as well known: how much stays, and how often the item that came next is in the slate.";
        let of = |name: &'static str, title: &str, about: &'static str| {
            let mut columns = vec![name, "slates", "overlap", "rbo", "top1_changed", "found_old", "found_new"];
            columns.extend(self.usual.map(|_| "usual_overlap"));
            let mut section = Section::new(name, title, about, &columns);
            section.rows = segments.iter().filter(|segment| segment.by == name).map(|of| self.row(of)).collect();
            section.cut(ROWS)
        };
        vec![
            of("length", "By the session's length", about),
            of("first_item", "By how often the first item was seen in training", ""),
            of("page_category", "By the category of the page", ""),
        ]
    }

    fn row(&self, of: &Segment) -> Vec<Cell> {
        let share = |sum: f64| Cell::Share(sum / of.slates);
        let [old, new] = of.found().map_or([Cell::None, Cell::None], |found| found.map(Cell::Share));
        let mut row = vec![
            Cell::Text(of.name.clone()),
            Cell::Count(of.slates as u64),
            share(of.overlap),
            share(of.rbo),
            share(of.top1_changed),
            old,
            new,
        ];
        row.extend(self.usual.map(|_| of.usual().map_or(Cell::None, Cell::Share)));
        row
    }

    /// Segments with slates enough for a verdict, whose items both bundles know.
    fn judged<'a>(&self, segments: &'a [Segment]) -> impl Iterator<Item = &'a Segment> {
        let least = FEWEST.0.max(FEWEST.1 * self.pairs.all.len() as f64);
        segments.iter().filter(move |of| of.slates >= least && !STRANGE.contains(&(of.by, of.name.as_str())))
    }

    /// 1 − the overlap of the segment that changes most; that of all slates where none has enough of them.
    pub(super) fn worst_segment(&self, segments: &[Segment]) -> f64 {
        let all = 1.0 - self.pairs.sums.overlap().unwrap_or(1.0);
        self.judged(segments).map(|of| 1.0 - of.overlap()).fold(all, f64::max)
    }

    /// All moments as one.
    pub(super) fn whole(&self) -> Segment {
        self.by("all", &[], |_| Some(String::new())).pop().unwrap_or_default()
    }

    /// What is hidden by the mean: segments that keep little where the rest keeps more, and those where the next items are found no more.
    pub(super) fn hidden(&self, segments: &[Segment]) -> Vec<(&'static str, String)> {
        let whole = self.whole();
        let mut out = Vec::new();
        // Where a baseline tells what is usual of the segment, that is what it is held to.
        let expected = |of: &Segment| of.usual().unwrap_or_else(|| whole.overlap());
        let mut apart: Vec<&Segment> = self.judged(segments).filter(|of| of.overlap() < LITTLE * expected(of)).collect();
        apart.sort_by(|a, b| (b.slates * (1.0 - b.overlap())).total_cmp(&(a.slates * (1.0 - a.overlap()))));
        for of in apart.into_iter().take(TOLD) {
            let other = if of.usual().is_some() { "by the baseline" } else { "over all" };
            out.push((
                "segment",
                format!(
                    "{} {}: {:.0} % of the items stay in {} slates, where {other} it is {:.0} %",
                    of.by,
                    short(&of.name),
                    100.0 * of.overlap(),
                    of.slates,
                    100.0 * expected(of)
                ),
            ));
        }
        let told = |of: &Segment, what: &str| {
            let [old, new] = of.found().unwrap_or_default();
            let slates = of.next;
            format!(
                "{what} the item that came next is in {:.1} % of {slates} slates, where it was in {:.1} %",
                100.0 * new,
                100.0 * old
            )
        };
        if whole.found_lost().is_some_and(|lost| lost > 1.0 - LITTLE) {
            out.push(("finds-less", told(&whole, "over all")));
        } else {
            let lost = |of: &&Segment| of.found_lost().is_some_and(|lost| lost > 1.0 - LITTLE);
            let of = self.judged(segments).filter(lost).take(TOLD);
            out.extend(of.map(|of| ("finds-less", told(of, &format!("{} {}:", of.by, short(&of.name))))));
        }
        out
    }

    /// What the new bundle finds less of what came next, as a share; not a number where no log tells.
    pub(super) fn found_lost(&self) -> f64 {
        self.whole().found_lost().unwrap_or(f64::NAN)
    }
}
