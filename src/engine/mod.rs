//! The engine: one bundle, one session, every action of the host.

mod golden;
mod goldens;
mod host;
mod items;
mod opening;
mod proof;
mod told;

pub use golden::{GOLDEN_TOLERANCE, record_goldens};
pub use goldens::{REPLAY_MS, REPLAY_SLATES, golden_session};
pub use host::Engine;
pub use items::{ItemsPage, ItemsQuery, Left};
pub use opening::Opening;
pub use told::{BundleInfo, Counts, Info, SessionEvent, Tier};
