//! A detector and what it has raised.

use super::latch::{Latch, NAMES};
use crate::alert::{Alert, Kind, Level};
use crate::change::Change;
use crate::distance::{moved_most, psi};
use crate::evidence::{Detector, Exceeding, LEVELS};
use crate::reference::Stream;

/// How many bins an alert names.
const NAMED: usize = 3;

/// What is known of a stream or rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Too little has been seen for a verdict.
    Waiting,
    /// Nothing is wrong that would be sure.
    Quiet,
    /// An alert stands.
    Raised(Level),
}

impl State {
    /// The stable word: `waiting`, `quiet`, or that of the level.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Quiet => "quiet",
            Self::Raised(level) => level.as_str(),
        }
    }
}

/// One detector, what it needs to alarm, and what it has raised.
#[derive(Clone, Debug)]
pub(super) struct Watched<D> {
    pub detector: D,
    /// ln(1/α) of its share.
    pub needs: f64,
    /// What an alert states as what is allowed.
    pub thresholds: [f64; LEVELS],
    pub latch: Latch,
}

/// An alert of the bundle as a whole.
pub(super) fn whole(kind: Kind, level: Level, value: f64, threshold: f64, seen: u64) -> Alert {
    let (subject, moved) = (String::new(), Vec::new());
    Alert { kind, subject, level, value, threshold, seen, evidence: None, psi: None, ratio: None, factor: None, moved }
}

/// What a detector of changes has found.
pub(super) fn changed(subject: &str, change: &Change) -> Alert {
    Alert { subject: subject.to_owned(), ..whole(Kind::Change, Level::Notice, change.since, change.before, change.at) }
}

impl<D: Detector> Watched<D> {
    /// The level that is news, if one is; levels that are over are let go of.
    pub(super) fn look(&mut self, least: u64) -> Option<usize> {
        look(&mut self.detector, &mut self.latch, self.needs, least)
    }

    /// The highest level that may be raised, if it does not stand yet.
    pub(super) fn news(&self) -> Option<usize> {
        news(&self.detector, &self.latch, self.needs)
    }

    pub(super) fn state(&self, least: u64) -> State {
        match self.latch.standing().and_then(|level| NAMES.get(level).copied()) {
            Some(level) => State::Raised(level),
            None if self.detector.seen() < least => State::Waiting,
            None => State::Quiet,
        }
    }

    /// Of what was raised at a level, with what was measured.
    pub(super) fn alert(&self, kind: Kind, subject: &str, level: usize, value: f64) -> Alert {
        let threshold = self.thresholds.get(level).copied().unwrap_or(f64::INFINITY);
        alert(&self.detector, kind, subject, level, [value, threshold])
    }

    /// The same of a stream, with the bins that moved.
    pub(super) fn alert_of(&self, kind: Kind, stream: &Stream, level: usize, value: f64, recent: &[u64]) -> Alert {
        let alert = self.alert(kind, stream.name(), level, value);
        moved(alert, stream, recent)
    }
}

/// What a rate may be at each level: what its reference does not rule out with probability 1 − p, and the tolerances' shares of what is
/// left to 1.
#[inline(never)]
pub(super) fn bounds(events: u64, of: u64, p: f64, tolerances: [f64; LEVELS]) -> [f64; LEVELS] {
    let bound = Exceeding::bound(events, of, p);
    tolerances.map(|tolerance| bound + (1.0 - bound) * tolerance.min(1.0))
}

#[inline(never)]
fn alert(detector: &dyn Detector, kind: Kind, subject: &str, level: usize, [value, threshold]: [f64; 2]) -> Alert {
    let name = NAMES.get(level).copied().unwrap_or(Level::Notice);
    let evidence = Some(detector.evidence(level));
    Alert { subject: subject.to_owned(), evidence, ..whole(kind, name, value, threshold, detector.seen()) }
}

#[inline(never)]
fn moved(alert: Alert, stream: &Stream, recent: &[u64]) -> Alert {
    Alert { psi: Some(psi(stream.counts(), recent)), moved: moved_most(stream.counts(), recent, NAMED), ..alert }
}

/// Compiled once for all detectors, as are all below.
#[inline(never)]
fn look(detector: &mut dyn Detector, latch: &mut Latch, needs: f64, least: u64) -> Option<usize> {
    let seen = detector.seen();
    // From the top: none ends while a higher one stands.
    while let Some(level) = latch.standing() {
        if !(latch.ripe(level, seen) && detector.within(level)) {
            break;
        }
        detector.clear(level);
        latch.clear(level);
    }
    if seen < least {
        return None;
    }
    let level = news(detector, latch, needs)?;
    latch.raise(level, seen).then_some(level)
}

#[inline(never)]
fn news(detector: &dyn Detector, latch: &Latch, needs: f64) -> Option<usize> {
    let level = (0..LEVELS).rev().find(|level| detector.evidence(*level) >= needs);
    level.filter(|_| latch.standing() < level)
}
