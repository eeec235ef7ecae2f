//! What visitors did with what they were shown: the rows of an attribution (docs/feedback.md) summed, with what they tell of places and of
//! another policy.

use super::refused;
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{Cell, Place, listed, short};
use crate::read::value::plain::number;
use nearhand::{Code, Error, Result};
use nearhand_monitor::{Examination, OffPolicy, Overlap, PolicyValue, Positions, Reliability, Shown};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Pairs of item and place that are told apart, and items.
const MOST_PAIRS: usize = 1_000_000;
/// Places that are told apart.
const PLACES: u32 = 64;
/// How sure intervals are: 1 − alpha.
pub(super) const ALPHA: f64 = 0.05;

/// What came of rows.
#[derive(Clone, Debug)]
pub(super) struct Feedback {
    pub rows: u64,
    pub slates: u64,
    /// Rows that a model chose.
    pub influenced: u64,
    /// Clicks and purchases a row, as served, with their intervals by slate; none of fewer than two slates.
    pub clicks: Option<PolicyValue>,
    pub purchases: Option<PolicyValue>,
    pub clicked: u64,
    pub bought: u64,
    /// What a place is worth beside the first.
    pub places: Vec<Examination>,
    /// What the policy of the column `target` would earn, and what that rests on; with that column alone.
    pub target: Option<(Option<PolicyValue>, Overlap, Reliability)>,
    pub notes: Vec<String>,
}

/// The stable word of a verdict.
pub(super) const fn word(reliability: Reliability) -> &'static str {
    match reliability {
        Reliability::Waiting => "waiting",
        Reliability::Propensities => "propensities",
        Reliability::Thin => "thin",
        Reliability::Sound => "sound",
    }
}

/// Where the columns stand among the picked.
#[derive(Clone, Copy)]
struct Columns {
    slate: usize,
    item: usize,
    rank: usize,
    propensity: usize,
    clicked: usize,
    bought: usize,
    influenced: usize,
    target: usize,
}

/// A row, as far as it is summed.
#[derive(Clone, Copy, Debug)]
struct Row {
    propensity: f64,
    target: Option<f64>,
    clicked: bool,
    bought: bool,
}

/// Reads a table of settled rows: `slate`, `item`, `rank` from 1, `propensity`, `clickedAt` and `boughtAt` (empty, 0 or false: it was not),
/// `influenced`; where there is one, `target`: the probability with which another policy would have shown the item there. Rows of one slate
/// stand together; where a rank comes again another slate begins, as two visitors' slates may have one id.
///
/// # Errors
/// `io`; `data-invalid` for a column that is missing and a value out of range, with its place.
pub(super) fn read(path: &Path, options: &Options) -> Result<Feedback> {
    let table = Table::open(path, options)?.look_further(path)?;
    let mut picked = Vec::new();
    let mut at = |name: &str, needed: bool| -> Result<usize> {
        let Some(place) = table.column(name, |column| column == name)? else {
            if !needed {
                return Ok(usize::MAX);
            }
            let error =
                Error::new(Code::DataInvalid, "feedback lacks a column: its rows are those of an attribution (docs/feedback.md)");
            return Err(listed(error.with("path", table.path().display()).with("column", name), "columns", " ", table.header()));
        };
        picked.push(place);
        Ok(picked.len() - 1)
    };
    let columns = Columns {
        slate: at("slate", true)?,
        item: at("item", true)?,
        rank: at("rank", true)?,
        propensity: at("propensity", true)?,
        clicked: at("clickedAt", true)?,
        bought: at("boughtAt", true)?,
        influenced: at("influenced", false)?,
        target: at("target", false)?,
    };
    let mut sums = Sums::new()?;
    let done = table.rows(&picked, usize::MAX, &mut |cells, place| sums.row(cells, place, &columns))?;
    sums.close()?;
    let mut feedback = sums.end();
    feedback.notes.splice(0..0, done.notes.iter().map(ToString::to_string));
    Ok(feedback)
}

struct Sums {
    slate: Option<String>,
    open: Vec<Row>,
    /// Ranks of the rows that are open.
    ranks: BTreeSet<u32>,
    /// Rewards as served: every weight is 1.
    served: [OffPolicy; 2],
    target: OffPolicy,
    targeted: bool,
    positions: Positions,
    items: BTreeMap<String, u32>,
    out: Feedback,
    beyond: u64,
}

