//! Exports of half width (Hugging Face's fp16 and q4f16): float16 or bfloat16 weights, caches and logits at the graph's edges.

use crate::models::{List, axes, run, some};
use crate::onnx::{File, constant, field, int, ints, node, port, weight};
use nearhand::complete::{Completer, Options, Spec};
use nearhand::onnx::ModelLimits;

const TOKENS: usize = 5;

/// Values as a constant of that type, exact in all three.
fn floats(name: &str, kind: i64, dims: &[i64], values: &[f32]) -> Vec<u8> {
    let narrow = |v: &f32| {
        let bits = v.to_bits();
        match kind {
            16 => (bits >> 16) as u16,
            _ if *v == 0.0 => 0,
            // binary16: 5 bits of exponent, biased by 15, 10 of fraction.
            _ => ((bits >> 16 & 0x8000) + (((bits >> 23 & 0xff) - 112) << 10) + (bits >> 13 & 0x3ff)) as u16,
        }
    };
    match kind {
        1 => weight(name, dims, values),
        _ => constant(name, kind, dims, &field(9, &values.iter().flat_map(|v| narrow(v).to_le_bytes()).collect::<Vec<_>>())),
    }
}

/// A model whose next token hangs on all tokens before: rows of a table, and the mean of a cache of their numbers.
fn model(kind: i64, logits: i64) -> File {
    let rows: Vec<f32> = (0..TOKENS * TOKENS).map(|i| (i * 7 % 11) as f32 * 0.25 - 1.0).collect();
    let mut file = File {
        version: 8,
        nodes: vec![
            node("Gather", "table input_ids", "from", &[int("axis", 0)]),
            node("Cast", "input_ids", "new", &[int("to", kind)]),
            node("Unsqueeze", "new axes", "row", &[]),
        ],
        constants: vec![
            floats("table", kind, &[TOKENS as i64, TOKENS as i64], &rows),
            floats("push", kind, &[TOKENS as i64], &[0.5, -0.75, 1.5, 0.25, -1.0]),
            constant("axes", 7, &[2], &axes(&[1, 3])),
        ],
        inputs: vec![port("input_ids", 7, &[-1, -1]), port("attention_mask", 7, &[-1, -1])],
        outputs: vec![port("logits", logits, &[-1, -1, TOKENS as i64])],
    };
    for name in ["key", "value"] {
        let (past, present) = (format!("past_key_values.0.{name}"), format!("present.0.{name}"));
        file.inputs.push(port(&past, kind, &[-1, 1, -1, 1]));
        file.outputs.push(port(&present, kind, &[-1, 1, -1, 1]));
        file.nodes.push(node("Concat", &format!("{past} row"), &present, &[int("axis", 2)]));
    }
    file.nodes.extend([
        node("ReduceMean", "present.0.key", "mean", &[ints("axes", &[2, 3]), int("keepdims", 0)]),
        node("Mul", "mean push", "pushed", &[]),
        node("Add", "from pushed", "sum", &[]),
        node("Cast", "sum", "logits", &[int("to", logits)]),
    ]);
    file
}

fn open(kind: i64, logits: i64) -> Completer {
    let spec = Spec { context: 64, begin: None, ends: Vec::new(), padded: false };
    let words = List::of(&["a", "b", "c", "d", "e"]);
    Completer::open(model(kind, logits).bytes(), Box::new(words), spec, &ModelLimits::default()).unwrap()
}

#[test]
fn half_width_at_the_edges_answers_as_full_width_does() {
    let prompts = ["abc", "abcde", "abd", "eeee"];
    let mut full = open(1, 1);
    let want: Vec<_> = prompts.iter().map(|p| run(&mut full, p, Options { logprobs: Some(2), ..some(20) })).collect();
    assert!(want.windows(2).any(|pair| pair[0].completion != pair[1].completion), "they hang on what stands before");
    // float16 with its logits, with logits that were widened already; bfloat16.
    for (kind, logits) in [(10, 10), (10, 1), (16, 16)] {
        let mut half = open(kind, logits);
        for (prompt, want) in prompts.iter().zip(&want) {
            assert_eq!(run(&mut half, prompt, Options { logprobs: Some(2), ..some(20) }), *want, "{kind} {prompt}");
        }
        // Its cache is used, and cut back.
        assert_eq!(run(&mut half, "eeeea", some(1)).usage.reused, 4);
    }
}

#[test]
fn a_cache_that_comes_out_in_another_width_is_taken() {
    // The converter has left some outputs in 32 bits: both are held so.
    let mut file = model(10, 10);
    file.outputs[1] = port("present.0.key", 1, &[-1, 1, -1, 1]);
    let spec = Spec { context: 64, begin: None, ends: Vec::new(), padded: false };
    let words = List::of(&["a", "b", "c", "d", "e"]);
    let mut completer = Completer::open(file.bytes(), Box::new(words), spec, &ModelLimits::default()).unwrap();
    assert_eq!(run(&mut completer, "abc", some(20)).completion, run(&mut open(1, 1), "abc", some(20)).completion);
}
