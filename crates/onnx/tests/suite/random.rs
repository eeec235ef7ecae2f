//! Random valid graphs: what the plan answers, kernels fused and memory used again, is what the same graph gives when every
//! value is known, where each node is run by itself as it is read.

use crate::graphs::{Chance, graph};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

fn floats(tensor: &Tensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else { panic!("floats") };
    values
}

/// Fused kernels may round differently.
fn near(a: f32, b: f32) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 2e-5 * (1.0 + a.abs().max(b.abs()))
}

fn check(seed: u64, nodes: usize) {
    let pair = graph(&mut Chance::new(&[], seed), nodes);
    let load = |bytes: &[u8]| {
        Graph::load(bytes, &ModelLimits::default()).unwrap_or_else(|e| panic!("seed {seed}: {e}: {:?}", pair.operators))
    };
    let (mut open, mut known) = (load(&pair.open), load(&pair.known));
    let inputs = || pair.inputs.iter().map(|(shape, values)| Tensor::f32(shape.clone(), values.clone())).collect::<Vec<_>>();
    let want = known.run(Vec::new()).unwrap();
    // Twice: memory holds the last run's values then.
    for run in 0..2 {
        let have = open.run(inputs()).unwrap();
        assert_eq!(have.len(), want.len());
        for (have, want) in have.iter().zip(&want) {
            let same = have.shape == want.shape && floats(have).iter().zip(floats(want)).all(|(a, b)| near(*a, *b));
            assert!(same, "seed {seed}, run {run}: {:?}\n{have:?}\n{want:?}", pair.operators);
        }
    }
}

#[test]
fn plans_answer_what_nodes_by_themselves_do() {
    for seed in 0..4000 {
        check(seed, 4 + seed as usize % 20);
    }
}
