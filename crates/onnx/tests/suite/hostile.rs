//! Sound models with something changed in them, field by field: numbers at their extremes, names of others, what is left out or given
//! twice. They load and run, or are refused; nothing panics.

use crate::cases::open;
use crate::graphs::{ALL, Chance, graph};
use nearhand_onnx::file::Limits;
use nearhand_onnx::{Graph, GraphLimits, ModelLimits, Port, Tensor, Values};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Messages of onnx.proto, as far as they hold others.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Info,
    Type,
    TensorType,
    Shape,
    Leaf,
}

/// What field `number` of a message is, where it is a message.
fn inner(kind: Kind, number: u64) -> Option<Kind> {
    Some(match (kind, number) {
        (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Kind::Graph,
        (Kind::Model, 8) | (Kind::Graph, 5) | (Kind::Attribute, 5 | 10) | (Kind::Shape, 1) => Kind::Leaf,
        (Kind::Graph, 1) => Kind::Node,
        (Kind::Graph, 11..=13) => Kind::Info,
        (Kind::Node, 5) => Kind::Attribute,
        (Kind::Info, 2) => Kind::Type,
        (Kind::Type, 1) => Kind::TensorType,
        (Kind::TensorType, 2) => Kind::Shape,
        _ => return None,
    })
}

#[derive(Clone)]
enum Value {
    Number(u64),
    /// Four or eight bytes.
    Fixed(Vec<u8>),
    Bytes(Vec<u8>),
    Message(Vec<(u64, Value)>),
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut out = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        out |= u64::from(byte & 127) << shift;
        if *byte < 128 {
            return Some(out);
        }
    }
    None
}

fn read(mut bytes: &[u8], kind: Kind) -> Option<Vec<(u64, Value)>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            2 => {
                let length = varint(&mut bytes)? as usize;
                let (body, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                match inner(kind, key >> 3) {
                    Some(kind) => Value::Message(read(body, kind)?),
                    None => Value::Bytes(body.to_vec()),
                }
            }
            wire => {
                let (body, rest) = bytes.split_at_checked(if wire == 1 { 8 } else { 4 })?;
                bytes = rest;
                Value::Fixed(body.to_vec())
            }
        };
        out.push((key >> 3, value));
    }
    Some(out)
}

fn put(mut n: u64, out: &mut Vec<u8>) {
    while n > 127 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn write(fields: &[(u64, Value)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in fields {
        let wire = match value {
            Value::Number(_) => 0,
            Value::Fixed(body) if body.len() == 8 => 1,
            Value::Fixed(_) => 5,
            _ => 2,
        };
        put(number << 3 | wire, &mut out);
        match value {
            Value::Number(n) => put(*n, &mut out),
            Value::Fixed(body) => out.extend(body),
            Value::Bytes(body) => {
                put(body.len() as u64, &mut out);
                out.extend(body);
            }
            Value::Message(fields) => {
                let body = write(fields);
                put(body.len() as u64, &mut out);
                out.extend(body);
            }
        }
    }
    out
}

const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    9,
    10,
    11,
    16,
    17,
    64,
    255,
    256,
    1023,
    1 << 20,
    -1,
    -2,
    -3,
    -17,
    i64::MIN,
    i64::MAX,
    i64::MIN + 1,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 31,
    1 << 32,
    1 << 62,
];
const FLOATS: &[f32] =
    &[0.0, -0.0, 1.0, -1.0, 0.5, 1e-45, f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e10, -1e10, 3e9, 1e-3];

/// Short texts of a file: names, operators, modes.
fn texts(fields: &[(u64, Value)], out: &mut Vec<Vec<u8>>) {
    for (_, value) in fields {
        match value {
            Value::Bytes(body) if body.len() < 24 => out.push(body.clone()),
            Value::Message(fields) => texts(fields, out),
            _ => {}
        }
    }
}

fn change(fields: &mut Vec<(u64, Value)>, names: &[Vec<u8>], chance: &mut Chance<'_>) {
    if fields.is_empty() {
        return;
    }
    let at = chance.below(fields.len());
    match (&mut fields[at].1, chance.below(8)) {
        // Most of what is worth a change lies deep.
        (Value::Message(inner), 1..) => change(inner, names, chance),
        (_, 0) => drop(fields.remove(at)),
        (_, 1) => {
            let (copy, to) = (fields[at].clone(), chance.below(fields.len() + 1));
            fields.insert(to, copy);
        }
        (_, 2) => {
            let other = chance.below(fields.len());
            fields.swap(at, other);
        }
        (Value::Number(n), 3) => *n = n.wrapping_add(1),
        (Value::Number(n), 4) => *n = n.wrapping_sub(1),
        (Value::Number(n), _) => *n = NUMBERS[chance.below(NUMBERS.len())].cast_unsigned(),
        (Value::Fixed(body), _) if body.len() == 4 => *body = FLOATS[chance.below(FLOATS.len())].to_le_bytes().to_vec(),
        (Value::Bytes(body), 3 | 4) if body.len() >= 4 => {
            // Elements, as they lie in raw data.
            let number = NUMBERS[chance.below(NUMBERS.len())].to_le_bytes();
            let float = FLOATS[chance.below(FLOATS.len())].to_le_bytes();
            let element: &[u8] = if body.len() >= 8 && chance.below(2) == 0 { &number } else { &float };
            let from = chance.below(body.len() / element.len()) * element.len();
            body[from..from + element.len()].copy_from_slice(element);
        }
        (Value::Bytes(body), 5) => body.truncate(body.len() / 2),
        (Value::Bytes(body), _) => *body = names[chance.below(names.len())].clone(),
        _ => {}
    }
}

/// An input as a graph declares it; open extents are small.
fn given(port: &Port, chance: &mut Chance<'_>) -> Option<Tensor> {
    let shape: Vec<usize> = port.dims.iter().map(|d| d.unwrap_or_else(|| chance.below(4))).collect();
    let n = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= 1 << 14)?;
    let mut number = |plain: bool| if plain { chance.below(5) as i64 - 1 } else { NUMBERS[chance.below(NUMBERS.len())] };
    let plain = number(true) != 3;
    macro_rules! wholes {
        ($kind:ident, $t:ty) => {
            Values::$kind((0..n).map(|_| number(plain) as $t).collect())
        };
    }
    let values = match port.dtype.as_str() {
        "i64" => wholes!(I64, i64),
        "i32" => wholes!(I32, i32),
        "i8" => wholes!(I8, i8),
        "u8" => wholes!(U8, u8),
        "bool" => Values::Bool((0..n).map(|_| number(true) > 0).collect()),
        "f32" | "f64" => {
            let mut float = || if plain { chance.below(33) as f32 / 8.0 - 2.0 } else { FLOATS[chance.below(FLOATS.len())] };
            let floats: Vec<f32> = (0..n).map(|_| float()).collect();
            if port.dtype == "f32" { Values::F32(floats) } else { Values::F64(floats.into_iter().map(f64::from).collect()) }
        }
        "str" => Values::Str((0..n).map(|i| i.to_string()).collect()),
        _ => return None,
    };
    Some(Tensor { shape, values })
}

