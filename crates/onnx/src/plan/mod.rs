//! A graph planned for fixed input shapes: kernels in order, over memory that is planned by lifetime.

mod carry;
mod memory;
mod patch;
mod run;
mod told;

pub(crate) use carry::{Carrying, Running};
pub(crate) use run::{Plan, Watch};
