//! Features of what is kept.

use crate::event::Event;
use crate::hash::sip;
use crate::key::{Keys, NEVER, NOBODY, Slot, bin};
use crate::number::quotient;
use crate::plan::{In, Plan, Step};
use crate::ring::{FRAUD, KNOWN};
use crate::spec::{MOST_KEYS, Spec};
use crate::table::Table;

/// An event, and where what is kept of its keys is.
#[derive(Clone, Copy)]
pub(crate) struct Looked<'a> {
    pub event: &'a Event<'a>,
    /// The key of the first of the keys that are looked at.
    pub first: usize,
    /// By key, its value's place.
    pub slots: [u32; MOST_KEYS],
    /// By key, the hash of its value where one is wanted; 0 where the event has none.
    pub hashes: [u64; MOST_KEYS],
    /// Whether queues of extremes have been moved to its time.
    pub queued: [bool; MOST_KEYS],
}

impl<'a> Looked<'a> {
    /// Nothing of it found yet.
    pub(crate) fn new(plan: &Plan, event: &'a Event<'a>, first: usize) -> Self {
        let mut hashes = [0; MOST_KEYS];
        for key in &plan.hashed {
            if let (Some(hash), Some(value)) = (hashes.get_mut(*key), event.keys.get(*key).filter(|value| !value.is_empty())) {
                // 0 stands for no value.
                *hash = sip((0, 0), value.as_bytes()).max(1);
            }
        }
        Self { event, first, slots: [NOBODY; MOST_KEYS], hashes, queued: [false; MOST_KEYS] }
    }

    fn slot<'k>(&self, keys: &'k [Keys], key: usize) -> Option<&'k Slot> {
        let at = self.slots.get(key).copied().unwrap_or(NOBODY);
        keys.get(key.checked_sub(self.first)?)?.slot(at)
    }

    fn has(&self, key: usize) -> bool {
        self.event.keys.get(key).is_some_and(|value| !value.is_empty())
    }

    fn amount(&self, amount: usize) -> i128 {
        self.event.amounts.get(amount).copied().unwrap_or(0).into()
    }

    fn bits(&self, bits: i64) -> i128 {
        // Its label is not known yet.
        i128::from(bits & (KNOWN | FRAUD) == 0 && i64::from(self.event.flags) & bits == bits)
    }
}

/// Puts all features into their places. Windows have been moved to the event's time, and the event is not in them yet.
pub(crate) fn evaluate(spec: &Spec, plan: &Plan, keys: &[Keys], looked: &Looked<'_>, out: &mut [f64]) {
    for (at, (step, feature)) in plan.steps.iter().zip(spec.features()).enumerate() {
        let value = value(spec, step, keys, looked, out).unwrap_or(feature.missing);
        if let Some(place) = out.get_mut(at) {
            *place = value;
        }
    }
}

