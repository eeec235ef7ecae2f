//! Which inputs of a graph are outputs of the run before: by the operators between them, and by the names that exporters use.

use crate::error::{Code, Error, Result};
use crate::file::{Dim, Graph, Node, Type, ValueInfo};
use crate::interface::{Interface, Port};
use crate::state::{StateKind, StatePort};
use std::collections::BTreeMap;

/// Words of names of what is replaced with every run.
const STATES: &[&str] = &["state", "hidden", "cell", "cache", "memory", "mems", "ssm", "conv", "context"];
/// Names as short as PyTorch's documentation writes them.
const SHORT: &[&str] = &["h", "c", "h0", "c0", "h_0", "c_0", "hx", "cx"];

/// A graph's pairs, and what its file says of its inputs and outputs.
pub(crate) struct Pairs<'g, 'a> {
    graph: &'g Graph<'a>,
    interface: &'g Interface,
    /// By name of an output of a node: the node, and which of its outputs.
    made: BTreeMap<&'a str, (usize, usize)>,
    taken: (Vec<usize>, Vec<usize>),
    found: Vec<StatePort>,
}

impl<'g, 'a> Pairs<'g, 'a> {
    pub(crate) fn new(graph: &'g Graph<'a>, interface: &'g Interface) -> Self {
        let mut made = BTreeMap::new();
        for (number, node) in graph.nodes.iter().enumerate() {
            for (at, name) in node.outputs.iter().enumerate() {
                made.insert(*name, (number, at));
            }
        }
        Self { graph, interface, made, taken: (Vec::new(), Vec::new()), found: Vec::new() }
    }

    /// Those that the graph shows.
    pub(crate) fn recognised(mut self) -> Vec<StatePort> {
        for number in 0..self.interface.outputs.len() {
            if let Some((input, kind)) = self.by_operator(number) {
                self.add(input, number, kind);
            }
        }
        for input in 0..self.interface.inputs.len() {
            if let Some((output, kind)) = self.by_name(input) {
                self.add(input, output, kind);
            }
        }
        self.done()
    }

    /// Those that are declared, by names of an input and an output.
    ///
    /// # Errors
    /// `model-mismatch` for a name that the graph does not have or that is given twice, and for two that differ in type, in rank, or in
    /// more than one dimension.
    pub(crate) fn declared(mut self, pairs: &[(&str, &str)]) -> Result<Vec<StatePort>> {
        for (input, output) in pairs {
            let refused = |why| {
                Error::new(Code::ModelMismatch, "these are not an input and an output that follow each other")
                    .with("why", why)
                    .with("input", input)
                    .with("output", output)
            };
            let mut ports = self.interface.inputs.iter();
            let from = ports.position(|p| p.name == *input && !p.optional).ok_or_else(|| refused("no such input"))?;
            let mut ports = self.interface.outputs.iter();
            let to = ports.position(|p| p.name == *output).ok_or_else(|| refused("no such output"))?;
            if self.taken.0.contains(&from) || self.taken.1.contains(&to) {
                return Err(refused("given twice"));
            }
            let kind = self.by_operator(to).filter(|(at, _)| *at == from).map(|(_, kind)| kind);
            let kind = kind.or_else(|| self.by_shape(from, to));
            let kind = kind.ok_or_else(|| refused("their types or shapes do not follow each other"))?;
            if !self.add(from, to, kind) {
                return Err(refused("their types or shapes do not follow each other"));
            }
        }
        Ok(self.done())
    }

    fn done(mut self) -> Vec<StatePort> {
        self.found.sort_by_key(|p| p.at);
        // As long as an input that is given is what has its name.
        let given: Vec<(usize, Vec<Dim<'a>>)> =
            (0..self.interface.inputs.len()).filter(|at| !self.taken.0.contains(at)).map(|at| (at, self.dims(at))).collect();
        let mut found = std::mem::take(&mut self.found);
        for port in &mut found {
            let named = |dim: &Dim<'a>| {
                let Dim::Named(_) = dim else { return None };
                given.iter().find_map(|(at, dims)| Some((*at, dims.iter().position(|d| d == dim)?)))
            };
            port.like = self.dims(port.at.0).iter().map(named).collect();
        }
        found
    }

