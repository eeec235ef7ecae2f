//! A graph planned for fixed input shapes: kernels in order, over memory that is planned by lifetime.

mod arena;
mod carry;
mod memory;
mod patch;
mod run;
mod told;

use crate::error::Result;
use crate::lower::{Body, Lowered};

pub(crate) use arena::Arena;
pub(crate) use carry::{Carrying, Running};
pub(crate) use run::Plan;

/// Plans a body with all its outputs: what lowering is handed down.
pub(crate) fn body(lowered: &Lowered) -> Result<Box<dyn Body>> {
    let outputs: Vec<usize> = (0..lowered.outputs.len()).collect();
    Ok(Box::new(Plan::new(lowered, &outputs)?))
}
