//! From bytes to a [`Model`]: field by field, within limits.

use super::graph::{Attribute, Dim, FLOATS, Graph, INTS, Kind, Model, Node, Opset, STRS, Type, ValueInfo};
use super::limits::{Budget, Limits, large, malformed, once, spend};
use super::tensor::TensorProto;
use super::wire::Wire;
use crate::error::Result;

/// Dimensions of one shape.
const MAX_RANK: usize = 64;

impl<'a> Model<'a> {
    /// Reads a file. The structs borrow from `bytes`; their own size is bounded by `limits`.
    ///
    /// # Errors
    /// `model-malformed` with what is wrong and the offending value, `model-too-large` with the limit.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        if bytes.len() > limits.bytes {
            return Err(large("more bytes than the limit", limits.bytes).with("bytes", bytes.len()));
        }
        let mut budget = Budget::new(limits);
        let (mut ir_version, mut opsets, mut graph) = (0, Vec::new(), None);
        let mut wire = Wire::new(bytes);
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => ir_version = value.int()?,
                7 => once(&mut graph, Graph::read(value.wire()?, &mut budget, 0)?, "model.graph")?,
                8 => {
                    spend(&mut budget.names, "more names than the limit", limits.names)?;
                    opsets.push(opset(value.wire()?, limits)?);
                }
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| malformed("graph", "missing"))?;
        Ok(Self { ir_version, opsets, graph })
    }
}

fn opset<'a>(mut wire: Wire<'a>, limits: &Limits) -> Result<Opset<'a>> {
    let mut out = Opset { domain: "", version: 0 };
    while let Some((number, value)) = wire.next()? {
        match number {
            1 => out.domain = value.name(limits.name_bytes)?,
            2 => out.version = value.int()?,
            _ => {}
        }
    }
    Ok(out)
}

impl<'a> Graph<'a> {
    fn read(mut wire: Wire<'a>, budget: &mut Budget, depth: usize) -> Result<Self> {
        if depth > budget.limits.depth {
            return Err(malformed("graphs inside graphs, deeper than the limit", budget.limits.depth));
        }
        let mut out = Self::default();
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => {
                    out.nodes.push(Node::read(value.wire()?, budget, depth)?);
                    out.messages.push(value.bytes()?);
                }
                2 => out.name = value.name(budget.limits.name_bytes)?,
                5 => out.initializers.push(TensorProto::read(value.wire()?, budget)?),
                11 => out.inputs.push(ValueInfo::read(value.wire()?, budget)?),
                12 => out.outputs.push(ValueInfo::read(value.wire()?, budget)?),
                15 => TensorProto::read_sparse(value.wire()?, budget, &mut out.sparse)?,
                _ => {}
            }
        }
        Ok(out)
    }
}

impl<'a> Node<'a> {
    /// One node of a file that was read whole before.
    #[cfg(feature = "plan")]
    pub(crate) fn again(message: &'a [u8], limits: &Limits) -> Result<Self> {
        Self::read(Wire::new(message), &mut Budget::new(limits), 0)
    }

    fn read(mut wire: Wire<'a>, budget: &mut Budget, depth: usize) -> Result<Self> {
        let Limits { nodes, names, name_bytes, .. } = budget.limits;
        spend(&mut budget.nodes, "more nodes than the limit", nodes)?;
        let mut out = Self { name: "", op_type: "", domain: "", inputs: Vec::new(), outputs: Vec::new(), attributes: Vec::new() };
        while let Some((number, value)) = wire.next()? {
            match number {
                1 | 2 => {
                    spend(&mut budget.names, "more names than the limit", names)?;
                    let list = if number == 1 { &mut out.inputs } else { &mut out.outputs };
                    list.push(value.name(name_bytes)?);
                }
                3 => out.name = value.name(name_bytes)?,
                4 => out.op_type = value.name(name_bytes)?,
                5 => out.attributes.push(Attribute::read(value.wire()?, budget, depth)?),
                7 => out.domain = value.name(name_bytes)?,
                _ => {}
            }
        }
        Ok(out)
    }
}

