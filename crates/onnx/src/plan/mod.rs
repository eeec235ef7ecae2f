//! A graph planned for fixed input shapes: kernels in order, over memory that is planned by lifetime.

mod memory;
mod run;
mod told;

pub(crate) use run::{Plan, Watch};
