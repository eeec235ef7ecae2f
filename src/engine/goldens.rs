//! What an engine keeps of its golden sessions, and when one is due again.

use crate::arena::Arena;
use crate::bundle::{Golden, Manifest};
use crate::error::Result;
use crate::event::Event;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::rank::{BitSet, Scored};
use crate::recommend::Recommender;
use crate::session::{Consent, DEFAULT_IDLE_TIMEOUT_MS, SessionState};

/// Slates between two replays, at most: damage that every golden session shows is seen before the next slate after so many.
pub const REPLAY_SLATES: usize = 256;
/// Milliseconds of the host's clock after which a golden session is due before that.
pub const REPLAY_MS: u64 = 600_000;
/// Slates that lie between two replays whatever the clock does.
const LEAST_SLATES: usize = 8;
/// Recorded outputs that are kept, 1 MiB: a model that answers a logit an item may have more. Of the goldens beyond, slates alone are compared.
#[cfg(feature = "onnx")]
const MOST_OUTPUTS: usize = 1 << 18;

/// Any fixed time: features know differences alone.
const START_MS: u64 = 1_600_000_000_000;

/// The session of a golden, and its "now".
///
/// # Errors
/// `event-invalid` when a recorded event is out of range.
pub fn golden_session(golden: &Golden) -> Result<(SessionState, u64)> {
    let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS)?;
    let mut now_ms = START_MS;
    for event in &golden.events {
        now_ms += u64::from(event.gap_ms);
        let dwell_ms = (event.dwell_ms > 0).then_some(event.dwell_ms);
        session.observe(&Event { kind: event.kind, item: event.item.clone(), at_ms: None, dwell_ms, quantity: None }, now_ms)?;
    }
    Ok((session, now_ms))
}

/// A golden session as the bundle's own catalog reads it: deltas change prices and take items out, and none of that may change what is compared.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) context: Vec<ContextEvent>,
    /// The best by table and popularity; `None`: an item that the catalog does not have.
    pub(super) lite: Vec<Option<ItemIdx>>,
    /// The best by the model.
    #[cfg(feature = "onnx")]
    pub(super) full: Vec<Option<ItemIdx>>,
}

/// The golden sessions of an engine.
#[derive(Debug, Default)]
pub(super) struct Goldens {
    pub(super) known: Vec<Known>,
    /// The model's recorded outputs, one row a golden.
    #[cfg(feature = "onnx")]
    outputs: Vec<f32>,
    /// The items of the bundle.
    pub(super) all: BitSet,
    /// Memory of the last comparison.
    pub(super) best: Vec<Scored>,
    /// The one whose turn is next.
    pub(super) next: usize,
    /// Slates since the last replay.
    slates: usize,
    /// When that was; of the first slate before there was one.
    since_ms: Option<u64>,
    /// The one for which the engine may not serve any more, and what is otherwise.
    pub(super) failed: Option<(usize, &'static str)>,
}

impl Goldens {
    /// Of a catalog as packed.
    ///
    /// # Errors
    /// As [`golden_session`].
    pub(super) fn of(recommender: &Recommender, manifest: &Manifest, #[cfg(feature = "onnx")] outputs: Vec<f32>) -> Result<Self> {
        let catalog = recommender.catalog();
        let mut known = Vec::with_capacity(manifest.goldens.len());
        for golden in &manifest.goldens {
            let (session, now_ms) = golden_session(golden)?;
            let arena = Arena::default();
            let context = recommender.context(&session, None, now_ms, &arena).to_vec();
            let find = |ids: &[String]| ids.iter().map(|id| catalog.find(id)).collect();
            known.push(Known {
                context,
                lite: find(&golden.lite),
                #[cfg(feature = "onnx")]
                full: find(&golden.full),
            });
        }
        Ok(Self {
            known,
            #[cfg(feature = "onnx")]
            outputs,
            all: BitSet::full(catalog.len()),
            ..Self::default()
        })
    }

    /// What the model answered to a golden, where that is kept.
    #[cfg(feature = "onnx")]
    pub(super) fn output(&self, at: usize, width: usize) -> Option<&[f32]> {
        self.outputs.get(at * width..).and_then(|rest| rest.get(..width))
    }

    /// All are proved: keeps what is asked again.
    #[cfg(feature = "onnx")]
    pub(super) fn keep(&mut self, width: usize) {
        if self.outputs.len() > MOST_OUTPUTS {
            self.outputs.truncate(MOST_OUTPUTS / width.max(1) * width);
            self.outputs.shrink_to_fit();
        }
    }

    /// The host's clock at the last replay, or at the first slate; 0 where there was none yet.
    pub(super) fn since_ms(&self) -> u64 {
        self.since_ms.unwrap_or(0)
    }

    /// Whether one is to be replayed before so many slates more; if so, the next one's time begins.
    ///
    /// A clock that goes back begins the time anew, one that leaps is believed: slates are what bounds both.
    pub(super) fn due(&mut self, slates: usize, now_ms: u64) -> bool {
        let since_ms = self.since_ms.get_or_insert(now_ms);
        *since_ms = (*since_ms).min(now_ms);
        let total = self.slates.saturating_add(slates);
        let due = total > REPLAY_SLATES || (self.slates >= LEAST_SLATES && now_ms - *since_ms >= REPLAY_MS);
        self.slates = if due { slates } else { total };
        if due {
            *since_ms = now_ms;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before which of some slates, one a call, a golden was due.
    fn due_at(clock: &[u64]) -> Vec<usize> {
        let mut goldens = Goldens::default();
        (0..clock.len()).filter(|at| goldens.due(1, clock[*at])).collect()
    }

    #[test]
    fn slates_count_and_time_does() {
        assert_eq!(due_at(&[7; 600]), [256, 512]);
        let minutes: Vec<u64> = (0..40).map(|at| at * 60_000).collect();
        assert_eq!(due_at(&minutes), [10, 20, 30]);
        let mut goldens = Goldens::default();
        assert_eq!((0..40).filter(|_| goldens.due(16, 0)).count(), 2);
        assert!(goldens.due(usize::MAX, 0));
    }

    /// Whatever the clock says there are at most 256 slates between two replays, and at least eight.
    #[test]
    fn a_clock_that_goes_back_or_leaps_neither_starves_nor_storms() {
        let back: Vec<u64> = (0..600).map(|at| 1_000_000_000 - at * 3_600_000 % 900_000_000).collect();
        let to_and_fro: Vec<u64> = (0..600).map(|at| at % 2 * 3_600_000).collect();
        let leaps: Vec<u64> = (0..600).map(|at| at * 3_600_000).collect();
        let once: Vec<u64> = (0..600).map(|at| if at == 3 { u64::MAX } else { at }).collect();
        for clock in [back, to_and_fro, leaps, once] {
            let due = due_at(&clock);
            assert!(due.len() >= 2 && due.windows(2).all(|pair| (8..=256).contains(&(pair[1] - pair[0]))), "{due:?}");
            assert!(due[0] <= 256 && due.len() <= 600 / 8);
        }
    }
}
