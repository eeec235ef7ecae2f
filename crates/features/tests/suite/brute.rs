//! The rules once more, in the plainest way: lists that are looked through from end to end.

use nearhand_features::{Event, Kind, Labelled, Outcome, Spec};

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub time: i64,
    pub id: String,
    pub keys: Vec<String>,
    pub amount: i64,
    pub flags: u32,
    pub label: Option<bool>,
}

/// A value of a key: its rows in order of time, and the time of the latest that was forgotten.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    rows: Vec<Row>,
    lost: Option<i64>,
}

pub(crate) struct Brute<'a> {
    spec: &'a Spec,
    latest: Option<i64>,
    /// By key, values from the one seen least recently on.
    keys: Vec<Vec<Value>>,
    /// Id, answer, greatest time seen.
    answers: Vec<(Row, Vec<f64>, bool, i64)>,
    waiting: Vec<(i64, String, bool)>,
}

fn row(event: &Event<'_>) -> Row {
    Row {
        time: event.time,
        id: event.id.to_owned(),
        keys: event.keys.iter().map(|key| (*key).to_owned()).collect(),
        amount: event.amounts[0],
        flags: event.flags,
        label: None,
    }
}

impl<'a> Brute<'a> {
    pub(crate) fn new(spec: &'a Spec) -> Self {
        Self { spec, latest: None, keys: vec![Vec::new(); spec.keys().len()], answers: Vec::new(), waiting: Vec::new() }
    }

    pub(crate) fn settled(&self, event: &Event<'_>) -> Option<(Outcome, Vec<f64>, bool)> {
        if let Some((_, answer, capped, arrival)) = self.answers.iter().find(|(row, ..)| row.id == event.id) {
            let age = self.latest.unwrap() - arrival;
            let keep = self.spec.repeats().max(self.reach() + self.spec.lateness());
            if age < keep {
                return Some(if age < self.spec.repeats() {
                    (Outcome::Duplicate, answer.clone(), *capped)
                } else {
                    (Outcome::Repeated, Vec::new(), *capped)
                });
            }
        }
        (event.time < self.latest? - self.spec.lateness()).then(|| (Outcome::Late, Vec::new(), false))
    }

    /// How far back any window of a key looks.
    fn reach_of(&self, key: usize) -> i64 {
        let of = self.spec.features().iter().filter(|f| f.kind.key() == Some(key)).filter_map(|f| f.kind.at());
        of.map(|at| at.window + at.delay).max().unwrap_or(0)
    }

    /// How far back labels matter.
    fn reach(&self) -> i64 {
        let labelled = self.spec.features().iter().filter(|f| matches!(f.kind, Kind::Frauds(_) | Kind::Risk(..)));
        labelled.filter_map(|f| f.kind.at()).map(|at| at.window + at.delay).max().unwrap_or(0)
    }

