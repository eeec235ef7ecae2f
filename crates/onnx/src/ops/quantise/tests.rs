//! Worked examples, which kernels run, and uses that are refused.

#[cfg(test)]
use crate::ops::writer::{Attribute, File};

use crate::error::{Code, Error};
use crate::fact::{Constant, Fact};
use crate::file::{Limits, Model};
use crate::limits::ModelLimits;
use crate::lower::Importer;
use crate::plan::Plan;
use crate::tensor::{Tensor, Values};
use crate::weights::Weights;

const ORT: &str = "com.microsoft";
const F32: u64 = 1;
const U8: u64 = 2;
const I8: u64 = 3;
const UINT4: u64 = 21;
const INT4: u64 = 22;

/// A graph with input "x" and output "y".
fn file(x: (u64, &[usize]), build: impl Fn(&mut File)) -> Vec<u8> {
    let mut file = File::default();
    file.opset = 21;
    file.input("x", x.0, x.1);
    build(&mut file);
    file.output("y", F32, &[]);
    file.finish()
}

/// The answer and the steps that made it.
fn run(onnx: &[u8], x: &Tensor) -> Result<(Tensor, Vec<&'static str>), Error> {
    let model = Model::read(onnx, &Limits::default())?;
    let fact = Constant::of_tensor(x, &Default::default())?.fact;
    let inputs = [("x", Fact::new(fact.dtype, &fact.shape))];
    let limits = ModelLimits::default();
    let lowered =
        Importer::lower(&model, &inputs, &[None], &limits, (crate::ops::lower, crate::plan::body), &mut Weights::default())?;
    let mut plan = Plan::new(&lowered, &[0])?;
    plan.run(std::slice::from_ref(x), &mut |_, _| true)?;
    let steps = plan.names().collect();
    Ok((plan.tensor(0)?, steps))
}

fn floats(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor::f32(shape.to_vec(), values.to_vec())
}

/// x of 1 and 2, 32 values: the product with two columns of 4 bits in blocks of 16.
fn nbits(more: &[(&'static str, i64)], zeros: Option<(u64, Vec<u8>)>, add: bool) -> Vec<u8> {
    file((F32, &[1, 32]), |f| {
        // Column 0: codes 9 and then 7; column 1: codes 8 and then 10.
        let codes = [[0x99; 8], [0x77; 8], [0x88; 8], [0xaa; 8]].concat();
        f.initializer("b", U8, &[2, 2, 8], &codes);
        f.floats("s", &[2, 2], &[1.0, 2.0, 4.0, 0.5]);
        f.floats("c", &[2], &[100.0, 200.0]);
        let mut names = vec!["x", "b", "s"];
        if let Some((kind, bytes)) = &zeros {
            let shape: &[usize] = if *kind == F32 { &[2, 2] } else { &[2, 1] };
            f.initializer("z", *kind, shape, bytes);
            names.push("z");
        }
        let mut attributes: Vec<(&str, Attribute)> = Vec::new();
        for (name, default) in [("K", 32), ("N", 2), ("bits", 4), ("block_size", 16)] {
            let given = more.iter().find(|(n, _)| *n == name).map_or(default, |(_, v)| *v);
            attributes.push((name, Attribute::Int(given)));
        }
        let product = if add { "p" } else { "y" };
        f.node_of(ORT, "MatMulNBits", &names, &[product], &attributes);
        if add {
            f.node("Add", &["p", "c"], &["y"], &[]);
        }
    })
}

#[test]
fn blocks_of_codes() {
    let x = floats(&[1, 32], &[[1.0; 16], [2.0; 16]].concat());
    // 16·1·(9−8)·1 + 16·2·(7−8)·2 = −48; 0 + 16·2·(10−8)·½ = 32.
    let (y, steps) = run(&nbits(&[], None, false), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 2], &[-48.0, 32.0]), vec!["MatMulNBits"]));
    // What is added joins.
    let (y, steps) = run(&nbits(&[], None, true), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 2], &[52.0, 232.0]), vec!["MatMulNBits"]));
    // Zero points 9 and 6, 8 and 8: 0 + 16·2·1·2 = 64; 32 as before.
    let (y, _) = run(&nbits(&[], Some((U8, vec![0x69, 0x88])), false), &x).unwrap();
    assert_eq!(y, floats(&[1, 2], &[64.0, 32.0]));
    let zeros: Vec<u8> = [8.5_f32, 7.0, 8.0, 8.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let (y, _) = run(&nbits(&[], Some((F32, zeros)), false), &x).unwrap();
    assert_eq!(y, floats(&[1, 2], &[8.0, 32.0]));
}

