//! What a graph hands from one run to the next: the pairs of an input and an output, and the memory that holds them.

use crate::dtype::{Buffer, DType};
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact, plain};
use crate::shape::relaid;
use crate::tensor::{Tensor, shape_text};
use crate::texts::Texts;
use std::sync::Arc;

/// What becomes of a state in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// It grows along an axis: the cache of keys and values of a language model. Can be cut back.
    Appended {
        /// The axis.
        axis: usize,
    },
    /// Rows of it are written where the graph's own inputs say (TensorScatter); its shape stays.
    Written,
    /// It is another with every run: hidden values of a recurrent cell.
    Replaced,
}

/// An input whose value is an output of the run before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatePort {
    /// Name of the input.
    pub input: String,
    /// Name of the output that takes its place in the next run.
    pub output: String,
    /// What becomes of it in a run.
    pub kind: StateKind,
    /// Type of the elements, as [`crate::Port::dtype`].
    pub dtype: String,
    /// Dimensions that the graph declares for the input (`None`: not fixed).
    pub dims: Vec<Option<usize>>,
    /// Places among the graph's inputs and outputs.
    pub(crate) at: (usize, usize),
    /// By dimension, the input and its axis that are as long, where names of dimensions say so.
    pub(crate) like: Vec<Option<(usize, usize)>>,
}

impl StateKind {
    /// The axis along which it grows.
    pub(crate) const fn axis(self) -> Option<usize> {
        match self {
            Self::Appended { axis } => Some(axis),
            _ => None,
        }
    }
}

/// The states of a graph between two runs, made by [`crate::Graph::state`]: keys and values that were computed, hidden values of
/// recurrent cells. One graph may have many, one a conversation; a clone goes its own way.
///
/// A state that grows is one buffer with room for more, grown by a quarter where it is full: a run writes its new rows behind those that are
/// there and copies nothing. Cutting it back with [`State::truncate`] moves no memory.
#[derive(Clone)]
pub struct State {
    pub(crate) ports: Arc<[StatePort]>,
    pub(crate) held: Vec<Held>,
    /// Whether extents that the graph leaves open are known: from the first run on.
    pub(crate) settled: bool,
    /// Whether sequences are of different lengths: what grows has no room then, and is copied.
    pub(crate) apart: bool,
}

/// The value of one state.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Type and shape as the graph sees it.
    pub(crate) fact: Fact,
    /// Extent of the axis along which it grows that the memory has room for.
    pub(crate) room: usize,
    pub(crate) data: Buffer,
    /// Whether it was given: its extents are known before the first run.
    pub(crate) set: bool,
}

impl Held {
    /// Of a tensor.
    pub(crate) fn of(kind: StateKind, value: &Tensor) -> Result<Self> {
        let constant = Constant::of_tensor(value, &Texts::default())?;
        let room = kind.axis().and_then(|axis| value.shape.get(axis)).copied().unwrap_or(0);
        Ok(Self { data: constant.raw().0.clone(), fact: constant.fact, room, set: true })
    }

    /// Bytes of memory with room for so many rows along the axis, `None` beyond what numbers hold.
    pub(crate) fn bytes(fact: &Fact, axis: Option<usize>, room: usize) -> Option<usize> {
        let extents = fact.shape.iter().enumerate().map(|(at, extent)| if axis == Some(at) { room } else { *extent });
        extents.into_iter().try_fold(fact.dtype.bytes(), usize::checked_mul)
    }

    /// Bytes of a row along an axis, and of all rows that are there.
    fn rows(&self, axis: usize) -> (usize, usize) {
        let run = self.fact.shape.iter().skip(axis + 1).product::<usize>() * self.fact.dtype.bytes();
        (run, self.fact.shape.get(axis).copied().unwrap_or(0) * run)
    }

