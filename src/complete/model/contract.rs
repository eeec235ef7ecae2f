//! What a graph wants to be given and what it answers, found out from its file: the names that exporters use, held against shapes.

use super::stacked::{Layout, layout, shown};
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, Port, StateKind, Tensor, Values};

/// What an input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Numbers of the new tokens.
    Ids,
    /// Their positions.
    Positions,
    /// A one for every token there is: nothing is padded.
    Ones,
    /// What is added to scores, by new token and token: 0 where it may look, minus infinity where not.
    Causal,
    /// Of com.microsoft's GroupQueryAttention: tokens there are, less one.
    Before,
    /// Likewise: tokens there are.
    Total,
    /// For how many of the last positions logits are wanted.
    Wanted,
    /// Whether there are tokens before: which branch of a graph that holds two is taken.
    Branch,
    /// Keys or values of the tokens before, all layers in one.
    Past(usize),
}

/// How a graph remembers the tokens before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// Not at all: all tokens are given each time.
    None,
    /// As states of the engine, in place.
    States,
    /// As inputs of all layers in one, and outputs of what is new.
    Stacked(Layout),
}

/// The contract of a graph.
#[derive(Clone, Debug)]
pub(super) struct Contract {
    inputs: Vec<(Role, Port)>,
    pub(super) memory: Memory,
    /// Place of the logits among the outputs that are no states.
    pub(super) logits: usize,
    /// Their columns, where the file says so.
    pub(super) columns: Option<usize>,
}

/// One call, as inputs describe it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// New tokens.
    pub(super) ids: &'a [u32],
    /// How many there are before them.
    pub(super) before: usize,
    /// Rows that memory of all layers in one has room for: those beyond `before` are hidden.
    pub(super) room: usize,
    /// How many of the last positions are wanted.
    pub(super) wanted: usize,
}

fn refused(why: &'static str) -> Error {
    Error::new(Code::ModelMismatch, "the graph is no language model that is understood").with("why", why)
}

/// What an input of that name is for.
fn role(port: &Port) -> Option<Role> {
    let whole = matches!(port.dtype.as_str(), "i64" | "i32");
    let (named, role) = match port.name.as_str() {
        "input_ids" | "ids" | "tokens" | "input" => (whole && matches!(port.dims.len(), 1 | 2), Role::Ids),
        "position_ids" | "pos" | "positions" => (whole && matches!(port.dims.len(), 1 | 2), Role::Positions),
        "attention_mask" | "mask" if port.dtype == "f32" => (port.dims.len() >= 2, Role::Causal),
        "attention_mask" | "mask" => ((whole || port.dtype == "bool") && matches!(port.dims.len(), 1 | 2), Role::Ones),
        "seqlens_k" => (whole && port.dims.len() <= 2, Role::Before),
        "total_sequence_length" => (whole && port.dims.len() <= 1, Role::Total),
        "num_logits_to_keep" | "logits_to_keep" => (whole && port.dims.len() <= 1, Role::Wanted),
        "use_cache_branch" => (port.dtype == "bool" && port.dims.len() <= 1, Role::Branch),
        _ => return None,
    };
    named.then_some(role)
}