#[test]
fn malformed_blocks_are_refused() {
    let x = floats(&[1, 32], &[0.0; 32]);
    let code = |more: &[(&'static str, i64)]| run(&nbits(more, None, false), &x).unwrap_err().code();
    for (name, value) in [("K", 0), ("N", -1), ("N", 3), ("K", 31), ("bits", 8), ("block_size", 0)] {
        assert_eq!(code(&[(name, value)]), Code::ModelMalformed, "{name} {value}");
    }
    for (name, value) in [("bits", 3), ("block_size", 8), ("block_size", 24), ("block_size", 512)] {
        assert_eq!(code(&[(name, value)]), Code::ModelOperatorUnsupported, "{name} {value}");
    }
    assert_eq!(code(&[("N", i64::MAX)]), Code::ModelTooLarge);
    let short = run(&nbits(&[], Some((U8, vec![0x69])), false), &x).unwrap_err();
    assert_eq!(short.code(), Code::ModelMalformed);
}

/// y = x · DequantizeLinear(w): two rows of three columns.
fn weights(kind: u64, codes: &[u8], scale: &[f32], zero: Option<&[u8]>, axis: i64, after: &[&str]) -> Vec<u8> {
    file((F32, &[1, 2]), |f| {
        f.initializer("q", kind, &[2, 3], codes);
        let shape: &[usize] = if scale.len() == 1 { &[] } else { &[scale.len()] };
        f.floats("s", shape, scale);
        f.floats("c", &[3], &[0.5, 0.5, 0.5]);
        let mut names = vec!["q", "s"];
        if let Some(zero) = zero {
            f.initializer("z", kind, shape, zero);
            names.push("z");
        }
        f.node("DequantizeLinear", &names, &["w"], &[("axis", Attribute::Int(axis))]);
        match after {
            ["Exp"] => {
                f.node("Exp", &["w"], &["e"], &[]);
                f.node("MatMul", &["x", "e"], &["y"], &[]);
            }
            _ => {
                f.node("MatMul", &["x", "w"], &["p"], &[]);
                f.node("Add", &["c", "p"], &["y"], &[]);
            }
        }
    })
}

#[test]
fn weights_stay_as_they_are_stored() {
    let x = floats(&[1, 2], &[10.0, 1.0]);
    let codes = [1, 2, 3, 253, 0, 128];
    // Signed, 0.5: [½ 1 1½; −1½ 0 −64].
    let (y, steps) = run(&weights(I8, &codes, &[0.5], None, 1, &[]), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 3], &[4.0, 10.5, -48.5]), vec!["MatMulNBits"]));
    // Unsigned, zero points 1, 2 and 128, by column.
    let (y, steps) = run(&weights(U8, &codes, &[1.0, 2.0, 0.5], Some(&[1, 2, 128]), 1, &[]), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 3], &[252.5, -3.5, -624.5]), vec!["MatMulNBits"]));
    // By row the loops have no scales: widened, as what another operator reads.
    let (y, steps) = run(&weights(I8, &codes, &[0.5, 2.0], None, 0, &[]), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 3], &[-0.5, 10.5, -240.5]), vec!["MatMul"]));
    let (_, steps) = run(&weights(I8, &codes, &[0.5], None, 1, &["Exp"]), &x).unwrap();
    assert_eq!(steps, ["MatMul"]);
}

#[test]
fn integers_of_four_bits() {
    let x = floats(&[1, 2], &[10.0, 1.0]);
    // 1 2 3 −3 0 −8, and 1 2 3 13 0 8 less a zero point of 3.
    let codes = [0x21, 0xd3, 0x80];
    let (y, steps) = run(&weights(INT4, &codes, &[0.5], None, 1, &[]), &x).unwrap();
    assert_eq!((y, steps), (floats(&[1, 3], &[4.0, 10.5, 11.5]), vec!["MatMulNBits"]));
    let (y, _) = run(&weights(UINT4, &codes, &[1.0], Some(&[3]), 1, &[]), &x).unwrap();
    assert_eq!(y, floats(&[1, 3], &[-9.5, -12.5, 5.5]));
    // A range of their own: no operator takes them for bytes.
    let bytes = file((F32, &[1]), |f| {
        f.floats("s", &[], &[1.0]);
        f.initializer("z", INT4, &[], &[1]);
        f.node("QuantizeLinear", &["x", "s", "z"], &["q"], &[]);
        f.node("DequantizeLinear", &["q", "s", "z"], &["y"], &[]);
    });
    let e = run(&bytes, &floats(&[1], &[1.0])).unwrap_err();
    assert_eq!(e.code(), Code::ModelOperatorUnsupported);
}

