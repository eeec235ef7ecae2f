//! How table, session and model are weighed against each other, chosen on the sessions held back.
//!
//! `split` holds back the newest sessions and asks questions; `table` counts; `choose` weighs table against model in a `blend`;
//! `signals` weighs events; `quality` is what they maximise, `parts` measures each part alone.

mod answer;
pub(crate) mod blend;
pub(crate) mod choose;
pub(crate) mod parts;
pub(crate) mod quality;
pub(crate) mod signals;
pub(crate) mod split;
pub(crate) mod table;