impl<'a> Attribute<'a> {
    fn read(body: Wire<'a>, budget: &mut Budget, depth: usize) -> Result<Self> {
        spend(&mut budget.attributes, "more attributes than the limit", budget.limits.attributes)?;
        let (mut name, mut declared) = ("", 0);
        let mut seen: Option<Kind> = None;
        let mut all = 0_u32;
        let (mut float, mut int, mut text) = (0.0, 0, &b""[..]);
        let (mut tensors, mut graphs) = (Vec::new(), Vec::new());
        let (mut one_tensor, mut one_graph) = (None, None);
        let mut wire = body;
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => name = value.name(budget.limits.name_bytes)?,
                2 => float = value.float()?,
                3 => int = value.int()?,
                4 => text = value.bytes()?,
                5 | 10 => {
                    if number == 5 {
                        once(&mut one_tensor, (), "attribute.t")?;
                    }
                    tensors.push(TensorProto::read(value.wire()?, budget)?);
                }
                6 | 11 => {
                    if number == 6 {
                        once(&mut one_graph, (), "attribute.g")?;
                    }
                    graphs.push(Graph::read(value.wire()?, budget, depth + 1)?);
                }
                // Lists are read when asked for.
                7 => wire.run::<FLOATS>(|_| Ok(()))?,
                8 => wire.run::<INTS>(|_| Ok(()))?,
                9 => wire.run::<STRS>(|_| Ok(()))?,
                20 => declared = value.int32()?,
                21 if !value.bytes()?.is_empty() => return Err(malformed("attribute refers to a function's", name)),
                22 | 23 => TensorProto::read_sparse(value.wire()?, budget, &mut tensors)?,
                _ => {}
            }
            let field = kind_of_field(number);
            seen = seen.or(field);
            all |= field.map_or(0, |kind| 1 << kind as u32);
        }
        // `type` is missing in files of IR version 1 and 2: then the field that stands says it.
        let kind = match declared {
            0 => seen.ok_or_else(|| malformed("attribute without a value", name))?,
            1..=14 => kind_of_type(declared),
            other => return Err(malformed("attribute type", other)),
        };
        // A value of its own type may be left out where it is 0; beside it, writers put nothings of all types.
        if all != 0 && all & 1 << kind as u32 == 0 {
            return Err(malformed("attribute of another type than it declares", name));
        }
        Ok(Self { name, kind, tensors, graphs, float, int, text, body, elements: budget.limits.elements })
    }
}

const fn kind_of_field(number: u32) -> Option<Kind> {
    Some(match number {
        2 => Kind::Float,
        3 => Kind::Int,
        4 => Kind::Str,
        5 => Kind::Tensor,
        6 => Kind::Graph,
        7 => Kind::Floats,
        8 => Kind::Ints,
        9 => Kind::Strs,
        10 => Kind::Tensors,
        11 => Kind::Graphs,
        14 | 15 | 22 | 23 => Kind::Other,
        _ => return None,
    })
}

const fn kind_of_type(declared: i32) -> Kind {
    match declared {
        1 => Kind::Float,
        2 => Kind::Int,
        3 => Kind::Str,
        4 => Kind::Tensor,
        5 => Kind::Graph,
        6 => Kind::Floats,
        7 => Kind::Ints,
        8 => Kind::Strs,
        9 => Kind::Tensors,
        10 => Kind::Graphs,
        _ => Kind::Other,
    }
}

impl<'a> ValueInfo<'a> {
    fn read(mut wire: Wire<'a>, budget: &mut Budget) -> Result<Self> {
        spend(&mut budget.names, "more names than the limit", budget.limits.names)?;
        let (mut name, mut kind) = ("", None);
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => name = value.name(budget.limits.name_bytes)?,
                2 => once(&mut kind, read_type(value.wire()?, budget.limits.name_bytes)?, "value.type")?,
                _ => {}
            }
        }
        Ok(Self { name, kind: kind.unwrap_or(Type::None) })
    }
}

fn read_type<'a>(mut wire: Wire<'a>, name_bytes: usize) -> Result<Type<'a>> {
    let mut out = None;
    while let Some((number, value)) = wire.next()? {
        match number {
            1 => {
                let (mut element, mut shape) = (0, None);
                let mut wire = value.wire()?;
                while let Some((number, value)) = wire.next()? {
                    match number {
                        1 => element = value.int32()?,
                        2 => once(&mut shape, dims(value.wire()?, name_bytes)?, "type.shape")?,
                        _ => {}
                    }
                }
                once(&mut out, Type::Tensor(element, shape), "type.value")?;
            }
            4 | 5 | 8 | 9 => once(&mut out, Type::Other, "type.value")?,
            _ => {}
        }
    }
    Ok(out.unwrap_or(Type::None))
}

