//! Operators over windows, images and channels: against their definition, worked examples, and what is refused.

use crate::single::{Given, answer, f32s, floats, i64s, known, list, open, refused};
use crate::writer::Attribute::{self, Float, Int, Ints, Text};
use nearhand_onnx::{Tensor, Values};

fn noise(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 37 + seed * 11) % 23) as f32 - 11.0).collect()
}

/// One convolution of an image of two axes.
struct Conv {
    channels: usize,
    outs: usize,
    group: usize,
    input: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    dilation: usize,
    pad: usize,
}

impl Conv {
    fn x(&self) -> ([usize; 4], Vec<f32>) {
        let shape = [2, self.channels, self.input[0], self.input[1]];
        (shape, noise(shape.iter().product(), 1))
    }

    fn w(&self) -> ([usize; 4], Vec<f32>) {
        let shape = [self.outs, self.channels / self.group, self.kernel[0], self.kernel[1]];
        (shape, noise(shape.iter().product(), 2))
    }

    fn extent(&self, axis: usize) -> usize {
        (self.input[axis] + 2 * self.pad - (self.kernel[axis] - 1) * self.dilation - 1) / self.stride + 1
    }

    fn at(&self, out: usize, k: usize, axis: usize) -> Option<usize> {
        (out * self.stride + k * self.dilation).checked_sub(self.pad).filter(|i| *i < self.input[axis])
    }