    /// Takes the elements as they lie side by side, in its shape.
    pub(crate) fn fill(&mut self, axis: Option<usize>, from: &[u8]) {
        self.room = self.room.max(axis.and_then(|axis| self.fact.shape.get(axis)).copied().unwrap_or(0));
        let bytes = Self::bytes(&self.fact, axis, self.room).unwrap_or(0).max(from.len());
        if self.data.all::<u8>().len() < bytes {
            self.data = Buffer::zeroed(bytes);
        }
        let cut = axis.map(|axis| self.rows(axis));
        let to = self.data.all_mut::<u8>();
        match cut {
            Some((run, rows)) => relaid(from, rows, to, self.room * run, rows),
            None => to.iter_mut().zip(from).for_each(|(to, v)| *to = *v),
        }
    }

    /// Memory for its elements, where it has none yet.
    pub(crate) fn settle(&mut self) {
        if self.data.all::<u8>().len() < self.fact.bytes() {
            self.data = Buffer::zeroed(self.fact.bytes());
        }
    }

    /// Whether its memory holds so many rows.
    pub(crate) fn has(&self, axis: usize, room: usize) -> bool {
        Self::bytes(&self.fact, Some(axis), room).is_some_and(|bytes| bytes <= self.data.all::<u8>().len())
    }

    /// Makes room for so many rows, as many as there are at least.
    pub(crate) fn grow(&mut self, axis: usize, room: usize) {
        let (run, rows) = self.rows(axis);
        let mut data = Buffer::zeroed(Self::bytes(&self.fact, Some(axis), room).unwrap_or(0));
        relaid(self.data.all(), self.room * run, data.all_mut(), room * run, rows);
        (self.data, self.room) = (data, room);
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("ports", &self.ports.len()).field("len", &self.len()).finish_non_exhaustive()
    }
}

/// `model-mismatch` with a reason.
fn mismatch(why: &'static str) -> Error {
    Error::new(Code::ModelMismatch, "the state cannot be used so").with("why", why)
}

/// The error for a state of another graph.
pub(crate) fn foreign() -> Error {
    mismatch("it was made by another graph, or before states were declared")
}

/// The error for a state that comes out with another number of axes than it went in with.
pub(crate) fn turned(output: &str, have: &[usize], new: &[usize]) -> Error {
    Error::new(Code::ModelMismatch, "a state changes its rank in a run: it cannot be given to the next")
        .with("output", output)
        .with("have", shape_text(have))
        .with("answered", shape_text(new))
}

impl State {
    /// Nothing yet: what grows has no rows, all else is 0. Extents that the graph leaves open are 0 or, of leading axes, 1 until
    /// the first run tells.
    pub(crate) fn new(ports: &Arc<[StatePort]>) -> Self {
        let held = ports.iter().map(|port| {
            let mut shape = Vec::with_capacity(port.dims.len());
            for (axis, dim) in port.dims.iter().enumerate() {
                let leading = axis == 0 || (axis == 1 && port.dims.len() < 4);
                shape.push(if port.kind.axis() == Some(axis) { 0 } else { dim.unwrap_or(usize::from(leading)) });
            }
            // Memory is taken at the first run, when limits have been held against it.
            Held {
                fact: Fact { dtype: DType::named(&port.dtype).unwrap_or(DType::F32), shape },
                room: 0,
                data: Buffer::default(),
                set: false,
            }
        });
        Self { ports: ports.clone(), held: held.collect(), settled: false, apart: false }
    }

    /// The pairs that it holds, in the graph's order.
    #[must_use]
    pub fn ports(&self) -> &[StatePort] {
        &self.ports
    }

