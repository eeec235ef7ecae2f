//! Runs a graph as a reading has it: what a page would get.

use crate::graph::Graph;
use crate::pack::meaning::port::Port;
use crate::pack::meaning::reading::Reading;
use crate::pack::running::adapt::{Answered, feed, read};
use crate::pack::running::rows::Rows;
use nearhand::bundle::{Feature, Limits, ModelSpec, OutputKind};
use nearhand::features::{ContextEvent, Schema};
use nearhand::model::{Model, PlannedModel};
use nearhand::rank::ItemVectors;
use nearhand::session::MAX_EVENTS;
use nearhand::{Code, Error, ItemIdx, Result};
use nearhand_onnx::{Graph as Runnable, ModelLimits, Tensor, Values};

/// An export, and what its outputs are like.
pub(crate) struct Export<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) inputs: &'a [Port],
    pub(crate) outputs: &'a [Port],
    pub(crate) items: usize,
    pub(crate) rows: Option<&'a Rows>,
    /// What is taken for rounding, as a share of the spread of the values.
    pub(crate) rounding: f32,
}

/// A graph that answers.
pub(crate) struct Loaded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) spec: ModelSpec,
    schema: Schema,
    tensors: Vec<Tensor>,
    model: PlannedModel,
    answer: Vec<f32>,
    cosine: bool,
    /// What is taken for rounding among its values, as a share of their spread.
    pub(crate) rounding: f32,
    /// Item vectors as a bundle will hold them; those given are compared with else.
    pub(crate) stored: Option<ItemVectors>,
}

impl Export<'_> {
    /// Types and shapes of all outputs under a reading: they do not depend on what fills the inputs.
    ///
    /// # Errors
    /// Those of loading and running the graph.
    pub(crate) fn answered(&self, reading: &Reading) -> Result<Vec<Answered>> {
        let fed = feed(self.graph, self.inputs, reading, None)?;
        let mut graph = Runnable::load(&fed.graph.bytes(), &ModelLimits::none())?;
        let tensor = |input: &nearhand::bundle::InputSpec| {
            let len = input.shape.iter().product();
            let shape = input.shape.clone();
            if input.dtype == "i64" { Tensor::i64(shape, vec![1; len]) } else { Tensor::f32(shape, vec![1.0; len]) }
        };
        let order = graph.interface().inputs.clone();
        let inputs: Vec<Tensor> =
            order.iter().filter_map(|port| fed.inputs.iter().find(|input| input.name == port.name)).map(tensor).collect();
        let answers = graph.run(inputs)?;
        let named = |(port, tensor): (&Port, Tensor)| Answered {
            name: port.name.clone(),
            dtype: tensor.values.dtype().to_owned(),
            shape: tensor.shape.clone(),
        };
        Ok(self.outputs.iter().zip(answers).map(named).collect())
    }

    /// The graph as a reading has it.
    ///
    /// # Errors
    /// Those of loading the graph; `model-mismatch` where the output is of another width.
    pub(crate) fn load(&self, reading: &Reading, outputs: &[Answered]) -> Result<Loaded> {
        let output = outputs.get(reading.output).ok_or_else(|| Error::new(Code::ModelMismatch, "the graph has no output"))?;
        let last = output.shape.last().copied().unwrap_or(0);
        let mut reading = reading.clone();
        let offset = match reading.kind {
            OutputKind::Query => 0,
            OutputKind::Logits => offset(&reading, last.saturating_sub(self.items)),
        };
        reading.offset = Some(offset);
        let width = match reading.kind {
            OutputKind::Query => self.rows.map_or(last, |rows| rows.dim),
            OutputKind::Logits => self.items + offset,
        };
        if width > last {
            return Err(Error::new(Code::ModelMismatch, "the graph answers fewer values than there are items")
                .with("output", &output.name)
                .with("values", last)
                .with("items", self.items)
                .with("offset", offset));
        }
        let fed = feed(self.graph, self.inputs, &reading, self.rows)?;
        let (bytes, spec) = read(fed, output, &reading, (width, self.items))?;
        let mut loaded = Loaded::new(bytes, spec, self.rows.map(|rows| rows.dim), self.rounding)?;
        loaded.cosine = reading.cosine;
        Ok(loaded)
    }
}