    /// Sums as ONNX defines them.
    fn defined(&self, bias: &[f32]) -> Vec<f32> {
        let ((_, x), (_, w), each) = (self.x(), self.w(), self.channels / self.group);
        let mut out = Vec::new();
        for n in 0..2 {
            for o in 0..self.outs {
                for (i, j) in (0..self.extent(0)).flat_map(|i| (0..self.extent(1)).map(move |j| (i, j))) {
                    let mut sum = bias[o];
                    for c in 0..each {
                        let channel = o / (self.outs / self.group) * each + c;
                        for (a, b) in (0..self.kernel[0]).flat_map(|a| (0..self.kernel[1]).map(move |b| (a, b))) {
                            if let (Some(y), Some(z)) = (self.at(i, a, 0), self.at(j, b, 1)) {
                                let from = ((n * self.channels + channel) * self.input[0] + y) * self.input[1] + z;
                                sum += w[((o * each + c) * self.kernel[0] + a) * self.kernel[1] + b] * x[from];
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }
}

#[test]
fn convolutions_are_what_onnx_defines() {
    let base = Conv { channels: 4, outs: 6, group: 1, input: [9, 21], kernel: [3, 3], stride: 1, dilation: 1, pad: 1 };
    for conv in [
        Conv { outs: 1, ..base },
        Conv { group: 2, stride: 2, ..base },
        Conv { outs: 8, group: 4, dilation: 2, pad: 2, ..base },
        Conv { outs: 4, group: 4, ..base },
        Conv { outs: 4, group: 4, stride: 2, kernel: [2, 5], pad: 0, ..base },
        Conv { kernel: [1, 1], pad: 0, ..base },
        Conv { kernel: [1, 1], pad: 1, ..base },
        // More than a block of columns.
        Conv { channels: 30, input: [40, 41], kernel: [5, 5], pad: 0, ..base },
        base,
    ] {
        let ((shape, x), (kernel, w)) = (conv.x(), conv.w());
        let attributes = || {
            [
                ("group", Int(conv.group as i64)),
                ("strides", Ints(vec![conv.stride as i64; 2])),
                ("dilations", Ints(vec![conv.dilation as i64; 2])),
                ("pads", Ints(vec![conv.pad as i64; 4])),
            ]
        };
        let bias = noise(conv.outs, 3);
        let want = conv.defined(&bias);
        let (x, w, bias) = (f32s(&shape, &x), f32s(&kernel, &w), f32s(&[conv.outs], &bias));
        for given in [
            [open(x.clone()), known(w.clone()), known(bias.clone())],
            [open(x.clone()), open(w.clone()), open(bias.clone())],
            [known(x.clone()), known(w.clone()), known(bias.clone())],
        ] {
            let (have_shape, have) = floats("Conv", &attributes(), &given);
            assert_eq!(have_shape, [2, conv.outs, conv.extent(0), conv.extent(1)]);
            assert_eq!(have, want, "{:?} {:?}", conv.input, conv.kernel);
        }
    }
}

#[test]
fn convolutions_of_one_and_three_axes() {
    let w = || known(f32s(&[1, 1, 2], &[1.0, 10.0]));
    let x = || open(f32s(&[1, 1, 3], &[1.0, 2.0, 3.0]));
    let same = |how: &'static str| floats("Conv", &[("auto_pad", Text(how))], &[x(), w()]).1;
    assert_eq!(same("VALID"), [21.0, 32.0]);
    assert_eq!(same("SAME_UPPER"), [21.0, 32.0, 3.0]);
    assert_eq!(same("SAME_LOWER"), [10.0, 21.0, 32.0]);
    let cube = [open(f32s(&[1, 1, 2, 2, 2], &noise(8, 0))), known(f32s(&[1, 1, 2, 2, 2], &[1.0; 8]))];
    assert_eq!(floats("Conv", &[], &cube), (vec![1, 1, 1, 1, 1], vec![noise(8, 0).iter().sum()]));
    assert_eq!(floats("ConvTranspose", &[("strides", Ints(vec![2]))], &[x(), w()]).1, [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    let cut = [("strides", Ints(vec![2])), ("output_shape", Ints(vec![4]))];
    assert_eq!(floats("ConvTranspose", &cut, &[x(), w()]).1, [10.0, 2.0, 20.0, 3.0]);
}

#[test]
fn a_convolution_of_very_many_channels_takes_no_columns() {
    let n = 70_000;
    let ones = |shape: &[usize]| known(f32s(shape, &vec![1.0; shape.iter().product()]));
    let given = [open(f32s(&[1, n, 2], &vec![0.5; 2 * n])), ones(&[3, n, 1]), known(f32s(&[3], &[1.0, 2.0, 3.0]))];
    assert_eq!(floats("Conv", &[], &given).1, [35_001.0, 35_001.0, 35_002.0, 35_002.0, 35_003.0, 35_003.0]);
}

#[test]
fn convolutions_that_cannot_be_are_refused() {
    let x = || open(f32s(&[1, 2, 3], &noise(6, 0)));
    let w = |shape: &[usize]| known(f32s(shape, &noise(shape.iter().product(), 0)));
    let conv = |attributes: &[(&str, Attribute)], w: Given| refused("Conv", attributes, &[x(), w]);
    assert_eq!(conv(&[], w(&[1, 3, 1])), "model-malformed");
    assert_eq!(conv(&[], w(&[1, 2, 4])), "model-malformed");
    assert_eq!(conv(&[("group", Int(0))], w(&[1, 2, 1])), "model-malformed");
    assert_eq!(conv(&[("pads", Ints(vec![-1, 0]))], w(&[1, 2, 1])), "model-malformed");
    assert_eq!(conv(&[("strides", Ints(vec![0]))], w(&[1, 2, 1])), "model-malformed");
    assert_eq!(conv(&[("dilations", Ints(vec![1 << 16]))], w(&[1, 2, 2])), "model-malformed");
    assert_eq!(conv(&[("kernel_shape", Ints(vec![2]))], w(&[1, 2, 1])), "model-malformed");
    assert_eq!(conv(&[("auto_pad", Text("SOME"))], w(&[1, 2, 1])), "model-malformed");
    assert_eq!(conv(&[], w(&[1, 2])), "model-operator-unsupported");
    // Places beyond 32 bits: padding as wide as that is asked for without a number.
    let wide = [("auto_pad", Text("SAME_UPPER")), ("dilations", Ints(vec![1 << 16]))];
    assert_eq!(conv(&wide, w(&[1, 2, 40_000])), "model-operator-unsupported");
    let far = [("output_padding", Ints(vec![3])), ("strides", Ints(vec![2]))];
    assert_eq!(refused("ConvTranspose", &far, &[x(), w(&[2, 1, 1])]), "model-malformed");
    assert_eq!(refused("ConvTranspose", &[("pads", Ints(vec![2, 2]))], &[x(), w(&[2, 1, 1])]), "model-malformed");
}

#[test]
fn pools_end_where_onnx_says() {
    let x = || open(f32s(&[1, 1, 5], &[1.0, 4.0, 2.0, 8.0, 6.0]));
    let pool = |operator: &str, more: &[(&'static str, Attribute)]| {
        let mut attributes = vec![("kernel_shape", Ints(vec![2])), ("strides", Ints(vec![2]))];
        attributes.extend(more.iter().map(|(name, a)| match a {
            Int(v) => (*name, Int(*v)),
            Ints(v) => (*name, Ints(v.clone())),
            _ => panic!("{name}"),
        }));
        floats(operator, &attributes, &[x()]).1
    };
    assert_eq!(pool("MaxPool", &[]), [4.0, 8.0]);
    assert_eq!(pool("MaxPool", &[("ceil_mode", Int(1))]), [4.0, 8.0, 6.0]);
    assert_eq!(pool("MaxPool", &[("pads", Ints(vec![1, 0]))]), [1.0, 4.0, 8.0]);
    assert_eq!(pool("MaxPool", &[("dilations", Ints(vec![3]))]), [8.0]);
    assert_eq!(pool("AveragePool", &[]), [2.5, 5.0]);
    let padded = |count| [("pads", Ints(vec![1, 0])), ("count_include_pad", Int(count))];
    assert_eq!(pool("AveragePool", &padded(0)), [1.0, 3.0, 7.0]);
    assert_eq!(pool("AveragePool", &padded(1)), [0.5, 3.0, 7.0]);
    // The last window has one place in the input and none in padding that is asked for.
    assert_eq!(pool("AveragePool", &[("ceil_mode", Int(1)), ("count_include_pad", Int(1))]), [2.5, 5.0, 6.0]);
    assert_eq!(pool("LpPool", &[("p", Int(1))]), [5.0, 10.0]);
    assert_eq!(pool("LpPool", &[]), [17_f32.sqrt(), 68_f32.sqrt()]);
    let places = answer("MaxPool", &[("kernel_shape", Ints(vec![3]))], &[x()], &[1, 7]).unwrap();
    assert_eq!(places[1], i64s(&[1, 1, 3], &[1, 3, 3]));
    let bytes = |values| Tensor { shape: vec![1, 1, 3], values };
    let largest = |values, kind| {
        let out = answer("MaxPool", &[("kernel_shape", Ints(vec![2]))], &[open(bytes(values))], &[kind]).unwrap();
        out[0].values.clone()
    };
    assert_eq!(largest(Values::U8(vec![1, 200, 3]), 2), Values::U8(vec![200, 200]));
    assert_eq!(largest(Values::I8(vec![-128, -7, -9]), 3), Values::I8(vec![-7, -7]));
    let back = [open(f32s(&[1, 1, 2], &[4.0, 8.0])), open(i64s(&[1, 1, 2], &[1, 3]))];
    let unpool = |given: &[Given]| floats("MaxUnpool", &[("kernel_shape", Ints(vec![2])), ("strides", Ints(vec![2]))], given).1;
    assert_eq!(unpool(&back), [0.0, 4.0, 0.0, 8.0]);
    assert_eq!(refused("MaxPool", &[], &[x()]), "model-malformed");
    assert_eq!(refused("MaxPool", &[("kernel_shape", Ints(vec![6]))], &[x()]), "model-malformed");
    let wide = [("kernel_shape", Ints(vec![2])), ("pads", Ints(vec![2, 0]))];
    assert_eq!(refused("AveragePool", &wide, &[x()]), "model-operator-unsupported");
    let outside = [open(f32s(&[1, 1, 1], &[4.0])), open(i64s(&[1, 1, 1], &[2]))];
    assert_eq!(refused("MaxUnpool", &[("kernel_shape", Ints(vec![2]))], &outside), "model-failed");
}

#[test]
fn images_change_their_size() {
    let x = || open(f32s(&[2], &[1.0, 2.0]));
    let none = || known(f32s(&[0], &[]));
    let by = |scale: f32, attributes: &[(&str, Attribute)]| {
        floats("Resize", attributes, &[x(), none(), known(f32s(&[1], &[scale]))]).1
    };
    assert_eq!(by(2.0, &[]), [1.0, 1.0, 2.0, 2.0]);
    assert_eq!(by(2.0, &[("mode", Text("linear"))]), [1.0, 1.25, 1.75, 2.0]);
    let corners = [("mode", Text("linear")), ("coordinate_transformation_mode", Text("align_corners"))];
    assert_eq!(by(1.5, &corners), [1.0, 1.5, 2.0]);
    // To a half, with weights that reach as far: (1 · 3/4 + 2 · 3/4) over their sum.
    assert_eq!(by(0.5, &[("mode", Text("linear")), ("antialias", Int(1))]), [1.5]);
    let to = |sizes: &[i64]| floats("Resize", &[], &[x(), none(), none(), list(sizes)]).1;
    assert_eq!(to(&[3]), [1.0, 1.0, 2.0]);
    let refuse = |scales: &[f32]| refused("Resize", &[], &[x(), none(), known(f32s(&[scales.len()], scales))]);
    assert_eq!(refuse(&[1.0, 1.0]), "model-malformed");
    assert_eq!([0.0, -1.0, f32::NAN, f32::INFINITY, 1e30, 0.1].map(|s| refuse(&[s])), ["model-operator-unsupported"; 6]);
    let foreign = [("coordinate_transformation_mode", Text("elsewhere"))];
    assert_eq!(refused("Resize", &foreign, &[x(), none(), known(f32s(&[1], &[2.0]))]), "model-malformed");
}

#[test]
fn grids_say_where_to_look() {
    let image = || open(f32s(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]));
    let at = |x: f32, y: f32, padding: &'static str| {
        let grid = open(f32s(&[1, 1, 1, 2], &[x, y]));
        floats("GridSample", &[("align_corners", Int(1)), ("padding_mode", Text(padding))], &[image(), grid]).1[0]
    };
    assert_eq!([at(-1.0, -1.0, "zeros"), at(1.0, -1.0, "zeros"), at(0.0, 0.0, "zeros")], [1.0, 2.0, 2.5]);
    assert_eq!([at(3.0, 1.0, "zeros"), at(3.0, 1.0, "border"), at(3.0, 1.0, "reflection")], [0.0, 4.0, 3.0]);
    assert_eq!(at(f32::NAN, 0.0, "border"), 0.0);
    let grid = |shape: &[usize]| open(f32s(shape, &noise(shape.iter().product(), 0)));
    assert_eq!(refused("GridSample", &[], &[image(), grid(&[1, 1, 1, 3])]), "model-malformed");
    let theta = || open(f32s(&[1, 2, 3], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.5]));
    let (shape, values) = floats("AffineGrid", &[], &[theta(), list(&[1, 1, 1, 2])]);
    assert_eq!((shape, values), (vec![1, 1, 2, 2], vec![-0.5, 0.5, 0.5, 0.5]));
}

#[test]
fn losses_norms_and_windows() {
    let x = || open(f32s(&[2, 2], &[0.0, 0.0, 0.0, 3_f32.ln()]));
    let labels = |a, b| open(i64s(&[2], &[a, b]));
    let near = |have: f32, want: f32| assert!((have - want).abs() < 1e-6, "{have} {want}");
    // Of ½ and ¾.
    near(floats("SoftmaxCrossEntropyLoss", &[], &[x(), labels(0, 1)]).1[0], (2_f32.ln() + (4_f32 / 3.0).ln()) / 2.0);
    let ignoring = [("ignore_index", Int(-1))];
    near(floats("SoftmaxCrossEntropyLoss", &ignoring, &[x(), labels(-1, 1)]).1[0], (4_f32 / 3.0).ln());
    assert_eq!(floats("NegativeLogLikelihoodLoss", &[("reduction", Text("none"))], &[x(), labels(1, 0)]).1, [0.0, 0.0]);
    assert_eq!(refused("NegativeLogLikelihoodLoss", &[], &[x(), labels(2, 0)]), "model-failed");
    // 2 over (1 + 3/3 · (1 + 4 + 9))^½.
    let channels = open(f32s(&[1, 3, 1], &[1.0, 2.0, 3.0]));
    let attributes = [("size", Int(3)), ("alpha", Float(3.0)), ("beta", Float(0.5))];
    near(floats("LRN", &attributes, &[channels]).1[1], 2.0 / 15_f32.sqrt());
    let hann = floats("HannWindow", &[], &[known(i64s(&[], &[4]))]).1;
    hann.iter().zip([0.0, 0.5, 1.0, 0.5]).for_each(|(have, want)| near(*have, want));
    assert_eq!(refused("HannWindow", &[], &[known(i64s(&[], &[-4]))]), "model-malformed");
}

#[test]
fn causal_convolutions_go_on_where_they_were() {
    let w = || known(f32s(&[1, 1, 2], &[10.0, 1.0]));
    let whole = answer("CausalConvWithState", &[], &[open(f32s(&[1, 1, 3], &[1.0, 2.0, 3.0])), w()], &[1, 1]).unwrap();
    assert_eq!(whole, [f32s(&[1, 1, 3], &[1.0, 12.0, 23.0]), f32s(&[1, 1, 1], &[3.0])]);
    let given = [open(f32s(&[1, 1, 1], &[4.0])), w(), known(f32s(&[1], &[0.5])), open(f32s(&[1, 1, 1], &[3.0]))];
    let next = answer("CausalConvWithState", &[], &given, &[1, 1]).unwrap();
    assert_eq!(next, [f32s(&[1, 1, 1], &[34.5]), f32s(&[1, 1, 1], &[4.0])]);
    let blocks = [open(f32s(&[1, 2, 2], &[1.0, 2.0, 3.0, 4.0])), list(&[3]), list(&[2])];
    assert_eq!(floats("Col2Im", &[], &blocks), (vec![1, 1, 3], vec![1.0, 5.0, 4.0]));
}

#[test]
fn convolutions_of_bytes_take_their_zeros_off() {
    let u8s = |shape: &[usize], values: &[u8]| Tensor { shape: shape.to_vec(), values: Values::U8(values.to_vec()) };
    let x = || open(u8s(&[1, 1, 3], &[4, 5, 6]));
    let given = [x(), open(u8s(&[2, 1, 2], &[1, 2, 3, 4])), open(u8s(&[], &[3])), open(u8s(&[2], &[0, 1]))];
    // 1, 2, 3 with 1, 2 and with 2, 3; padding is 0 after zeros are taken off.
    let out = answer("ConvInteger", &[("pads", Ints(vec![0, 1]))], &given, &[6]).unwrap();
    assert_eq!(out[0].values, Values::I32(vec![5, 8, 3, 8, 13, 6]));
    // Times 0.5 · 4 / 1 plus 10, which a byte does not hold where it is more than 255.
    let given = [
        x(),
        known(f32s(&[], &[0.5])),
        open(u8s(&[], &[3])),
        open(u8s(&[1, 1, 2], &[1, 60])),
        known(f32s(&[], &[4.0])),
        open(u8s(&[], &[0])),
        known(f32s(&[], &[1.0])),
        open(u8s(&[], &[10])),
    ];
    let out = answer("QLinearConv", &[], &given, &[2]).unwrap();
    assert_eq!(out[0].values, Values::U8(vec![252, 255]));
    let floats = [open(f32s(&[1, 1, 3], &[0.0; 3])), open(u8s(&[1, 1, 1], &[1]))];
    assert_eq!(refused("ConvInteger", &[], &floats), "model-operator-unsupported");
}
