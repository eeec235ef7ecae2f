//! A detector and what it has raised.

use super::State;
use super::latch::{Latch, NAMES};
use crate::alert::{Alert, Kind, Level};
use crate::evidence::LEVELS;

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

impl<D> Watched<D> {
    /// The level that is news, if one is; levels that are over are let go of.
    pub(super) fn look(
        &mut self,
        least: u64,
        seen: u64,
        evidence: impl Fn(&D, usize) -> f64,
        within: impl Fn(&D, usize) -> bool,
        clear: impl Fn(&mut D, usize),
    ) -> Option<usize> {
        // From the top: none ends while a higher one stands.
        while let Some(level) = self.latch.standing() {
            if !(self.latch.ripe(level, seen) && within(&self.detector, level)) {
                break;
            }
            clear(&mut self.detector, level);
            self.latch.clear(level);
        }
        if seen < least {
            return None;
        }
        let level = self.news(evidence)?;
        self.latch.raise(level, seen).then_some(level)
    }

    /// The highest level that may be raised, if it does not stand yet.
    pub(super) fn news(&self, evidence: impl Fn(&D, usize) -> f64) -> Option<usize> {
        let level = (0..LEVELS).rev().find(|level| evidence(&self.detector, *level) >= self.needs);
        level.filter(|_| self.latch.standing() < level)
    }

    pub(super) fn state(&self, least: u64, seen: u64) -> State {
        match self.latch.standing().and_then(|level| NAMES.get(level).copied()) {
            Some(level) => State::Raised(level),
            None if seen < least => State::Waiting,
            None => State::Quiet,
        }
    }

    pub(super) fn alert(&self, kind: Kind, subject: &str, level: usize, value: f64, evidence: f64, seen: u64) -> Alert {
        let threshold = self.thresholds.get(level).copied().unwrap_or(f64::INFINITY);
        let level = NAMES.get(level).copied().unwrap_or(Level::Notice);
        Alert { subject: subject.to_owned(), evidence: Some(evidence), ..whole(kind, level, value, threshold, seen) }
    }
}
