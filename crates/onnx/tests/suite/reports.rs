//! What people met when they ran compact ONNX models in browsers, at the edge and in Rust: each report made small, with the
//! answer that onnxruntime 1.32 gives today, PyTorch's where the report is that the two differ.

use crate::single::{absent, answer, answer_of, f32s, floats, i64s, known, list, open, refused};
use crate::writer::Attribute::{Graph as Body, Int, Ints, Text};
use crate::writer::File;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

/// Some numbers, exact.
fn wave(shape: &[usize], seed: usize) -> Tensor {
    let n = shape.iter().product();
    f32s(shape, &(0..n).map(|i: usize| ((i * 7 + seed * 3) % 11) as f32 / 4.0 - 1.25).collect::<Vec<_>>())
}

fn numbers(tensor: &Tensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else { panic!("{tensor:?}") };
    values
}

fn near(tensor: &Tensor, want: &[f32]) {
    let have = numbers(tensor);
    let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 || (a.is_nan() && b.is_nan());
    assert!(have.len() == want.len() && have.iter().zip(want).all(close), "{have:?} for {want:?}");
}

#[test]
fn rows_that_may_look_nowhere_are_zeros() {
    // rten 1321, onnxscript 2479, pytorch 103749: padding masks of whole rows give NaN, which spreads over the sequence.
    let sides = |rows| [wave(&[1, rows, 2], 0), wave(&[1, 3, 2], 1), wave(&[1, 3, 2], 2)].map(open);
    let mask = Tensor { shape: vec![2, 3], values: Values::Bool(vec![true, true, false, false, false, false]) };
    let given: Vec<_> = sides(2).into_iter().chain([open(mask)]).collect();
    let heads = [("q_num_heads", Int(1)), ("kv_num_heads", Int(1))];
    let want = [0.401_963, -0.598_037, 0.0, 0.0];
    near(&answer_of(23, "Attention", &heads, &given, &[1]).unwrap()[0], &want);
    let out = f32::NEG_INFINITY;
    let bias = open(f32s(&[1, 1, 2, 3], &[0.0, 0.0, out, out, out, out]));
    let given: Vec<_> = sides(2).into_iter().chain([absent(), absent(), bias]).collect();
    near(&answer("com.microsoft.MultiHeadAttention", &[("num_heads", Int(1))], &given, &[1]).unwrap()[0], &want);
    // Softmax alone is what its formula says.
    assert!(floats("Softmax", &[], &[open(f32s(&[1, 2], &[out, out]))]).1.iter().all(|v| v.is_nan()));
}

#[test]
fn caches_start_empty() {
    // onnxruntime 21782 (web): the first step has a cache of no keys, [batch, heads, 0, size].
    let sides = || [0, 1, 2].map(|seed| open(wave(&[1, 2, 2], seed)));
    let empty = || open(f32s(&[1, 1, 0, 2], &[]));
    let cached = |out: &[Tensor], last: &[f32]| {
        near(&out[0], last);
        assert_eq!((&*out[1].shape, numbers(&out[1])), (&[1, 1, 2, 2][..], &[-0.5, 1.25, 0.25, -0.75][..]));
        assert_eq!((&*out[2].shape, numbers(&out[2])), (&[1, 1, 2, 2][..], &[0.25, -0.75, 1.0, 0.0][..]));
    };
    let given: Vec<_> = sides().into_iter().chain([absent(), absent(), absent(), empty(), empty()]).collect();
    let out = answer("com.microsoft.MultiHeadAttention", &[("num_heads", Int(1))], &given, &[1, 1, 1]).unwrap();
    cached(&out, &[0.401_963, -0.598_037, 0.336_841, -0.663_159]);
    // onnxruntime 26262: Attention writes a cache without having been given one.
    let given: Vec<_> = sides().into_iter().chain([absent(), empty(), empty()]).collect();
    for given in [given, Vec::from(sides())] {
        let causal = [("q_num_heads", Int(1)), ("kv_num_heads", Int(1)), ("is_causal", Int(1))];
        let out = answer_of(23, "Attention", &causal, &given, &[1, 1, 1]).unwrap();
        cached(&out, &[0.25, -0.75, 0.336_841, -0.663_159]);
    }
}

