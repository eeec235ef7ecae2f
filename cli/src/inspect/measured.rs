//! A model run with the clock in hand.

use super::given::{self, Given};
use nearhand::{Code, Error, Result};
use nearhand_onnx::file::{Model, Node};
use nearhand_onnx::{Graph, Memory, ModelLimits, Step, Tensor};
use serde::Serialize;
use std::time::{Duration, Instant};

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Profile {
    pub(super) file: String,
    /// `nearhand`, `tract` or `tabular`.
    pub(super) engine: String,
    pub(super) inputs: Vec<Given>,
    pub(super) runs: u32,
    /// Microseconds: reading, checking and, where shapes are fixed, planning.
    pub(super) opened_us: f64,
    /// The first run, planning included where shapes are open.
    pub(super) first_us: f64,
    /// A run: inputs, steps, and copies of the outputs.
    pub(super) median_us: f64,
    pub(super) fastest_us: f64,
    /// Before the first step: inputs are checked and copied.
    pub(super) inputs_us: f64,
    /// Of the plan, in bytes.
    pub(super) memory: Option<Sizes>,
    pub(super) steps: Vec<Row>,
}

/// Memory of the plan, in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Sizes {
    pub(super) arena: usize,
    pub(super) scratch: usize,
    pub(super) constants: usize,
    pub(super) packed: usize,
    pub(super) file: usize,
    pub(super) total: usize,
}

impl From<Memory> for Sizes {
    fn from(m: Memory) -> Self {
        let Memory { arena, scratch, constants, packed, file } = m;
        Self { arena, scratch, constants, packed, file, total: m.total() }
    }
}

/// A step, measured.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) kernel: &'static str,
    /// The node that it came from: its number in the file, its operator, and its name, or that of its first output.
    pub(super) node: Option<usize>,
    pub(super) operator: Option<String>,
    pub(super) name: Option<String>,
    /// Median microseconds. Those of the last step hold the copies of the outputs.
    pub(super) us: f64,
    /// Of all steps' medians.
    pub(super) share: f64,
    pub(super) reads: usize,
    pub(super) writes: usize,
    pub(super) weights: usize,
    pub(super) scratch: usize,
    pub(super) dtype: &'static str,
    pub(super) shape: Vec<usize>,
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().map_or(0.0, micros)
}

/// Times of the steps of one run, and the time before the first.
fn timed(graph: &mut Graph, inputs: Vec<Tensor>, steps: usize) -> nearhand_onnx::Result<(Duration, Vec<Duration>)> {
    let mut marks = Vec::with_capacity(steps);
    let start = Instant::now();
    graph.run_watched(inputs, &mut |_, _| {
        marks.push(Instant::now());
        true
    })?;
    let end = Instant::now();
    let before = marks.first().map_or_else(|| end - start, |first| *first - start);
    let ends = marks.iter().skip(1).copied().chain([end]);
    Ok((before, marks.iter().zip(ends).map(|(from, to)| to - *from).collect()))
}

impl Profile {
    /// Opens a graph and runs it once, and then `runs` times with the clock in hand.
    pub(super) fn of(
        file: String,
        onnx: &[u8],
        inputs: Vec<Given>,
        fills: &[(String, i64)],
        runs: u32,
        limits: &ModelLimits,
    ) -> Result<Self> {
        let tensors = given::tensors(&inputs, fills)?;
        let start = Instant::now();
        let mut graph = Graph::load(onnx, limits)?;
        let opened_us = micros(start.elapsed());
        let start = Instant::now();
        graph.run(tensors.clone()).map_err(made_up)?;
        let first_us = micros(start.elapsed());
        let told = graph.steps();
        let (mut wholes, mut befores, mut steps) = (Vec::new(), Vec::new(), vec![Vec::new(); told.len()]);
        for _ in 0..runs {
            let (before, times) = timed(&mut graph, tensors.clone(), told.len()).map_err(made_up)?;
            wholes.push(before + times.iter().sum::<Duration>());
            befores.push(before);
            steps.iter_mut().zip(times).for_each(|(all, time)| all.push(time));
        }
        let medians: Vec<f64> = steps.iter_mut().map(|times| median(times)).collect();
        let sum = medians.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let model = Model::read(onnx, &limits.file)?;
        let engine = match told.as_slice() {
            [Step { kernel: kernel @ ("tract" | "tabular"), .. }] => *kernel,
            _ => "nearhand",
        };
        let rows = told.into_iter().zip(medians).map(|(step, us)| Row::of(step, us, us / sum, &model.graph.nodes));
        Ok(Self {
            file,
            engine: engine.to_owned(),
            inputs,
            runs,
            opened_us,
            first_us,
            fastest_us: wholes.iter().min().copied().map_or(0.0, micros),
            median_us: median(&mut wholes),
            inputs_us: median(&mut befores),
            memory: graph.memory().map(Sizes::from),
            steps: rows.collect(),
        })
    }
}

/// What fails on made-up inputs may run on others.
fn made_up(error: nearhand_onnx::Error) -> Error {
    let error = Error::from(error);
    if error.code() == Code::ModelFailed {
        return error.with("inputs", "made up: --fill INPUT=N says what whole numbers are filled with");
    }
    error
}

impl Row {
    fn of(step: Step, us: f64, share: f64, nodes: &[Node<'_>]) -> Self {
        let node = step.node.and_then(|number| nodes.get(number));
        let name =
            |n: &Node<'_>| if n.name.is_empty() { n.outputs.first().copied().unwrap_or_default() } else { n.name }.to_owned();
        let (dtype, shape) = step.output;
        Self {
            kernel: step.kernel,
            node: step.node,
            operator: node.map(|n| n.op_type.to_owned()),
            name: node.map(name),
            us,
            share,
            reads: step.reads,
            writes: step.writes,
            weights: step.weights,
            scratch: step.scratch,
            dtype,
            shape,
        }
    }
}
