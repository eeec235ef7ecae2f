//! Everything that is watched of one bundle: what is observed goes in, alerts come out.

mod latch;
mod settings;
mod watch;

pub use settings::Settings;
pub use watch::{Monitor, State};