#[test]
fn lengths_of_grouped_queries_may_be_a_column() {
    // rten 1332: a decoder exported for onnxruntime has seqlens_k of [batch, 1].
    for shape in [vec![1], vec![1, 1]] {
        let whole = |shape: Vec<usize>, v| Tensor { shape, values: Values::I32(vec![v]) };
        let given = [
            open(wave(&[1, 1, 16], 0)),
            open(wave(&[1, 1, 8], 1)),
            open(wave(&[1, 1, 8], 2)),
            open(wave(&[1, 1, 2, 8], 3)),
            open(wave(&[1, 1, 2, 8], 4)),
            open(whole(shape, 2)),
            open(whole(vec![], 3)),
        ];
        let heads = [("num_heads", Int(2)), ("kv_num_heads", Int(1))];
        let out = answer("com.microsoft.GroupQueryAttention", &heads, &given, &[1, 1, 1]).unwrap();
        let want = [
            -0.661_896, 0.572_668, 0.088_104, -0.911_896, 0.322_668, -0.161_896, -0.069_298, 0.072_668, -0.262_744, -0.010_906,
            0.487_256, -0.512_744, -0.260_906, 0.237_256, -0.129_91, -0.510_906,
        ];
        near(&out[0], &want);
        assert_eq!(out[1].shape, [1, 1, 3, 8]);
    }
}

#[test]
fn the_reset_of_a_gru_comes_before_or_behind_its_product() {
    // pytorch 189225, onnxscript 2852: exporters leave linear_before_reset out; the two answers are close enough to be missed.
    let run = |before| {
        let given = [wave(&[3, 1, 2], 0), wave(&[1, 6, 2], 1), wave(&[1, 6, 2], 2), wave(&[1, 12], 3)].map(open);
        let attributes = [("hidden_size", Int(2)), ("linear_before_reset", Int(before))];
        answer("GRU", &attributes, &given, &[1, 1]).unwrap()
    };
    near(&run(0)[0], &[-0.051_969, -0.620_162, -0.072_835, -0.820_814, -0.008_36, -0.398_433]);
    near(&run(1)[0], &[-0.038_669, -0.637_071, -0.059_005, -0.836_686, 0.065_762, -0.524_25]);
}

#[test]
fn sequences_of_one_batch_have_lengths_of_their_own() {
    // keras-onnx 123 (batches above 1 wrong), onnxruntime 10768 (a length as long as the sequence refused).
    let lengths = open(Tensor { shape: vec![2], values: Values::I32(vec![3, 1]) });
    let given = [wave(&[3, 2, 2], 0), wave(&[1, 4, 2], 1), wave(&[1, 4, 1], 2), wave(&[1, 8], 3)].map(open);
    let given: Vec<_> = given.into_iter().chain([lengths]).collect();
    let out = answer("LSTM", &[("hidden_size", Int(1))], &given, &[1, 1, 1]).unwrap();
    near(&out[0], &[0.086_38, 0.063_05, 0.055_528, 0.0, 0.077_09, 0.0]);
    near(&out[1], &[0.077_09, 0.063_05]);
    near(&out[2], &[0.885_65, 0.866_974]);
}

