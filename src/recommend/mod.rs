//! Recommend: from a session to the slate of "you may also like" items.
//!
//! `context → evidence → rules → candidates → arrange → explain → Slate`. Rooms, each naming those before it: `asked` (requests),
//! `state` (what a slate is made from), `evidence` (what speaks for which item), `placing` (which item stands where, and why).

mod asked;
mod evidence;
mod placing;
mod remarks;
mod slate;
mod slates;
mod state;

pub use asked::{Action, Caps, Exclude, Explore, Placement, Relate, Relates, Relation, Request, Rule, TestBucket, bucket};
pub use evidence::{GRACE_MS, joins, weigh};
pub use slate::{Applied, Effect, Part, Reason, ReasonKind, Slate, SlateItem, Source};
pub use state::{Blend, Recommender, Scores};
