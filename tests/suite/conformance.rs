//! A part of ONNX's own node tests and of models as people export them, with onnxruntime's answers: what the engine
//! answers is right, and what it would not answer right it refuses. `tools/conformance/pack.py` makes the file, whose
//! layout stands in `store.py`; docs/conformance.md says how the whole is run.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used)]

#[path = "../../crates/onnx/examples/support/cases.rs"]
mod cases;

use crate::attribute::test;
use cases::{Case, Failure, open};

const FILE: &[u8] = include_bytes!("../conformance/part.cases");

/// What is wrong with the engine's answers, or nothing. What has passed before is not to be refused.
fn fault(case: &Case, body: &[u8]) -> Option<String> {
    match case.run(body) {
        Ok(()) => None,
        Err(Failure::Refused(why)) => case.expect.is_some().then_some(why),
        Err(Failure::Wrong(why)) => Some(why),
    }
}

#[test]
fn what_is_answered_is_right() {
    let (index, body) = open(FILE);
    assert!(index.cases.len() > 150, "{} cases", index.cases.len());
    let faults: Vec<String> = index.cases.iter().filter_map(|c| fault(c, body).map(|f| format!("{}: {f}", c.name))).collect();
    assert!(faults.is_empty(), "{} of {} cases are wrong:\n{}", faults.len(), index.cases.len(), faults.join("\n"));
}
