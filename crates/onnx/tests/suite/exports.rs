//! As `reports`: what exporters write and importers get wrong. Each report made small, with onnxruntime 1.32's answer; PyTorch's is the
//! same unless the test says otherwise.

use crate::single::{absent, answer, answer_of, f32s, floats, i64s, known, list, open, refused};
use crate::writer::Attribute::{self, Float, Int, Ints, Text};
use crate::writer::File;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

fn wave(shape: &[usize], seed: usize) -> Tensor {
    let n = shape.iter().product();
    f32s(shape, &(0..n).map(|i: usize| ((i * 7 + seed * 3) % 11) as f32 / 4.0 - 1.25).collect::<Vec<_>>())
}

fn steps(shape: &[usize]) -> Tensor {
    f32s(shape, &(0..shape.iter().product()).map(|v: usize| v as f32).collect::<Vec<_>>())
}

fn close(have: &[f32], want: &[f32]) {
    let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 || a == b || (a.is_nan() && b.is_nan());
    assert!(have.len() == want.len() && have.iter().zip(want).all(near), "{have:?} for {want:?}");
}

fn run(file: &File, inputs: &[Tensor]) -> Vec<Tensor> {
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    graph.run(inputs.to_vec()).unwrap();
    graph.run(inputs.to_vec()).unwrap()
}

