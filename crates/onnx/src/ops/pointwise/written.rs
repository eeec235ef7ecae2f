//! Curves that exporters write out as sums and products, made one step again: Gelu in both forms, Swish, HardSwish.
//!
//! The last step of each is a product. Whether its factors are those of a curve is told by the kernels that made them.

use super::activation::{GELU, GELU_TANH};
use super::curve::{Curve, Shape};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::ops::base::binary::{Binary, F};
use crate::ops::base::unary::{Unary, unary};
use crate::shape::broadcast;

/// The curve of which `a · b` is the last step, where it is one.
pub(crate) fn curve(op: &mut Op<'_, '_>, a: Wire, b: Wire) -> Result<Option<Wire>> {
    if op.dtype(a)? != DType::F32 {
        return Ok(None);
    }
    let shape = broadcast(&[&op.shape(a)?, &op.shape(b)?])?;
    let whole = |op: &Op<'_, '_>, x: Wire| op.fact(x).is_ok_and(|f| f.shape == shape);
    for (x, gate) in [(a, b), (b, a)] {
        if !whole(op, x) {
            continue;
        }
        if let Some(a) = made(op, gate, "Sigmoid").and_then(|inner| factor(op, inner, x)) {
            return op.add(Curve { shape: Shape::Swish, a, b: 0.0 }, &[x]).map(Some);
        }
        if let Some((Curve { shape: Shape::HardSigmoid, a, b }, [inner])) = op.made_by::<Curve>(gate)
            && *inner == x
            && near(*a, 1.0 / 6.0)
            && near(*b, 0.5)
        {
            return op.add(Curve { shape: Shape::HardSwish, a: 0.0, b: 0.0 }, &[x]).map(Some);
        }
    }
    // Of three factors two are one product: x, a half, and what grows from 0 to 2.
    for (pair, r) in [(a, b), (b, a)] {
        let Some([p, q]) = by(op, F::Mul, pair) else { continue };
        for [x, half, gate] in [[p, q, r], [q, p, r], [p, r, q], [q, r, p], [r, p, q], [r, q, p]] {
            if !whole(op, x) || !is(op, half, 0.5) {
                continue;
            }
            let Some(grown) = with(op, F::Add, gate, 1.0) else { continue };
            if made(op, grown, "Erf").and_then(|inner| scaled(op, inner, std::f32::consts::FRAC_1_SQRT_2)) == Some(x) {
                return unary(op, GELU, x).map(Some);
            }
            if made(op, grown, "Tanh").is_some_and(|inner| is_cubic(op, inner, x)) {
                return unary(op, GELU_TANH, x).map(Some);
            }
        }
    }
    Ok(None)
}

/// Whether a value is √(2/π) · (x + 0.044715 x³).
fn is_cubic(op: &Op<'_, '_>, wire: Wire, x: Wire) -> bool {
    let Some([p, q]) = scaled(op, wire, 0.797_884_6).and_then(|sum| by(op, F::Add, sum)) else { return false };
    let Some(cube) = scaled(op, if p == x { q } else { p }, 0.044_715) else { return false };
    let Some([s, t]) = by(op, F::Mul, cube).filter(|_| p == x || q == x) else { return false };
    let square = if s == x { t } else { s };
    (s == x || t == x) && (made(op, square, "Square") == Some(x) || by(op, F::Mul, square) == Some([x, x]))
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-6 * b.abs()
}

/// Whether a value is known to be this one number.
fn is(op: &Op<'_, '_>, wire: Wire, number: f32) -> bool {
    matches!(op.number(wire), Ok(Some(known)) if near(known, number))
}

/// The input of the function of one element of that name that made a value.
fn made(op: &Op<'_, '_>, wire: Wire, name: &str) -> Option<Wire> {
    let (kernel, inputs) = op.made_by::<Unary>(wire)?;
    inputs.first().copied().filter(|_| kernel.0.name == name)
}

/// The inputs of the function of two elements that made a value.
fn by(op: &Op<'_, '_>, f: F, wire: Wire) -> Option<[Wire; 2]> {
    let (kernel, inputs) = op.made_by::<Binary>(wire)?;
    inputs.try_into().ok().filter(|_| kernel.f == f)
}

/// The other side of a sum or product of which one side is a number.
fn with(op: &Op<'_, '_>, f: F, wire: Wire, number: f32) -> Option<Wire> {
    let [a, b] = by(op, f, wire)?;
    if is(op, b, number) { Some(a) } else { is(op, a, number).then_some(b) }
}

/// What a value is a multiple of, by a factor or a divisor.
fn scaled(op: &Op<'_, '_>, wire: Wire, number: f32) -> Option<Wire> {
    with(op, F::Mul, wire, number).or_else(|| by(op, F::Div, wire).filter(|[_, b]| is(op, *b, 1.0 / number)).map(|[a, _]| a))
}

/// By how much x was multiplied to make a value.
fn factor(op: &Op<'_, '_>, wire: Wire, x: Wire) -> Option<f32> {
    if wire == x {
        return Some(1.0);
    }
    let [a, b] = by(op, F::Mul, wire)?;
    let number = if a == x { b } else { a };
    (a == x || b == x).then(|| op.number(number).ok().flatten()).flatten()
}

