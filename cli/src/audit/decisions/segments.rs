//! Transactions told apart: by amount, by currency, by the fields that rules look at. A mean hides what befalls one of them.

use super::super::report::{Cell, Note, Section};
use super::judge::{Judged, Row};
use crate::page::percent;
use crate::read::value::cell::short;
use nearhand::assess::Decision;
use std::collections::BTreeMap;

/// Fewest transactions of a segment that is judged, and the least share of all.
const FEWEST: (f64, f64) = (30.0, 0.005);
/// A segment of which so many times as many are decided otherwise as over all is told.
const TIMES: f64 = 2.0;
/// Fewest caught frauds for a verdict on how many still are.
const CAUGHT: f64 = 10.0;
/// Of the frauds that were caught so many are caught at least, or it is told.
const STILL: f64 = 0.5;
/// A field of more values tells each card apart, not groups of them.
const VALUES: usize = 50;
/// Rows of a table, and what is told of in notes.
const ROWS: usize = 20;
const TOLD: usize = 5;

/// Counts of a segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// The table that it is a row of.
    by: &'static str,
    name: String,
    rows: f64,
    flipped: f64,
    /// Frauds of a known label, those that each bundle does not approve, and those that the old one alone did not.
    frauds: f64,
    caught: [f64; 2],
    missed_now: f64,
}

impl Segment {
    fn add(&mut self, row: &Row) {
        self.rows += 1.0;
        self.flipped += f64::from(u8::from(row.old.decision != row.new.decision));
        if row.label == Some(true) {
            let caught = [&row.old, &row.new].map(|answer| answer.decision != Decision::Approve);
            self.frauds += 1.0;
            self.caught.iter_mut().zip(caught).for_each(|(sum, caught)| *sum += f64::from(u8::from(caught)));
            self.missed_now += f64::from(u8::from(caught == [true, false]));
        }
    }

    fn share(&self) -> f64 {
        self.flipped / self.rows.max(1.0)
    }

    /// Share of the frauds that the old bundle catches and the new one does not; none where too few are known.
    fn caught_lost(&self) -> Option<f64> {
        (self.caught[0] >= CAUGHT).then(|| self.missed_now / self.caught[0])
    }

    /// As notes name it.
    fn named(&self) -> String {
        format!("{} {}", self.by, short(&self.name))
    }
}

impl Judged {
    /// All transactions as one.
    fn whole(&self) -> Segment {
        let mut whole = Segment::default();
        self.rows.iter().for_each(|row| whole.add(row));
        whole
    }

