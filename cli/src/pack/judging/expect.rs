//! `--expect`: the tops that the export answers in its own runtime, and whether the packed graph answers the same.
//!
//! One session a line: item ids, a tab, the best items, best first, nothing excluded. Two lists agree where place by place the
//! graph's value of the expected item is the value that stands at that place, but for rounding:
//!
//! ```text
//! |x(expected at place p) − x sorted at place p| ≤ 10⁻⁴ · spread      spread: that of the temperature (`spread`)
//! ```
//! 10⁻³ for graphs that round their own activations to 8 bits: a difference of 10⁻⁷ in front of that becomes one of a step.

use crate::items::ItemList;
use crate::pack::judging::asked::views;
use crate::pack::judging::loss::Loss;
use crate::pack::judging::spread::spread;
use crate::pack::running::probe::Loaded;
use crate::pack::running::rows::Rows;
use crate::sessions::{Known, Lines, words};
use nearhand::features::ContextEvent;
use nearhand::{Code, Error, Result};
use std::path::Path;

/// What is taken for rounding, as a share of the spread of the values.
pub(crate) const ROUNDING: f32 = 1e-4;
/// The same of graphs that round their own activations.
pub(crate) const ROUNDING_OF_8_BITS: f32 = 1e-3;

/// A session and its best items.
#[derive(Clone, Debug)]
pub(crate) struct Top {
    pub(crate) line: usize,
    pub(crate) session: Vec<ContextEvent>,
    pub(crate) best: Vec<u32>,
}

/// All of a file.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) tops: Vec<Top>,
    /// Lines that name an item which the list lacks.
    pub(crate) unknown: usize,
}

/// How a session's lists differ.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) line: usize,
    /// The first place, from 1.
    pub(crate) place: usize,
    pub(crate) wanted: Vec<u32>,
    pub(crate) got: Vec<u32>,
    /// The inputs as the graph saw them.
    pub(crate) inputs: String,
}

impl Expected {
    /// Reads the file.
    ///
    /// # Errors
    /// `io`; `data-invalid` for a malformed line or a file without lines; `item-unknown` where most lines name unknown items.
    pub(crate) fn read(path: &Path, items: &ItemList) -> Result<Self> {
        let lines = Lines::read("--expect", path)?;
        let known = Known::new(&items.by_key);
        let (mut tops, mut unknown, mut all, mut example) = (Vec::new(), 0, 0, String::new());
        for (line, text) in lines.iter() {
            all += 1;
            let malformed =
                || crate::files::bad_line(path, line, "an expected top is: session, tab, best items; items separated by blanks");
            let (session, best) = text.split_once('\t').ok_or_else(malformed)?;
            let (session, best) = (words(session, path, line)?, words(best, path, line)?);
            if session.is_empty() || best.is_empty() {
                return Err(malformed());
            }
            let mut find = |keys: &[std::borrow::Cow<'_, str>]| -> Option<Vec<u32>> {
                keys.iter()
                    .map(|key| {
                        let found = known.find(key);
                        if found.is_none() && example.is_empty() {
                            example = key.to_string();
                        }
                        found
                    })
                    .collect()
            };
            match (find(&session), find(&best)) {
                (Some(session), Some(best)) => tops.push(Top { line, session: views(&session), best }),
                _ => unknown += 1,
            }
        }
        if all == 0 {
            return Err(Error::new(Code::DataInvalid, "the file has no expected top")
                .with("option", "--expect")
                .with("path", path.display()));
        }
        if unknown * 2 > all {
            return Err(Error::new(
                Code::ItemUnknown,
                "most lines name items that the item list lacks: is the file of another model or list?",
            )
            .with("option", "--expect")
            .with("path", path.display())
            .with("lines", all)
            .with("unknown", unknown)
            .with("item", example)
            .with("listed", known.example()));
        }
        Ok(Self { tops, unknown })
    }

    /// A number a session: 0 where the lists agree, else the share of places that differ and one more.
    pub(crate) fn losses(&self, loaded: &mut Loaded, rows: Option<&Rows>, most: usize) -> Result<Vec<Loss>> {
        let one = |top: &Top| -> Result<Loss> {
            let values = loaded.values(&top.session, rows)?;
            let wrong = differing(&values, &top.best, loaded.rounding);
            Ok(Loss::of(if wrong.is_empty() { 0.0 } else { 1.0 + wrong.len() as f64 / top.best.len() as f64 }, &values))
        };
        self.tops.iter().take(most).map(one).collect()
    }

    /// How many sessions agree, and how the first one that does not differs.
    pub(crate) fn compare(&self, loaded: &mut Loaded, rows: Option<&Rows>) -> Result<(usize, Option<Difference>)> {
        let (mut agreed, mut first) = (0, None);
        for top in &self.tops {
            let values = loaded.values(&top.session, rows)?;
            match differing(&values, &top.best, loaded.rounding).first() {
                None => agreed += 1,
                Some(at) if first.is_none() => {
                    let got = best(&values, top.best.len());
                    let (line, wanted, inputs) = (top.line, top.best.clone(), loaded.seen());
                    first = Some(Difference { line, place: at + 1, wanted, got, inputs });
                }
                Some(_) => {}
            }
        }
        Ok((agreed, first))
    }
}

/// The best items by their values, ties by index.
pub(crate) fn best(values: &[f32], k: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let value = |i: &u32| values.get(*i as usize).copied().unwrap_or(f32::NEG_INFINITY);
    let by = |a: &u32, b: &u32| value(b).total_cmp(&value(a)).then(a.cmp(b));
    let k = k.min(order.len());
    if k > 0 && k < order.len() {
        order.select_nth_unstable_by(k - 1, by);
    }
    order.truncate(k);
    order.sort_unstable_by(by);
    order
}

/// What is taken for rounding among these values.
fn rounding(values: &[f32], share: f32) -> f32 {
    share * spread(values)
}

/// Places, from 0, at which the values do not put the wanted items.
pub(crate) fn differing(values: &[f32], wanted: &[u32], share: f32) -> Vec<usize> {
    let (got, rounding) = (best(values, wanted.len()), rounding(values, share));
    let value = |item: &u32| values.get(*item as usize).copied().unwrap_or(f32::NEG_INFINITY);
    let far = |(at, (a, b)): (usize, (&u32, &u32))| {
        let near = a == b || (value(a) - value(b)).abs() <= rounding;
        (!near).then_some(at)
    };
    got.iter().zip(wanted).enumerate().filter_map(far).chain(got.len()..wanted.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_agree_but_for_rounding() {
        let values = [0.0, 3.0, 2.0, 2.0 + 1e-5, 1.0];
        assert_eq!(best(&values, 3), [1, 3, 2]);
        assert_eq!(differing(&values, &[1, 2, 3], ROUNDING), Vec::<usize>::new(), "a tie by rounding");
        assert_eq!(differing(&values, &[2, 1, 3], ROUNDING), [0, 1]);
        assert_eq!(differing(&values, &[1, 2, 4], ROUNDING), [2]);
        assert_eq!(differing(&values[..2], &[1, 0, 0], ROUNDING), [2], "more wanted than there are");
        assert_eq!(best(&[], 3), Vec::<u32>::new());
        assert!((rounding(&values, ROUNDING) - 2e-4).abs() < 1e-6);
    }
}
