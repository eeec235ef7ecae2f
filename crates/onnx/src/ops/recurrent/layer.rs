//! GRU, LSTM and RNN: the products with W in one piece, then step by step.

use super::cell::{Cell, Recurrent};
use crate::dtype::DType;
use crate::error::Result;
use crate::fact::Constant;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::affine::{Matrix, affine};
use crate::ops::base::layout::permuted;
use crate::ops::products::product::{Sides, product};
use nearhand_kernels::recurrent::{Curve, Curves, pack};

pub(in crate::ops) fn recurrent(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, w, r) = (op.input(0)?, op.input(1)?, op.input(2)?);
    op.only(x, &[DType::F32])?;
    let (cell, gates) = match op.node.op_type {
        "GRU" => (Cell::Gru, 3),
        "LSTM" => (Cell::Lstm, 4),
        _ => (Cell::Rnn, 1),
    };
    // Batches come first where the layout says so.
    let batched = op.int("layout", 0)? != 0;
    if op.int("input_forget", 0)? != 0 {
        return Err(op.refuse("coupled gates"));
    }
    let (directions, reverse) = match op.text("direction", "forward")? {
        "forward" => (1, false),
        "reverse" => (1, true),
        "bidirectional" => (2, false),
        _ => return Err(op.bad("direction")),
    };
    let curves = curves(op, cell, directions)?;
    if op.rank(x)? != 3 {
        return Err(op.bad("rank of X"));
    }
    let x = if batched { permuted(op, x, &[1, 0, 2])? } else { x };
    let (shape, weights) = (op.shape(x)?, op.shape(w)?);
    let &[steps, batch, width] = &*shape else { return Err(op.bad("rank of X")) };
    let hidden = weights.get(1).copied().unwrap_or(0) / gates;
    let said = op.int("hidden_size", hidden as i64)?;
    if hidden == 0 || said != hidden as i64 || shape.contains(&0) {
        return Err(op.bad("hidden_size"));
    }
    expect(op, w, &[directions, gates * hidden, width])?;
    expect(op, r, &[directions, gates * hidden, hidden])?;
    op.work(&[directions, steps, batch, gates * hidden, hidden])?;
    let bias = match op.maybe(3) {
        Some(bias) => bias,
        None => {
            let shape = [directions, 2 * gates * hidden];
            op.constant(Constant::f32(&shape, &vec![0.0; shape.iter().product()]))?
        }
    };
    expect(op, bias, &[directions, 2 * gates * hidden])?;
    let lengths = lengths(op, steps, batch)?;
    let (mut inputs, folded) = products(op, x, w, bias, cell, gates * hidden)?;
    let packed = match op.konst(r)? {
        Some(known) => Some(op.packed(&known, ("recurrent", &[gates, hidden]), || {
            Ok(known.get::<f32>().chunks_exact(gates * hidden * hidden).map(|r| pack(r, gates, hidden)).collect::<Vec<_>>())
        })?),
        None => {
            inputs.push(r);
            None
        }
    };
    inputs.push(bias);
    inputs.extend(lengths);
    let mut state = |op: &mut Op<'_, '_>, at: usize| -> Result<bool> {
        let Some(wire) = op.maybe(at) else { return Ok(false) };
        expect(op, wire, &if batched { [batch, directions, hidden] } else { [directions, batch, hidden] })?;
        inputs.push(if batched { permuted(op, wire, &[1, 0, 2])? } else { wire });
        Ok(true)
    };
    let has_h = state(op, 5)?;
    let has_c = cell == Cell::Lstm && state(op, 6)?;
    let peepholes = if cell == Cell::Lstm { op.maybe(7) } else { None };
    if let Some(wire) = peepholes {
        expect(op, wire, &[directions, 3 * hidden])?;
        inputs.push(wire);
    }
    let linear_before_reset = cell == Cell::Gru && op.int("linear_before_reset", 0)? != 0;
    let has_lengths = lengths.is_some();
    let has_p = peepholes.is_some();
    let kernel = Recurrent {
        cell,
        gates,
        hidden,
        steps,
        batch,
        directions,
        reverse,
        linear_before_reset,
        curves,
        has_lengths,
        has_h,
        has_c,
        has_p,
        folded,
        packed,
    };
    let out = op.add_all(kernel, &inputs)?;
    if !batched {
        return Ok(out);
    }
    let turned =
        |op: &mut Op<'_, '_>, (at, wire): (usize, Wire)| permuted(op, wire, if at == 0 { &[2, 0, 1, 3] } else { &[1, 0, 2] });
    out.into_iter().enumerate().map(|part| turned(op, part)).collect()
}

fn expect(op: &Op<'_, '_>, wire: Wire, dims: &[usize]) -> Result<()> {
    if op.shape(wire)?[..] == *dims && op.dtype(wire)? == DType::F32 { Ok(()) } else { Err(op.bad("shape of an input")) }
}