    /// Rows of what grows: positions of the cache of a language model. The largest number where they differ, 0 where nothing grows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths().max().unwrap_or(0)
    }

    /// Whether there is no row of what grows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.ports.iter().zip(&self.held).filter_map(|(port, held)| held.fact.shape.get(port.kind.axis()?).copied())
    }

    /// Bytes of memory that it holds, room for more rows included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.held.iter().map(|h| h.data.all::<u8>().len()).sum()
    }

    /// Shape of the state of that input; `None` where there is none.
    #[must_use]
    pub fn dims(&self, input: &str) -> Option<&[usize]> {
        let at = self.ports.iter().position(|p| p.input == input)?;
        self.held.get(at).map(|h| h.fact.shape.as_slice())
    }

    /// Cuts what grows back to its first `len` rows: the next run goes on from there. What is written where the graph's inputs say stays
    /// as it is, as those inputs say how much of it counts.
    ///
    /// # Errors
    /// `model-mismatch` where there are fewer rows, and, unless nothing is to be cut, where a state of the graph is replaced with
    /// every run (it cannot be gone back in) or lengths differ. The state is as before then.
    pub fn truncate(&mut self, len: usize) -> Result<()> {
        let have = self.len();
        if len > have {
            return Err(mismatch("it has fewer rows than it is to be cut to").with("rows", have).with("wanted", len));
        }
        if self.ports.iter().any(|p| p.kind == StateKind::Replaced) && (len < have || have == 0 && self.settled) {
            return Err(mismatch("a state that is replaced with every run cannot be cut back: keep a clone"));
        }
        if len < have && self.lengths().any(|l| l != have) {
            return Err(mismatch("states of different lengths cannot be cut to one"));
        }
        for (port, held) in self.ports.iter().zip(&mut self.held) {
            if let Some(extent) = port.kind.axis().and_then(|axis| held.fact.shape.get_mut(axis)) {
                *extent = len;
            }
        }
        Ok(())
    }

    fn place(&self, input: &str) -> Result<usize> {
        self.ports
            .iter()
            .position(|p| p.input == input)
            .ok_or_else(|| mismatch("it has no state of that name").with("input", input))
    }

    /// A copy of the state of that input, as the graph would be given it.
    ///
    /// # Errors
    /// `model-mismatch` where there is none of that name, or it has no value before the first run, as its memory has not been held against
    /// the limits yet.
    pub fn get(&self, input: &str) -> Result<Tensor> {
        let at = self.place(input)?;
        let (Some(port), Some(held)) = (self.ports.get(at), self.held.get(at)) else { return Err(mismatch("no state")) };
        let fact = &held.fact;
        let bytes = Held::bytes(fact, None, 0).filter(|bytes| *bytes <= held.data.all::<u8>().len());
        let Some(bytes) = bytes else { return Err(mismatch("it has no value before the first run").with("input", input)) };
        let mut whole = Buffer::zeroed(bytes);
        match port.kind.axis() {
            Some(axis) => {
                let (run, rows) = held.rows(axis);
                relaid(held.data.all(), held.room * run, whole.all_mut(), rows, rows);
            }
            None => whole.all_mut::<u8>().iter_mut().zip(held.data.all::<u8>()).for_each(|(to, v)| *to = *v),
        }
        Ok(plain(fact, &whole, 0, &Texts::default()))
    }

    /// Puts a tensor in the place of the state of that input: one that was kept from before, or first values other than 0.
    ///
    /// # Errors
    /// `model-mismatch` where there is none of that name, or the tensor is of another type or not of the shape that the graph
    /// declares.
    pub fn set(&mut self, input: &str, value: &Tensor) -> Result<()> {
        let at = self.place(input)?;
        let (Some(port), Some(held)) = (self.ports.get(at), self.held.get_mut(at)) else { return Err(mismatch("no state")) };
        let fits = port.dims.len() == value.shape.len()
            && port.dims.iter().zip(&value.shape).all(|(want, have)| want.is_none_or(|w| w == *have))
            && value.values.dtype() == port.dtype;
        if !fits {
            return Err(mismatch("a state of another type or shape").with("input", input).with("have", shape_text(&value.shape)));
        }
        *held = Held::of(port.kind, value)?;
        Ok(())
    }
}