/// Small, so that a run is short.
fn limits() -> ModelLimits {
    ModelLimits {
        file: Limits { bytes: 1 << 20, nodes: 256, elements: 1 << 16, ..Limits::default() },
        graph: GraphLimits { tensor_elements: 1 << 16, total_elements: 1 << 18, nodes: 512, products: 1 << 18, turns: 1 << 8 },
        ..ModelLimits::default()
    }
}

/// Changes a model and runs it twice: whether it ran.
fn ran(model: &[u8], chance: &mut Chance<'_>) -> bool {
    let mut fields = read(model, Kind::Model).unwrap();
    let mut names = vec![Vec::new()];
    texts(&fields, &mut names);
    for _ in 0..1 + chance.below(3) {
        change(&mut fields, &names, chance);
    }
    let Ok(mut graph) = Graph::load(&write(&fields), &limits()) else { return false };
    let ports = graph.interface().inputs.clone();
    let mut all = || ports.iter().map(|port| given(port, chance)).collect::<Option<Vec<_>>>();
    let Some((first, second)) = all().zip(all()) else { return false };
    graph.run(first).is_ok() | graph.run(second).is_ok()
}

#[test]
fn what_is_changed_in_a_sound_model_runs_or_is_refused() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/part.cases")).unwrap();
    let (index, body) = open(&file);
    let mut models: Vec<(String, Vec<u8>)> =
        index.cases.iter().map(|c| (c.name.clone(), c.model(body).to_vec())).filter(|(_, m)| m.len() < 1 << 13).collect();
    models.extend((0..60).map(|seed| (format!("graph {seed}"), graph(&mut Chance::new(&[], seed), 12, ALL).known)));
    models.extend((0..60).map(|seed| (format!("graph {seed} open"), graph(&mut Chance::new(&[], seed), 12, ALL).open)));
    assert!(models.len() > 200, "{}", models.len());
    let (mut runs, mut faults) = (0, Vec::new());
    for (name, model) in &models {
        for seed in 0..20 {
            match catch_unwind(AssertUnwindSafe(|| ran(model, &mut Chance::new(&[], seed)))) {
                Ok(ran) => runs += usize::from(ran),
                Err(_) => faults.push(format!("{name}, seed {seed}")),
            }
        }
    }
    assert!(faults.is_empty(), "{} faults: {}", faults.len(), faults.join("; "));
    assert!(runs > models.len(), "{runs} ran");
}
