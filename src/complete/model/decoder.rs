//! A graph that is given tokens and answers logits, with a memory of the tokens before.

use super::contract::{Call, Contract, Memory};
use super::stacked::Stacked;
use crate::error::{Code, Error, Result};
use nearhand_onnx::{Graph, State, Tensor, Values};

/// Whether a run goes on, asked now and then while it runs.
pub(in crate::complete) type Watch<'a> = &'a mut dyn FnMut() -> bool;

/// The engine's steps between two questions.
const STEPS: usize = 16;

/// A graph and its contract.
#[derive(Debug)]
pub(in crate::complete) struct Decoder {
    graph: Graph,
    contract: Contract,
    /// Columns of the logits, from the first run on where the file leaves them open.
    columns: Option<usize>,
    tokens: usize,
    padded: bool,
    /// Place of the logits in what a run answers, and among all outputs.
    place: usize,
    output: usize,
}

/// What a graph knows of the tokens before.
#[derive(Clone, Debug)]
pub(in crate::complete) enum Cache {
    /// The tokens themselves, for a graph that is given all of them.
    Whole(Vec<u32>),
    /// States of the engine, and how many tokens they hold.
    States(Box<State>, usize),
    /// All layers in one.
    Stacked(Stacked),
}

impl Cache {
    /// Tokens that it holds.
    pub(in crate::complete) fn len(&self) -> usize {
        match self {
            Self::Whole(ids) => ids.len(),
            Self::States(_, len) => *len,
            Self::Stacked(stacked) => stacked.len,
        }
    }

    /// Cuts it back to its first tokens. `false` where it cannot be, as what is replaced with every token: it is of no use then.
    pub(in crate::complete) fn truncate(&mut self, len: usize) -> bool {
        match self {
            Self::Whole(ids) => ids.truncate(len),
            Self::States(state, have) => {
                if len < *have && state.truncate(len).is_err() {
                    return false;
                }
                *have = len.min(*have);
            }
            Self::Stacked(stacked) => stacked.truncate(len),
        }
        true
    }

    /// Bytes of memory.
    pub(in crate::complete) fn bytes(&self) -> usize {
        match self {
            Self::Whole(ids) => ids.capacity() * size_of::<u32>(),
            Self::States(state, _) => state.bytes(),
            Self::Stacked(stacked) => stacked.bytes(),
        }
    }
}

impl Decoder {
    /// Of a graph; logits have as many columns as the tokenizer has tokens, or more where that is allowed.
    pub(in crate::complete) fn new(mut graph: Graph, tokens: usize, padded: bool) -> Result<Self> {
        let contract = Contract::of(&mut graph)?;
        let state = |name: &str| graph.states().iter().any(|port| port.output == name);
        let told = graph.interface().outputs.iter().enumerate().filter(|(_, port)| !state(&port.name));
        let output = told.map(|(at, _)| at).nth(contract.logits).unwrap_or_default();
        let decoder = Self { columns: contract.columns, place: contract.logits, output, graph, contract, tokens, padded };
        decoder.columns.map_or(Ok(()), |columns| decoder.same_vocabulary(columns))?;
        Ok(decoder)
    }

    fn same_vocabulary(&self, columns: usize) -> Result<()> {
        if columns == self.tokens || self.padded && columns > self.tokens {
            return Ok(());
        }
        let message =
            "tokenizer and model do not belong together: the logits have another number of columns than there are tokens";
        Err(Error::new(Code::TokenizerMismatch, message).with("columns", columns).with("tokens", self.tokens))
    }

    /// Nothing yet.
    pub(in crate::complete) fn cache(&self) -> Cache {
        match &self.contract.memory {
            Memory::None => Cache::Whole(Vec::new()),
            Memory::States => Cache::States(Box::new(self.graph.state()), 0),
            Memory::Stacked(layout) => Cache::Stacked(Stacked::new(layout)),
        }
    }

    /// Gives new tokens, at least one. Afterwards the cache holds them, and `logits` those of the last `wanted` positions, one row each,
    /// as long as there are tokens. `false`: `watch` has ended it, and the cache is as before; so it is after an error.
    pub(in crate::complete) fn run(
        &mut self,
        cache: &mut Cache,
        ids: &[u32],
        wanted: usize,
        logits: &mut Vec<f32>,
        watch: Watch<'_>,
    ) -> Result<bool> {
        self.graph.last_rows(self.output, wanted)?;
        let mut ended = false;
        let mut asked = |step: usize, _: &'static str| {
            ended |= step.is_multiple_of(STEPS) && !watch();
            !ended
        };
        let none = |_: usize| Tensor::f32(Vec::new(), Vec::new());
        let answer = match cache {
            Cache::Whole(before) => {
                before.extend(ids);
                let feed = self.contract.feed(Call { ids: before, before: 0, room: 0, wanted }, &none);
                let answer = self.graph.run_watched(feed, &mut asked);
                if answer.is_err() {
                    before.truncate(before.len() - ids.len());
                }
                answer
            }
            Cache::States(state, len) => {
                let feed = self.contract.feed(Call { ids, before: *len, room: 0, wanted }, &none);
                let answer = self.graph.run_state(state, feed, &mut asked);
                *len += if answer.is_ok() { ids.len() } else { 0 };
                answer
            }
            Cache::Stacked(stacked) => {
                let call = Call { ids, before: stacked.len, room: stacked.room(), wanted };
                let feed = self.contract.feed(call, &|place| stacked.tensor(place));
                let answer = self.graph.run_watched(feed, &mut asked);
                if let Ok(outputs) = &answer {
                    stacked.append(outputs, ids.len())?;
                }
                answer
            }
        };
        let answer = match answer {
            Err(_) if ended => return Ok(false),
            answer => answer?,
        };
        let told = answer.get(self.place).ok_or_else(|| shape("none", wanted));
        let read = told.and_then(|told| self.read(told, wanted, logits));
        if read.is_err() {
            cache.truncate(cache.len() - ids.len());
        }
        read.map(|()| true)
    }

    /// Takes the last rows out of the logits.
    fn read(&mut self, told: &Tensor, wanted: usize, logits: &mut Vec<f32>) -> Result<()> {
        let Values::F32(values) = &told.values else { return Err(shape("another type", wanted)) };
        let columns = told.shape.last().copied().filter(|columns| *columns > 0).unwrap_or(1);
        if self.columns != Some(columns) {
            self.same_vocabulary(columns)?;
            self.columns = Some(columns);
        }
        let rows = values.len() / columns;
        let Some(first) = rows.checked_sub(wanted) else {
            return Err(shape("fewer positions than were asked for", wanted).with("have", rows));
        };
        logits.clear();
        for row in values.chunks_exact(columns).skip(first) {
            let row = row.get(..self.tokens).unwrap_or_default();
            if let Some(at) = row.iter().position(|v| !v.is_finite()) {
                return Err(Error::new(
                    Code::LogitsNotFinite,
                    "the model answers NaN or infinity: its weights or its conversion are broken",
                )
                .with("token", at));
            }
            logits.extend_from_slice(row);
        }
        Ok(())
    }
}

fn shape(why: &'static str, wanted: usize) -> Error {
    Error::new(Code::ModelMismatch, "the model does not answer the logits that it declares")
        .with("why", why)
        .with("positions", wanted)
}