    /// Takes a pair, where neither is taken, both are of one type, and what does not grow has one shape.
    fn add(&mut self, input: usize, output: usize, kind: StateKind) -> bool {
        let (Some(from), Some(to)) = (self.interface.inputs.get(input), self.interface.outputs.get(output)) else { return false };
        let grows = |axis: usize| matches!(kind, StateKind::Appended { axis: a } if a == axis);
        let open = |axis: usize| from.dims.get(axis).is_some_and(Option::is_none);
        let alike = |(axis, (a, b)): (usize, (&Option<usize>, &Option<usize>))| {
            if grows(axis) { open(axis) } else { a == b || a.is_none() || b.is_none() }
        };
        let fits = from.dtype == to.dtype
            && from.dtype != "str"
            && (to.dims.is_empty() || from.dims.len() == to.dims.len())
            && from.dims.iter().zip(&to.dims).enumerate().all(alike)
            && kind.axis().is_none_or(open);
        if !fits || from.optional || self.taken.0.contains(&input) || self.taken.1.contains(&output) {
            return false;
        }
        self.taken.0.push(input);
        self.taken.1.push(output);
        self.found.push(StatePort {
            input: from.name.clone(),
            output: to.name.clone(),
            kind,
            dtype: from.dtype.clone(),
            dims: from.dims.clone(),
            at: (input, output),
            like: Vec::new(),
        });
        true
    }

