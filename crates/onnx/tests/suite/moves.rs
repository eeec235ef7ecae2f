//! Operators that move elements: worked examples, what is empty, and what is refused.

use crate::single::{answer, f32s, file, floats, i64s, known, list, open, refused};
use crate::writer::Attribute::{Int, Text};
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

fn count(n: usize) -> Vec<f32> {
    (0..n).map(|v| v as f32).collect()
}

#[test]
fn shapes_of_nothing_are_shapes() {
    let nothing = || open(f32s(&[0, 3, 4], &[]));
    assert_eq!(floats("Reshape", &[("allowzero", Int(1))], &[nothing(), list(&[3, 4, 0])]).0, [3, 4, 0]);
    assert_eq!(refused("Reshape", &[], &[nothing(), list(&[0, -1])]), "model-malformed");
    assert_eq!(floats("Concat", &[("axis", Int(0))], &[nothing(), open(f32s(&[1, 3, 4], &count(12)))]).1, count(12));
    assert_eq!(floats("Slice", &[], &[open(f32s(&[3], &count(3))), list(&[2]), list(&[1])]), (vec![0], vec![]));
    assert_eq!(floats("Transpose", &[], &[nothing()]).0, [4, 3, 0]);
    assert_eq!(floats("Tile", &[], &[open(f32s(&[2, 1], &count(2))), list(&[1, 0])]).0, [2, 0]);
    assert_eq!(floats("Expand", &[], &[open(f32s(&[1], &count(1))), list(&[0])]).0, [0]);
    let parts = answer("Split", &[], &[open(f32s(&[2], &[1.0, 2.0])), list(&[0, 2, 0])], &[1, 1, 1]).unwrap();
    assert_eq!(parts.iter().map(|p| p.shape[0]).collect::<Vec<_>>(), [0, 2, 0]);
    // Nothing is taken out of nothing; something cannot be.
    let none = || open(i64s(&[0], &[]));
    assert_eq!(floats("Gather", &[], &[open(f32s(&[0, 2], &[])), none()]).0, [0, 2]);
    assert_eq!(refused("Gather", &[], &[open(f32s(&[0, 2], &[])), open(i64s(&[1], &[0]))]), "model-failed");
}

#[test]
fn slices_go_both_ways() {
    let x = || open(f32s(&[2, 5], &count(10)));
    let cut = |starts: &[i64], ends: &[i64], steps: &[i64]| {
        floats("Slice", &[], &[x(), list(starts), list(ends), list(&[0, 1][..starts.len()]), list(steps)])
    };
    assert_eq!(cut(&[0, 1], &[2, 4], &[1, 1]), (vec![2, 3], vec![1.0, 2.0, 3.0, 6.0, 7.0, 8.0]));
    assert_eq!(cut(&[-1, 4], &[-9, 0], &[-1, -2]), (vec![2, 2], vec![9.0, 7.0, 4.0, 2.0]));
    assert_eq!(cut(&[0, 0], &[1, i64::MAX], &[1, 3]), (vec![1, 2], vec![0.0, 3.0]));
    assert_eq!(cut(&[0, -1], &[1, i64::MIN], &[1, i64::MIN]), (vec![1, 1], vec![4.0]));
    assert_eq!(cut(&[1, 4], &[0, 0], &[-1, -1]), (vec![1, 4], vec![9.0, 8.0, 7.0, 6.0]));
    assert_eq!(refused("Slice", &[], &[x(), list(&[0]), list(&[1]), list(&[0]), list(&[0])]), "model-malformed");
    assert_eq!(refused("Slice", &[], &[x(), list(&[0, 0]), list(&[1, 1]), list(&[1, -1])]), "model-malformed");
}

