//! How much an event says, fitted: the weights of `SignalSpec` on the sessions held back, for those signals of which the
//! log holds enough to tell. All others keep their documented defaults.
//!
//! `log → visits → Heard beside each pair → Case weighs → fit`. The weights are computed by the engine's own function
//! (`recommend::weigh`), and a case ranks as the engine does.

mod fit;
mod heard;
mod signal;
mod tell;
#[cfg(test)]
mod tests;

pub(crate) use fit::{fit, telling};
pub(crate) use heard::{Heard, pairs};