/// Lengths of sequences, where they are not known to be those of the input.
fn lengths(op: &mut Op<'_, '_>, steps: usize, batch: usize) -> Result<Option<Wire>> {
    let Some(lengths) = op.maybe(4) else { return Ok(None) };
    if op.shape(lengths)?[..] != [batch] || op.only(lengths, &[DType::I32])? != DType::I32 {
        return Err(op.bad("shape of an input"));
    }
    let whole = op.konst(lengths)?.is_some_and(|known| known.ints().iter().all(|l| *l == steps as i64));
    Ok(if whole { None } else { Some(lengths) })
}

/// X Wᵀ of each direction, `[T, B, G·H]`; and whether what is added at every step is in it, as it is with constant weights.
fn products(op: &mut Op<'_, '_>, x: Wire, w: Wire, bias: Wire, cell: Cell, rows: usize) -> Result<(Vec<Wire>, bool)> {
    let [directions, _, width] = op.shape(w)?[..] else { return Err(op.bad("shape of an input")) };
    let biases = constant_bias(op, bias, cell, rows)?;
    let mut out = Vec::with_capacity(directions);
    let mut folded = true;
    for d in 0..directions {
        let wire = op.view(w, &[rows, width], d * rows * width)?;
        let shift = biases.get(d * rows..(d + 1) * rows).map(<[f32]>::to_vec);
        let fast = match shift {
            Some(shift) => affine(op, x, &Matrix { wire, turned: true, factor: 1.0 }, shift)?,
            None => None,
        };
        folded &= fast.is_some();
        out.push(match fast {
            Some(fast) => fast,
            None => product(op, &Sides { a: x, b: wire, turned: true, factor: 1.0 }, true)?,
        });
    }
    Ok((out, folded))
}

/// The curves of each direction.
fn curves(op: &Op<'_, '_>, cell: Cell, directions: usize) -> Result<[Curves; 2]> {
    let clip = op.float("clip", f32::INFINITY)?;
    if clip.is_nan() || clip <= 0.0 {
        return Err(op.bad("clip"));
    }
    let mut out = [Curves { clip, ..Curves::USUAL }; 2];
    let floats = |name: &str| op.attribute(name).map_or(Ok(Vec::new()), |a| a.floats()).map(Vec::into_iter);
    let (mut alphas, mut betas) = (floats("activation_alpha")?, floats("activation_beta")?);
    let Some(given) = op.attribute("activations") else { return Ok(out) };
    let given = given.texts()?;
    let each = match cell {
        Cell::Gru => 2,
        Cell::Lstm => 3,
        Cell::Rnn => 1,
    };
    if given.len() != each * directions {
        return Err(op.bad("number of activations"));
    }
    for (names, curves) in given.chunks_exact(each).zip(&mut out) {
        for (at, name) in names.iter().enumerate() {
            // Each takes the numbers that it has, in order.
            let curve = match *name {
                "Sigmoid" => Curve::Sigmoid,
                "Tanh" => Curve::Tanh,
                "Relu" => Curve::Relu,
                "LeakyRelu" => Curve::LeakyRelu(alphas.next().unwrap_or(0.01)),
                "HardSigmoid" => Curve::HardSigmoid(alphas.next().unwrap_or(0.2), betas.next().unwrap_or(0.5)),
                "Affine" => Curve::Affine(alphas.next().unwrap_or(1.0), betas.next().unwrap_or(0.0)),
                _ => return Err(op.refuse("an activation of this name").with("activation", name)),
            };
            match (cell, at) {
                (Cell::Rnn, _) | (_, 1) => curves.inner = curve,
                (_, 0) => curves.gate = curve,
                _ => curves.outer = curve,
            }
        }
    }
    Ok(out)
}