/// Logits before the first item's: as many as numbers before the first item's, where there are as many more than items.
fn offset(reading: &Reading, spare: usize) -> usize {
    let own = reading.ids().and_then(|ids| usize::try_from(ids.offset).ok()).filter(|offset| *offset <= spare);
    reading.offset.or(own).unwrap_or(0)
}

/// The last values of an input, in words.
fn newest<T: ToString>(values: &[T]) -> String {
    let from = values.len().saturating_sub(SHOWN);
    let shown: Vec<String> = values.iter().skip(from).map(ToString::to_string).collect();
    if from > 0 { format!("… {}", shown.join(" ")) } else { shown.join(" ") }
}

/// Values of an input that an error shows.
const SHOWN: usize = 24;

impl Loaded {
    /// A graph that the engine fills and reads as it is.
    ///
    /// # Errors
    /// Those of loading the graph.
    pub(crate) fn new(bytes: Vec<u8>, spec: ModelSpec, dim: Option<usize>, rounding: f32) -> Result<Self> {
        let schema = Schema::new(&spec, dim, &Limits { window: usize::MAX, ..Limits::none() })?;
        let model = PlannedModel::load(&bytes, &spec, &ModelLimits::none())?;
        let (tensors, answer) = (schema.tensors(), Vec::new());
        Ok(Self { bytes, spec, schema, tensors, model, answer, cosine: false, rounding, stored: None })
    }

    /// Operators for which the graph runs on tract; none where the engine of the full tier takes it.
    ///
    /// # Errors
    /// None of a graph that is loaded.
    pub(crate) fn tract_for(&self) -> Result<Vec<String>> {
        match self.model.engine() {
            "tract" => Ok(nearhand_onnx::lacking(&self.bytes, &ModelLimits::none())?),
            _ => Ok(Vec::new()),
        }
    }

    /// Whether vectors go into the graph.
    pub(crate) fn takes_vectors(&self) -> bool {
        self.spec.inputs.iter().any(|input| input.feature == Feature::ItemVector)
    }

    /// The values of all items for a session.
    ///
    /// # Errors
    /// `model-failed`; `model-output-not-finite`.
    pub(crate) fn values(&mut self, session: &[ContextEvent], rows: Option<&Rows>) -> Result<Vec<f32>> {
        // A session keeps its newest events.
        let session = session.get(session.len().saturating_sub(MAX_EVENTS)..).unwrap_or_default();
        self.schema.encode(session, self.stored.as_ref().or(rows.map(|rows| &rows.stored)), &mut self.tensors);
        self.model.run(&self.tensors, session.len(), &mut self.answer)?;
        if let Some(at) = self.answer.iter().position(|v| !v.is_finite()) {
            return Err(Error::new(Code::ModelOutputNotFinite, "the model answers NaN or infinity to a session of the file")
                .with("at", at)
                .with("events", session.len())
                .with("inputs", self.seen()));
        }
        Ok(match self.spec.output.kind {
            OutputKind::Logits => self.answer.get(self.spec.output.offset..).unwrap_or_default().to_vec(),
            OutputKind::Query if self.stored.is_some() => self.stored.as_ref().map_or_else(Vec::new, |stored| {
                (0..stored.len() as u32).map(|item| stored.score(ItemIdx(item), &self.answer)).collect()
            }),
            OutputKind::Query => rows.map_or_else(Vec::new, |rows| {
                let of = if self.cosine { &rows.cosine } else { &rows.dot };
                of.chunks_exact(rows.dim.max(1)).map(|row| row.iter().zip(&self.answer).map(|(a, b)| a * b).sum()).collect()
            }),
        })
    }

    /// The model's answer to the last session: a query, where it answers one.
    pub(crate) fn answer(&self) -> &[f32] {
        &self.answer
    }

    /// The inputs of the last run, as the graph saw them.
    pub(crate) fn seen(&self) -> String {
        let text = |tensor: &Tensor| match &tensor.values {
            Values::I64(v) => newest(v),
            Values::F32(v) if v.len() <= 256 => newest(v),
            other => format!("{} values", other.len()),
        };
        let one = |(input, tensor): (&nearhand::bundle::InputSpec, &Tensor)| format!("{}=[{}]", input.name, text(tensor));
        self.spec.inputs.iter().zip(&self.tensors).map(one).collect::<Vec<_>>().join(" ")
    }
}