impl Sums {
    fn new() -> Result<Self> {
        let policy = || OffPolicy::new(0.0).map_err(|error| refused(&error));
        let out = Feedback {
            rows: 0,
            slates: 0,
            influenced: 0,
            clicks: None,
            purchases: None,
            clicked: 0,
            bought: 0,
            places: Vec::new(),
            target: None,
            notes: Vec::new(),
        };
        let served = [policy()?, policy()?];
        let (target, positions) = (policy()?, Positions::new(MOST_PAIRS));
        Ok(Self {
            slate: None,
            open: Vec::new(),
            ranks: BTreeSet::new(),
            served,
            target,
            targeted: false,
            positions,
            items: BTreeMap::new(),
            out,
            beyond: 0,
        })
    }

    fn row(&mut self, cells: &[Cell<'_>], place: &Place<'_>, at: &Columns) -> Result<()> {
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let word = |at: usize, name: &str| {
            cell(at)
                .word()
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| place.error("a row has a slate and an item", name, cell(at)))
        };
        let share = |at: usize, name: &str| {
            let found = number(cell(at)).filter(|value| (0.0..=1.0).contains(value));
            found.ok_or_else(|| place.error("a probability is a number from 0 to 1", name, cell(at)))
        };
        let (slate, item) = (word(at.slate, "slate")?, word(at.item, "item")?);
        let rank = number(cell(at.rank)).filter(|rank| rank.trunc() == *rank && (1.0..=1e6).contains(rank));
        let rank = rank.ok_or_else(|| place.error("a rank is a whole number from 1", "rank", cell(at.rank)))? as u32;
        let logged = share(at.propensity, "propensity")?;
        if logged == 0.0 {
            return Err(place.error("what was shown had a probability above 0", "propensity", cell(at.propensity)));
        }
        let target = if at.target == usize::MAX { None } else { Some(share(at.target, "target")?) };
        // A time, or a word for yes. Nothing is no number, and false is 0 in whatever case it is written.
        let happened = |at: usize| number(cell(at)).is_none_or(|value| !value.is_nan() && value != 0.0);
        let (clicked, bought) = (happened(at.clicked), happened(at.bought));
        if self.slate.as_ref() != Some(&slate) || !self.ranks.insert(rank) {
            self.close()?;
            self.out.slates += 1;
            self.slate = Some(slate);
            self.ranks = BTreeSet::from([rank]);
        }
        self.open.push(Row { propensity: logged, target, clicked, bought });
        self.out.rows += 1;
        self.out.clicked += u64::from(clicked);
        self.out.bought += u64::from(bought);
        self.out.influenced += u64::from(at.influenced == usize::MAX || happened(at.influenced));
        let next = self.items.len() as u32;
        let position = rank - 1;
        if position < PLACES && (self.items.contains_key(&item) || self.items.len() < MOST_PAIRS) {
            let number = *self.items.entry(item).or_insert(next);
            if self.positions.add(number, position, 1, u32::from(clicked)).is_ok() {
                return Ok(());
            }
        }
        self.beyond += 1;
        Ok(())
    }

