//! Edges of small graphs, changed and run.

use super::*;
use crate::onnx::{FLOAT, FLOAT16, Graph as Writer, INT64, whole};
use nearhand_onnx::{Graph as Runnable, ModelLimits, Tensor, Values};

/// `y = float(x) + bias`, x of an element type.
pub(crate) fn plus(element: u64, dims: &[usize], bias: &[f32]) -> Vec<u8> {
    let mut g = Writer::default();
    let bias = g.floats("bias", &[bias.len()], bias);
    let x = g.node("Cast", &["x"], "", &whole("to", FLOAT as u8));
    g.op("Add", &[&x, &bias], "y");
    g.finish("plus", &[("x", element, dims)], ("y", dims))
}

fn run(bytes: &[u8], inputs: Vec<Tensor>) -> Vec<f32> {
    let out = Runnable::load(bytes, &ModelLimits::default()).unwrap().run(inputs).unwrap();
    let Values::F32(values) = &out[0].values else { panic!("floats") };
    values.clone()
}

#[test]
fn an_unchanged_graph_answers_the_same() {
    let bytes = plus(INT64, &[1, 3], &[0.5]);
    let again = Graph::read(&bytes, Path::new(".")).unwrap();
    assert_eq!(again.opset, 17);
    let x = || vec![Tensor::i64(vec![1, 3], vec![1, 2, 3])];
    assert_eq!(run(&again.bytes(), x()), run(&bytes, x()));
}

#[test]
fn nodes_stand_before_and_behind() {
    let mut graph = Graph::read(&plus(6, &[1, 3], &[0.5]), Path::new(".")).unwrap();
    graph.replace_input("x", Some(("n", Element::I64, &[3])));
    let narrow = graph.op(Side::Before, "Cast", &["n"], &[Attribute::Int("to", Element::I32 as i64)]);
    let shape = graph.constant(&[2], Data::I64(&[1, 3]));
    graph.op_named(Side::Before, "Reshape", &[&narrow, &shape], "x", &[]);
    let two = graph.constant(&[1], Data::F32(&[2.0]));
    graph.op_named(Side::After, "Mul", &["y", &two], "z", &[]);
    graph.only_output("z", Element::F32, &[1, 3]);
    assert_eq!(run(&graph.bytes(), vec![Tensor::i64(vec![3], vec![1, 2, 3])]), [3.0, 5.0, 7.0]);
}

#[test]
fn halves_become_wide() {
    // 1.5 is 0x3e00, −2 is 0xc000.
    let mut g = Writer::default();
    let halves: Vec<u8> = [0x3e00_u16, 0xc000].iter().flat_map(|h| h.to_le_bytes()).collect();
    let halves = g.tensor("halves", &[2], FLOAT16, &halves);
    let x = g.node("Cast", &["x"], "", &whole("to", FLOAT16 as u8));
    let sum = g.op("Add", &[&x, &halves], "");
    g.node("Cast", &[&sum], "y", &whole("to", FLOAT as u8));
    let bytes = g.finish("halves", &[("x", FLOAT16, &[1, 2])], ("y", &[1, 2]));
    let wide = Graph::read(&bytes, Path::new(".")).unwrap().bytes();
    assert_eq!(run(&wide, vec![Tensor::f32(vec![1, 2], vec![1.0, 0.25])]), [2.5, -1.75]);
}

/// A tensor whose values are said to be elsewhere.
fn elsewhere(location: &str, offset: &str, length: &str) -> Vec<u8> {
    use wire::{field, number};
    let mut tensor = Vec::new();
    number(&mut tensor, 1, 2);
    number(&mut tensor, 2, FLOAT);
    field(&mut tensor, 8, b"bias");
    for (name, value) in [("location", location), ("offset", offset), ("length", length)] {
        let mut entry = Vec::new();
        field(&mut entry, 1, name.as_bytes());
        field(&mut entry, 2, value.as_bytes());
        field(&mut tensor, 13, &entry);
    }
    number(&mut tensor, 14, 1);
    tensor
}

#[test]
fn weights_of_other_files_are_put_inside() {
    let file = crate::log::tests::temp("graph-weights.bin", &[1.0_f32, 2.0, 3.0].map(f32::to_le_bytes).concat());
    let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
    let read = |tensor: &[u8]| external::Files::of(folder).inside(tensor);
    let inside = read(&elsewhere(name, "4", "8")).unwrap();
    let values = wire::fields(&inside).unwrap().into_iter().find(|(at, _)| *at == 9).unwrap().1.bytes().to_vec();
    assert_eq!(values, [2.0_f32, 3.0].map(f32::to_le_bytes).concat());
    for (location, offset, length, what) in [
        (name, "8", "8", "shorter"),
        (name, "x", "8", "no number"),
        (name, "18446744073709551615", "8", "shorter"),
        ("missing.bin", "0", "8", "cannot be read"),
        ("../up.bin", "0", "8", "own folder"),
        ("/etc/hostname", "0", "8", "own folder"),
        ("", "0", "8", "own folder"),
    ] {
        let error = read(&elsewhere(location, offset, length)).unwrap_err();
        let told = error.to_string();
        assert!(error.code() == Code::ModelExternalData && told.contains(what), "{location} {offset}: {told}");
    }
}

#[test]
fn what_is_no_model_is_refused() {
    for bytes in [&b""[..], b"not an onnx file", &[0x3a, 0x05, 0, 0]] {
        assert_eq!(Graph::read(bytes, Path::new(".")).unwrap_err().code(), Code::ModelMalformed);
    }
    let twice = plus(INT64, &[1], &[0.5]).repeat(2);
    assert!(Graph::read(&twice, Path::new(".")).unwrap_err().to_string().contains("two graphs"));
}
