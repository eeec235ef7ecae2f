//! How table, session and model are weighed against each other, chosen on the sessions held back.
//!
//! `split` holds back the newest sessions and asks questions; `counting` counts, in `slices` of time; `table` is made of counts by its
//! `settings`; `choose` weighs table against model in a `blend`;
//! `signals` weighs events; `quality` is what they maximise, `parts` measures each part alone.

mod answer;
pub(crate) mod blend;
pub(crate) mod choose;
pub(crate) mod counting;
pub(crate) mod parts;
pub(crate) mod quality;
pub(crate) mod settings;
pub(crate) mod signals;
pub(crate) mod slices;
pub(crate) mod split;
pub(crate) mod table;
