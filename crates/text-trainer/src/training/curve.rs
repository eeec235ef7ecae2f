//! The curve: a line of JSON for each measurement, beside the run's other files.

use super::room::put;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A measurement: every `measure_every` steps, and after the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps done since the run began, those before it was resumed among them.
    pub step: u64,
    /// Tokens learnt from in these steps: texts a step times the context. What an epoch brings again counts again.
    pub tokens: u64,
    /// The pass through the training texts that it is in, from 0.
    pub epoch: u64,
    /// The training loss: cross-entropy in nats a token, with dropout and, where `rounded`, with weights of 4 bits; the mean of the steps
    /// since the last measurement, or since the run was resumed.
    pub loss: f64,
    /// The same of the held-out text without dropout, as bits a byte of it (nats / ln 2 / bytes), in windows as long as the context that follow
    /// one another: the first tokens of each have little before them. None where less than one window is held out.
    pub held_bits_per_byte: Option<f64>,
    /// The learning rate of the last step.
    pub rate: f32,
    /// Whether the last step was computed with weights rounded to 4 bits, as the last part of a run is.
    pub rounded: bool,
    /// Euclidean length of the last step's gradient, before it was cut to the recipe's `clip`.
    pub gradient: f64,
    /// Tokens learnt from in a second since the last measurement: the one number that no other run repeats.
    pub tokens_per_second: f64,
}

/// What a run says while it is on.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A sentence.
    Said(String),
    /// A measurement.
    Measured(Point),
}

/// The file of the curve.
#[derive(Debug)]
pub(super) struct Curve {
    path: PathBuf,
}

impl Curve {
    /// Begins anew, or goes on: what was measured after `step` is cut off.
    ///
    /// # Errors
    /// `io`.
    pub(super) fn open(folder: &Path, step: u64) -> Result<Self> {
        let path = folder.join("curve.jsonl");
        let before = if step == 0 { String::new() } else { std::fs::read_to_string(&path).unwrap_or_default() };
        let stands = |line: &&str| serde_json::from_str::<Point>(line).is_ok_and(|p| p.step <= step);
        let kept: String = before.lines().filter(stands).map(|l| format!("{l}\n")).collect();
        put(&path, kept.as_bytes())?;
        Ok(Self { path })
    }

    /// Adds a measurement.
    ///
    /// # Errors
    /// `io`.
    pub(super) fn add(&self, point: &Point) -> Result<()> {
        let failed = |e: std::io::Error| Error::file(&self.path, &e);
        let line = serde_json::to_string(point).map_err(|e| failed(e.into()))?;
        let mut file = OpenOptions::new().append(true).open(&self.path).map_err(failed)?;
        writeln!(file, "{line}").map_err(failed)
    }
}
