//! Runs a file of cases (`tools/conformance/store.py` says how it is laid out) natively and says what comes out wrong or is
//! refused: `cargo run --release -p nearhand-onnx --example cases -- FILE [PATTERN] [-v]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/cases.rs"]
mod cases;

use cases::{Failure, open};
use std::collections::BTreeMap;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = std::fs::read(arguments.next().expect("a file of cases")).unwrap();
    let rest: Vec<String> = arguments.collect();
    let verbose = rest.iter().any(|a| a == "-v");
    let pattern = rest.iter().find(|a| *a != "-v").cloned().unwrap_or_default();
    let (index, body) = open(&file);
    let (mut passed, mut refused, mut wrong) = (0, 0, 0);
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    for case in index.cases.iter().filter(|c| c.name.contains(&pattern)) {
        match case.run(body) {
            Ok(()) => passed += 1,
            Err(Failure::Wrong(text)) => {
                wrong += 1;
                println!("WRONG {}: {text}", case.name);
            }
            // What has passed before is not to be refused.
            Err(Failure::Refused(text)) if case.expect.is_some() => {
                wrong += 1;
                println!("WRONG {}: refused now: {text}", case.name);
            }
            Err(Failure::Refused(text)) => {
                refused += 1;
                if verbose {
                    println!("refused {}: {text}", case.name);
                }
                let short = text.split(" node=").next().unwrap_or(&text).to_owned();
                *why.entry(short).or_default() += 1;
            }
        }
    }
    let mut why: Vec<_> = why.into_iter().collect();
    why.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    for (text, n) in why.iter().take(if verbose { 400 } else { 40 }) {
        println!("{n:5}  {text}");
    }
    println!("cases passed={passed} refused={refused} wrong={wrong}");
}
