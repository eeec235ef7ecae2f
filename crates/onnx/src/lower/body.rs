//! A body of If, Loop or Scan as a plan of its own, whatever planned it.

use crate::error::Result;
use crate::kernel::Watch;
use std::fmt::Debug;

/// A plan with memory of its own. What it is fed stays only where one of its outputs is that input.
pub(crate) trait Body: Debug + Send {
    /// Bytes of its memory.
    fn bytes(&self) -> usize;

    /// Steps of a run.
    fn steps(&self) -> usize;

    /// Puts elements in the memory of input `at`: as many as that has.
    ///
    /// # Errors
    /// `model-failed`.
    fn feed(&mut self, at: usize, elements: &[u8]) -> Result<()>;

    /// Elements of output `at`, until it is fed or run again.
    ///
    /// # Errors
    /// `model-failed`.
    fn answer(&self, at: usize) -> Result<&[u8]>;

    /// Runs once; asks `watch` before every step.
    ///
    /// # Errors
    /// `model-failed`, also when `watch` ends the run.
    fn run(&mut self, watch: Watch<'_>) -> Result<()>;
}