impl Contract {
    /// Of a graph that was loaded. Pairs of a cache that the engine does not know by itself are declared to it.
    pub(super) fn of(graph: &mut Graph) -> Result<Self> {
        let stacked = layout(graph.interface())?;
        if stacked.is_some() {
            graph.declare_states(&[])?;
        }
        same_caches(graph)?;
        let states: Vec<(String, String)> = graph.states().iter().map(|p| (p.input.clone(), p.output.clone())).collect();
        let mut inputs: Vec<(Role, Port)> = Vec::new();
        for port in graph.interface().inputs.iter().filter(|p| !p.optional) {
            if states.iter().any(|(input, _)| *input == port.name) {
                continue;
            }
            let past = stacked.as_ref().and_then(|s| s.place(&port.name)).map(Role::Past);
            let Some(role) = past.or_else(|| role(port)) else { return Err(unknown(port)) };
            if inputs.iter().any(|(other, _)| *other == role) {
                return Err(refused("two inputs are for the same").with("input", &port.name));
            }
            inputs.push((role, port.clone()));
        }
        if !inputs.iter().any(|(role, _)| *role == Role::Ids) {
            return Err(refused("it has no input of token numbers: input_ids or ids"));
        }
        for (role, port) in &inputs {
            let open = |axis: &Option<usize>| axis.is_none_or(|n| n == 1);
            let batch = matches!(role, Role::Ids | Role::Positions | Role::Ones) && port.dims.len() == 2;
            let length = matches!(role, Role::Ids | Role::Positions).then(|| port.dims.last()).flatten();
            if batch && !port.dims.first().is_some_and(open) || length.is_some_and(Option::is_some) {
                return Err(
                    refused("one text at a time, of any number of tokens: an input has another shape").with("input", &port.name)
                );
            }
        }
        let outputs = &graph.interface().outputs;
        let told: Vec<&Port> = outputs.iter().filter(|port| !states.iter().any(|(_, output)| *output == port.name)).collect();
        let named = told.iter().position(|port| port.name == "logits");
        let alone = || Some(0).filter(|_| told.len() == 1);
        let logits = named.or_else(alone).ok_or_else(|| refused("it has no output named logits"))?;
        let Some(port) = told.get(logits).filter(|p| p.dtype == "f32" && matches!(p.dims.len(), 0 | 2 | 3)) else {
            return Err(refused("logits are floats of 32 or 16 bits, of two or three dimensions")
                .with("type", told.get(logits).map_or("", |p| p.dtype.as_str())));
        };
        let columns = port.dims.last().copied().flatten();
        let memory = match stacked {
            Some(layout) => Memory::Stacked(layout),
            None if states.is_empty() => Memory::None,
            None => Memory::States,
        };
        Ok(Self { inputs, memory, logits, columns })
    }

    /// Inputs of one call, in the graph's order; `past` are those of the memory of all layers in one.
    pub(super) fn feed(&self, call: Call<'_>, past: &dyn Fn(usize) -> Tensor) -> Vec<Tensor> {
        self.inputs.iter().map(|(role, port)| feed(*role, port, call, past)).collect()
    }
}

fn feed(role: Role, port: &Port, Call { ids, before, room, wanted }: Call<'_>, past: &dyn Fn(usize) -> Tensor) -> Tensor {
    let total = before + ids.len();
    let rank = port.dims.len();
    let row = |values: Vec<i64>| {
        let shape = if rank == 2 { vec![1, values.len()] } else { vec![values.len()] };
        whole(port, shape, values)
    };
    let one = |value: usize| whole(port, vec![1; rank], vec![value as i64]);
    match role {
        Role::Ids => row(ids.iter().map(|id| i64::from(*id)).collect()),
        Role::Positions => row((before as i64..total as i64).collect()),
        Role::Ones => row(vec![1; total]),
        Role::Before => one(total - 1),
        Role::Total => one(total),
        Role::Wanted => one(wanted),
        Role::Branch => Tensor { shape: vec![1; rank], values: Values::Bool(vec![before > 0]) },
        Role::Causal => {
            let rows = 0..ids.len();
            let sees = |row: usize, at: usize| if at < room { at < before } else { at - room <= row };
            let columns = room + ids.len();
            let values = rows.flat_map(|row| (0..columns).map(move |at| if sees(row, at) { 0.0 } else { f32::NEG_INFINITY }));
            let mut shape = vec![1; rank.saturating_sub(2)];
            shape.extend([ids.len(), columns]);
            Tensor::f32(shape, values.collect())
        }
        Role::Past(place) => past(place),
    }
}

/// Whole numbers in the type of the input.
fn whole(port: &Port, shape: Vec<usize>, values: Vec<i64>) -> Tensor {
    let values = match port.dtype.as_str() {
        "i32" => Values::I32(values.into_iter().map(|v| v as i32).collect()),
        "bool" => Values::Bool(values.into_iter().map(|v| v != 0).collect()),
        _ => Values::I64(values),
    };
    Tensor { shape, values }
}

/// The error for an input that nobody fills.
fn unknown(port: &Port) -> Error {
    let past = port.name.contains("past") || port.name.contains("cache");
    let why = if past {
        "no output continues this cache: its name, type, heads or width differ, or it is not of floats of 32 or 16 bits"
    } else {
        "an input whose name or type is not known"
    };
    refused(why).with("input", &port.name).with("have", format!("{} {}", port.dtype, shown(&port.dims)))
}

