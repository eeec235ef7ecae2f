//! What the model of a bundle says of every item, as numbers of a common scale.
//!
//! x of an item is its logit, or the dot product of the query with its row: whatever scale a model was trained to. Cosines lie
//! within ±1, and the grid of temperatures is made for them (`choosing::choose`). So every x is divided by a unit:
//! ```text
//! spread = mean over sessions of (max x − median x)
//! unit   = spread / 0.8                               0.8: the spread of trained cosines
//! T      = tau · unit                                 a temperature tau of the grid, in the model's own scale
//! ```

use crate::choosing::split::Pair;
use crate::files::progress;
use crate::items::ItemList;
use nearhand::bundle::OutputKind;
use nearhand::features::ContextEvent;
use nearhand::{Code, Engine, Error, EventKind, ItemIdx, Result};

/// Opens the bundle of the model, once a thread.
pub(crate) type Open<'a> = &'a (dyn Fn() -> Result<Engine> + Sync);

/// Spread of cosines that training comes to.
const COSINES: f32 = 0.8;
/// Time of the first event of a plain session, Unix milliseconds; its events are a second apart, as in `eval`.
const START_MS: u64 = 1_600_000_000_000;
/// Most threads: each holds a model.
const THREADS: usize = 4;

/// What the model says to one pair.
pub(super) struct Values {
    /// x of each row of the item list.
    pub(super) x: Vec<f32>,
    /// Largest less median.
    pub(super) spread: f32,
}

/// Asks the model of every pair, and makes something of what it says. On some threads; the answers are in the pairs' order.
///
/// # Errors
/// Any of the model; `item-unknown` where the bundle lacks an item of the list.
pub(super) fn ask<T: Send>(
    open: Open<'_>,
    items: &ItemList,
    pairs: &[Pair],
    make: &(dyn Fn(&Pair, Values) -> T + Sync),
) -> Result<Vec<T>> {
    let bar = progress(pairs.len() as u64, "fit");
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    let work = |pairs: &[Pair]| -> Result<Vec<T>> {
        let mut asked = Asked::of(open()?, items)?;
        let one = |pair: &Pair| {
            bar.inc(1);
            Ok(make(pair, asked.values(pair)?))
        };
        pairs.iter().map(one).collect()
    };
    let parts: Vec<Result<Vec<T>>> = std::thread::scope(|scope| {
        let running: Vec<_> =
            pairs.chunks(pairs.len().div_ceil(threads).max(1)).map(|chunk| scope.spawn(move || work(chunk))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    Ok(parts.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The unit of a model whose answers have these spreads.
pub(super) fn unit(spreads: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = spreads.len().max(1) as f64;
    let mean = spreads.map(f64::from).sum::<f64>() / count;
    // A model that says the same of all items has no scale.
    if mean > 0.0 { (mean / f64::from(COSINES)) as f32 } else { 1.0 }
}

/// An engine, and where the rows of the list stand in its catalog.
struct Asked {
    engine: Engine,
    places: Vec<ItemIdx>,
    /// Values in the order of the catalog.
    values: Vec<f32>,
}

impl Asked {
    fn of(engine: Engine, items: &ItemList) -> Result<Asked> {
        let place = |row: &nearhand::Item| {
            engine
                .catalog()
                .find(&row.item)
                .ok_or_else(|| Error::new(Code::ItemUnknown, "the bundle lacks an item of the list").with("item", &row.item))
        };
        let places = items.rows.iter().map(place).collect::<Result<_>>()?;
        Ok(Asked { engine, places, values: Vec::new() })
    }

    fn values(&mut self, pair: &Pair) -> Result<Values> {
        let context = self.context(pair);
        let output = self.engine.manifest().model.as_ref().map(|model| model.output.clone());
        let recommender = self.engine.recommender();
        let answer = recommender.run_model(&context)?.map(<[f32]>::to_vec);
        let (Some(output), Some(answer)) = (output, answer) else {
            return Err(Error::new(Code::ModelMismatch, "the bundle has no model to fit by"));
        };
        match (output.kind, recommender.vectors()) {
            (OutputKind::Query, Some(vectors)) => vectors.scores(&answer, &mut self.values),
            _ => {
                self.values.clear();
                self.values.extend(answer.iter().skip(output.offset));
            }
        }
        let x: Vec<f32> = self.places.iter().map(|place| self.values.get(place.at()).copied().unwrap_or(0.0)).collect();
        let spread = spread(&mut self.values);
        Ok(Values { x, spread })
    }

    /// The events of a pair as the engine would have them: of a log as they were, of plain sessions views.
    fn context(&self, pair: &Pair) -> Vec<ContextEvent> {
        let place = |item: u32| self.places.get(item as usize).copied().unwrap_or(ItemIdx(item));
        let event = |at: usize, item: u32| {
            let item = place(item);
            let price = self.engine.catalog().price(item);
            match pair.heard.visits.get(at) {
                Some(visit) => ContextEvent { item, stand_in: item, price, ..*visit },
                None => {
                    let (kind, at_ms) = (EventKind::View, START_MS + at as u64 * 1000);
                    ContextEvent { item, stand_in: item, kind, at_ms, dwell_ms: 0, price, weight: 1.0 }
                }
            }
        };
        pair.prefix.iter().enumerate().map(|(at, item)| event(at, *item)).collect()
    }
}

/// The largest less the median, of which the lower one counts; 0 of nothing. Moves the values about.
fn spread(values: &mut [f32]) -> f32 {
    let Some(middle) = values.len().checked_sub(1).map(|last| last / 2) else { return 0.0 };
    let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (_, median, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    largest - *median
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_by_hand() {
        assert_eq!(spread(&mut [3.0, -1.0, 0.5, 9.0]), 8.5);
        assert_eq!(spread(&mut [2.0, 1.0, 5.0]), 3.0);
        assert_eq!((spread(&mut []), spread(&mut [4.0])), (0.0, 0.0));
        // Where the values lie tells nothing: models answer from -226 to 5.
        assert_eq!(spread(&mut [-223.0, -227.0, -225.5, -217.0]), 8.5);
    }

    #[test]
    fn the_unit_is_that_of_cosines() {
        assert!((unit([12.0, 4.0].into_iter()) - 10.0).abs() < 1e-6);
        assert_eq!((unit([0.0].into_iter()), unit([].into_iter())), (1.0, 1.0));
    }
}
