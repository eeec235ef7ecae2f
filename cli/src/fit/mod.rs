//! The whole product for a model from elsewhere: table, counts, purchases, and the weights that make one score of them.
//!
//! `args → source (sessions or log) → values (what the model says) → asking (what that chooses) → choice`; `beside` is what needs
//! no model, `chosen` tells; `into` puts a model into a trained bundle. The model alone is packed first and opened as an engine: whatever
//! answers later answers here.

mod args;
mod asking;
mod beside;
mod choice;
mod chosen;
mod into;
mod source;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use args::FitArgs;
pub(crate) use choice::{Fitted, fit};
pub(crate) use into::{put_into, same_items, same_voice};
pub(crate) use source::{Source, read};