    /// Dimensions of an input, by name where they have one.
    fn dims(&self, input: usize) -> Vec<Dim<'a>> {
        dims(&self.graph.inputs, self.interface.inputs.get(input))
    }

    /// What makes a value, through what moves nothing.
    fn maker(&self, mut name: &'a str) -> Option<(&'g Node<'a>, usize)> {
        // Nodes come before those that read them.
        for _ in 0..self.graph.nodes.len() {
            let (number, at) = *self.made.get(name)?;
            let node = self.graph.nodes.get(number)?;
            if !matches!(node.op_type, "Identity" | "Cast") {
                return Some((node, at));
            }
            name = node.inputs.first()?;
        }
        None
    }

    /// The input of the graph that a value is, through what moves nothing.
    fn source(&self, mut name: &'a str) -> Option<usize> {
        for _ in 0..=self.graph.nodes.len() {
            if let Some(at) = self.interface.inputs.iter().position(|p| p.name == name) {
                return Some(at);
            }
            let (number, _) = *self.made.get(name)?;
            let node = self.graph.nodes.get(number)?;
            if !matches!(node.op_type, "Identity" | "Cast") {
                return None;
            }
            name = node.inputs.first()?;
        }
        None
    }

    /// The input that an output continues, as the operator says that makes it.
    fn by_operator(&self, output: usize) -> Option<(usize, StateKind)> {
        let name = self.graph.outputs.get(output)?.name;
        let (node, at) = self.maker(name)?;
        let from = |input: usize| self.source(node.inputs.get(input)?);
        let rows = StateKind::Appended { axis: 2 };
        let (input, kind) = match (node.op_type, at) {
            ("Concat", 0) if node.inputs.len() >= 2 => {
                let input = from(0)?;
                // Two inputs side by side are no cache: what comes new is made by the graph.
                if node.inputs.iter().skip(1).any(|name| self.source(name).is_some()) {
                    return None;
                }
                let axis = node.attributes.iter().find(|a| a.name == "axis")?.int().ok()?;
                let rank = self.interface.inputs.get(input)?.dims.len() as i64;
                let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).ok()?;
                (input, StateKind::Appended { axis })
            }
            ("Attention", 1 | 2) if node.domain != "com.microsoft" => (from(3 + at)?, rows),
            ("GroupQueryAttention", 1 | 2) => (from(2 + at)?, rows),
            ("MultiHeadAttention", 1 | 2) => (from(5 + at)?, rows),
            ("TensorScatter", 0) => (from(0)?, StateKind::Written),
            ("GRU" | "RNN", 1) => (from(5)?, StateKind::Replaced),
            ("LSTM", 1 | 2) => (from(4 + at)?, StateKind::Replaced),
            ("CausalConvWithState", 1) => (from(3)?, StateKind::Replaced),
            _ => return None,
        };
        Some((input, kind))
    }

    /// The output whose name follows that of an input.
    fn by_name(&self, input: usize) -> Option<(usize, StateKind)> {
        if self.taken.0.contains(&input) {
            return None;
        }
        let name = &self.interface.inputs.get(input)?.name;
        let output = |wanted: &str| self.interface.outputs.iter().position(|p| p.name == wanted);
        let past = [name.replacen("past_key_values", "present", 1), name.replacen("past", "present", 1)];
        let found = past.iter().filter(|p| *p != name).find_map(|p| output(p));
        if let Some(output) = found {
            return self.by_shape(input, output).map(|kind| (output, kind));
        }
        let bare = name.strip_suffix("_in").or_else(|| name.strip_prefix("in_")).unwrap_or(name);
        let bare = bare.strip_prefix("cached_").map_or(bare, |_| name);
        let known = SHORT.contains(&bare) || STATES.iter().any(|word| bare.contains(word)) || bare.starts_with("cached_");
        // Robust Video Matting: r1i to r1o.
        let middle = name.strip_suffix('i').filter(|r| r.len() == 2 && r.starts_with('r')).map(|r| [r, "o"].concat());
        if !known && middle.is_none() {
            return None;
        }
        let zero = bare.trim_end_matches('0');
        let after = |tail: &str| [bare, tail].concat();
        let before = |head: &str| [head, bare].concat();
        let names = [after("_out"), after("_new"), after("_next"), after("N"), after("n"), before("new_"), before("next_")];
        let names = names.into_iter().chain([before("out_"), [zero, "n"].concat(), [zero, "_n"].concat(), before("output_")]);
        let output = names.chain(middle).filter(|n| n != name).find_map(|n| output(&n))?;
        match self.by_shape(input, output) {
            Some(StateKind::Replaced) => Some((output, StateKind::Replaced)),
            _ => None,
        }
    }

    /// What becomes of a state by the dimensions alone: where they are the same it is replaced, where one differs it grows there.
    fn by_shape(&self, input: usize, output: usize) -> Option<StateKind> {
        let (from, to) = (self.dims(input), dims(&self.graph.outputs, self.interface.outputs.get(output)));
        let cache = self.interface.inputs.get(input)?.name.contains("past");
        let crossed = self.interface.inputs.get(input)?.name.contains("encoder");
        if to.is_empty() {
            return Some(StateKind::Replaced).filter(|_| !cache);
        }
        if from.len() != to.len() {
            return None;
        }
        let differ: Vec<usize> = (0..from.len()).filter(|a| from.get(*a) != to.get(*a)).collect();
        // Without names any open axis may be the one; caches have it before the last.
        let open = |axis: usize| from.get(axis).is_some_and(|d| !matches!(d, Dim::Fixed(_)));
        match differ[..] {
            [axis] if open(axis) => Some(StateKind::Appended { axis }),
            [] if cache && !crossed && from.len() >= 4 && from.get(from.len() - 2) == Some(&Dim::Open) => {
                Some(StateKind::Appended { axis: from.len() - 2 })
            }
            [] => Some(StateKind::Replaced),
            _ if cache && !crossed && from.len() >= 4 && open(from.len() - 2) => {
                Some(StateKind::Appended { axis: from.len() - 2 })
            }
            _ => None,
        }
    }
}

/// Dimensions of a port as the file has them; where the file is gone, as the interface has them.
fn dims<'a>(infos: &[ValueInfo<'a>], port: Option<&Port>) -> Vec<Dim<'a>> {
    let Some(port) = port else { return Vec::new() };
    match infos.iter().find(|i| i.name == port.name).map(|i| &i.kind) {
        Some(Type::Tensor(_, Some(dims))) => dims.clone(),
        Some(_) => Vec::new(),
        None => port.dims.iter().map(|d| d.map_or(Dim::Open, |d| Dim::Fixed(d as i64))).collect(),
    }
}
