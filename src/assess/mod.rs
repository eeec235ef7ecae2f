//! A card transaction and what is to be done with it: a model in ONNX, a calibrated risk, costs, hard rules, reasons.
//!
//! `features → row → Model → calibrate → decide → rules → reasons → Assessment`
//!
//! | who wants | takes |
//! |---|---|
//! | a decision | [`Assessor::assess`] |
//! | a bundle, from an ONNX file, a declaration and labelled rows | [`pack`] |
//! | what packing fits, by itself | [`fit`] |
//!
//! Every rule, and which models are taken: docs/assess.md. It keeps no state of transactions: windows are made elsewhere, and come as
//! features.

mod answer;
mod assessor;
mod calibrate;
mod capacity;
mod contract;
mod decide;
mod decision;
mod explain;
pub mod fit;
mod fitted;
mod lists;
mod manifest;
mod model;
mod money;
mod packing;
mod parts;
mod row;
mod rules;
pub mod spec;
mod transaction;

pub use answer::{Assessment, By, Explain, Hit, Judged, Reason, Sum};
pub use assessor::Assessor;
pub use calibrate::{Calibrator, log_odds};
pub use decide::{Expected, by_costs, by_risk, by_score};
pub use decision::Decision;
pub use explain::{Found, Trees, found};
pub use fitted::{Curve, Explained, Fitted, Inputs, Link, Margin, Output, Thresholds};
pub use manifest::{Golden, Manifest, TASK};
pub use money::{MAX_AMOUNT, Share};
pub use packing::{About, Labelled, Money, Packed, pack};
pub use row::Columns;
pub use spec::{Calibration, Deciding, Missing, Spec};
pub use transaction::Transaction;
