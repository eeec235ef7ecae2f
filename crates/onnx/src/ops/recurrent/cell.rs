//! The kernel of recurrent cells: step by step through every sequence.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::refusal::{failed, malformed};
use nearhand_kernels::recurrent::{Curves, gru_step, lstm_step, pack_into, pack_len, rnn_step};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Gru,
    Lstm,
    Rnn,
}

/// Inputs: W x `[T, B, G·H]` of each direction, R where it is not packed, B, then lengths, initial h, initial c, peepholes where
/// given. Outputs: Y `[T, D, B, H]`, Y_h, and Y_c of an LSTM.
#[derive(Debug)]
pub(super) struct Recurrent {
    pub(super) cell: Cell,
    pub(super) gates: usize,
    pub(super) hidden: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) directions: usize,
    pub(super) reverse: bool,
    pub(super) linear_before_reset: bool,
    /// Of each direction.
    pub(super) curves: [Curves; 2],
    pub(super) has_lengths: bool,
    pub(super) has_h: bool,
    pub(super) has_c: bool,
    pub(super) has_p: bool,
    /// Whether W x holds the biases already.
    pub(super) folded: bool,
    /// R of each direction as the steps want it, where it is constant.
    pub(super) packed: Option<Arc<Vec<Vec<f32>>>>,
}

/// Inputs past the products, and working memory.
struct Parts<'r> {
    biases: &'r [f32],
    lengths: Option<&'r [i32]>,
    peepholes: &'r [f32],
}

impl Recurrent {
    /// Values of working memory for the steps, and for a row with its biases.
    const fn working(&self) -> (usize, usize) {
        ((self.gates + 1) * self.hidden, self.gates * self.hidden)
    }

    /// The steps of one direction. `state` holds h, and c for an LSTM, of all sequences of the direction.
    #[allow(clippy::too_many_arguments)]
    fn run_direction(
        &self,
        d: usize,
        products: &[f32],
        r: &[f32],
        parts: &Parts<'_>,
        y: &mut [f32],
        (h, c): (&mut [f32], &mut [f32]),
        (scratch, shifted): (&mut [f32], &mut [f32]),
    ) -> Result<()> {
        let (n, g) = (self.hidden, self.gates * self.hidden);
        let bias = parts.biases.get(d * 2 * g..(d + 1) * 2 * g).ok_or_else(|| failed("shape of B"))?;
        let (input_bias, hidden_bias) = bias.split_at(g);
        let peephole = parts.peepholes.get(d * 3 * n..(d + 1) * 3 * n).unwrap_or_default();
        let backwards = self.reverse || d == 1;
        let curves = self.curves.get(d).unwrap_or(&Curves::USUAL);
        for step in 0..self.steps {
            for b in 0..self.batch {
                let length = self.length(parts, b)?;
                // Past its end a sequence is silent, and its state stays.
                let t = if backwards && step < length { length - 1 - step } else { step };
                let out = ((t * self.directions + d) * self.batch + b) * n;
                let row = (t * self.batch + b) * g;
                let (Some(p), Some(h), Some(out)) =
                    (products.get(row..row + g), h.get_mut(b * n..(b + 1) * n), y.get_mut(out..out + n))
                else {
                    return Err(failed("shape of an input"));
                };
                if step >= length {
                    out.fill(0.0);
                    if length == 0 {
                        // As onnxruntime has it: what never began has no state, not even the one given.
                        h.fill(0.0);
                        c.get_mut(b * n..(b + 1) * n).unwrap_or_default().fill(0.0);
                    }
                    continue;
                }
                let x = if self.folded {
                    p
                } else {
                    shift(p, input_bias, if self.cell == Cell::Gru { &[] } else { hidden_bias }, shifted);
                    &*shifted
                };
                match self.cell {
                    Cell::Gru => gru_step(x, r, hidden_bias, (self.linear_before_reset, curves), h, scratch),
                    Cell::Lstm => {
                        let c = c.get_mut(b * n..(b + 1) * n).unwrap_or_default();
                        lstm_step(x, r, peephole, curves, (h, c), scratch.get_mut(..g).unwrap_or_default());
                    }
                    Cell::Rnn => rnn_step(x, r, curves, h, scratch.get_mut(..n).unwrap_or_default()),
                }
                out.copy_from_slice(h);
            }
        }
        Ok(())
    }