    /// Segments in the order of the tables.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut out = self.by_amount();
        let codes = |row: &Row| self.tables.iter().find_map(|table| table.currencies.get(row.at)?.clone());
        let currencies = self.by("currency", codes);
        out.extend(if currencies.len() > 1 { currencies } else { Vec::new() });
        let [old, new] = &self.tables;
        let alone = |(name, _): &&(String, _)| !old.fields.iter().any(|(known, _)| known == name);
        for (name, values) in old.fields.iter().chain(new.fields.iter().filter(alone)) {
            let value = |row: &Row| Some(values.get(row.at).filter(|value| !value.is_empty())?.clone());
            let segments = self.by("field", |row| Some(format!("{name}={}", value(row)?)));
            out.extend(if (2..=VALUES).contains(&segments.len()) { segments } else { Vec::new() });
        }
        out
    }

    /// Those of a key, the largest first.
    fn by(&self, by: &'static str, key: impl Fn(&Row) -> Option<String>) -> Vec<Segment> {
        let mut sums: BTreeMap<String, Segment> = BTreeMap::new();
        for row in &self.rows {
            key(row).into_iter().for_each(|key| sums.entry(key).or_default().add(row));
        }
        let mut out: Vec<Segment> = sums.into_iter().map(|(name, sums)| Segment { by, name, ..sums }).collect();
        out.sort_by(|a, b| b.rows.total_cmp(&a.rows).then(a.name.cmp(&b.name)));
        out
    }

    /// Quarters of the amounts.
    fn by_amount(&self) -> Vec<Segment> {
        let mut sorted: Vec<&Row> = self.rows.iter().filter(|row| row.amount.is_some()).collect();
        sorted.sort_by(|a, b| a.amount.unwrap_or(0.0).total_cmp(&b.amount.unwrap_or(0.0)));
        let quarter = |rows: &[&Row]| {
            let end = |row: Option<&&Row>| row.and_then(|row| row.amount).unwrap_or(0.0);
            let name = format!("{} to {}", end(rows.first()), end(rows.last()));
            let mut sums = Segment { by: "amount", name, ..Segment::default() };
            rows.iter().for_each(|row| sums.add(row));
            sums
        };
        sorted.chunks(sorted.len().div_ceil(4).max(1)).map(quarter).collect()
    }

    /// A table each.
    pub(super) fn who(&self, segments: &[Segment]) -> Vec<Section> {
        let labelled = self.rows.iter().any(|row| row.label.is_some());
        let of = |name: &'static str, title: &str, about: &'static str| {
            let mut columns = vec![name, "rows", "flipped", "share"];
            columns.extend(if labelled { &["frauds", "caught_old", "caught_new"][..] } else { &[] });
            let mut section = Section::new(name, title, about, &columns);
            let row = |of: &Segment| {
                let count = |count: f64| Cell::Count(count as u64);
                let mut row = vec![Cell::Text(of.name.clone()), count(of.rows), count(of.flipped), Cell::Share(of.share())];
                row.extend(labelled.then(|| [of.frauds, of.caught[0], of.caught[1]].map(count)).into_iter().flatten());
                row
            };
            section.rows = segments.iter().filter(|segment| segment.by == name).map(row).collect();
            section.cut(ROWS)
        };
        vec![
            of("amount", "By the amount", "Quarters of the transactions by their amounts. Caught: what is not approved."),
            of("currency", "By the currency", ""),
            of("field", "By the fields that rules look at", ""),
        ]
    }

    /// Segments with transactions enough for a verdict.
    fn enough<'a>(&self, segments: &'a [Segment]) -> impl Iterator<Item = &'a Segment> {
        let least = FEWEST.0.max(FEWEST.1 * self.rows.len() as f64);
        segments.iter().filter(move |of| of.rows >= least)
    }

    /// The share that is decided otherwise of the segment of which it is most; that of all where none has enough transactions.
    pub(super) fn worst_segment(&self, segments: &[Segment]) -> f64 {
        self.enough(segments).map(Segment::share).fold(self.changed(), f64::max)
    }

    /// Share of the caught frauds that are approved now; not a number where no label tells of enough.
    pub(super) fn caught_lost(&self) -> f64 {
        self.whole().caught_lost().unwrap_or(f64::NAN)
    }

    /// What is hidden by the mean: segments that are decided otherwise far more often than the rest, and frauds that were caught.
    pub(super) fn hidden(&self, segments: &[Segment]) -> Vec<Note> {
        let whole = self.whole();
        // Three standard errors of a share beyond what it would be with the mean's.
        let beyond = |of: &&Segment| {
            let usual = TIMES * whole.share();
            of.share() > usual + 3.0 * (usual * (1.0 - usual).max(0.0) / of.rows).sqrt()
        };
        let mut apart: Vec<&Segment> = self.enough(segments).filter(beyond).collect();
        apart.sort_by(|a, b| b.flipped.total_cmp(&a.flipped));
        let told = |of: &Segment| {
            let what = format!(
                "{}: {} of {} transactions are decided otherwise, where over all it is {}",
                of.named(),
                percent(of.share()),
                of.rows,
                percent(whole.share())
            );
            ("segment", what)
        };
        let mut out: Vec<Note> = apart.into_iter().take(TOLD).map(told).collect();
        let told = |of: &Segment, who: &str| {
            let [old, new] = of.caught;
            let what = format!(
                "{who} {} of {old} frauds that were caught are approved now; {new} of {} are caught",
                of.missed_now, of.frauds
            );
            ("catches-less", what)
        };
        let lost = |of: &&Segment| of.caught_lost().is_some_and(|lost| lost > 1.0 - STILL);
        if lost(&&whole) {
            out.push(told(&whole, "over all"));
        } else {
            let of = self.enough(segments).filter(lost).take(TOLD);
            out.extend(of.map(|of| told(of, &format!("{}:", of.named()))));
            // What is lost is made up for by what is gained: the sums tell nothing of it.
            let gained = whole.caught[1] - whole.caught[0] + whole.missed_now;
            if whole.missed_now >= CAUGHT && gained >= whole.missed_now {
                let what = format!(
                    "{} frauds that were caught are approved now, and {gained} that were not are caught: the sums hide those who lose",
                    whole.missed_now
                );
                out.push(("trades", what));
            }
        }
        out
    }
}
