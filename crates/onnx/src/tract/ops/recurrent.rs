//! GRU, LSTM and RNN with their default activations: the products with W in one piece, then step by step.

use super::affine::{Matrix, affine};
use crate::error::Result;
use crate::tract::import::{Op, Wires, engine};
use crate::tract::own::{Kernel, Own, shape_of, slice};
use nearhand_kernels::recurrent::{gru_step, lstm_step, pack, rnn_step};
use std::borrow::Cow;
use tract_core::internal::*;
use tract_core::ops::change_axes::AxisOp;
use tract_core::ops::einsum::EinSum;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Gru,
    Lstm,
    Rnn,
}

pub(super) fn recurrent(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, w, r) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.only(x, &[DatumType::F32])?;
    let (cell, gates) = match op.node.op_type {
        "GRU" => (Cell::Gru, 3),
        "LSTM" => (Cell::Lstm, 4),
        _ => (Cell::Rnn, 1),
    };
    if op.int("layout", 0)? != 0 || op.attribute("clip").is_some() || op.int("input_forget", 0)? != 0 {
        return Err(op.refuse("layout, clip or coupled gates"));
    }
    let (directions, first) = match op.text("direction", "forward")? {
        "forward" => (1, false),
        "reverse" => (1, true),
        "bidirectional" => (2, false),
        _ => return Err(op.bad("direction")),
    };
    activations(op, cell, directions)?;
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    let &[steps, batch, width] = &*shape else { return Err(op.bad("rank of X")) };
    let hidden = weights.get(1).copied().unwrap_or(0) / gates;
    let said = op.int("hidden_size", hidden as i64)?;
    let expect = |op: &Op<'_, '_>, wire: OutletId, dims: &[usize]| -> Result<()> {
        if op.shape(wire)?[..] == *dims && op.dtype(wire)? == DatumType::F32 { Ok(()) } else { Err(op.bad("shape of an input")) }
    };
    if hidden == 0 || said != hidden as i64 || shape.contains(&0) {
        return Err(op.bad("hidden_size"));
    }
    expect(op, w, &[directions, gates * hidden, width])?;
    expect(op, r, &[directions, gates * hidden, hidden])?;
    op.work(&[directions, steps, batch, gates * hidden, hidden])?;
    let bias = match op.maybe(3) {
        Some(bias) => bias,
        None => {
            let zeros = vec![0.0_f32; directions * 2 * gates * hidden];
            op.constant(Tensor::from_shape(&[directions, 2 * gates * hidden], &zeros).map_err(|e| engine(&e))?)?
        }
    };
    expect(op, bias, &[directions, 2 * gates * hidden])?;
    if let Some(lengths) = op.maybe(4)
        && op.ints(lengths, "sequence_lens")? != vec![steps as i64; batch]
    {
        return Err(op.refuse("sequences shorter than the input"));
    }
    // Initial states ride along where given; zeros otherwise.
    let mut inputs: TVec<OutletId> = tvec!();
    // [T, B, I] × [D, G·H, I] → [D, T, B, G·H]. With a constant W of one direction, what is added to every step is in it.
    let shift = constant_bias(op, bias, cell, gates * hidden)?;
    let folded = match shift {
        Some(shift) if directions == 1 => affine(op, x, &Matrix { wire: w, turned: true, factor: 1.0 }, shift)?,
        _ => None,
    };
    let product = match folded {
        Some(product) => op.wire(AxisOp::Add(0), &[product])?,
        None => {
            op.work(&[directions, steps, batch, gates * hidden, width])?;
            let formula = "tbi,dgi->dtbg".parse().map_err(|e: TractError| engine(&e))?;
            op.wire(EinSum::new(formula, DatumType::F32), &[x, w])?
        }
    };
    inputs.push(product);
    let packed = match op.konst(r)? {
        Some(r) => packed(slice::<f32>(&r).map_err(|e| engine(&e))?, gates, hidden),
        None => {
            inputs.push(r);
            Vec::new()
        }
    };
    inputs.push(bias);
    let mut state = |op: &mut Op<'_, '_>, at: usize, dims: &[usize]| -> Result<bool> {
        let Some(wire) = op.maybe(at) else { return Ok(false) };
        expect(op, wire, dims)?;
        inputs.push(wire);
        Ok(true)
    };
    let has_h = state(op, 5, &[directions, batch, hidden])?;
    let has_c = cell == Cell::Lstm && state(op, 6, &[directions, batch, hidden])?;
    let has_p = cell == Cell::Lstm && state(op, 7, &[directions, 3 * hidden])?;
    let linear_before_reset = cell == Cell::Gru && op.int("linear_before_reset", 0)? != 0;
    let kernel = Recurrent {
        cell,
        gates,
        hidden,
        steps,
        batch,
        directions,
        reverse: first,
        linear_before_reset,
        has_h,
        has_c,
        has_p,
        folded: folded.is_some(),
        packed,
    };
    let out = op.wires(Own::new(kernel), &inputs)?;
    // Y leaves as [T, D, B, H].
    let mut out = out.into_iter();
    let y = out.next().ok_or_else(|| op.bad("no output"))?;
    let y = op.wire(AxisOp::Move(0, 1), &[y])?;
    Ok([y].into_iter().chain(out).collect())
}

