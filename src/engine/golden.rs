//! Golden sessions: recorded when the bundle was packed, replayed before the first answer, and one of them again from time to time.
//!
//! A wrong engine build, a feature encoded otherwise, a model that this machine computes differently: all show here,
//! at load, and not as a slate that is quietly bad. So does what turns bad later: memory that something else has written
//! into, code that is compiled anew.

use super::goldens::{Goldens, golden_session};
use super::host::Engine;
use super::proof::Proof;
use crate::arena::Arena;
#[cfg(feature = "onnx")]
use crate::bundle::GraphEngine;
#[cfg(feature = "onnx")]
use crate::bundle::Limits;
use crate::bundle::{Golden, GoldenEvent, Parts};
use crate::error::{Code, Error, Result};
use crate::ids::ItemIdx;
use crate::rank::{BitSet, Scored};
use crate::recommend::Recommender;

/// Largest difference between a recorded and a replayed value, in units of max(1, |value|). Engines and machines
/// differ by about 10⁻⁶; a fault by far more.
pub const GOLDEN_TOLERANCE: f32 = 1e-4;

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
        #[cfg(feature = "onnx")]
        if self.proof.is_none() {
            self.goldens.keep(self.width());
        }
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
        let goldens = self.goldens.known.len();
        if proof.taken < goldens {
            self.proved(proof.taken, false)?;
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
            self.proved(at, true)?;
            return Ok(at + 1 < goldens);
        }
        Ok(proof.taken + 1 < goldens)
    }

    /// Replays the golden whose turn it is, where one is due before so many slates: by table and popularity, then by the model. Once one
    /// is not answered as recorded any more nobody is served.
    ///
    /// # Errors
    /// `golden-mismatch`.
    pub(super) fn prove_again(&mut self, slates: usize, now_ms: u64) -> Result<()> {
        if self.goldens.failed.is_none() && self.goldens.due(slates, now_ms) {
            let at = self.goldens.next;
            self.goldens.next = if at + 1 < self.goldens.known.len() { at + 1 } else { 0 };
            let mut why = self.compare(at, false);
            if why.is_none() && self.recommender.has_model() {
                why = self.compare(at, true);
            }
            self.goldens.failed = why.map(|why| (at, why));
        }
        self.goldens.failed.map_or(Ok(()), |(at, why)| Err(mismatch(at, why)))
    }

    /// What [`Engine::recommend`] does before it answers, for whoever asks the recommender itself for so many answers: replays a golden
    /// where one is due. By their number alone, as sessions of a log have clocks of their own.
    ///
    /// # Errors
    /// `golden-mismatch`, from then on.
    pub fn replay_due(&mut self, answers: usize) -> Result<()> {
        let now_ms = self.goldens.since_ms();
        self.prove_again(answers, now_ms)
    }

    /// Values of the model's answer.
    #[cfg(feature = "onnx")]
    fn width(&self) -> usize {
        self.manifest.model.as_ref().map_or(0, |model| model.output.width)
    }

    /// A golden as the engine is opened.
    fn proved(&mut self, at: usize, with_model: bool) -> Result<()> {
        #[cfg_attr(not(feature = "onnx"), expect(unused_mut))]
        let mut why = self.compare(at, with_model);
        #[cfg(feature = "onnx")]
        if let Some(golden) =
            self.goldens.known.get(at).filter(|golden| with_model && (why == Some(FAILED) || golden.context.is_empty()))
        {
            // A model that fails says why itself; and of a context without events, of which no slate asks it, it was recorded as well.
            let want = self.goldens.output(at, self.width());
            let got = self.recommender.run_model(&golden.context)?;
            why = why.or_else(|| want.zip(got).filter(|(want, got)| differs(got, want)).map(|_| "model output"));
        }
        why.map_or(Ok(()), |why| Err(mismatch(at, why)))
    }

    /// What is otherwise, if anything is. Every recorded item must be among the best, but for items whose scores differ by less than the
    /// tolerance; and the model's raw answer, where it is asked, as recorded. Deltas, session and counts are neither read nor changed.
    fn compare(&mut self, at: usize, with_model: bool) -> Option<&'static str> {
        let mut buffer = std::mem::take(&mut self.goldens.best);
        let Goldens { known, all, .. } = &self.goldens;
        let golden = known.get(at)?;
        #[cfg(feature = "onnx")]
        let (items, row) = {
            // Of a context without events the engine asks no model.
            let asked = with_model && !golden.context.is_empty();
            let row = self.goldens.output(at, self.width()).filter(|_| asked);
            (if with_model { &golden.full } else { &golden.lite }, row)
        };
        #[cfg(not(feature = "onnx"))]
        let items = &golden.lite;
        let why = self.recommender.as_packed(&golden.context, with_model, |recommender, failed| {
            if failed {
                return Some(FAILED);
            }
            #[cfg(feature = "onnx")]
            if row.is_some_and(|want| differs(recommender.scores().answer(), want)) {
                return Some("model output");
            }
            buffer = recommender.best_in(all, items.len(), std::mem::take(&mut buffer)).unwrap_or_default();
            let there = |(item, there): (&Option<ItemIdx>, &Scored)| {
                item.is_some_and(|item| (recommender.part(item).total() - there.score).abs() <= GOLDEN_TOLERANCE)
            };
            let held = buffer.len() == items.len() && items.iter().zip(&buffer).all(there);
            (!held).then_some("slate")
        });
        self.goldens.best = buffer;
        why
    }
}

/// The model answered nothing.
const FAILED: &str = "model failed";

/// Whether the model's answer is another than the recorded one.
#[cfg(feature = "onnx")]
fn differs(got: &[f32], want: &[f32]) -> bool {
    let far = |(g, w): (&f32, &f32)| (g - w).is_nan() || (g - w).abs() > GOLDEN_TOLERANCE * w.abs().max(1.0);
    got.len() != want.len() || got.iter().zip(want).any(far)
}

fn mismatch(golden: usize, why: &'static str) -> Error {
    Error::new(Code::GoldenMismatch, "the bundle's golden sessions are not answered as recorded: this build must not serve it")
        .with("golden", golden)
        .with("why", why)
}