    /// Steps of a sequence.
    fn length(&self, parts: &Parts<'_>, b: usize) -> Result<usize> {
        let Some(lengths) = parts.lengths else { return Ok(self.steps) };
        let length = lengths.get(b).and_then(|l| usize::try_from(*l).ok()).filter(|l| *l <= self.steps);
        length.ok_or_else(|| failed("a sequence's length is below 0 or beyond the input's"))
    }
}

impl Kernel for Recurrent {
    fn name(&self) -> &'static str {
        "Recurrent"
    }

    fn weights(&self) -> usize {
        self.packed.iter().flat_map(|r| r.iter()).map(|r| size_of_val(&**r)).sum()
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        if inputs.len() <= self.directions {
            return Err(malformed("number of inputs", &inputs.len().to_string()));
        }
        let last = Fact::new(DType::F32, &[self.directions, self.batch, self.hidden]);
        let mut out = vec![Fact::new(DType::F32, &[self.steps, self.directions, self.batch, self.hidden]), last.clone()];
        if self.cell == Cell::Lstm {
            out.push(last);
        }
        Ok(out)
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        let (steps, row) = self.working();
        let packed = if self.packed.is_some() { 0 } else { pack_len(self.gates, self.hidden) };
        (steps + row + packed) * size_of::<f32>()
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let mut at = self.directions;
        let mut next = |given: bool| {
            at += usize::from(given);
            given.then(|| at - 1)
        };
        let (r, biases, lengths) = (next(self.packed.is_none()), next(true), next(self.has_lengths));
        let (h0, c0, p) = (next(self.has_h), next(self.has_c), next(self.has_p));
        let floats = |at: Option<usize>| at.map_or(Ok(&[][..]), |at| inputs.get::<f32>(at));
        let parts = Parts {
            biases: floats(biases)?,
            lengths: lengths.map(|at| inputs.get::<i32>(at)).transpose()?,
            peepholes: floats(p)?,
        };
        let (matrices, h0, c0) = (floats(r)?, floats(h0)?, floats(c0)?);
        let (y, h, c) = match self.cell {
            Cell::Lstm => outputs.three::<f32, f32, f32>()?,
            _ => {
                let (y, h) = outputs.two::<f32, f32>()?;
                (y, h, &mut [][..])
            }
        };
        start(h, h0);
        start(c, c0);
        let (steps, row) = self.working();
        let working = scratch.all_mut::<f32>();
        let short = || failed("working memory");
        let (scratch, working) = working.split_at_mut_checked(steps).ok_or_else(short)?;
        let (shifted, working) = working.split_at_mut_checked(row).ok_or_else(short)?;
        let (size, state) = (self.gates * self.hidden * self.hidden, self.batch * self.hidden);
        for d in 0..self.directions {
            let r = match &self.packed {
                Some(packed) => packed.get(d).map(Vec::as_slice).ok_or_else(|| failed("shape of R"))?,
                None => {
                    let r = matrices.get(d * size..(d + 1) * size).ok_or_else(|| failed("shape of R"))?;
                    let packed = working.get_mut(..pack_len(self.gates, self.hidden)).ok_or_else(short)?;
                    pack_into(r, self.gates, self.hidden, packed);
                    &*packed
                }
            };
            let h = h.get_mut(d * state..(d + 1) * state).unwrap_or_default();
            let c = c.get_mut(d * state..(d + 1) * state).unwrap_or_default();
            self.run_direction(d, inputs.get::<f32>(d)?, r, &parts, y, (h, c), (&mut *scratch, &mut *shifted))?;
        }
        Ok(())
    }
}

/// The state before the first step: as given, else zeros.
fn start(state: &mut [f32], given: &[f32]) {
    if given.len() == state.len() { state.copy_from_slice(given) } else { state.fill(0.0) }
}

/// `to = x + a + b`; `b` may be empty.
fn shift(x: &[f32], a: &[f32], b: &[f32], to: &mut [f32]) {
    for ((to, x), a) in to.iter_mut().zip(x).zip(a) {
        *to = x + a;
    }
    for (to, b) in to.iter_mut().zip(b) {
        *to += b;
    }
}