/// Only the activations that the operators have by default.
fn activations(op: &Op<'_, '_>, cell: Cell, directions: usize) -> Result<()> {
    let _ = (op.attribute("activation_alpha"), op.attribute("activation_beta"));
    let Some(given) = op.attribute("activations") else { return Ok(()) };
    let usual: &[&str] = match cell {
        Cell::Gru => &["Sigmoid", "Tanh"],
        Cell::Lstm => &["Sigmoid", "Tanh", "Tanh"],
        Cell::Rnn => &["Tanh"],
    };
    let given = given.texts()?;
    if given.len() == usual.len() * directions && given.iter().zip(usual.iter().cycle()).all(|(a, b)| a == b) {
        return Ok(());
    }
    Err(op.refuse("activations other than the default ones"))
}

/// What is added to W x at every step, where it is constant: the biases of the input and, but for a GRU, whose reset gate
/// comes between, those of the state.
fn constant_bias(op: &Op<'_, '_>, bias: OutletId, cell: Cell, len: usize) -> Result<Option<Vec<f32>>> {
    let Some(bias) = op.konst(bias)? else { return Ok(None) };
    let values = slice::<f32>(&bias).map_err(|e| engine(&e))?;
    let (input, state) = values.split_at(len.min(values.len()));
    Ok(Some(match cell {
        Cell::Gru => input.to_vec(),
        _ => input.iter().zip(state).map(|(a, b)| a + b).collect(),
    }))
}

/// Inputs: W x `[D, T, B, G·H]`, R where it is not packed, B, then initial h, initial c, peepholes where given.
/// Outputs: Y `[D, T, B, H]`, Y_h, and Y_c of an LSTM.
#[derive(Debug)]
struct Recurrent {
    cell: Cell,
    gates: usize,
    hidden: usize,
    steps: usize,
    batch: usize,
    directions: usize,
    reverse: bool,
    linear_before_reset: bool,
    has_h: bool,
    has_c: bool,
    has_p: bool,
    /// Whether W x holds the biases already.
    folded: bool,
    /// R of each direction as the steps want it, where it is constant; else none.
    packed: Vec<Vec<f32>>,
}

/// R, a matrix a direction, as the steps want it.
fn packed(recurrent: &[f32], gates: usize, hidden: usize) -> Vec<Vec<f32>> {
    recurrent.chunks_exact(gates * hidden * hidden).map(|r| pack(r, gates, hidden)).collect()
}

impl Kernel for Recurrent {
    fn name(&self) -> &'static str {
        "Recurrent"
    }

    fn facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        for input in inputs {
            shape_of(input)?;
        }
        let last = f32::fact([self.directions, self.batch, self.hidden]);
        let mut out = tvec!(f32::fact([self.directions, self.steps, self.batch, self.hidden]), last.clone());
        if self.cell == Cell::Lstm {
            out.push(last);
        }
        Ok(out)
    }

    fn run(&self, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (n, g) = (self.hidden, self.gates * self.hidden);
        let mut rest = inputs.iter();
        let mut next = || rest.next().ok_or_else(|| format_err!("an input is missing")).and_then(|t| slice::<f32>(t));
        let products = next()?;
        let matrices = match &self.packed[..] {
            [] => Cow::Owned(packed(next()?, self.gates, n)),
            constant => Cow::Borrowed(constant),
        };
        let biases = next()?;
        let mut h = if self.has_h { next()?.to_vec() } else { vec![0.0; self.directions * self.batch * n] };
        let mut c = if self.has_c { next()?.to_vec() } else { vec![0.0; self.directions * self.batch * n] };
        let peepholes = if self.has_p { next()? } else { &[] };
        let mut y = vec![0.0_f32; self.directions * self.steps * self.batch * n];
        let mut scratch = vec![0.0_f32; (self.gates + 1) * n];
        let mut shifted = vec![0.0_f32; g];
        for d in 0..self.directions {
            let (Some(r), Some(bias)) = (matrices.get(d), biases.get(d * 2 * g..(d + 1) * 2 * g)) else {
                bail!("shape of R or B")
            };
            let (input_bias, hidden_bias) = bias.split_at(g);
            let peephole = peepholes.get(d * 3 * n..(d + 1) * 3 * n).unwrap_or_default();
            let backwards = self.reverse || d == 1;
            for step in 0..self.steps {
                let t = if backwards { self.steps - 1 - step } else { step };
                for b in 0..self.batch {
                    let row = (d * self.steps + t) * self.batch + b;
                    let state = (d * self.batch + b) * n..(d * self.batch + b + 1) * n;
                    let (Some(p), Some(h), Some(c)) =
                        (products.get(row * g..(row + 1) * g), h.get_mut(state.clone()), c.get_mut(state))
                    else {
                        bail!("shape of an input")
                    };
                    let x = if self.folded {
                        p
                    } else {
                        let state_bias = if self.cell == Cell::Gru { &[] } else { hidden_bias };
                        shift(p, input_bias, state_bias, &mut shifted);
                        &shifted
                    };
                    match self.cell {
                        Cell::Gru => gru_step(x, r, hidden_bias, self.linear_before_reset, h, &mut scratch),
                        Cell::Lstm => lstm_step(x, r, peephole, h, c, &mut scratch[..g]),
                        Cell::Rnn => rnn_step(x, r, h, &mut scratch[..n]),
                    }
                    if let Some(out) = y.get_mut(row * n..(row + 1) * n) {
                        out.copy_from_slice(h);
                    }
                }
            }
        }
        let state = [self.directions, self.batch, n];
        let mut out = tvec!(
            Tensor::from_shape(&[self.directions, self.steps, self.batch, n], &y)?.into_tvalue(),
            Tensor::from_shape(&state, &h)?.into_tvalue()
        );
        if self.cell == Cell::Lstm {
            out.push(Tensor::from_shape(&state, &c)?.into_tvalue());
        }
        Ok(out)
    }
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
