//! What is kept for each key, and how each feature is read of it: worked out once from a specification.

use crate::ring::FIRST;
use crate::spec::{At, Kind, Spec};

/// What is kept for a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyPlan {
    /// Amounts of a record, by their places in the specification; they stand behind its first words.
    pub amounts: Vec<usize>,
    /// Other keys of whose values a record has the hash; they stand behind the amounts.
    pub others: Vec<usize>,
    pub windows: Vec<Window>,
    /// Running sums of a value.
    pub sums: usize,
    /// Tables of distinct values.
    pub sets: usize,
    /// Queues of extremes.
    pub peaks: usize,
    /// How far back any window looks.
    pub reach: i64,
    /// Whether the time of the last event is asked for.
    pub since: bool,
    /// Whether labels count in a window.
    pub labelled: bool,
}

/// A window and what is kept up to date of the events in it.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub length: i64,
    pub delay: i64,
    pub parts: Vec<Part>,
}

/// What is kept up to date. `word` is the word of a record, `sum`, `set` and `peak` are places in what a value has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Sum {
        word: usize,
        sum: usize,
    },
    Squares {
        word: usize,
        sum: usize,
    },
    /// Events with all of these bits.
    Bits {
        bits: i64,
        sum: usize,
    },
    /// A count for each bin, from `sum` on.
    Bins {
        word: usize,
        edges: Vec<i64>,
        sum: usize,
    },
    Set {
        word: usize,
        set: usize,
    },
    Peak {
        word: usize,
        largest: bool,
        peak: usize,
    },
}

/// A window's place, and whether the event itself is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct In {
    pub key: usize,
    pub window: usize,
    pub own: bool,
}

/// How a feature is read. `amount` and `other` are places in the specification, `word` those of a record.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Amount {
        amount: usize,
    },
    Flag {
        bit: u32,
    },
    Hour,
    Weekday,
    Night {
        from: u8,
        until: u8,
    },
    Weekend,
    Since {
        key: usize,
    },
    Count {
        of: In,
    },
    Bits {
        of: In,
        bits: i64,
        sum: usize,
    },
    Sum {
        of: In,
        amount: usize,
        sum: usize,
    },
    Mean {
        of: In,
        amount: usize,
        sum: usize,
    },
    Peak {
        of: In,
        amount: usize,
        word: usize,
        largest: bool,
        peak: usize,
    },
    ToMean {
        of: In,
        amount: usize,
        sum: usize,
    },
    ZScore {
        of: In,
        amount: usize,
        sum: usize,
        squares: usize,
    },
    Entropy {
        of: In,
        amount: usize,
        edges: Vec<i64>,
        sum: usize,
    },
    /// Events with bits over all, or over those whose label is known.
    Share {
        of: In,
        bits: i64,
        sum: usize,
        under: Option<usize>,
    },
    Distinct {
        of: In,
        other: usize,
        set: usize,
    },
    Ratio {
        over: usize,
        under: usize,
    },
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub keys: Vec<KeyPlan>,
    pub steps: Vec<Step>,
    /// Keys of whose values hashes are wanted.
    pub hashed: Vec<usize>,
    /// How long ids are kept for labels and flags that come later.
    pub ids_reach: i64,
}

impl Plan {
    pub(crate) fn of(spec: &Spec) -> Self {
        let mut plan = Self { keys: vec![KeyPlan::default(); spec.keys().len()], ..Self::default() };
        // Words first, as those of hashes stand behind those of all amounts.
        for feature in spec.features() {
            let Some(key) = feature.kind.key().and_then(|key| plan.keys.get_mut(key)) else { continue };
            let (amount, other) = needs(&feature.kind);
            add(&mut key.amounts, amount);
            add(&mut key.others, other);
            add(&mut plan.hashed, other);
            key.since |= matches!(feature.kind, Kind::Since(_));
            if let Some(at) = feature.kind.at() {
                let reach = at.window + at.delay;
                key.reach = key.reach.max(reach);
                key.labelled |= matches!(feature.kind, Kind::Frauds(_) | Kind::Risk(..));
                if matches!(feature.kind, Kind::Frauds(_) | Kind::Risk(..) | Kind::Count(_, Some(_)) | Kind::Share(..)) {
                    plan.ids_reach = plan.ids_reach.max(reach);
                }
            }
        }
        plan.steps = spec.features().iter().map(|feature| plan_step(&mut plan.keys, &feature.kind)).collect();
        plan
    }
}

/// The amount and the other key that a kind wants in its key's records.
fn needs(kind: &Kind) -> (Option<usize>, Option<usize>) {
    match kind {
        Kind::Sum(_, amount)
        | Kind::Mean(_, amount)
        | Kind::Min(_, amount)
        | Kind::Max(_, amount)
        | Kind::ToMean(_, amount)
        | Kind::ZScore(_, amount)
        | Kind::Entropy(_, amount, _) => (Some(*amount), None),
        Kind::Distinct(_, other) => (None, Some(*other)),
        _ => (None, None),
    }
}

fn add(list: &mut Vec<usize>, item: Option<usize>) {
    if let Some(item) = item.filter(|item| !list.contains(item)) {
        list.push(item);
    }
}

