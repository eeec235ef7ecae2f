//! Everything that is watched of one bundle: what is observed goes in, alerts come out.

mod factor;
mod latch;
mod outcomes;
mod settings;
mod shape;
mod watch;
mod watched;

pub use outcomes::{OutcomeSettings, Outcomes};
pub use settings::Settings;
pub use watch::Monitor;
pub use watched::State;
