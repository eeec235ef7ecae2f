//! Evidence that grows only when something has changed, and that may be looked at after every observation.
//!
//! Each detector bets against "nothing has changed" and keeps its wealth, a test supermartingale: on the average no bet gains
//! while nothing has changed, so the wealth ever reaches 1/α with probability α at most (Ville 1939), however often one looks
//! and whenever one stops. The distribution may wander while it stays within what is allowed, as at night or on a Sunday. Each
//! has three levels, of which the next allows more: so the level says how much has changed, and not only that it is sure.

mod ball;
mod benjamini;
mod drift;
mod mean;
mod rate;
mod streak;
mod wealth;

pub use ball::reference_radius;
pub use benjamini::e_benjamini_hochberg;
pub use drift::Drift;
pub use mean::Mean;
pub use rate::Exceeding;
pub use streak::Streak;
pub use wealth::LEVELS;
