//! Models, graphs, nodes, and the types of what goes in and out.

use super::attribute::Attribute;
use super::tensor::TensorProto;
use super::wire::Wire;
use super::{Budget, Limits, large, malformed, once, spend};
use crate::error::Result;

/// An ONNX file.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    /// Version of the file format.
    pub ir_version: i64,
    /// Operator sets that the file uses.
    pub opsets: Vec<Opset<'a>>,
    /// The graph.
    pub graph: Graph<'a>,
}

/// An operator set: which meaning of its domain's operators is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opset<'a> {
    /// Its domain; `""` is `ai.onnx`.
    pub domain: &'a str,
    /// Its version.
    pub version: i64,
}

/// Nodes between inputs and outputs.
#[derive(Clone, Debug, Default)]
pub struct Graph<'a> {
    /// Its name.
    pub name: &'a str,
    /// Nodes, each after those it reads.
    pub nodes: Vec<Node<'a>>,
    /// Constants by name.
    pub initializers: Vec<TensorProto<'a>>,
    /// Values and indices of sparse constants.
    pub sparse: Vec<TensorProto<'a>>,
    /// Inputs; old files list initializers here too.
    pub inputs: Vec<ValueInfo<'a>>,
    /// Outputs.
    pub outputs: Vec<ValueInfo<'a>>,
}

/// One application of an operator.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its name, possibly empty.
    pub name: &'a str,
    /// The operator.
    pub op_type: &'a str,
    /// The operator's domain; `""` is `ai.onnx`.
    pub domain: &'a str,
    /// Names of what it reads; `""` where an optional input is left out.
    pub inputs: Vec<&'a str>,
    /// Names of what it answers; `""` where an output is not wanted.
    pub outputs: Vec<&'a str>,
    /// Its attributes.
    pub attributes: Vec<Attribute<'a>>,
}

/// Name and type of an input or output.
#[derive(Clone, Debug)]
pub struct ValueInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub kind: Type<'a>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type<'a> {
    /// A tensor: element type by number (`TensorProto.DataType`) and dimensions (`None`: of unknown rank).
    Tensor(i32, Option<Vec<Dim<'a>>>),
    /// A sequence, map, optional or sparse tensor.
    Other,
    /// Not said.
    None,
}

/// One dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim<'a> {
    /// A number.
    Fixed(i64),
    /// A name, such as `batch`.
    Named(&'a str),
    /// Not said.
    Open,
}

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

    /// Version of a domain's operators; `""` for `ai.onnx`.
    #[must_use]
    pub fn opset(&self, domain: &str) -> Option<i64> {
        let plain = |d: &str| matches!(d, "" | "ai.onnx");
        self.opsets.iter().find(|o| o.domain == domain || (plain(o.domain) && plain(domain))).map(|o| o.version)
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
    pub(super) fn read(mut wire: Wire<'a>, budget: &mut Budget, depth: usize) -> Result<Self> {
        if depth > budget.limits.depth {
            return Err(malformed("graphs inside graphs, deeper than the limit", budget.limits.depth));
        }
        let mut out = Self::default();
        while let Some((number, value)) = wire.next()? {
            match number {
                1 => out.nodes.push(Node::read(value.wire()?, budget, depth)?),
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
    use crate::file::Kind;

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
