//! The bundle around a model: alone, with a table and weights beside it, or in the place of a trained bundle's own.

use crate::assemble::{Beside, Draft, golden_sample, popularity};
use crate::fit::{self, Fitted, Source};
use crate::items::ItemList;
use crate::pack::args::Args;
use crate::pack::told::Told;
use crate::provenance::Provenance;
use nearhand::bundle::{self, BlendSpec, Limits, ModelSpec, SignalSpec, StoredVectors};
use nearhand::{Engine, Result, Settings};

/// What is packed, whatever stands beside it.
pub(super) struct Packed<'a> {
    pub(super) args: &'a Args,
    pub(super) items: &'a ItemList,
    pub(super) sessions: &'a [Vec<u32>],
    pub(super) model: (ModelSpec, Vec<u8>),
    pub(super) vectors: Option<StoredVectors>,
    pub(super) temperature: f32,
    pub(super) made: Provenance,
}

impl Packed<'_> {
    /// The model alone, beside what files give.
    ///
    /// # Errors
    /// Any of the model.
    pub(super) fn alone(&self, beside: &Beside) -> Result<Vec<u8>> {
        self.draft(beside, None).assemble()
    }

    /// With table, counts, purchases and weights that sessions give.
    ///
    /// # Errors
    /// Any of the model; `data-invalid` for too few sessions.
    pub(super) fn whole(&mut self, alone: &[u8], beside: Beside, source: &Source, told: &mut Told) -> Result<Vec<u8>> {
        let fitted = self.fit(alone, source, told)?;
        let beside = Beside {
            bought: beside.bought.or_else(|| fitted.bought.clone()),
            recent: beside.recent.or_else(|| fitted.recent.clone()),
            ..beside
        };
        self.draft(&beside, Some(fitted)).assemble()
    }

    /// In the place of a trained bundle's own model.
    ///
    /// # Errors
    /// `model-mismatch` where the two know other items; any of the model.
    pub(super) fn put_into(&mut self, trained: &[u8], alone: &[u8], source: Option<&Source>, told: &mut Told) -> Result<Vec<u8>> {
        let open = |bytes| bundle::open(bytes, None, &Limits::none());
        let (old, model) = (open(trained)?, open(alone)?);
        let (blend, metrics) = match source.filter(|_| self.args.fit.fit) {
            Some(source) => {
                let fitted = self.fit(alone, source, told)?;
                (fitted.blend, fitted.metrics)
            }
            None => {
                let engine = |bytes| Engine::open(bytes, &Settings::unbounded());
                (fit::same_voice(&|| engine(trained), &|| engine(alone), self.items)?, std::collections::BTreeMap::new())
            }
        };
        let mut parts = fit::put_into(old, model, blend, metrics, &self.args.label)?;
        parts.manifest.provenance = Some(self.made.clone().into_text());
        bundle::write(&parts)
    }

    fn fit(&mut self, alone: &[u8], source: &Source, told: &mut Told) -> Result<Fitted> {
        let fitted = fit::fit(&|| Engine::open(alone, &Settings::unbounded()), self.items, source, &self.args.fit)?;
        told.lines.extend(fitted.lines.iter().cloned());
        for (name, value) in &fitted.told {
            told.lines.push(format!("chosen {name} {value}"));
            self.made.setting(&format!("chosen {name}"), value.as_str());
        }
        told.warnings.extend(fitted.warnings.iter().cloned());
        Ok(fitted)
    }

    fn draft<'b>(&'b self, beside: &'b Beside, fitted: Option<Fitted>) -> Draft<'b> {
        let usual = BlendSpec { temperature: self.temperature, ..BlendSpec::default() };
        let blend = fitted.as_ref().map_or(usual, |fitted| fitted.blend);
        let signals = fitted.as_ref().map_or_else(SignalSpec::default, |fitted| fitted.signals);
        let (table, metrics) = fitted.map(|fitted| (fitted.table, fitted.metrics)).unzip();
        Draft {
            label: &self.args.label,
            beside,
            popularity: popularity(self.sessions, self.items.rows.len()),
            vectors: self.vectors.clone(),
            table,
            model: Some(self.model.clone()),
            blend,
            signals,
            goldens: golden_sample(self.sessions, 4),
            training: None,
            metrics: metrics.unwrap_or_default(),
            provenance: Some(self.made.clone().into_text()),
            items: self.items,
        }
    }
}
