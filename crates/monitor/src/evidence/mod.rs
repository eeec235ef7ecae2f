//! Evidence that grows only when something has changed, and that may be looked at after every observation.
//!
//! Each detector bets against "nothing has changed" and keeps its wealth, a test supermartingale: on the average no bet gains
//! while nothing has changed, so the wealth ever reaches 1/α with probability α at most (Ville 1939), however often one looks
//! and whenever one stops. The distribution may wander while it stays within what is allowed, as at night or on a Sunday. Each
//! has three levels, of which the next allows more: so the level says how much has changed, and not only that it is sure.

mod ball;
mod benjamini;
mod drift;
mod odds;
mod rate;
mod streak;
mod wealth;

pub use ball::reference_radius;
pub use benjamini::e_benjamini_hochberg;
pub use drift::Drift;
pub use odds::Odds;
#[cfg(test)]
pub(crate) use odds::times;
pub use rate::Exceeding;
pub use streak::Streak;
pub use wealth::LEVELS;

/// What a detector is asked by whoever raises alarms; see each one's own.
pub(crate) trait Detector {
    fn seen(&self) -> u64;
    fn evidence(&self, level: usize) -> f64;
    fn within(&self, level: usize) -> bool;
    fn clear(&mut self, level: usize);
}

macro_rules! detectors {
    ($($of:ty),*) => {$(
        impl Detector for $of {
            fn seen(&self) -> u64 {
                self.seen()
            }

            fn evidence(&self, level: usize) -> f64 {
                self.evidence(level)
            }

            fn within(&self, level: usize) -> bool {
                self.within(level)
            }

            fn clear(&mut self, level: usize) {
                self.clear(level);
            }
        }
    )*};
}

detectors!(Drift, Exceeding, Odds, Streak);