#[test]
fn resized_cells_come_from_the_place_that_the_modes_say() {
    let resize = |cells: usize, scale: f32, attributes: &[(&str, crate::writer::Attribute)]| {
        let x = open(f32s(&[1, 1, 1, cells], &(0..cells).map(|v| v as f32).collect::<Vec<_>>()));
        floats("Resize", attributes, &[x, absent(), known(f32s(&[4], &[1.0, 1.0, 1.0, scale]))]).1
    };
    let asymmetric = ("coordinate_transformation_mode", Text("asymmetric"));
    // iree 24581: nearest and asymmetric, where the rounding is left out: halves go down.
    assert_eq!(resize(4, 3.0, &[asymmetric]), [0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0]);
    // iree 24264: half_pixel and floor, whose first place is below 0.
    let floor = || [("nearest_mode", Text("floor"))];
    assert_eq!(resize(4, 2.0, &floor()), [0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
    // As above: 1.5 / 0.6 is 2.5 in 32-bit floats, and below it in those of 64 bits.
    assert_eq!(resize(5, 0.6, &floor()), [0.0, 2.0, 3.0]);
    // onnxruntime 28085: places that fall on a border.
    let out = resize(26, 64.0 / 26.0, &[("nearest_mode", Text("round_prefer_ceil"))]);
    assert_eq!((out.len(), &out[30..36]), (64, &[12.0, 12.0, 13.0, 13.0, 14.0, 14.0][..]));
    // onnx 4919: floor(5 · 2.6) is 13, as the exporter meant it.
    assert_eq!(resize(5, 2.6, &[]).len(), 13);
    // rten 647: pytorch_half_pixel to one cell takes the first, in cubic mode too.
    let x = open(f32s(&[1, 1, 1, 4], &[5.0, 1.0, 2.0, 3.0]));
    let cubic = [("mode", Text("cubic")), ("coordinate_transformation_mode", Text("pytorch_half_pixel"))];
    assert_eq!(floats("Resize", &cubic, &[x, absent(), absent(), list(&[1, 1, 1, 1])]).1, [5.0]);
}

#[test]
fn weights_of_four_bits_have_zero_points_in_odd_numbers() {
    // rten 1337: three blocks a row have two bytes of zero points; onnxruntime 31152: the last block is half full.
    let given = |zeros: &[usize]| {
        let bytes = |shape: &[usize], values: Vec<u8>| known(Tensor { shape: shape.to_vec(), values: Values::U8(values) });
        [
            open(wave(&[1, 40], 0)),
            bytes(&[2, 3, 8], (0..48_u32).map(|i| (i * 37) as u8).collect()),
            known(f32s(&[2, 3], &[0.5, 0.25, 1.0, 0.125, 2.0, 0.5])),
            bytes(zeros, vec![0x53, 0x07, 0xa1, 0x0c, 0, 0][..zeros.iter().product()].to_vec()),
        ]
    };
    let attributes = |k, size| [("K", Int(k)), ("N", Int(2)), ("bits", Int(4)), ("block_size", Int(size))];
    // The second shape is that of onnxruntime before its change 24828.
    for zeros in [&[2, 2][..], &[4]] {
        let out = answer("com.microsoft.MatMulNBits", &attributes(40, 16), &given(zeros), &[1]).unwrap();
        near(&out[0], &[3.25, -6.4375]);
    }
    // Quark 20: a byte for each zero point.
    assert_eq!(refused("com.microsoft.MatMulNBits", &attributes(40, 16), &given(&[6, 1])), "model-malformed");
    // onnxruntime 28551: blocks of 512 come out as zeros.
    let refusal = refused("com.microsoft.MatMulNBits", &attributes(40, 512), &given(&[2, 2]));
    assert_eq!(refusal, "model-operator-unsupported");
}

#[test]
fn branches_have_shapes_of_their_own() {
    // pytorch 109292, SHARK 696: squeeze(1) of an unknown extent is an If, whose branches have not the same rank.
    let branch = |operator: &str, inputs: &[&str]| {
        let mut file = File::default();
        file.node(operator, inputs, &["out"], &[]);
        file.output("out", 1, &[]);
        Body(file.graph())
    };
    for (extent, want) in [(1, vec![2, 3]), (2, vec![2, 2, 3])] {
        let mut file = File::default();
        file.input("x", 1, &[2, extent, 3]);
        file.ints("one", &[1], &[1]);
        file.node("Shape", &["x"], &["shape"], &[]);
        file.node("Gather", &["shape", "one"], &["extent"], &[]);
        file.node("Equal", &["extent", "one"], &["if"], &[]);
        let branches = [("then_branch", branch("Squeeze", &["x", "one"])), ("else_branch", branch("Identity", &["x"]))];
        file.node("If", &["if"], &["y"], &branches);
        file.output("y", 1, &[]);
        let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
        let x = wave(&[2, extent, 3], 0);
        let out = graph.run(vec![x.clone()]).unwrap();
        assert_eq!((&out[0].shape, &out[0].values), (&want, &x.values));
    }
}

#[test]
fn squeezes_take_what_is_one_and_nothing_else() {
    // tract 1154: Squeeze of operator set 13 without axes.
    assert_eq!(floats("Squeeze", &[], &[open(wave(&[3, 1, 1], 0))]).0, [3]);
    assert_eq!(floats("Squeeze", &[], &[open(wave(&[1, 1], 0))]).0, [0; 0]);
    // pytorch 36796, onnxruntime 3922: an axis that is not 1 is a fault of the exporter.
    assert_eq!(refused("Squeeze", &[], &[open(wave(&[3, 2], 0)), list(&[1])]), "model-malformed");
}

#[test]
fn windows_beyond_the_image_count_what_they_cover() {
    let image = || open(f32s(&[1, 1, 4, 4], &(1..17).map(|v| v as f32).collect::<Vec<_>>()));
    let small = || open(f32s(&[1, 1, 2, 2], &[1.0, 2.0, 5.0, 6.0]));
    let pool = |opset, operator, x, stride: i64, counted| {
        let attributes = [
            ("kernel_shape", Ints(vec![3, 3])),
            ("strides", Ints(vec![stride; 2])),
            ("pads", Ints(vec![1; 4])),
            ("ceil_mode", Int(1)),
            ("count_include_pad", Int(counted)),
        ];
        let attributes = &attributes[..if operator == "MaxPool" { 4 } else { 5 }];
        answer_of(opset, operator, attributes, &[x], &[1]).unwrap().remove(0)
    };
    for opset in [12, 18, 19, 22] {
        // pytorch 183528, onnxruntime 16203: the last window is divided by its padding too, not by what lies behind it.
        let want = [1.555_556, 3.333_333, 2.0, 6.333_333, 11.0, 6.0, 4.5, 7.5, 4.0];
        near(&pool(opset, "AveragePool", image(), 2, 1), &want);
        // onnx 4958, pytorch 71549: a window that would start in the padding behind is none; it was NaN, or the lowest float.
        near(&pool(opset, "AveragePool", small(), 3, 0), &[3.5]);
        near(&pool(opset, "MaxPool", small(), 3, 0), &[6.0]);
    }
}

#[test]
fn reductions_take_the_axes_they_are_given() {
    let x = || open(f32s(&[2, 2], &[1.0, 2.0, 3.0, 4.0]));
    let axes = |list: &[i64]| i64s(&[list.len()], list);
    // burn-onnx 459: axes that are an input of the graph were taken for none, and all was reduced.
    let given = [x(), open(axes(&[1]))];
    assert_eq!(floats("ReduceMean", &[("keepdims", Int(0))], &given), (vec![2], vec![1.5, 3.5]));
    // onnxruntime 16586, 25095, 26288: no axes and noop_with_empty_axes; squares are squares still.
    let noop = || [("noop_with_empty_axes", Int(1))];
    assert_eq!(floats("ReduceMean", &noop(), &[x(), known(axes(&[]))]).1, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(floats("ReduceMean", &noop(), &[x()]).1, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(floats("ReduceSumSquare", &noop(), &[x(), known(axes(&[]))]).1, [1.0, 4.0, 9.0, 16.0]);
    // onnxruntime 8146, rten 1204: of nothing, a sum is 0 and a product 1; a mean is not defined.
    let nothing = || open(f32s(&[0, 3], &[]));
    assert_eq!(floats("ReduceSum", &[], &[nothing()]), (vec![1, 1], vec![0.0]));
    assert_eq!(floats("ReduceProd", &[], &[nothing(), known(axes(&[0]))]).1, [1.0; 3]);
    assert_eq!(floats("ReduceMax", &[], &[nothing()]).1, [f32::NEG_INFINITY]);
    assert_eq!(refused("ReduceMean", &[], &[nothing()]), "model-operator-unsupported");
}

#[test]
fn convolutions_turned_about_are_cut_where_the_mode_says() {
    // onnxruntime 4086: the padding was taken for 0; onnxruntime 9370: upper and lower were exchanged.
    let run = |auto, stride: i64| {
        let given = [open(f32s(&[1, 1, 2], &[1.0, 2.0])), known(f32s(&[1, 1, 3], &[1.0, 10.0, 100.0]))];
        floats("ConvTranspose", &[("auto_pad", Text(auto)), ("strides", Ints(vec![stride]))], &given).1
    };
    assert_eq!(run("SAME_UPPER", 2), [1.0, 10.0, 102.0, 20.0]);
    assert_eq!(run("SAME_LOWER", 2), [10.0, 102.0, 20.0, 200.0]);
    assert_eq!(run("SAME_UPPER", 1), [12.0, 120.0]);
}

#[test]
fn whole_numbers_stay_whole() {
    let pair = |a: &[i64], b: &[i64]| [open(i64s(&[a.len()], a)), open(i64s(&[b.len()], b))];
    let ints = |operator: &str, fmod, a: &[i64], b: &[i64]| {
        let attributes: &[_] = if fmod { &[("fmod", Int(1))] } else { &[] };
        match answer(operator, attributes, &pair(a, b), &[7]).unwrap().remove(0).values {
            Values::I64(values) => values,
            other => panic!("{other:?}"),
        }
    };
    // tvm 20281: a quotient went through floats and was one off above 2^53.
    assert_eq!(ints("Div", false, &[9_007_199_254_740_993, -7, i64::MIN], &[1, 2, -1]), [9_007_199_254_740_993, -3, i64::MIN]);
    assert_eq!(answer("Div", &[], &pair(&[1], &[0]), &[7]).unwrap_err().code().as_str(), "model-failed");
    // tvm 6160, onnx 6973: the sign of a rest is the divisor's, with fmod the dividend's.
    assert_eq!(ints("Mod", false, &[-7, 7, -8, i64::MIN], &[3, -3, 4, -1]), [2, -2, 0, 0]);
    assert_eq!(ints("Mod", true, &[-7, 7, -8, i64::MIN], &[3, -3, 4, -1]), [-1, 1, 0, 0]);
    // onnxruntime 19298: 3 to the power of 1 was 2.
    let i32s = |values: &[i32]| open(Tensor { shape: vec![values.len()], values: Values::I32(values.to_vec()) });
    let out = answer("Pow", &[], &[i32s(&[3, 2, -2, 0]), i32s(&[1, 30, 3, 0])], &[6]).unwrap();
    assert_eq!(out[0].values, Values::I32(vec![3, 1 << 30, -8, 1]));
    // onnxruntime 9760 (web): the last of CLIP's tokens is found by ArgMax of whole numbers.
    let tokens = open(i64s(&[1, 4], &[49_406, 320, 49_407, 49_407]));
    assert_eq!(answer("ArgMax", &[("axis", Int(1))], &[tokens], &[7]).unwrap()[0].values, Values::I64(vec![2]));
}

#[test]
fn what_is_no_number_is_the_same_at_load_and_at_run() {
    // TensorRT 4775, tvm 19626: NaN and what is out of range have no whole number, and each engine takes another;
    // onnxruntime 31140: constants folded at load had another ArgMin than the kernel.
    let odd = || f32s(&[5], &[f32::NAN, f32::INFINITY, -1e30, 3.9, -3.9]);
    for (operator, attributes, kind) in
        [("Cast", vec![("to", Int(7))], 7), ("Cast", vec![("to", Int(6))], 6), ("ArgMin", vec![], 7)]
    {
        let run = |x| answer(operator, &attributes, &[x], &[kind]).unwrap().remove(0).values;
        let at_run = run(open(odd()));
        assert_eq!(run(known(odd())), at_run);
        if let (Values::I64(values), "Cast") = (at_run, operator) {
            assert_eq!(values, [0, i64::MAX, i64::MIN, 3, -3]);
        }
    }
}

#[test]
fn a_range_of_nothing_has_a_scale_of_one() {
    // onnx 8437: of zeros alone (a Relu of negatives) the scale was 0 / 0, or 0, by which a graph may divide.
    let out = answer("DynamicQuantizeLinear", &[], &[open(f32s(&[2], &[0.0; 2]))], &[2, 1, 2]).unwrap();
    assert_eq!((&out[0].values, &out[2].values), (&Values::U8(vec![0, 0]), &Values::U8(vec![0])));
    assert_eq!(numbers(&out[1]), [1.0]);
}
