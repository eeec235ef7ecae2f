//! Golden sessions: recorded when the bundle was packed, replayed before the first answer.
//!
//! A wrong engine build, a feature encoded otherwise, a model that this machine computes differently: all show here,
//! at load, and not as a slate that is quietly bad.

use super::host::Engine;
use super::proof::Proof;
use crate::arena::Arena;
#[cfg(feature = "onnx")]
use crate::bundle::GraphEngine;
#[cfg(feature = "onnx")]
use crate::bundle::Limits;
use crate::bundle::{Golden, GoldenEvent, Parts};
use crate::error::{Code, Error, Result};
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

/// Records the answers to `sessions` in the parts' manifest and golden outputs, as a bundle is packed, and which engine its
/// graph needs.
///
/// # Errors
/// Any error of the model or the parts.
pub fn record_goldens(mut parts: Parts, sessions: Vec<Vec<GoldenEvent>>) -> Result<Parts> {
    let mut goldens: Vec<Golden> =
        sessions.into_iter().map(|events| Golden { events, full: Vec::new(), lite: Vec::new() }).collect();
    #[cfg_attr(not(feature = "onnx"), expect(unused_mut))]
    let (mut recommender, mut manifest) = Recommender::new(parts.clone())?;
    for golden in &mut goldens {
        golden.lite = best(&mut recommender, golden)?;
    }
    parts.golden_outputs.clear();
    #[cfg(feature = "onnx")]
    if let (Some(onnx), Some(spec)) = (&parts.onnx, &manifest.model) {
        // It is the packer's own.
        let model = crate::model::PlannedModel::load(onnx, spec, &nearhand_onnx::ModelLimits::none())?;
        let engine = (model.engine() == "tract").then_some(GraphEngine::Tract);
        recommender.set_model(&manifest, &Limits::none(), Box::new(model))?;
        if let Some(spec) = &mut manifest.model {
            spec.engine = engine;
        }
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
    /// Takes the next step of opening: replays one golden, or loads the model. Whether there are more. An engine that has
    /// steps left must not answer; a step that failed fails again.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn replay(&mut self) -> Result<bool> {
        let Some(mut proof) = self.proof.take() else { return Ok(false) };
        let more = self.step(&mut proof);
        proof.taken += usize::from(more.is_ok());
        // None where all is proved.
        self.proof = Some(proof).filter(|_| more.as_ref().map_or(true, |more| *more));
        more
    }

    /// Takes all steps that are left.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn prove(&mut self) -> Result<()> {
        while self.replay()? {}
        Ok(())
    }

    #[cfg_attr(not(feature = "onnx"), expect(clippy::needless_pass_by_ref_mut))]
    fn step(&mut self, proof: &mut Proof) -> Result<bool> {
        let goldens = self.manifest.goldens.len();
        if let Some(golden) = self.manifest.goldens.get(proof.taken).cloned() {
            self.compare(proof.taken, &golden, &golden.lite)?;
        }
        #[cfg(feature = "onnx")]
        if let (Some(onnx), Some(spec)) = (&proof.onnx, &self.manifest.model) {
            let Some(at) = proof.taken.checked_sub(goldens) else { return Ok(true) };
            let Some(at) = at.checked_sub(1) else {
                let limits = nearhand_onnx::ModelLimits::within(proof.limits.bytes);
                let model = crate::model::PlannedModel::load(onnx, spec, &limits)?;
                self.runs_on = Some(model.engine());
                self.recommender.set_model(&self.manifest, &proof.limits, Box::new(model))?;
                return Ok(true);
            };
            let width = spec.output.width;
            let want = proof.outputs.get(at * width..).and_then(|rest| rest.get(..width));
            if let (Some(golden), Some(want)) = (self.manifest.goldens.get(at).cloned(), want) {
                self.compare_full(at, &golden, want)?;
            }
            return Ok(at + 1 < goldens);
        }
        Ok(proof.taken + 1 < goldens)
    }

    /// Replays a golden by the model: its raw answer and the slate.
    #[cfg(feature = "onnx")]
    fn compare_full(&mut self, i: usize, golden: &Golden, want: &[f32]) -> Result<()> {
        let (session, now_ms) = golden_session(golden)?;
        let arena = Arena::default();
        let context = self.recommender.context(&session, None, now_ms, &arena);
        let got = self.recommender.run_model(context)?.unwrap_or_default();
        let far = |(g, w): (&f32, &f32)| (g - w).is_nan() || (g - w).abs() > GOLDEN_TOLERANCE * w.abs().max(1.0);
        if got.len() != want.len() || got.iter().zip(want).any(far) {
            return Err(mismatch(i, "model output"));
        }
        self.compare(i, golden, &golden.full)
    }

    /// Every recorded item must be among the best, but for items whose scores differ by less than the tolerance.
    fn compare(&mut self, i: usize, golden: &Golden, ids: &[String]) -> Result<()> {
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

fn mismatch(golden: usize, why: &'static str) -> Error {
    Error::new(Code::GoldenMismatch, "the bundle's golden sessions are not answered as recorded: this build must not serve it")
        .with("golden", golden)
        .with("why", why)
}
