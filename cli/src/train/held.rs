//! The fit to the older sessions, and what the newest choose by it: table, blend, weights of events.

use crate::assemble::popularity;
use crate::choosing::blend::{Blend, Case, measure};
use crate::choosing::choose::{self, Choice, choose};
use crate::choosing::counting::{Timed, count};
use crate::choosing::parts::{Line, Parts};
use crate::choosing::quality::{Floor, Quality};
use crate::choosing::signals;
use crate::choosing::split;
use crate::choosing::table::{Table, build};
use crate::train::checkpoint::Checkpoint;
use crate::train::neural::codes::quantize;
use crate::train::neural::config::TrainConfig;
use crate::train::report::Point;
use crate::train::work::Work;
use nearhand::Result;
use nearhand::bundle::SignalSpec;
use nearhand::rank::ItemVectors;

/// What the newest sessions ask of a fit to the older ones.
pub(super) struct Questions<'a> {
    pub(super) pairs: Vec<split::Pair>,
    /// Before they were thinned.
    pub(super) all_pairs: Vec<split::Pair>,
    /// The sessions before.
    pub(super) older: Timed<'a>,
}

/// What they found.
pub(super) struct Found {
    /// Table and blend, chosen together.
    pub(super) both: Choice,
    /// Weights of events.
    pub(super) signals: SignalSpec,
    /// How they came about, in words.
    pub(super) heard: String,
    pub(super) curve: Vec<Point>,
    pub(super) groups: Vec<(String, Vec<Line>)>,
}

/// The fit to the older sessions, and all that is chosen by it.
pub(super) fn fit(
    work: &Work<'_>,
    checkpoint: &mut Checkpoint,
    config: &TrainConfig,
    lone: &Choice,
    asked: Questions<'_>,
) -> Result<Found> {
    let Questions { pairs, all_pairs, older } = asked;
    let n = work.items.rows.len();
    let few = split::thin(pairs.clone(), 1000);
    let (fitted, curve) = work.fit(checkpoint, older.sessions, config, ("fit (held)", "fit (held)"), &mut |p| {
        let fitted = p.model.export();
        let vectors = quantize(&fitted, config.bits)?;
        let quality = alone(&work.cases(few.clone(), &fitted, &vectors), &vectors)?;
        Ok(Some(Point { epoch: p.epoch, loss: p.loss, hr: quality.hr(), mrr: quality.mrr() }))
    })?;
    let vectors = quantize(&fitted, config.bits)?;
    let mut cases = work.cases(pairs, &fitted, &vectors);
    let floor = Floor::of(&[lone.quality, alone(&cases, &vectors)?]);
    let both = choose(older, n, (&cases, &vectors), &choose::together(lone), floor, (&mut *checkpoint, "blend"))?;
    let table = build(&count(older, n, &both.table), &both.table)?;
    let (signals, heard) = checkpoint.step("signals", |_| {
        let telling = signals::telling(&all_pairs, both.blend.last);
        let heard = signals::fit(&mut work.cases(telling, &fitted, &vectors), &vectors, &table, &both.blend);
        Ok((heard.signals, heard.to_string()))
    })?;
    cases.iter_mut().for_each(|case| case.weigh(&signals));
    let parts = Parts { cases: &cases, vectors: &vectors, table: &table, blend: both.blend, lite: lone.blend };
    let groups = parts.groups(&popularity(older.sessions, n));
    Ok(Found { both, signals, heard, curve, groups })
}

/// Vectors alone on cases.
fn alone(cases: &[Case], vectors: &ItemVectors) -> Result<Quality> {
    let blend = Blend { table: 0.0, repeat: 0.0, model: 1.0, ..Blend::default() };
    Ok(measure(cases, vectors, &Table::empty()?, &blend))
}