/// The value of a feature; nothing where it is not defined. `keys` are those from [`Looked::first`] on, `out` the values of earlier features.
pub(crate) fn value(spec: &Spec, step: &Step, keys: &[Keys], looked: &Looked<'_>, out: &[f64]) -> Option<f64> {
    let local = || spec.zone().local(looked.event.time);
    let one = |amount: usize| spec.amounts().get(amount).map_or(1, |declared| declared.one().unsigned_abs());
    let truth = |truth: bool| Some(f64::from(u8::from(truth)));
    let look = |of: In| looked.has(of.key).then(|| looked.slot(keys, of.key));
    let kept = |slot: Option<&Slot>, sum: usize| slot.map_or(0, |slot| slot.sum(sum));
    // How many events, and how many of these are the event itself.
    let count = |slot: Option<&Slot>, of: In| slot.map_or(0, |slot| slot.count(of.window)) + i64::from(of.own);
    let own = |of: In, value: i128| if of.own { value } else { 0 };
    match step {
        Step::Amount { amount } => Some(quotient(looked.amount(*amount), one(*amount))),
        Step::Flag { bit } => truth(looked.event.flags >> bit & 1 == 1),
        Step::Hour => Some(f64::from(local().hour)),
        Step::Weekday => Some(f64::from(local().weekday)),
        Step::Night { from, until } => {
            let hour = local().hour;
            truth(if from < until { (*from..*until).contains(&hour) } else { hour >= *from || hour < *until })
        }
        Step::Weekend => truth(local().weekday >= 5),
        Step::Since { key } => {
            let slot = if looked.has(*key) { looked.slot(keys, *key) } else { None };
            let last = slot.map_or(NEVER, |slot| slot.last(looked.event.time));
            (last != NEVER && last <= looked.event.time).then(|| quotient((looked.event.time - last).into(), 1000))
        }
        Step::Count { of } => Some(count(look(*of)?, *of) as f64),
        Step::Bits { of, bits, sum } => Some(quotient(kept(look(*of)?, *sum) + own(*of, looked.bits(*bits)), 1)),
        Step::Sum { of, amount, sum } => Some(quotient(kept(look(*of)?, *sum) + own(*of, looked.amount(*amount)), one(*amount))),
        Step::Mean { of, amount, sum } => {
            let slot = look(*of)?;
            let (n, sum) = (count(slot, *of), kept(slot, *sum) + own(*of, looked.amount(*amount)));
            (n > 0).then(|| quotient(sum, n as u64 * one(*amount)))
        }
        Step::Peak { of, amount, word, largest, peak } => {
            let slot = look(*of)?;
            let queued = looked.queued.get(of.key).copied().unwrap_or(false);
            let kept = slot.and_then(|slot| slot.peak(of.window, *word, *largest, *peak, queued)).map(i128::from);
            let all = kept.into_iter().chain(of.own.then(|| looked.amount(*amount)));
            let extreme = if *largest { all.max() } else { all.min() };
            Some(quotient(extreme?, one(*amount)))
        }
        Step::ToMean { of, amount, sum } => {
            let slot = look(*of)?;
            let (n, sum) = (count(slot, *of), kept(slot, *sum) + own(*of, looked.amount(*amount)));
            let over = looked.amount(*amount) * i128::from(n) * sum.signum();
            (sum != 0).then(|| quotient(over, u64::try_from(sum.unsigned_abs()).unwrap_or(u64::MAX)))
        }
        Step::ZScore { of, amount, sum, squares } => {
            let (slot, x) = (look(*of)?, looked.amount(*amount));
            let n = count(slot, *of);
            let (sum, squares) = (kept(slot, *sum) + own(*of, x), kept(slot, *squares) + own(*of, x * x));
            // n² times the variance of the events, exact.
            let spread = i128::from(n) * squares - sum * sum;
            (n > 1 && spread > 0).then(|| (x * i128::from(n) - sum) as f64 / (spread as f64 * (n as f64 / (n - 1) as f64)).sqrt())
        }
        Step::Entropy { of, amount, edges, sum } => {
            let slot = look(*of)?;
            let n = count(slot, *of);
            let own_bin = bin(edges, i64::try_from(looked.amount(*amount)).unwrap_or(0));
            let bins = (0..=edges.len()).map(|at| kept(slot, sum + at) + own(*of, i128::from(at == own_bin)));
            let weighed: f64 = bins.filter(|count| *count > 0).map(|count| count as f64 * libm::log2(count as f64)).sum();
            (n > 0).then(|| (libm::log2(n as f64) - weighed / n as f64).max(0.0))
        }
        Step::Share { of, bits, sum, under } => {
            let slot = look(*of)?;
            let over = kept(slot, *sum) + own(*of, looked.bits(*bits));
            let under = under.map_or_else(|| count(slot, *of).into(), |known| kept(slot, known));
            (under > 0).then(|| quotient(over, under as u64))
        }
        Step::Distinct { of, other, set } => {
            let slot = look(*of)?.and_then(|slot| slot.set(*set));
            let hash = looked.hashes.get(*other).copied().unwrap_or(0);
            let new = of.own && hash != 0 && slot.is_none_or(|set| !set.has(hash));
            Some((slot.map_or(0, Table::len) + usize::from(new)) as f64)
        }
        Step::Ratio { over, under } => {
            let (over, under) = (out.get(*over)?, out.get(*under)?);
            (*under != 0.0 && !over.is_nan() && !under.is_nan()).then(|| over / under)
        }
    }
}