#[test]
fn padding_takes_what_its_mode_says() {
    let pad = |mode: &'static str, pads: &[i64]| {
        floats("Pad", &[("mode", Text(mode))], &[open(f32s(&[3], &[1.0, 2.0, 3.0])), list(pads)]).1
    };
    assert_eq!(pad("constant", &[1, 2]), [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]);
    assert_eq!(pad("edge", &[1, 2]), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
    assert_eq!(pad("reflect", &[2, 1]), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
    assert_eq!(pad("wrap", &[1, 1]), [3.0, 1.0, 2.0, 3.0, 1.0]);
    assert_eq!(pad("constant", &[-1, -1]), [2.0]);
    // Whole blocks before and behind the axis that changes, with a fill of its own.
    let given = [open(f32s(&[2, 1, 2], &count(4))), list(&[0, 1, 0, 0, 0, 0]), known(f32s(&[], &[9.0]))];
    assert_eq!(floats("Pad", &[], &given), (vec![2, 2, 2], vec![9.0, 9.0, 0.0, 1.0, 9.0, 9.0, 2.0, 3.0]));
    let x = || open(f32s(&[3], &count(3)));
    assert_eq!(refused("Pad", &[], &[x(), list(&[1])]), "model-malformed");
    assert_eq!(refused("Pad", &[("mode", Text("none"))], &[x(), list(&[1, 1])]), "model-malformed");
    assert_eq!(refused("Pad", &[], &[x(), list(&[1 << 40, 0])]), "model-operator-unsupported");
}

#[test]
fn repeats_triangles_and_middles() {
    assert_eq!(
        floats("Tile", &[], &[open(f32s(&[2, 2], &count(4))), list(&[2, 2])]).1,
        [0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0]
    );
    let square = || open(f32s(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    let k = |k| known(i64s(&[], &[k]));
    assert_eq!(floats("Trilu", &[], &[square(), k(1)]).1, [0.0, 2.0, 3.0, 0.0, 0.0, 6.0]);
    assert_eq!(floats("Trilu", &[("upper", Int(0))], &[square(), k(i64::MIN)]).1, [0.0; 6]);
    assert_eq!(floats("CenterCropPad", &[], &[square(), list(&[4, 1])]), (vec![4, 1], vec![0.0, 2.0, 5.0, 0.0]));
}

#[test]
fn places_come_from_values() {
    let x = || open(f32s(&[3, 2], &count(6)));
    let at = |list: &[i64]| open(i64s(&[list.len()], list));
    assert_eq!(floats("Gather", &[], &[x(), at(&[2, -3])]), (vec![2, 2], vec![4.0, 5.0, 0.0, 1.0]));
    assert_eq!(floats("Gather", &[("axis", Int(1))], &[x(), at(&[1])]), (vec![3, 1], vec![1.0, 3.0, 5.0]));
    // One that is known is a slice, and one that is known to be wrong fails as any.
    assert_eq!(floats("Gather", &[("axis", Int(1))], &[x(), known(i64s(&[], &[-1]))]), (vec![3], vec![1.0, 3.0, 5.0]));
    assert_eq!(refused("Gather", &[], &[x(), at(&[3])]), "model-failed");
    assert_eq!(refused("Gather", &[], &[x(), known(i64s(&[], &[-4]))]), "model-failed");
    assert_eq!(refused("Gather", &[], &[x(), at(&[i64::MIN])]), "model-failed");
    let each = || open(i64s(&[1, 2], &[2, -3]));
    assert_eq!(floats("GatherElements", &[], &[x(), each()]), (vec![1, 2], vec![4.0, 1.0]));
    assert_eq!(refused("GatherElements", &[], &[x(), open(i64s(&[1, 3], &[0, 0, 0]))]), "model-malformed");
    assert_eq!(floats("GatherND", &[], &[x(), open(i64s(&[2, 1], &[1, 0]))]), (vec![2, 2], vec![2.0, 3.0, 0.0, 1.0]));
    let batch = floats("GatherND", &[("batch_dims", Int(1))], &[x(), open(i64s(&[3, 1], &[1, 0, 1]))]);
    assert_eq!(batch, (vec![3], vec![1.0, 2.0, 5.0]));
    assert_eq!(refused("GatherND", &[], &[x(), open(i64s(&[1, 2], &[0, 2]))]), "model-failed");
}

#[test]
fn what_is_put_at_a_place_adds_up_as_asked() {
    let scatter = |how: &'static str| {
        let (x, at) = (open(f32s(&[3], &[1.0, 2.0, 3.0])), open(i64s(&[3], &[0, 0, -1])));
        floats("ScatterElements", &[("reduction", Text(how))], &[x, at, open(f32s(&[3], &[5.0, -7.0, f32::NAN]))]).1
    };
    assert_eq!(scatter("none")[..2], [-7.0, 2.0]);
    assert_eq!(scatter("add")[..2], [-1.0, 2.0]);
    assert_eq!(scatter("mul")[..2], [-35.0, 2.0]);
    assert_eq!(scatter("max")[..2], [5.0, 2.0]);
    assert_eq!(scatter("min")[..2], [-7.0, 2.0]);
    assert!(["add", "mul", "max", "min"].iter().all(|how| scatter(how)[2].is_nan()));
    let rows = |at: i64| [open(f32s(&[2, 2], &count(4))), open(i64s(&[1, 1], &[at])), open(f32s(&[1, 2], &[8.0, 9.0]))];
    assert_eq!(floats("ScatterND", &[], &rows(1)).1, [0.0, 1.0, 8.0, 9.0]);
    assert_eq!(floats("ScatterND", &[("reduction", Text("add"))], &rows(-2)).1, [8.0, 10.0, 2.0, 3.0]);
    assert_eq!(refused("ScatterND", &[], &rows(2)), "model-failed");
    assert_eq!(refused("ScatterND", &[("reduction", Text("mean"))], &rows(0)), "model-malformed");
    // A cache of three rows, written from row 2 on.
    let cache = |start: i64| [open(f32s(&[1, 3, 1], &count(3))), open(f32s(&[1, 2, 1], &[8.0, 9.0])), open(i64s(&[1], &[start]))];
    assert_eq!(floats("TensorScatter", &[("axis", Int(1))], &cache(1)).1, [0.0, 8.0, 9.0]);
    assert_eq!(floats("TensorScatter", &[("axis", Int(1)), ("mode", Text("circular"))], &cache(2)).1, [9.0, 1.0, 8.0]);
    assert_eq!(refused("TensorScatter", &[("axis", Int(1))], &cache(2)), "model-failed");
    assert_eq!(refused("TensorScatter", &[("axis", Int(1))], &cache(-1)), "model-failed");
}

#[test]
fn axes_beyond_measure_beside_an_empty_one_are_refused() {
    let far = 1_i64 << 40;
    let large = || open(f32s(&[0, 1 << 40], &[]));
    assert_eq!(refused("Transpose", &[], &[large()]), "model-too-large");
    let x = || open(f32s(&[0, 1], &[]));
    assert_eq!(refused("Expand", &[], &[x(), list(&[0, far])]), "model-operator-unsupported");
    assert_eq!(refused("CenterCropPad", &[], &[x(), list(&[0, far])]), "model-operator-unsupported");
    assert_eq!(refused("Pad", &[], &[x(), list(&[0, 0, 0, far])]), "model-operator-unsupported");
    assert_eq!(refused("Pad", &[], &[x(), list(&[1 << 13; 4])]), "model-operator-unsupported");
    assert_eq!(refused("Tile", &[], &[x(), list(&[1, far])]), "model-operator-unsupported");
    assert_eq!(refused("Reshape", &[("allowzero", Int(1))], &[x(), list(&[0, far])]), "model-too-large");
    let axes: Vec<i64> = (0..100_000).collect();
    assert_eq!(refused("Unsqueeze", &[], &[x(), list(&axes)]), "model-operator-unsupported");
    assert_eq!(refused("Pad", &[], &[x(), list(&[0; 4]), known(f32s(&[], &[0.0])), list(&[0, 0])]), "model-malformed");
}

#[test]
fn sequences_turn_as_far_as_they_go() {
    let x = || open(f32s(&[3, 2], &count(6)));
    let turned = |lengths: &[i64]| floats("ReverseSequence", &[], &[x(), open(i64s(&[2], lengths))]).1;
    assert_eq!(turned(&[3, 2]), [4.0, 3.0, 2.0, 1.0, 0.0, 5.0]);
    assert_eq!(refused("ReverseSequence", &[], &[x(), open(i64s(&[2], &[4, 1]))]), "model-failed");
}

#[test]
fn where_shapes_depend_on_values_there_is_a_plan_for_each() {
    let given = [open(f32s(&[2, 3], &count(6))), open(i64s(&[2], &[3, 2]))];
    let mut graph = Graph::load(&file("Reshape", &[], &given, &[1]), &ModelLimits::default()).unwrap();
    let x = || f32s(&[2, 3], &count(6));
    for shape in [[3, 2], [1, 6], [3, 2], [6, 1], [-1, 3]] {
        let out = graph.run(vec![x(), i64s(&[2], &shape)]).unwrap();
        let want: Vec<usize> = shape.iter().map(|d| if *d < 0 { 2 } else { *d as usize }).collect();
        assert_eq!(out, [f32s(&want, &count(6))]);
    }
    let mut code = |shape: &[i64]| graph.run(vec![x(), i64s(&[2], shape)]).unwrap_err().code().as_str();
    assert_eq!([[4, 2], [-1, -1]].map(|shape| code(&shape)), ["model-malformed"; 2]);
    // Not for values without end.
    let long = || open(i64s(&[2000], &[0; 2000]));
    assert_eq!(refused("Slice", &[], &[open(f32s(&[1], &[1.0])), long(), long()]), "model-operator-unsupported");
}

#[test]
fn what_is_kept_of_a_known_condition() {
    let x = || open(f32s(&[2, 2], &[1.0, 2.0, 3.0, 4.0]));
    let at = |values: &[i64]| list(values);
    assert_eq!(floats("Compress", &[("axis", Int(-1))], &[x(), at(&[0, 1])]), (vec![2, 1], vec![2.0, 4.0]));
    assert_eq!(floats("Compress", &[], &[x(), at(&[1, 0, 0, 1])]), (vec![2], vec![1.0, 4.0]));
    assert_eq!(floats("Compress", &[], &[x(), at(&[0])]), (vec![0], vec![]));
    assert_eq!(refused("Compress", &[("axis", Int(0))], &[x(), at(&[0, 0, 1])]), "model-malformed");
    // Of an input, for that value alone.
    let out = answer("NonZero", &[], &[open(f32s(&[2, 2], &[0.0, 1e-30, 0.0, 3.0]))], &[7]).unwrap();
    assert_eq!(out, [i64s(&[2, 2], &[0, 1, 1, 1])]);
    assert_eq!(refused("NonZero", &[], &[open(f32s(&[2000], &[1.0; 2000]))]), "model-operator-unsupported");
}

#[test]
fn integers_move_as_floats_do() {
    let out = answer("Concat", &[("axis", Int(0))], &[open(i64s(&[1], &[7])), list(&[8])], &[7]).unwrap();
    assert_eq!(out, [i64s(&[2], &[7, 8])]);
    let bytes = Tensor { shape: vec![3], values: Values::U8(vec![1, 2, 3]) };
    let turned = [open(bytes), list(&[-1]), list(&[-4]), list(&[0]), list(&[-1])];
    let out = answer("Slice", &[], &turned, &[2]).unwrap();
    assert_eq!(out, [Tensor { shape: vec![3], values: Values::U8(vec![3, 2, 1]) }]);
}
