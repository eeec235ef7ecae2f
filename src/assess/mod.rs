//! A card transaction and what is to be done with it: a model in ONNX, a calibrated risk, costs, hard rules, reasons.
//!
//! `features → row → Model → calibrate → decide → rules → reasons → Assessment`
//!
//! | who wants | takes |
//! |---|---|
//! | a decision by features | [`Assessor::assess`] |
//! | a decision by the transaction, with windows counted beside | [`OnlineAssessor::assess`] |
//! | a bundle, from an ONNX file, a declaration and labelled rows | [`pack`] |
//! | what packing fits, by itself | [`fit`] |
//!
//! Every rule, and which models are taken: docs/assess.md. [`Assessor`] keeps no state of transactions: windows are made elsewhere, and come as
//! features; [`OnlineAssessor`] has both.
//!
//! Rooms, each naming those before it: `words` (decisions, money), `spec` (what is declared), `manifest` (and what packing found), `judging`
//! (row, score, risk, costs, rules), `explain` (reasons), `assessing` (a bundle's parts, the assessor, its answers), `online` (with
//! windows), `fit` (what is fitted to labels), `packing`.

mod assessing;
mod explain;
pub mod fit;
mod judging;
mod manifest;
mod online;
mod packing;
pub mod spec;
mod words;

pub use assessing::{Assessment, Assessor, By, Explain, Hit, Judged, Reason, Sum};
pub use explain::{Found, Trees, found};
pub use judging::{Calibrator, Columns, Expected, Transaction, by_costs, by_risk, by_score, log_odds};
pub use manifest::{Curve, Explained, Fitted, Golden, Inputs, Link, Manifest, Margin, Output, TASK, Thresholds};
pub use online::{Answered, Counted, Fields, OnlineAssessor, Setup, Told, row_of};
pub use packing::{About, Labelled, Money, Packed, pack};
pub use spec::{Calibration, Deciding, Missing, Spec};
pub use words::{Decision, MAX_AMOUNT, Share};