#[test]
fn matrices_that_share_their_scales_are_packed_apart() {
    let x = floats(&[1, 64], &[1.0; 64]);
    let onnx = file((F32, &[1, 64]), |f| {
        f.floats("s", &[4, 2], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0]);
        let axis = [("axis", Attribute::Int(0)), ("block_size", Attribute::Int(16))];
        // One signed, one not; and the first in other blocks.
        for (name, kind) in [("a", U8), ("b", I8)] {
            f.initializer(name, kind, &[64, 2], &[1; 128]);
            f.node("DequantizeLinear", &[name, "s"], &[&[name, "w"].concat()], &axis);
            f.node("MatMul", &["x", &[name, "w"].concat()], &[&[name, "p"].concat()], &[]);
        }
        f.floats("t", &[2, 2], &[1.0, 10.0, 2.0, 20.0]);
        let halves = [("axis", Attribute::Int(0)), ("block_size", Attribute::Int(32))];
        f.node("DequantizeLinear", &["a", "t"], &["c"], &halves);
        f.node("MatMul", &["x", "c"], &["cp"], &[]);
        f.node("Concat", &["ap", "bp", "cp"], &["y"], &[("axis", Attribute::Int(0))]);
    });
    let (y, steps) = run(&onnx, &x).unwrap();
    assert_eq!(y, floats(&[3, 2], &[160.0, 1600.0, 160.0, 1600.0, 96.0, 960.0]));
    assert_eq!(steps, ["MatMulNBits", "MatMulNBits", "MatMulNBits", "Concat"]);
}

#[test]
fn bytes_on_both_sides() {
    let onnx = file((F32, &[1, 2]), |f| {
        f.floats("s", &[], &[0.5]);
        f.initializer("z", U8, &[], &[10]);
        f.initializer("w", I8, &[2, 2], &[1, 255, 2, 3]);
        f.floats("t", &[2], &[1.0, 2.0]);
        f.node("QuantizeLinear", &["x", "s", "z"], &["a"], &[]);
        f.node("DequantizeLinear", &["a", "s", "z"], &["b"], &[]);
        f.node("DequantizeLinear", &["w", "t"], &["v"], &[("axis", Attribute::Int(1))]);
        f.node("MatMul", &["b", "v"], &["y"], &[]);
    });
    // 1.2 and −3 in halves are 1 and −3.
    let (y, steps) = run(&onnx, &floats(&[1, 2], &[1.2, -3.0])).unwrap();
    assert_eq!((y, steps), (floats(&[1, 2], &[-5.0, -20.0]), vec!["QuantizeLinear", "MatMulInteger"]));
}

#[test]
fn what_quantize_dynamic_writes_is_two_steps() {
    let onnx = file((F32, &[1, 2]), |f| {
        f.initializer("w", I8, &[2, 2], &[1, 255, 2, 3]);
        f.floats("t", &[], &[0.5]);
        f.floats("c", &[2], &[1.0, -1.0]);
        f.node("DynamicQuantizeLinear", &["x"], &["a", "s", "z"], &[]);
        f.node("MatMulInteger", &["a", "w", "z"], &["i"], &[]);
        f.node("Cast", &["i"], &["f"], &[("to", Attribute::Int(1))]);
        f.node("Mul", &["s", "t"], &["u"], &[]);
        f.node("Mul", &["f", "u"], &["p"], &[]);
        f.node("Add", &["p", "c"], &["y"], &[]);
    });
    // Of 0 to 255 the scale is 1: 51·1 + 255·2 = 561, −51 + 255·3 = 714.
    let (y, steps) = run(&onnx, &floats(&[1, 2], &[51.0, 255.0])).unwrap();
    assert_eq!((y, steps), (floats(&[1, 2], &[281.5, 356.0]), vec!["DynamicQuantizeLinear", "Mul", "MatMulInteger"]));
}

#[test]
fn rows_of_a_table_in_blocks() {
    let onnx = |index: i64, bits| {
        let mut file = File::default();
        file.opset = 21;
        file.input("x", 7, &[1]);
        let codes: Vec<u8> = (0..16).map(|i| if i < 8 { 0x98 } else { 0x7f }).collect();
        file.initializer("t", U8, &[2, 8], &codes);
        file.floats("s", &[2, 1], &[1.0, 0.5]);
        let attributes = [("bits", Attribute::Int(bits)), ("block_size", Attribute::Int(16))];
        file.node_of(ORT, "GatherBlockQuantized", &["t", "x", "s"], &["y"], &attributes);
        file.output("y", F32, &[]);
        run(&file.finish(), &Tensor { shape: vec![1], values: Values::I64(vec![index]) })
    };
    // Codes 8 and 9; codes 15 and 7, halved.
    assert_eq!(onnx(0, 4).unwrap().0, floats(&[1, 16], &[0.0, 1.0].repeat(8)));
    assert_eq!(onnx(-1, 4).unwrap().0, floats(&[1, 16], &[3.5, -0.5].repeat(8)));
    assert_eq!(onnx(1, 8).unwrap().0, floats(&[1, 8], &[-0.5; 8]));
    assert_eq!(onnx(2, 4).unwrap_err().code(), Code::ModelFailed);
    assert_eq!(onnx(0, 3).unwrap_err().code(), Code::ModelOperatorUnsupported);
}