fn dims<'a>(mut wire: Wire<'a>, name_bytes: usize) -> Result<Vec<Dim<'a>>> {
    let mut out = Vec::new();
    while let Some((number, value)) = wire.next()? {
        if number != 1 {
            continue;
        }
        if out.len() == MAX_RANK {
            return Err(malformed("more dimensions than the limit", MAX_RANK));
        }
        let mut dim = Dim::Open;
        let mut wire = value.wire()?;
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => dim = Dim::Fixed(value.int()?),
                2 => dim = Dim::Named(value.name(name_bytes)?),
                _ => {}
            }
        }
        out.push(dim);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: &[u8] = include_bytes!("../../../../tests/fixtures/logits_last.onnx");

    #[test]
    fn a_file_is_read() {
        let model = Model::read(LOGITS, &Limits::default()).unwrap();
        assert_eq!((model.ir_version, model.opset("ai.onnx"), model.opset("ai.onnx.ml")), (8, Some(17), None));
        let graph = &model.graph;
        assert_eq!((graph.name, graph.nodes.len(), graph.initializers.len()), ("logits_last", 1, 1));
        let node = &graph.nodes[0];
        assert_eq!((node.op_type, &node.inputs[..], &node.outputs[..]), ("Gather", &["rows", "ids"][..], &["logits"][..]));
        assert_eq!((node.attributes[0].name, node.attributes[0].kind, node.attributes[0].int().unwrap()), ("axis", Kind::Int, 0));
        assert!(node.attributes[0].ints().is_err());
        assert_eq!(graph.inputs[0].kind, Type::Tensor(7, Some(vec![Dim::Named("batch"), Dim::Named("length")])));
        assert_eq!(graph.initializers[0].values().unwrap().shape, [4, 4]);
    }

    #[test]
    fn every_prefix_and_every_flipped_bit_is_an_error_or_a_model() {
        for end in 0..LOGITS.len() {
            let _ = Model::read(&LOGITS[..end], &Limits::default());
        }
        let mut bytes = LOGITS.to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(model) = Model::read(&bytes, &Limits::default()) {
                model.graph.initializers.iter().for_each(|t| drop(t.values()));
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn each_limit_holds() {
        type Change = fn(&mut Limits);
        let changes: [(Change, &str); 7] = [
            (|l| l.bytes = LOGITS.len() - 1, "more bytes than the limit"),
            (|l| l.nodes = 0, "more nodes than the limit"),
            (|l| l.attributes = 0, "more attributes than the limit"),
            (|l| l.tensors = 0, "more tensors than the limit"),
            (|l| l.names = 4, "more names than the limit"),
            (|l| l.elements = 15, "more values in a tensor than the limit"),
            (|l| l.name_bytes = 5, "length of a name"),
        ];
        for (change, what) in changes {
            let mut limits = Limits::default();
            change(&mut limits);
            let e = Model::read(LOGITS, &limits).unwrap_err();
            assert_eq!(e.details()[0].1, what);
            assert_eq!(e.code() == crate::error::Code::ModelTooLarge, what.starts_with("more"), "{what}");
        }
        // A node whose attribute holds a graph, one level and two.
        let wrap = |inner: &[u8], field: u8| [&[field << 3 | 2, inner.len() as u8], inner].concat();
        let nest = |graph: &[u8]| wrap(&wrap(&wrap(graph, 6), 5), 1);
        let file = wrap(&nest(&nest(b"")), 7);
        assert!(Model::read(&file, &Limits { depth: 2, ..Limits::default() }).is_ok());
        let e = Model::read(&file, &Limits { depth: 1, ..Limits::default() }).unwrap_err();
        assert_eq!(e.details()[0].1, "graphs inside graphs, deeper than the limit");
    }

    #[test]
    fn a_message_given_twice_is_refused() {
        let e = Model::read(b"\x3a\x00\x3a\x00", &Limits::default()).unwrap_err();
        assert_eq!(e.details()[1].1, "model.graph");
    }
}
