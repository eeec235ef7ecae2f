//! The curve: a line of JSON for each measurement, beside the run's other files.

use super::room::put;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// Tokens learnt from.
    pub tokens: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Nats a token of the training texts, with numbers dropped, on average since the last measurement.
    pub loss: f64,
    /// Bits a byte of what is held out, in windows as long as the context; none where that is less than one.
    pub held_bits_per_byte: Option<f64>,
    /// The rate.
    pub rate: f32,
    /// Whether the weights were of 4 bits.
    pub rounded: bool,
    /// Length of the last gradient before it was cut.
    pub gradient: f64,
    /// Tokens learnt from in a second since the last measurement.
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