fn of(opset: u64, operator: &str, attributes: &[(&str, Attribute)], given: &[crate::single::Given]) -> Vec<f32> {
    match answer_of(opset, operator, attributes, given, &[1]).unwrap().remove(0).values {
        Values::F32(values) => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn outputs_may_be_inputs_constants_and_what_others_read() {
    // onnxruntime 26339 (an output that is an input, as dynamo exports write it, came out as another value), onnxruntime 7260 (an output
    // that is an initializer), onnx-mlir 1376 (an output that a node reads as well).
    let (mut file, x) = (File::default(), f32s(&[2], &[-1.0, 2.0]));
    file.input("x", 1, &[2]);
    file.input("unread", 1, &[3]);
    file.floats("w", &[2], &[5.0, 6.0]);
    file.node("Relu", &["x"], &["y"], &[]);
    file.node("Neg", &["y"], &["z"], &[]);
    for name in ["y", "x", "w", "z", "y"] {
        file.output(name, 1, &[2]);
    }
    let out = run(&file, &[x.clone(), wave(&[3], 0)]);
    let want = [vec![0.0, 2.0], vec![-1.0, 2.0], vec![5.0, 6.0], vec![0.0, -2.0], vec![0.0, 2.0]];
    assert!(out.iter().map(|t| &t.values).eq(want.map(Values::F32).iter()), "{out:?}");
}

#[test]
fn names_are_any_text() {
    // burn 2878, onnx-tensorflow 569: names with slashes and colons, as jax2tf and Keras write them; and of other alphabets.
    let mut file = File::default();
    file.input("/модель/層.0:0", 1, &[2]);
    file.node("Relu", &["/модель/層.0:0"], &["🙂 out"], &[]);
    file.output("🙂 out", 1, &[2]);
    assert_eq!(run(&file, &[f32s(&[2], &[-1.0, 1.0])])[0].values, Values::F32(vec![0.0, 1.0]));
}

#[test]
fn slices_run_backwards_and_may_be_empty() {
    let slice = |x: Tensor, start, end, axis, step| {
        floats("Slice", &[], &[open(x), list(&[start]), list(&[end]), list(&[axis]), list(&[step])])
    };
    // iree 24584: one place off.
    assert_eq!(slice(steps(&[10]), 9, 0, 0, -1).1, [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    assert_eq!(slice(steps(&[10]), 9, 2, 0, -1).1, [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]);
    assert_eq!(slice(steps(&[20]), 19, 0, 0, -3).1, [19.0, 16.0, 13.0, 10.0, 7.0, 4.0, 1.0]);
    assert_eq!(slice(steps(&[3, 4]), 3, 0, 1, -1).1, [3.0, 2.0, 1.0, 7.0, 6.0, 5.0, 11.0, 10.0, 9.0]);
    // tvm 19532, burn-onnx 477: backwards towards an end that lies ahead.
    assert_eq!(slice(steps(&[10]), 0, 5, 0, -1).0, [0]);
    // onnx 7735: nothing, backwards from its end to before its beginning.
    assert_eq!(slice(steps(&[0, 3]), -1, i64::MIN, 0, -1).0, [0, 3]);
}

#[test]
fn softmax_was_one_of_the_flattened_rest() {
    // openvino 37823, tvm 19420, onnx-mlir 832: up to operator set 12 the axes from `axis`, 1 where none is said, are one.
    let x = || [open(wave(&[1, 2, 3], 0))];
    let flat = [0.036_786, 0.211_687, 0.077_875, 0.448_141, 0.164_862, 0.060_649];
    close(&of(11, "Softmax", &[], &x()), &flat);
    close(&of(12, "Softmax", &[], &x()), &flat);
    close(&of(13, "Softmax", &[], &x()), &[0.112_719, 0.648_654, 0.238_627, 0.665_241, 0.244_728, 0.090_031]);
    let logs = [-3.302_647, -1.552_647, -2.552_647, -0.802_647, -1.802_647, -2.802_647];
    close(&of(11, "LogSoftmax", &[("axis", Int(1))], &x()), &logs);
    close(&of(11, "Hardmax", &[("axis", Int(1))], &x()), &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn indices_count_from_the_end_everywhere() {
    // tvm 20217: of six operators four did not.
    let table = || open(steps(&[3, 4]));
    let places = |shape: &[usize], values: &[i64]| [open(i64s(shape, values)), known(i64s(shape, values))];
    for place in places(&[3, 4], &[-1; 12]) {
        let out = floats("GatherElements", &[("axis", Int(1))], &[table(), place]);
        assert_eq!(out.1, [[3.0; 4], [7.0; 4], [11.0; 4]].concat());
    }
    for place in places(&[2, 2], &[-1, -1, 0, -2]) {
        assert_eq!(floats("GatherND", &[], &[table(), place]).1, [11.0, 2.0]);
    }
    for place in places(&[2, 1], &[-1, 0]) {
        let updates = open(f32s(&[2, 4], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]));
        let out = floats("ScatterND", &[], &[open(f32s(&[3, 4], &[0.0; 12])), place, updates]);
        assert_eq!(out.1, [5.0, 6.0, 7.0, 8.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    }
    for place in places(&[2], &[4, -1]) {
        let out = floats("OneHot", &[], &[place, list(&[5]), known(f32s(&[2], &[0.0, 1.0]))]);
        assert_eq!(out.1, [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }
    // coremltools 2794: behind batch axes it is the end of the axis that is meant.
    for place in places(&[2, 2, 1], &[-1, 0, -1, 1]) {
        let out = floats("GatherND", &[("batch_dims", Int(1))], &[open(steps(&[2, 5, 3])), place]);
        assert_eq!(out.1, [12.0, 13.0, 14.0, 0.0, 1.0, 2.0, 27.0, 28.0, 29.0, 18.0, 19.0, 20.0]);
    }
}

#[test]
fn layer_norms_are_scaled_by_what_spreads() {
    let norm = |x, scale, bias, axis| floats("LayerNormalization", &[("axis", Int(axis))], &[x, scale, bias]).1;
    // onnxruntime 12917: over two axes, each place with a scale of its own.
    let whole = norm(open(wave(&[1, 2, 3], 0)), known(wave(&[2, 3], 1)), known(wave(&[2, 3], 2)), 1);
    close(&whole, &[0.946_521, 0.120_651, 0.875_621, -1.194_036, -0.601_988, 0.75]);
    // rten 1357: one number for all. onnxruntime 18184, 23297: scales that differ along the batch.
    let one = norm(open(wave(&[2, 3], 0)), known(wave(&[1], 1)), known(wave(&[1], 2)), -1);
    close(&one, &[0.831_233, -0.389_356, 0.308_123, -0.362_368, 0.25, 0.862_368]);
    let batch = norm(open(wave(&[2, 2, 3], 0)), open(wave(&[2, 1, 3], 1)), open(wave(&[2, 1, 3], 2)), 2);
    let want = [0.831_233, 0.848_39, 0.970_938, -0.362_368, -0.75, 0.693_816, -0.918_552, -1.0, 0.75, -0.918_552, -1.0, 0.75];
    close(&batch, &want);
}

#[test]
fn axes_of_reductions_became_an_input() {
    // pytorch 130424, 97344, onnxruntime 17350: from operator set 18 on; an attribute before.
    let x = || open(wave(&[2, 2, 2], 0));
    for (operator, want) in [("ReduceMean", [-0.3125, 0.4375]), ("ReduceMax", [0.5, 1.25]), ("ReduceL2", [1.561_249, 1.677_051])]
    {
        close(&of(18, operator, &[("keepdims", Int(0))], &[x(), list(&[-1, 0])]), &want);
        close(&of(13, operator, &[("keepdims", Int(0)), ("axes", Ints(vec![-1, 0]))], &[x()]), &want);
    }
    // An empty list is all axes, or none.
    let none = || list(&[]);
    assert_eq!(of(18, "ReduceSum", &[], &[open(wave(&[2, 2], 0)), none()]), [0.0]);
    let kept = of(18, "ReduceSum", &[("noop_with_empty_axes", Int(1))], &[open(wave(&[2, 2], 0)), none()]);
    assert_eq!(kept, [-1.25, 0.5, -0.5, 1.25]);
    // The sum of nothing is 0, the largest of nothing below all.
    let nothing = || open(f32s(&[2, 0], &[]));
    assert_eq!(of(20, "ReduceSum", &[("keepdims", Int(0))], &[nothing(), list(&[1])]), [0.0; 2]);
    assert_eq!(of(20, "ReduceMax", &[("keepdims", Int(0))], &[nothing(), list(&[1])]), [f32::NEG_INFINITY; 2]);
}

#[test]
fn batch_norms_left_in_training_take_their_own_mean() {
    // onnxscript 1791, onnxruntime 26584, pytorch 75252: exported in training mode, the stored mean and variance are passed on and not
    // used.
    let given = [
        open(wave(&[2, 2, 2], 0)),
        known(wave(&[2], 1)),
        known(wave(&[2], 2)),
        known(wave(&[2], 3)),
        known(f32s(&[2], &[0.5, 1.25])),
    ];
    let out =
        answer_of(15, "BatchNormalization", &[("training_mode", Int(1)), ("momentum", Float(0.9))], &given, &[1, 1, 1]).unwrap();
    let floats = |at: usize| if let Values::F32(values) = &out[at].values { values.clone() } else { Vec::new() };
    close(&floats(0), &[0.905_272, -0.317_902, -2.388_179, 0.669_755, -0.143_163, 0.555_793, 0.232_907, -1.514_484]);
    close(&floats(1), &[0.868_75, 0.043_75]);
    close(&floats(2), &[0.501_172, 1.176_172]);
}

#[test]
fn images_are_sampled_at_the_border_as_pytorch_does() {
    // onnxruntime 10607: beyond the border a cubic curve has its inner pixels still; 28090 takes what it gives for a fault.
    let grid = open(f32s(&[1, 1, 4, 2], &[-0.95, -0.95, 0.95, -0.95, -1.2, 0.3, 0.95, 0.95]));
    let cubic = [("mode", Text("bicubic")), ("padding_mode", Text("border"))];
    close(&of(16, "GridSample", &cubic, &[open(steps(&[1, 1, 4, 4])), grid]), &[-0.54, 2.676, 8.564_25, 15.539_993]);
    // onnxscript 2916, pytorch 183546: enlarged with antialias there is nothing to smooth.
    let sizes = || list(&[1, 1, 3, 5]);
    let want = [-1.25, -0.55, 0.5, -0.1, -0.5, 0.0, 0.15, 0.375, -0.225, -0.625, 1.25, 0.85, 0.25, -0.35, -0.75];
    for outside in [0, 1] {
        let attributes = [("mode", Text("linear")), ("antialias", Int(1)), ("exclude_outside", Int(outside))];
        close(&of(18, "Resize", &attributes, &[open(wave(&[1, 1, 2, 3], 0)), absent(), absent(), sizes()]), &want);
    }
    // onnxruntime 11496: to a single pixel, cubic.
    let one = |attributes: &[_]| of(13, "Resize", attributes, &[open(wave(&[1, 1, 4, 4], 0)), absent(), absent(), list(&[1; 4])]);
    close(&one(&[("mode", Text("cubic"))]), &[0.340_576]);
    close(&one(&[("mode", Text("cubic")), ("coordinate_transformation_mode", Text("pytorch_half_pixel"))]), &[-1.25]);
    // onnxruntime 1179: Upsample counts from the corner.
    let scales = known(f32s(&[4], &[1.0, 1.0, 2.0, 2.0]));
    let out = of(9, "Upsample", &[("mode", Text("linear"))], &[open(f32s(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0])), scales]);
    assert_eq!(out, [1.0, 1.5, 2.0, 2.0, 2.0, 2.5, 3.0, 3.0, 3.0, 3.5, 4.0, 4.0, 3.0, 3.5, 4.0, 4.0]);
}

#[test]
fn pads_cut_before_they_repeat() {
    let pad = |mode, x: Tensor, pads: &[i64]| of(19, "Pad", &[("mode", Text(mode))], &[open(x), list(pads)]);
    let row = || f32s(&[4], &[1.0, 2.0, 3.0, 4.0]);
    // tinygrad 16448: what a negative pad cuts away does not come round again.
    assert_eq!(pad("wrap", row(), &[-1, 2]), [2.0, 3.0, 4.0, 2.0, 3.0]);
    assert_eq!(pad("wrap", row(), &[2, -1]), [2.0, 3.0, 1.0, 2.0, 3.0]);
    assert_eq!(pad("edge", row(), &[-1, 2]), [2.0, 3.0, 4.0, 4.0, 4.0]);
    assert_eq!(refused("Pad", &[("mode", Text("wrap"))], &[open(row()), list(&[-4, 2])]), "model-operator-unsupported");
    // onnxruntime 6442: rows are mirrored, not what is in them.
    assert_eq!(pad("reflect", steps(&[3, 4]), &[1, 0, 0, 0])[..4], [4.0, 5.0, 6.0, 7.0]);
}

#[test]
fn bytes_of_floats_wrap() {
    // tvm 19542: 300 is 44, and what has no bytes is 0.
    let x = || open(f32s(&[6], &[300.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 50.0, -50.0]));
    let cast = |to: i64| answer("Cast", &[("to", Int(to))], &[x()], &[to.unsigned_abs()]).unwrap().remove(0).values;
    assert_eq!(cast(3), Values::I8(vec![44, 0, 0, 0, 50, -50]));
    assert_eq!(cast(2), Values::U8(vec![44, 0, 0, 0, 50, 206]));
    // Wider ones end at their bounds, as in WebAssembly and unlike on x86, where onnxruntime answers the lowest number for all of them.
    assert_eq!(cast(6), Values::I32(vec![300, 0, i32::MAX, i32::MIN, 50, -50]));
    assert_eq!(cast(7), Values::I64(vec![300, 0, i64::MAX, i64::MIN, 50, -50]));
}

#[test]
fn what_is_taken_no_times_is_not_looked_at() {
    // rten 81, MIOpenGEMM 13: beta is 0, and C is NaN.
    for c in [open, known] {
        let given = [open(wave(&[1, 2], 0)), known(wave(&[2, 2], 1)), c(f32s(&[2], &[f32::NAN; 2]))];
        assert_eq!(floats("Gemm", &[("beta", Float(0.0))], &given).1, [0.75, -1.9375]);
    }
    let given = [open(wave(&[1, 2], 0)), known(wave(&[2, 2], 1)), open(f32s(&[3], &[0.0; 3]))];
    assert_eq!(refused("Gemm", &[("beta", Float(0.0))], &given), "model-malformed");
    // Where what is not chosen is NaN.
    let given = [f32s(&[3], &[f32::NAN, 1.0, 2.0]), f32s(&[3], &[0.0, f32::NAN, 5.0])].map(open);
    let [a, b] = given;
    let pick = open(Tensor { shape: vec![3], values: Values::Bool(vec![false, true, true]) });
    assert_eq!(floats("Where", &[], &[pick, a, b]).1, [0.0, 1.0, 2.0]);
}

#[test]
fn the_best_of_none_and_sums_from_the_end() {
    // onnxruntime 909: the first 0 of a row.
    let out = answer("TopK", &[], &[open(wave(&[2, 3], 0)), list(&[0])], &[1, 7]).unwrap();
    assert_eq!((&out[0].shape, &out[1].shape), (&vec![2, 0], &vec![2, 0]));
    // rten 1413, torch-mlir 3241: each of the four sums.
    let at = || known(Tensor { shape: vec![], values: Values::I64(vec![0]) });
    let sum = |exclusive, reverse| {
        let attributes = [("exclusive", Int(exclusive)), ("reverse", Int(reverse))];
        floats("CumSum", &attributes, &[open(f32s(&[3], &[1.0, 2.0, 3.0])), at()]).1
    };
    assert_eq!((sum(0, 1), sum(1, 0), sum(1, 1)), (vec![6.0, 5.0, 3.0], vec![0.0, 1.0, 3.0], vec![5.0, 3.0, 0.0]));
    // Ten tenths, though the tenth is more than a tenth.
    let number = |v| known(f32s(&[], &[v]));
    assert_eq!(floats("Range", &[], &[number(0.0), number(1.0), number(0.1)]).0, [10]);
}
