//! The session: what one visitor did, bounded, with consent, and small enough to carry in a cookie.
//!
//! Events are kept oldest first. A gap longer than the idle timeout ends a visit: what came before is no longer interest,
//! but the cart, dismissals and what was viewed have lifetimes of their own ([`Lifetimes`]). Time is an argument: the
//! session never reads a clock, and one that lies ahead of the clock is put back to it.

mod cart;
mod counting;
mod events;
mod lifetimes;
mod merge;
mod snapshot;
mod state;

pub use cart::{MAX_CART, MAX_LINES};
pub use events::{Consent, MAX_EVENTS, StoredEvent};
pub use lifetimes::{Counts, DEFAULT_IDLE_TIMEOUT_MS, Lifetimes};
pub use state::SessionState;

#[cfg(test)]
mod tests;