    pub(crate) fn observe(&mut self, event: &Event<'_>) -> (Outcome, Vec<f64>, bool) {
        if let Some(settled) = self.settled(event) {
            return settled;
        }
        let latest = self.latest.map_or(event.time, |latest| latest.max(event.time));
        self.latest = Some(latest);
        // Ids that are kept no longer are as good as new.
        let keep = self.spec.repeats().max(self.reach() + self.spec.lateness());
        self.come(latest);
        let limits = self.spec.limits();
        for (key, name) in event.keys.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let gone = latest - self.spec.lateness() - self.reach_of(key);
            let values = &mut self.keys[key];
            // The value seen least recently goes once nothing of it can matter.
            let since = self.spec.features().iter().any(|f| f.kind == Kind::Since(key));
            let idle = |value: &Value| value.rows.iter().map(|row| row.time).chain(value.lost).all(|time| time <= gone);
            if !since && values.first().is_some_and(idle) {
                values.remove(0);
            }
            let value = match values.iter().position(|value| value.name == *name) {
                Some(at) => values.remove(at),
                None => {
                    if values.len() >= limits.keys as usize {
                        values.remove(0);
                    }
                    Value { name: (*name).to_owned(), rows: Vec::new(), lost: None }
                }
            };
            values.push(value);
        }
        let (features, capped) = self.features(event);
        for (key, name) in event.keys.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let gone = latest - self.spec.lateness() - self.reach_of(key);
            let value = self.keys[key].iter_mut().find(|value| value.name == *name).unwrap();
            let at = value.rows.partition_point(|row| row.time <= event.time);
            value.rows.insert(at, row(event));
            // Only what a window may still reach is counted among the events of a value.
            let alive = value.rows.iter().filter(|row| row.time > gone).count();
            if alive > limits.events_per_key as usize {
                let at = value.rows.len() - alive;
                value.lost = value.lost.max(Some(value.rows[at].time));
                // Its time is still that of an event before.
                value.rows.remove(at);
            }
        }
        self.answers.retain(|(_, _, _, arrival)| latest - arrival < keep);
        self.answers.push((row(event), features.clone(), capped, latest));
        (Outcome::Observed, features, capped)
    }

    pub(crate) fn peek(&mut self, event: &Event<'_>) -> (Outcome, Vec<f64>, bool) {
        if let Some(settled) = self.settled(event) {
            return settled;
        }
        let before = (self.keys.clone(), self.waiting.clone(), self.answers.clone());
        self.come(self.latest.map_or(event.time, |latest| latest.max(event.time)));
        let (features, capped) = self.features(event);
        (self.keys, self.waiting, self.answers) = before;
        (Outcome::Peeked, features, capped)
    }

    pub(crate) fn label(&mut self, id: &str, fraud: bool, at: i64) -> Labelled {
        let Some((row, ..)) = self.answers.iter().find(|(row, ..)| row.id == id) else { return Labelled::Unknown };
        let before = row.label;
        if at > self.latest.unwrap() {
            self.waiting.push((at, id.to_owned(), fraud));
            return Labelled::Waiting;
        }
        self.set(id, fraud);
        match before {
            None => Labelled::Known,
            Some(known) if known == fraud => Labelled::Same,
            Some(_) => Labelled::Changed,
        }
    }

    fn set(&mut self, id: &str, fraud: bool) {
        if let Some((row, ..)) = self.answers.iter_mut().find(|(row, ..)| row.id == id) {
            row.label = Some(fraud);
            let time = row.time;
            let rows = self.keys.iter_mut().flatten().flat_map(|value| &mut value.rows);
            rows.filter(|row| row.id == id && row.time == time).for_each(|row| row.label = Some(fraud));
        }
    }

    /// Labels whose time has come.
    fn come(&mut self, now: i64) {
        self.waiting.sort_by_key(|(at, ..)| *at);
        let due = self.waiting.partition_point(|(at, ..)| *at <= now);
        for (_, id, fraud) in self.waiting.drain(..due).collect::<Vec<_>>() {
            self.set(&id, fraud);
        }
    }

    fn features(&self, event: &Event<'_>) -> (Vec<f64>, bool) {
        let mut out: Vec<f64> = Vec::new();
        let mut capped = false;
        for feature in self.spec.features() {
            let kind = &feature.kind;
            let has = kind.key().is_none_or(|key| !event.keys[key].is_empty());
            let value = kind.key().and_then(|key| self.keys[key].iter().find(|value| value.name == event.keys[key]));
            let own = row(event);
            let mut rows: Vec<&Row> = Vec::new();
            if let Some(at) = kind.at() {
                let (high, low) = (event.time - at.delay, event.time - at.delay - at.window);
                rows.extend(value.into_iter().flat_map(|value| &value.rows).filter(|row| row.time > low && row.time <= high));
                if at.delay == 0 && at.current {
                    rows.push(&own);
                }
                capped |= has && value.and_then(|value| value.lost).is_some_and(|lost| lost > low);
            }
            let of = self.value(kind, &rows, event, value, &out).filter(|_| has);
            out.push(of.unwrap_or(feature.missing));
        }
        (out, capped)
    }

    fn value(&self, kind: &Kind, rows: &[&Row], event: &Event<'_>, value: Option<&Value>, out: &[f64]) -> Option<f64> {
        let n = rows.len() as f64;
        let sum = || rows.iter().map(|row| row.amount).sum::<i64>();
        let flagged = |flag: usize| rows.iter().filter(|row| row.flags >> flag & 1 == 1).count() as f64;
        let offset = if event.time < 500 { 1 } else { 2 };
        let hour = event.time / 3_600_000 + offset;
        Some(match kind {
            Kind::Amount(_) => event.amounts[0] as f64 / 100.0,
            Kind::Flag(flag) => f64::from(event.flags >> flag & 1),
            Kind::Hour => (hour % 24) as f64,
            Kind::Weekday => ((hour / 24 + 3) % 7) as f64,
            Kind::Weekend => f64::from(u8::from((hour / 24 + 3) % 7 > 4)),
            Kind::Night(..) => f64::from(u8::from(hour % 24 >= 22 || hour % 24 < 3)),
            Kind::Since(_) => {
                let kept = value?.rows.iter().map(|row| row.time).chain(value?.lost).filter(|time| *time <= event.time).max()?;
                (event.time - kept) as f64 / 1000.0
            }
            Kind::Count(_, None) => n,
            Kind::Count(_, Some(flag)) => flagged(*flag),
            Kind::Sum(..) => sum() as f64 / 100.0,
            Kind::Mean(..) if rows.is_empty() => return None,
            Kind::Mean(..) => sum() as f64 / (100.0 * n),
            Kind::Min(..) => rows.iter().map(|row| row.amount).min()? as f64 / 100.0,
            Kind::Max(..) => rows.iter().map(|row| row.amount).max()? as f64 / 100.0,
            Kind::ToMean(..) if sum() == 0 => return None,
            Kind::ToMean(..) => event.amounts[0] as f64 * n / sum() as f64,
            Kind::ZScore(..) => {
                let mean = sum() as f64 / n;
                let variance = rows.iter().map(|row| (row.amount as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0);
                if rows.len() < 2 || rows.iter().all(|row| row.amount == rows[0].amount) {
                    return None;
                }
                (event.amounts[0] as f64 - mean) / variance.sqrt()
            }
            Kind::Entropy(_, _, edges) => {
                let bins = (0..=edges.len()).map(|bin| {
                    let low = if bin == 0 { i64::MIN } else { edges[bin - 1] };
                    let high = edges.get(bin).copied().unwrap_or(i64::MAX);
                    rows.iter().filter(|row| row.amount >= low && row.amount < high).count() as f64 / n
                });
                bins.filter(|share| *share > 0.0).map(|share| -share * share.log2()).sum()
            }
            Kind::Share(..) | Kind::Risk(_, false) if rows.is_empty() => return None,
            Kind::Share(_, flag) => flagged(*flag) / n,
            Kind::Distinct(_, other) => {
                let mut names: Vec<&String> = rows.iter().map(|row| &row.keys[*other]).filter(|name| !name.is_empty()).collect();
                names.sort_unstable();
                names.dedup();
                names.len() as f64
            }
            Kind::Frauds(_) => rows.iter().filter(|row| row.label == Some(true)).count() as f64,
            Kind::Risk(_, labelled) => {
                let under = rows.iter().filter(|row| !labelled || row.label.is_some()).count();
                if under == 0 {
                    return None;
                }
                rows.iter().filter(|row| row.label == Some(true)).count() as f64 / under as f64
            }
            Kind::Ratio(over, under) if out[*under] != 0.0 => out[*over] / out[*under],
            Kind::Ratio(..) => return None,
        })
    }
}
