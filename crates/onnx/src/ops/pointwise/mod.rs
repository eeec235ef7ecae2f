//! Operators that work element by element: functions, arithmetic, running sums, choices.

pub(super) mod activation;
pub(super) mod arithmetic;
pub(super) mod choices;
pub(super) mod cumulative;
pub(super) mod curve;
pub(super) mod written;
