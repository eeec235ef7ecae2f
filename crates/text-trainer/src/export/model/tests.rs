use super::*;
use crate::model::network::{Network, start};
use crate::training::round;
use nearhand_numerics::random::Random;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

fn shape() -> Shape {
    Shape { vocabulary: 300, width: 64, layers: 2, heads: 4, groups: 2, inner: 96, context: 24 }
}

fn weights() -> Vec<f32> {
    let mut random = Random::of(8, 0);
    let mut weights = start(&shape(), 1);
    weights.iter_mut().for_each(|w| *w = if *w == 1.0 { 1.0 + 0.2 * random.normal() } else { *w * 6.0 });
    weights
}

fn whole(shape: &[usize], values: Vec<i64>) -> Tensor {
    Tensor { shape: shape.to_vec(), values: Values::I64(values) }
}

fn floats(tensor: &Tensor) -> &[f32] {
    match &tensor.values {
        Values::F32(values) => values,
        other => panic!("{other:?}"),
    }
}

/// Inputs for rows from `from` on; caches are empty, or those of a state.
fn inputs(tokens: &[u32], from: usize, caches: bool) -> Vec<Tensor> {
    let rows = tokens.len();
    let mut all = vec![
        whole(&[1, rows], tokens.iter().map(|t| i64::from(*t)).collect()),
        whole(&[1, from + rows], vec![1; from + rows]),
        whole(&[1, rows], (from..from + rows).map(|n| n as i64).collect()),
    ];
    if caches {
        all.extend((0..4).map(|_| Tensor::f32(vec![1, 2, 0, 16], Vec::new())));
    }
    all
}

fn near(a: &[f32], b: &[f32], most: f32) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
}

/// The engine's logits are the trainer's own, whole and step by step, in 32 bits and in 4.
#[test]
fn the_file_runs_as_the_trainer_does() {
    let (shape, weights) = (shape(), weights());
    let mut random = Random::of(2, 0);
    let tokens: Vec<u32> = (0..24).map(|_| random.below(300) as u32).collect();
    // With activations in 32 bits the sums are the same but for their order; rounded to 16, logits of 5 are off by some 4e-4.
    for (form, bound) in [(Form::Floats, 1e-4), (Form::Codes(0), 1e-4), (Form::FAST, 1e-3)] {
        let mut network = Network::new(shape, 1, 24);
        let mut rounded = vec![0.0; weights.len()];
        let used = if form != Form::Floats { round(&shape, &weights, &mut rounded) } else { &weights };
        let wanted = network.logits(used, &tokens);
        let most = wanted.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        assert!(most > 3.0, "logits that tell: {most}");
        let file = graph(&shape, &weights, form);
        let mut engine = Graph::load(&file, &ModelLimits::default()).unwrap();
        let names: Vec<&str> = engine.interface().inputs.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(
            names[..5],
            ["input_ids", "attention_mask", "position_ids", "past_key_values.0.key", "past_key_values.0.value"]
        );
        let answer = engine.run(inputs(&tokens, 0, true)).unwrap();
        let miss = floats(&answer[0]).iter().zip(&wanted).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(miss < bound, "{form:?} whole: {miss} of {most}");
        assert_eq!(answer[1].shape, [1, 2, 24, 16]);
        let mut state = engine.state();
        assert_eq!(state.ports().len(), 4);
        let mut stepped = Vec::new();
        for (from, to) in [(0, 7), (7, 8), (8, 9), (9, 13)].into_iter().chain((13..24).map(|n| (n, n + 1))) {
            let answer = engine.run_state(&mut state, inputs(&tokens[from..to], from, false), &mut |_, _| true).unwrap();
            stepped.extend_from_slice(floats(&answer[0]));
        }
        assert!(near(&stepped, &wanted, bound), "{form:?} step by step");
        state.truncate(9).unwrap();
        let answer = engine.run_state(&mut state, inputs(&tokens[9..13], 9, false), &mut |_, _| true).unwrap();
        assert!(near(floats(&answer[0]), &wanted[9 * 300..13 * 300], bound), "{form:?} cut back");
    }
}

#[test]
fn four_bits_are_four_and_a_half_a_weight() {
    let shape = Shape { vocabulary: 1024, ..Shape::default() };
    let file = graph(&shape, &start(&shape, 1), Form::FAST);
    let weights = shape.weights() as f64;
    assert!((file.len() as f64) < weights * 4.5 / 8.0 + 60_000.0, "{}", file.len());
}
