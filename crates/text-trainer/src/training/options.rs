//! What is asked of a training run, and what of it is refused before any file is read.

use crate::error::{Code, Error, Result};
use crate::model::Shape;
use crate::text::Source;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A training run.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What is learnt from.
    pub sources: Vec<Source>,
    /// A text that the curve is measured on; without one, a hundredth of the documents is held out.
    pub held: Option<PathBuf>,
    /// The folder that everything is written to.
    pub out: PathBuf,
    /// What the model is called in `completer.json`: 64 characters at most. Default: the folder's name.
    pub name: String,
    /// Its licence, as `completer.json` says it: 1,024 characters at most. Default: not said.
    pub license: Option<String>,
    /// What it is, for people, likewise.
    pub about: Option<String>,
    /// The model's sizes.
    pub shape: Shape,
    /// How it is trained.
    pub recipe: Recipe,
    /// Threads: the same number repeats a run bit by bit. Default: those of the machine.
    pub threads: usize,
    /// Steps between measurements.
    pub measure_every: u64,
    /// Steps between checkpoints.
    pub save_every: u64,
    /// Go on from the checkpoint in the folder.
    pub resume: bool,
}

/// How a model is trained. Kept in checkpoints: but for `steps`, which may be changed, a run goes on as it began.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Steps altogether. A run that goes on may have another number: the rate follows the curve of the new one.
    pub steps: u64,
    /// Texts of a step, each as long as the context.
    pub batch: usize,
    /// The highest rate of learning.
    pub rate: f32,
    /// Steps until it is reached.
    pub warm_up: u64,
    /// The share of it that is left at the end of the cosine.
    pub floor: f32,
    /// What weights lose in a step, times the rate (Loshchilov, Hutter 2019). Factors of norms lose none.
    pub decay: f32,
    /// The longest gradient.
    pub clip: f32,
    /// The share of numbers that are dropped where a layer adds to what is carried.
    pub dropout: f32,
    /// The share of the steps, at the end, that run on weights of 4 bits.
    pub rounded: f32,
    /// Where chance begins.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            steps: 4000,
            batch: 16,
            rate: 3e-3,
            warm_up: 200,
            floor: 0.03,
            decay: 0.1,
            clip: 1.0,
            dropout: 0.1,
            rounded: 0.2,
            seed: 1,
        }
    }
}

impl Recipe {
    /// The rate of a step: up in a line, then down along a cosine (Loshchilov, Hutter 2017).
    pub(crate) fn rate_at(&self, step: u64) -> f32 {
        if step < self.warm_up {
            return self.rate * (step + 1) as f32 / self.warm_up as f32;
        }
        let left = self.steps.saturating_sub(self.warm_up).max(1);
        let along = ((step - self.warm_up) as f64 / left as f64).min(1.0);
        let share = 0.5 * (1.0 + (std::f64::consts::PI * along).cos());
        self.rate * (self.floor + (1.0 - self.floor) * share as f32)
    }

    /// Whether a step runs on weights of 4 bits.
    pub(crate) fn rounds(&self, step: u64) -> bool {
        step as f64 >= self.steps as f64 * (1.0 - f64::from(self.rounded))
    }

    fn check(&self) -> Result<()> {
        let within = |name: &'static str, value: f32, low: f32, high: f32| {
            if value >= low && value <= high {
                return Ok(());
            }
            let message = format!("--{name} is out of its range, which is {low} to {high}");
            Err(Error::new(Code::OptionInvalid, message).with("given", value))
        };
        within("steps", self.steps as f32, 1.0, 1e9)?;
        within("batch", self.batch as f32, 1.0, 4096.0)?;
        within("rate", self.rate, 1e-8, 1.0)?;
        within("warm-up", self.warm_up as f32, 0.0, self.steps as f32)?;
        within("floor", self.floor, 0.0, 1.0)?;
        within("decay", self.decay, 0.0, 10.0)?;
        within("clip", self.clip, 1e-6, 1e6)?;
        within("dropout", self.dropout, 0.0, 0.9)?;
        within("rounded", self.rounded, 0.0, 1.0)
    }
}

impl Options {
    /// A run with all else as it is by default.
    #[must_use]
    pub fn new(sources: Vec<Source>, out: PathBuf) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let place = std::path::absolute(&out).ok();
        let name = place.as_deref().and_then(Path::file_name).map_or_else(|| "text".into(), OsStr::to_string_lossy).into_owned();
        Self {
            sources,
            held: None,
            out,
            name,
            license: None,
            about: None,
            shape: Shape::default(),
            recipe: Recipe::default(),
            threads,
            measure_every: 100,
            save_every: 100,
            resume: false,
        }
    }

    /// Refuses what cannot be run.
    pub(crate) fn check(&self) -> Result<()> {
        self.shape.check()?;
        self.recipe.check()?;
        if self.sources.is_empty() {
            return Err(Error::new(
                Code::OptionInvalid,
                "there is nothing to learn from: give --text, --lines, --queries or --catalog",
            ));
        }
        if !(1..=256).contains(&self.threads) || self.measure_every == 0 || self.save_every == 0 {
            return Err(Error::new(
                Code::OptionInvalid,
                "1 to 256 threads, and 1 step or more between measurements and checkpoints",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_goes_up_and_down() {
        let recipe = Recipe { steps: 110, warm_up: 10, rate: 1.0, floor: 0.1, rounded: 0.25, ..Recipe::default() };
        assert!((recipe.rate_at(0) - 0.1).abs() < 1e-6 && (recipe.rate_at(9) - 1.0).abs() < 1e-6);
        assert!((recipe.rate_at(60) - 0.55).abs() < 1e-6 && (recipe.rate_at(110) - 0.1).abs() < 1e-6);
        assert!((recipe.rate_at(1000) - 0.1).abs() < 1e-6);
        assert!(!recipe.rounds(82) && recipe.rounds(83) && Recipe { rounded: 1.0, ..recipe }.rounds(0));
        assert!(!Recipe { rounded: 0.0, ..recipe }.rounds(109));
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_name() {
        let good = Recipe::default();
        good.check().unwrap();
        for (name, bad) in [
            ("--rate", Recipe { rate: f32::NAN, ..good }),
            ("--steps", Recipe { steps: 0, ..good }),
            ("--dropout", Recipe { dropout: 1.0, ..good }),
            ("--warm-up", Recipe { warm_up: 5000, ..good }),
            ("--batch", Recipe { batch: 0, ..good }),
        ] {
            let error = bad.check().unwrap_err();
            assert!(error.code() == Code::OptionInvalid && error.message().starts_with(name), "{error}");
        }
        assert_eq!(Options::new(Vec::new(), "x".into()).check().unwrap_err().code(), Code::OptionInvalid);
    }
}