/// What is added to W x at every step, one row a direction, where it is constant: the biases of the input and, but for a GRU,
/// whose reset gate comes between, those of the state. Empty where it is not.
fn constant_bias(op: &Op<'_, '_>, bias: Wire, cell: Cell, rows: usize) -> Result<Vec<f32>> {
    let Some(bias) = op.konst(bias)? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for both in bias.get::<f32>().chunks_exact(2 * rows) {
        let (input, state) = both.split_at(rows);
        match cell {
            Cell::Gru => out.extend_from_slice(input),
            _ => out.extend(input.iter().zip(state).map(|(a, b)| a + b)),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, draw, given, known, near, node, numbers, refusal};
    use crate::tensor::{Tensor, Values};

    const CELLS: [(&str, usize); 3] = [("GRU", 3), ("LSTM", 4), ("RNN", 1)];

    fn lengths(values: &[i32]) -> Tensor {
        Tensor { shape: vec![values.len()], values: Values::I32(values.to_vec()) }
    }

    /// Y, Y_h, and Y_c of an LSTM.
    fn run(cell: &str, attributes: &[A], inputs: &[In]) -> Vec<Tensor> {
        node(14, cell, attributes, inputs, &["f32"; 3][..if cell == "LSTM" { 3 } else { 2 }]).unwrap()
    }

    #[test]
    fn known_weights_and_given_ones_answer_alike() {
        for (cell, gates) in CELLS {
            let (n, width, steps, batch) = (3, 2, 4, 2);
            let x = draw(steps * batch * width, 1);
            let (w, r, b) = (draw(2 * gates * n * width, 2), draw(2 * gates * n * n, 3), draw(4 * gates * n, 4));
            let inputs = |weight: fn(&[usize], &[f32]) -> In| {
                let weights =
                    [weight(&[2, gates * n, width], &w), weight(&[2, gates * n, n], &r), weight(&[2, 2 * gates * n], &b)];
                [vec![given(&[steps, batch, width], &x)], weights.to_vec()].concat()
            };
            let both = [A::Text("direction", "bidirectional"), A::Int("hidden_size", n as i64)];
            let (have, want) = (run(cell, &both, &inputs(given)), run(cell, &both, &inputs(known)));
            for (have, want) in have.iter().zip(&want) {
                assert!(have.shape == want.shape && near(&numbers(have), &numbers(want)), "{cell}");
            }
            // The state at the end is the last step's of one direction, the first's of the other.
            let (y, h) = (numbers(&want[0]), numbers(&want[1]));
            assert_eq!(
                (&y[y.len() - 2 * batch * n..][..batch * n], &y[batch * n..2 * batch * n]),
                (&h[..batch * n], &h[batch * n..])
            );
        }
    }

    #[test]
    fn a_short_sequence_is_as_if_it_were_alone() {
        for (cell, gates) in CELLS {
            let (n, width, steps) = (2, 2, 4);
            let x = draw(steps * 2 * width, 1);
            let (w, r) = (draw(gates * n * width, 2), draw(gates * n * n, 3));
            for direction in ["forward", "reverse"] {
                let attributes = [A::Text("direction", direction)];
                let weights = [known(&[1, gates * n, width], &w), known(&[1, gates * n, n], &r)];
                let with = |x: In, ends: In| [vec![x], weights.to_vec(), vec![In::None, ends]].concat();
                let ends = In::Given(lengths(&[4, 3]));
                let all = run(cell, &attributes, &with(given(&[steps, 2, width], &x), ends));
                // The second of the two, its first three steps.
                let alone: Vec<f32> = (0..3).flat_map(|t| x[(t * 2 + 1) * width..(t * 2 + 2) * width].to_vec()).collect();
                let one = run(cell, &attributes, &with(given(&[3, 1, width], &alone), In::None));
                let (y, want) = (numbers(&all[0]), numbers(&one[0]));
                let second: Vec<f32> = (0..4).flat_map(|t| y[(t * 2 + 1) * n..(t * 2 + 2) * n].to_vec()).collect();
                assert_eq!((&second[..3 * n], &second[3 * n..]), (&want[..], &[0.0; 2][..]), "{cell} {direction}");
                for (all, one) in all.iter().zip(&one).skip(1) {
                    assert_eq!(numbers(all)[n..], numbers(one)[..], "{cell} {direction}");
                }
            }
        }
    }

    #[test]
    fn batches_first() {
        let (x, w, r) = (draw(12, 1), known(&[1, 2, 2], &draw(4, 2)), known(&[1, 2, 2], &draw(4, 3)));
        let turned: Vec<f32> = (0..12).map(|i| x[(i / 2 % 3) * 4 + i / 6 * 2 + i % 2]).collect();
        let want = run("RNN", &[], &[given(&[3, 2, 2], &x), w.clone(), r.clone()]);
        let have = run("RNN", &[A::Int("layout", 1)], &[given(&[2, 3, 2], &turned), w, r]);
        assert_eq!((&have[0].shape[..], &have[1].shape[..]), (&[2, 3, 1, 2][..], &[2, 1, 2][..]));
        assert_eq!(numbers(&have[1]), numbers(&want[1]));
        let y = numbers(&want[0]);
        assert_eq!(numbers(&have[0]), (0..12).map(|i| y[(i / 2 % 3) * 4 + i / 6 * 2 + i % 2]).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_run_is_refused() {
        let inputs = || vec![given(&[2, 1, 1], &[1.0; 2]), known(&[1, 3, 1], &[1.0; 3]), known(&[1, 3, 1], &[1.0; 3])];
        assert_eq!(refusal(14, "GRU", &[A::Float("clip", -1.0)], &inputs()), Code::ModelMalformed);
        assert_eq!(refusal(14, "GRU", &[A::Text("direction", "up")], &inputs()), Code::ModelMalformed);
        assert_eq!(refusal(14, "GRU", &[A::Int("hidden_size", 2)], &inputs()), Code::ModelMalformed);
        assert_eq!(refusal(14, "LSTM", &[], &inputs()), Code::ModelMalformed);
        for ends in [-1, 3] {
            let inputs = [inputs(), vec![In::None, In::Given(lengths(&[ends]))]].concat();
            assert_eq!(refusal(14, "GRU", &[], &inputs), Code::ModelFailed);
        }
    }
}
