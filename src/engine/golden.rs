//! Golden sessions: recorded when the bundle was packed, replayed before the first answer.
//!
//! A wrong engine build, a feature encoded otherwise, a model that this machine computes differently: all show here,
//! at load, and not as a slate that is quietly bad.

use super::{Engine, mismatch};
use crate::arena::Arena;
use crate::bundle::{Golden, GoldenEvent, Parts};
use crate::error::Result;
use crate::event::Event;
use crate::rank::BitSet;
use crate::recommend::Recommender;
use crate::session::{Consent, DEFAULT_IDLE_TIMEOUT_MS, SessionState};

/// Largest difference between a recorded and a replayed value, in units of max(1, |value|). Engines and machines
/// differ by about 10⁻⁶; a fault by far more.
pub const GOLDEN_TOLERANCE: f32 = 1e-4;

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

/// Items recorded a golden and tier.
const RECORDED: usize = 5;

/// Records the answers to `sessions` in the parts' manifest and golden outputs, as a bundle is packed.
///
/// # Errors
/// Any error of the model or the parts.
pub fn record_goldens(mut parts: Parts, sessions: Vec<Vec<GoldenEvent>>) -> Result<Parts> {
    let mut goldens: Vec<Golden> =
        sessions.into_iter().map(|events| Golden { events, full: Vec::new(), lite: Vec::new() }).collect();
    let (mut recommender, manifest) = Recommender::new(parts.clone())?;
    for golden in &mut goldens {
        golden.lite = best(&mut recommender, golden)?;
    }
    parts.golden_outputs.clear();
    #[cfg(feature = "onnx")]
    if let (Some(onnx), Some(spec)) = (&parts.onnx, &manifest.model) {
        let model = crate::model::TractModel::load(onnx, spec)?;
        recommender.set_model(&manifest, &crate::bundle::Limits::default(), Box::new(model))?;
        for golden in &mut goldens {
            let (session, now_ms) = golden_session(golden)?;
            let arena = Arena::default();
            let context = recommender.context(&session, None, now_ms, &arena);
            parts.golden_outputs.extend(recommender.run_model(context)?.unwrap_or_default());
            golden.full = best(&mut recommender, golden)?;
        }
    }
    parts.manifest = crate::bundle::Manifest { goldens, ..manifest };
    Ok(parts)
}

fn best(recommender: &mut Recommender, golden: &Golden) -> Result<Vec<String>> {
    let (session, now_ms) = golden_session(golden)?;
    let arena = Arena::default();
    let context = recommender.context(&session, None, now_ms, &arena);
    recommender.score(context);
    let best = recommender.best(&BitSet::full(recommender.catalog().len()), RECORDED)?;
    Ok(best.iter().map(|s| recommender.catalog().id(s.item).to_owned()).collect())
}

impl Engine {
    /// Replays the goldens by table and popularity; called before a model is set.
    pub(super) fn replay_lite(&mut self) -> Result<()> {
        for (i, golden) in self.manifest.goldens.clone().iter().enumerate() {
            self.replay(i, golden, &golden.lite)?;
        }
        Ok(())
    }

    /// Replays the goldens by the model: its raw answers and the slates.
    pub(super) fn replay_full(&mut self, outputs: &[f32]) -> Result<()> {
        let width = self.manifest.model.as_ref().map_or(0, |m| m.output.width);
        if !self.recommender.has_model() || width == 0 {
            return Ok(());
        }
        for ((i, golden), want) in self.manifest.goldens.clone().iter().enumerate().zip(outputs.chunks_exact(width)) {
            let (session, now_ms) = golden_session(golden)?;
            let arena = Arena::default();
            let context = self.recommender.context(&session, None, now_ms, &arena);
            let got = self.recommender.run_model(context)?.unwrap_or_default();
            let far = |(g, w): (&f32, &f32)| (g - w).is_nan() || (g - w).abs() > GOLDEN_TOLERANCE * w.abs().max(1.0);
            if got.len() != width || got.iter().zip(want).any(far) {
                return Err(mismatch(i, "model output"));
            }
            self.replay(i, golden, &golden.full)?;
        }
        Ok(())
    }

    /// Every recorded item must be among the best, but for items whose scores differ by less than the tolerance.
    fn replay(&mut self, i: usize, golden: &Golden, ids: &[String]) -> Result<()> {
        let (session, now_ms) = golden_session(golden)?;
        let arena = Arena::default();
        let context = self.recommender.context(&session, None, now_ms, &arena);
        if self.recommender.score(context) {
            return Err(mismatch(i, "model failed"));
        }
        let best = self.recommender.best(&BitSet::full(self.catalog().len()), ids.len())?;
        for (rank, id) in ids.iter().enumerate() {
            let score = self.catalog().find(id).map(|item| self.recommender.part(item).total());
            match (score, best.get(rank)) {
                (Some(score), Some(there)) if (score - there.score).abs() <= GOLDEN_TOLERANCE => {}
                _ => return Err(mismatch(i, "slate")),
            }
        }
        Ok(())
    }
}