    /// The slate that is open is whole.
    fn close(&mut self) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.open);
        let with =
            |error: nearhand_monitor::Error| refused(&error).with("slate", short(self.slate.as_deref().unwrap_or_default()));
        let reward = |of: fn(&Row) -> bool| -> Vec<Shown> {
            let shown = |row: &Row| Shown { logged: 1.0, target: 1.0, reward: f64::from(u8::from(of(row))), foretold: None };
            rows.iter().map(shown).collect()
        };
        self.served[0].add(&reward(|row| row.clicked)).map_err(with)?;
        self.served[1].add(&reward(|row| row.bought)).map_err(with)?;
        let other: Option<Vec<Shown>> = rows
            .iter()
            .map(|row| {
                let reward = f64::from(u8::from(row.clicked));
                Some(Shown { logged: row.propensity, target: row.target?, reward, foretold: None })
            })
            .collect();
        if let Some(other) = other {
            self.target.add(&other).map_err(with)?;
            self.targeted = true;
        }
        Ok(())
    }

    fn end(self) -> Feedback {
        let [clicks, purchases] = self.served.map(|served| served.self_normalised(ALPHA));
        let target =
            self.targeted.then(|| (self.target.self_normalised(ALPHA), self.target.overlap(), self.target.reliability()));
        let mut out = Feedback { clicks, purchases, target, places: self.positions.examination(), ..self.out };
        if self.beyond > 0 {
            out.notes.push(format!("note places: {} rows are of more items and places than are told apart", self.beyond));
        }
        if let Some((_, overlap, Reliability::Propensities)) = &out.target {
            out.notes.push(format!(
                "note propensities: the mean weight is {:.3} and should be 1: the log's propensities are not what was done, or rows are missing",
                overlap.mean_weight
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;
    use crate::read::options::ReadArgs;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        read: ReadArgs,
    }

    fn of(name: &str, text: &str) -> Result<Feedback> {
        read(&temp(name, text.as_bytes()), &Options::from(&Line::parse_from(["read"]).read))
    }

    /// JSON lines as `settle` gives them.
    #[test]
    fn settled_rows_are_summed_by_slate() {
        let mut text = String::new();
        for slate in 0..50 {
            for rank in 1..=2 {
                let clicked = if rank == 1 && slate % 5 == 0 { "17" } else { "null" };
                text += &format!(
                    "{{\"slate\":\"s{slate}\",\"shownAt\":1,\"item\":\"i{}\",\"rank\":{rank},\"propensity\":0.5,\"clickedAt\":{clicked},\
                     \"boughtAt\":null,\"influenced\":true,\"target\":{}}}\n",
                    (slate + rank) % 2,
                    if rank == 1 { 0.75 } else { 0.25 }
                );
            }
        }
        let found = of("rows.jsonl", &text).unwrap();
        assert_eq!((found.rows, found.slates, found.clicked, found.bought, found.influenced), (100, 50, 10, 0, 100));
        let clicks = found.clicks.unwrap();
        assert!((clicks.mean - 0.1).abs() < 1e-12 && clicks.low > 0.03 && clicks.high < 0.25, "{clicks:?}");
        assert_eq!((found.places.len(), found.places[1].clicked), (2, 0.0));
        // Rows of rank 1 weigh 1.5: 10 · 1.5 / (50 · 2).
        let (value, overlap, reliability) = found.target.unwrap();
        assert!((value.unwrap().mean - 0.15).abs() < 1e-12 && (overlap.mean_weight - 1.0).abs() < 1e-12);
        assert_eq!(reliability, Reliability::Thin);
    }

    /// As programs write what did not happen, and slates of two visitors that have one id.
    #[test]
    fn what_did_not_happen_is_not_counted_however_it_is_written() {
        let mut text = "slate,item,rank,propensity,clickedAt,boughtAt,influenced\n".to_owned();
        for no in ["", "0", "0.0", "False", "FALSE", "false", "null", "NaN", "None"] {
            text += &format!("s,a,1,1,{no},{no},{no}\ns,b,2,1,{no},{no},{no}\n");
        }
        text += "s,a,1,1,1796026481044,True,true\ns,b,2,1,2026-11-30T08:14:00Z,1.5e12,1\n";
        let found = of("no.csv", &text).unwrap();
        assert_eq!((found.rows, found.slates), (20, 10));
        assert_eq!((found.clicked, found.bought, found.influenced), (2, 2, 2));
        assert!(found.clicks.is_some_and(|clicks| clicks.mean == 0.1));
    }

    #[test]
    fn what_is_out_of_range_is_told_with_its_place() {
        let header = "slate,item,rank,propensity,clickedAt,boughtAt\n";
        for (row, want) in [("s,a,0,1,,", "rank"), ("s,a,1,0,,", "above 0"), ("s,a,1,2,,", "0 to 1"), (",a,1,1,,", "slate")] {
            let error = of("bad.csv", &format!("{header}{row}\n")).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("bad.csv"), "{error}");
        }
        assert!(of("short.csv", "slate,item\n1,2\n").unwrap_err().to_string().contains("rank"));
    }
}
