//! Opening step by step, so that a page can see what else there is to do in between.

use super::goldens::Goldens;
use super::host::Engine;
use super::proof::Proof;
use super::told::Counts;
use crate::arena::Arena;
use crate::bundle::{self, Files, Limits, Parts};
use crate::error::Result;
use crate::monitor::Counting;
use crate::recommend::Recommender;
use crate::session::SessionState;
use crate::settings::Settings;
use std::borrow::Cow;

/// A bundle on its way into an engine.
#[derive(Debug)]
pub struct Opening<'a> {
    bundle: bundle::Opening<'a>,
    parts: Option<Box<Parts>>,
    session: SessionState,
    limits: Limits,
}

impl<'a> Opening<'a> {
    /// Looks at the settings alone.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn new(bundle: Cow<'a, [u8]>, model: Option<Cow<'a, [u8]>>, settings: Settings) -> Result<Self> {
        let limits = Limits::within(settings.max_bytes);
        let session = SessionState::with(settings.consent, settings.lifetimes)?;
        let Settings { digest, computed_digest, computed_model_digest, .. } = settings;
        let files = Files { bundle, computed_digest, model, computed_model_digest };
        Ok(Self { bundle: bundle::Opening::new(files, digest, limits), parts: None, session, limits })
    }

    /// Whether the model's own file is at hand.
    #[must_use]
    pub const fn has_model(&self) -> bool {
        self.bundle.has_model()
    }

    /// Takes the next step: digest, header, manifest, one part or column after the other, then the engine, which is given and
    /// has its goldens still to replay. What failed fails again.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn step(&mut self) -> Result<Option<Engine>> {
        let Some(mut parts) = self.parts.take() else {
            self.parts = self.bundle.step()?;
            return Ok(None);
        };
        let (digest, bytes) = (std::mem::take(&mut parts.digest), parts.bytes);
        let counting = parts.reference.take().map(|bytes| Counting::new(&bytes)).transpose()?.flatten().map(Box::new);
        let proof = Proof::of(&mut parts, self.limits);
        #[cfg(feature = "onnx")]
        let outputs = std::mem::take(&mut parts.golden_outputs);
        #[cfg(feature = "onnx")]
        let (recommender, manifest) = Recommender::new(*parts)?;
        #[cfg(not(feature = "onnx"))]
        let (recommender, manifest) = {
            let (mut recommender, manifest) = Recommender::new(*parts)?;
            // Checked, but read by a model alone.
            recommender.drop_vectors();
            (recommender, manifest)
        };
        let goldens = Goldens::of(
            &recommender,
            &manifest,
            #[cfg(feature = "onnx")]
            outputs,
        )?;
        let (session, counts, arena) = (self.session.clone(), Counts::default(), Arena::default());
        Ok(Some(Engine {
            recommender,
            manifest,
            digest,
            bytes,
            session,
            counts,
            counting,
            proof: Some(Box::new(proof)),
            goldens,
            arena,
            #[cfg(feature = "onnx")]
            runs_on: None,
        }))
    }
}

impl Engine {
    /// Opens a bundle: digest, parts, model (full tier), and the golden sessions replayed.
    ///
    /// # Errors
    /// Any `bundle-…`, `manifest-…`, `catalog-…`, `model-…` code, `golden-mismatch`, `invalid-option`.
    pub fn open(bundle: &[u8], settings: &Settings) -> Result<Self> {
        Self::open_files(bundle, None, settings)
    }

    /// As [`Engine::open`], with the model's own file of a bundle in two. Without it such a bundle is the lite tier.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_files(bundle: &[u8], model: Option<&[u8]>, settings: &Settings) -> Result<Self> {
        let mut engine = Self::begin(bundle, model, settings)?;
        engine.prove()?;
        Ok(engine)
    }

    /// All of [`Engine::open_files`] but the golden sessions, which [`Engine::replay`] takes one by one.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn begin(bundle: &[u8], model: Option<&[u8]>, settings: &Settings) -> Result<Self> {
        let mut opening = Opening::new(bundle.into(), model.map(Into::into), settings.clone())?;
        loop {
            if let Some(engine) = opening.step()? {
                return Ok(engine);
            }
        }
    }
}