/// Holds caches against each other: one text, one axis of tokens, keys and values of a layer with as many heads.
fn same_caches(graph: &Graph) -> Result<()> {
    let grown = |kind: StateKind| matches!(kind, StateKind::Appended { .. });
    let mut first: Option<(&str, StateKind, usize)> = None;
    for port in graph.states() {
        let have = || shown(&port.dims);
        if !port.dims.first().is_some_and(|d| d.is_none_or(|d| d == 1)) && port.dims.len() == 4 {
            return Err(refused("a cache is of more than one text").with("input", &port.input).with("have", have()));
        }
        if port.dtype != "f32" {
            return Err(refused("a cache is not of floats of 32 or 16 bits").with("input", &port.input));
        }
        if grown(port.kind) {
            let (name, kind, rank) = *first.get_or_insert((&port.input, port.kind, port.dims.len()));
            if (kind, rank) != (port.kind, port.dims.len()) {
                return Err(refused("caches have their tokens on different axes").with("input", &port.input).with("other", name));
            }
        }
        if matches!(port.kind, StateKind::Written) {
            return Err(refused("a cache of fixed size (TensorScatter): export one that grows").with("input", &port.input));
        }
    }
    // key and value of a layer.
    for key in graph.states() {
        let Some(name) = key.input.strip_suffix("key").map(|layer| [layer, "value"].concat()) else { continue };
        let Some(value) = graph.states().iter().find(|p| p.input == name) else { continue };
        let (a, b) = (key.dims.get(1).copied().flatten(), value.dims.get(1).copied().flatten());
        if let (Some(a), Some(b)) = (a, b)
            && a != b
            && grown(key.kind)
        {
            return Err(refused("keys and values of a layer have different numbers of heads")
                .with("input", &key.input)
                .with("keys", a)
                .with("values", b));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str, dtype: &str, rank: usize) -> Tensor {
        let (dims, names) = (vec![None; rank], vec![None; rank]);
        let port = Port { name: name.to_owned(), dtype: dtype.to_owned(), dims, names, optional: false };
        // Two new tokens behind three, in room for four.
        let call = Call { ids: &[7, 9], before: 3, room: 4, wanted: 1 };
        feed(role(&port).unwrap(), &port, call, &|_| Tensor::f32(Vec::new(), Vec::new()))
    }

    #[test]
    fn every_input_is_given_what_its_name_says() {
        let i64s = |shape: &[usize], values: &[i64]| Tensor::i64(shape.to_vec(), values.to_vec());
        let i32s = |shape: &[usize], values: &[i32]| Tensor { shape: shape.to_vec(), values: Values::I32(values.to_vec()) };
        assert_eq!(given("input_ids", "i64", 2), i64s(&[1, 2], &[7, 9]));
        assert_eq!(given("ids", "i32", 1), i32s(&[2], &[7, 9]));
        assert_eq!(given("position_ids", "i64", 2), i64s(&[1, 2], &[3, 4]));
        assert_eq!(given("attention_mask", "i64", 2), i64s(&[1, 5], &[1; 5]));
        assert_eq!(given("mask", "bool", 2), Tensor { shape: vec![1, 5], values: Values::Bool(vec![true; 5]) });
        assert_eq!(given("seqlens_k", "i32", 1), i32s(&[1], &[4]));
        assert_eq!(given("seqlens_k", "i32", 2), i32s(&[1, 1], &[4]));
        assert_eq!(given("total_sequence_length", "i32", 0), i32s(&[], &[5]));
        assert_eq!(given("num_logits_to_keep", "i64", 0), i64s(&[], &[1]));
        assert_eq!(given("use_cache_branch", "bool", 1), Tensor { shape: vec![1], values: Values::Bool(vec![true]) });
        // Rows: new tokens; columns: three that are there, one that is not, the new ones.
        let (seen, not) = (0.0, f32::NEG_INFINITY);
        let rows = [seen, seen, seen, not, seen, not, seen, seen, seen, not, seen, seen];
        assert_eq!(given("mask", "f32", 2), Tensor::f32(vec![2, 6], rows.to_vec()));
        assert_eq!(given("attention_mask", "f32", 4).shape, [1, 1, 2, 6]);
    }
}
