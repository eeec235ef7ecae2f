//! Any bytes as a graph that is valid: random operators, shapes and attributes, planned, and node by node with all values known.
//! Whatever the bytes, it loads, runs, and answers the same; with the feature `tract`, plain graphs answer what tract does.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/onnx/tests/suite/graphs.rs"]
mod graphs;
#[path = "../../crates/onnx/tests/suite/nodes.rs"]
mod nodes;
#[path = "../../crates/onnx/tests/suite/same.rs"]
mod same;
#[cfg(feature = "tract")]
#[path = "../../crates/onnx/tests/suite/tract.rs"]
mod tract;
#[path = "../../crates/onnx/tests/suite/writer.rs"]
mod writer;

use graphs::{ALL, Chance, graph};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The bytes choose; once they are used up, numbers that depend on them do.
    let seed = data.iter().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    if let Err(fault) = same::wrong(&graph(&mut Chance::new(data, seed), 24, ALL)) {
        panic!("{fault}");
    }
    #[cfg(feature = "tract")]
    if let tract::Told::Other(fault) = tract::told(&graph(&mut Chance::new(data, seed), 16, graphs::PLAIN)) {
        panic!("{fault}");
    }
});