#[cfg(test)]
mod tests {
    use crate::fact::Fact;
    use crate::file::{Limits, Model};
    use crate::limits::ModelLimits;
    use crate::lower::Importer;
    use crate::ops::writer::File;
    use crate::plan::Plan;
    use crate::tensor::{Tensor, Values};
    use crate::weights::Weights;

    /// Steps of a plan of nodes `(operator, inputs, output)`, and what it answers for [−1, 0, 2].
    fn planned(nodes: &[(&str, &[&str], &str)]) -> (Vec<&'static str>, Vec<f32>) {
        let mut file = File::default();
        file.input("x", 1, &[3]);
        for (name, value) in [
            ("1", 1.0),
            ("1.7", 1.7),
            ("half", 0.5),
            ("root", std::f32::consts::FRAC_1_SQRT_2),
            ("two", std::f32::consts::SQRT_2),
            ("k", 0.797_884_6),
            ("c", 0.044_715),
        ] {
            file.floats(name, &[], &[value]);
        }
        file.ints("3", &[], &[3]);
        for (operator, inputs, output) in nodes {
            file.node(operator, inputs, &[output], &[]);
        }
        file.output(nodes.last().unwrap().2, 1, &[3]);
        let bytes = file.finish();
        let model = Model::read(&bytes, &Limits::default()).unwrap();
        let inputs = [("x", Fact::new(crate::dtype::DType::F32, &[3]))];
        let mut weights = Weights::default();
        let limits = ModelLimits::default();
        let lowered =
            Importer::lower(&model, &inputs, &[], &limits, (crate::ops::lower, crate::plan::body), &mut weights).unwrap();
        let mut plan = Plan::new(&lowered, &[0]).unwrap();
        plan.run(&[Tensor::f32(vec![3], vec![-1.0, 0.0, 2.0])], &mut |_, _| true).unwrap();
        let Values::F32(values) = plan.tensor(0).unwrap().values else { panic!("floats") };
        (plan.names().collect(), values)
    }

    fn near(have: &[f32], want: [f32; 3]) -> bool {
        have.iter().zip(want).all(|(a, b)| (a - b).abs() < 2e-6)
    }

    #[test]
    fn what_is_written_out_is_one_step() {
        let gelu = [-0.158_655_25, 0.0, 1.954_499_7];
        let erf: [(&str, &[&str], &str); 3] = [("Div", &["x", "two"], "d"), ("Erf", &["d"], "e"), ("Add", &["e", "1"], "g")];
        let ends: [[(&str, &[&str], &str); 2]; 4] = [
            [("Mul", &["x", "g"], "p"), ("Mul", &["p", "half"], "y")],
            [("Mul", &["x", "half"], "p"), ("Mul", &["p", "g"], "y")],
            [("Mul", &["half", "g"], "p"), ("Mul", &["x", "p"], "y")],
            [("Mul", &["half", "x"], "p"), ("Mul", &["g", "p"], "y")],
        ];
        for end in ends {
            let (steps, values) = planned(&[&erf[..], &end].concat());
            assert_eq!(steps, ["Gelu"], "{end:?}");
            assert!(near(&values, gelu), "{values:?}");
        }
        let tanh: [(&str, &[&str], &str); 8] = [
            ("Pow", &["x", "3"], "u"),
            ("Mul", &["u", "c"], "v"),
            ("Add", &["x", "v"], "w"),
            ("Mul", &["w", "k"], "i"),
            ("Tanh", &["i"], "t"),
            ("Add", &["t", "1"], "g"),
            ("Mul", &["x", "half"], "p"),
            ("Mul", &["p", "g"], "y"),
        ];
        let (steps, values) = planned(&tanh);
        assert_eq!(steps, ["Gelu"]);
        assert!(near(&values, [-0.158_808, 0.0, 1.954_597_7]), "{values:?}");
        let (steps, values) = planned(&[("Mul", &["x", "1.7"], "i"), ("Sigmoid", &["i"], "g"), ("Mul", &["g", "x"], "y")]);
        assert_eq!(steps, ["Swish"]);
        assert!(near(&values, [-0.154_465, 0.0, 1.935_409_2]), "{values:?}");
    }

    #[test]
    fn what_is_not_quite_that_stays() {
        // The gate is of another value, a factor another one, a summand another one.
        let others: [&[(&str, &[&str], &str)]; 4] = [
            &[("Neg", &["x"], "n"), ("Sigmoid", &["n"], "g"), ("Mul", &["g", "x"], "y")],
            &[
                ("Mul", &["x", "k"], "d"),
                ("Erf", &["d"], "e"),
                ("Add", &["e", "1"], "g"),
                ("Mul", &["x", "g"], "p"),
                ("Mul", &["p", "half"], "y"),
            ],
            &[
                ("Mul", &["x", "root"], "d"),
                ("Erf", &["d"], "e"),
                ("Add", &["e", "1.7"], "g"),
                ("Mul", &["x", "g"], "p"),
                ("Mul", &["p", "half"], "y"),
            ],
            &[
                ("Mul", &["x", "root"], "d"),
                ("Erf", &["d"], "e"),
                ("Add", &["e", "1"], "g"),
                ("Mul", &["x", "g"], "p"),
                ("Mul", &["p", "c"], "y"),
            ],
        ];
        for nodes in others {
            assert_eq!(planned(nodes).0.len(), nodes.len(), "{nodes:?}");
        }
    }
}