fn plan_step(keys: &mut [KeyPlan], kind: &Kind) -> Step {
    use crate::ring::{FRAUD, KNOWN};
    let nothing = &mut KeyPlan::default();
    let at = kind.at().unwrap_or(At { key: 0, window: 1, delay: 0, current: false });
    let key = keys.get_mut(at.key).unwrap_or(nothing);
    let mut within = || {
        let found = key.windows.iter().position(|window| window.length == at.window && window.delay == at.delay);
        let window = found.unwrap_or_else(|| {
            key.windows.push(Window { length: at.window, delay: at.delay, parts: Vec::new() });
            key.windows.len() - 1
        });
        In { key: at.key, window, own: at.current && at.delay == 0 }
    };
    match kind.clone() {
        Kind::Amount(amount) => Step::Amount { amount },
        Kind::Flag(flag) => Step::Flag { bit: flag as u32 },
        Kind::Hour => Step::Hour,
        Kind::Weekday => Step::Weekday,
        Kind::Night(from, until) => Step::Night { from, until },
        Kind::Weekend => Step::Weekend,
        Kind::Since(key) => Step::Since { key },
        Kind::Ratio(over, under) => Step::Ratio { over, under },
        Kind::Count(_, None) => Step::Count { of: within() },
        Kind::Count(_, Some(flag)) => {
            let (of, bits) = (within(), 1 << flag);
            Step::Bits { of, bits, sum: key.bits(of, bits) }
        }
        Kind::Frauds(_) => {
            let of = within();
            Step::Bits { of, bits: FRAUD, sum: key.bits(of, FRAUD) }
        }
        Kind::Share(_, flag) => {
            let (of, bits) = (within(), 1 << flag);
            Step::Share { of, bits, sum: key.bits(of, bits), under: None }
        }
        Kind::Risk(_, labelled) => {
            let of = within();
            let under = labelled.then(|| key.bits(of, KNOWN));
            Step::Share { of, bits: FRAUD, sum: key.bits(of, FRAUD), under }
        }
        Kind::Sum(_, amount) => {
            let of = within();
            Step::Sum { of, amount, sum: key.sum(of, amount) }
        }
        Kind::Mean(_, amount) => {
            let of = within();
            Step::Mean { of, amount, sum: key.sum(of, amount) }
        }
        Kind::ToMean(_, amount) => {
            let of = within();
            Step::ToMean { of, amount, sum: key.sum(of, amount) }
        }
        Kind::ZScore(_, amount) => {
            let of = within();
            let word = key.word(amount);
            let squares = key.part(of, |sum| Part::Squares { word, sum }, 1);
            Step::ZScore { of, amount, sum: key.sum(of, amount), squares }
        }
        Kind::Entropy(_, amount, edges) => {
            let of = within();
            let (word, count, kept) = (key.word(amount), edges.len() + 1, edges.clone());
            let sum = key.part(of, |sum| Part::Bins { word, edges: kept.clone(), sum }, count);
            Step::Entropy { of, amount, edges, sum }
        }
        Kind::Min(_, amount) | Kind::Max(_, amount) => {
            let of = within();
            key.peak(of, amount, matches!(kind, Kind::Max(..)))
        }
        Kind::Distinct(_, other) => {
            let of = within();
            let word = FIRST + key.amounts.len() + key.others.iter().position(|known| *known == other).unwrap_or(0);
            let parts = key.windows.get_mut(of.window).map(|window| &mut window.parts);
            let set = parts.map_or(0, |parts| {
                let known = parts.iter().find_map(|part| match part {
                    Part::Set { word: known, set } if *known == word => Some(*set),
                    _ => None,
                });
                known.unwrap_or_else(|| {
                    parts.push(Part::Set { word, set: key.sets });
                    key.sets += 1;
                    key.sets - 1
                })
            });
            Step::Distinct { of, other, set }
        }
    }
}

impl KeyPlan {
    /// Words of a record.
    pub(crate) fn stride(&self) -> usize {
        FIRST + self.amounts.len() + self.others.len()
    }

    /// The word of an amount.
    fn word(&self, amount: usize) -> usize {
        FIRST + self.amounts.iter().position(|known| *known == amount).unwrap_or(0)
    }

    fn sum(&mut self, of: In, amount: usize) -> usize {
        let word = self.word(amount);
        self.part(of, |sum| Part::Sum { word, sum }, 1)
    }

    fn bits(&mut self, of: In, bits: i64) -> usize {
        self.part(of, |sum| Part::Bits { bits, sum }, 1)
    }

    /// The place of the sums of a part, which is added where the window does not have it.
    fn part(&mut self, of: In, make: impl Fn(usize) -> Part, count: usize) -> usize {
        let Some(window) = self.windows.get_mut(of.window) else { return 0 };
        let place = |part: &Part| match part {
            Part::Sum { sum, .. } | Part::Squares { sum, .. } | Part::Bits { sum, .. } | Part::Bins { sum, .. } => Some(*sum),
            _ => None,
        };
        let known = window.parts.iter().find_map(|part| place(part).filter(|sum| make(*sum) == *part));
        known.unwrap_or_else(|| {
            window.parts.push(make(self.sums));
            self.sums += count;
            self.sums - count
        })
    }

    fn peak(&mut self, of: In, amount: usize, largest: bool) -> Step {
        let word = self.word(amount);
        let Some(window) = self.windows.get_mut(of.window) else { return Step::Count { of } };
        let known = window.parts.iter().find_map(|part| match part {
            Part::Peak { word: w, largest: l, peak } if *w == word && *l == largest => Some(*peak),
            _ => None,
        });
        let peak = known.unwrap_or_else(|| {
            window.parts.push(Part::Peak { word, largest, peak: self.peaks });
            self.peaks += 1;
            self.peaks - 1
        });
        Step::Peak { of, amount, word, largest, peak }
    }
}
