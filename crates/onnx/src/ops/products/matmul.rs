//! Products of matrices: MatMul, Gemm, and com.microsoft's FusedMatMul.

use super::product::{Sides, product};
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::ops::base::affine::{Matrix, affine, columns};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::layout::{lifted, permuted, reshaped};
use crate::ops::quantise::by_stored;
use crate::shape::broadcast;

pub(in crate::ops) fn matmul(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    multiplied(op, a, &Matrix { wire: b, turned: false, factor: 1.0 })
}

/// FusedMatMul: alpha times `numpy.matmul`, the last two axes of either side exchanged where told.
pub(in crate::ops) fn fused(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    let factor = op.float("alpha", 1.0)?;
    if op.int("transBatchA", 0)? != 0 || op.int("transBatchB", 0)? != 0 {
        return Err(op.refuse("batch axes that are exchanged"));
    }
    let (across, down) = (op.int("transA", 0)? != 0, op.int("transB", 0)? != 0);
    let a = if across { exchanged(op, a)? } else { a };
    // A vector has no axes to exchange.
    let turned = down && op.rank(b)? >= 2;
    multiplied(op, a, &Matrix { wire: b, turned, factor })
}

/// The last two axes exchanged, where there are two.
fn exchanged(op: &mut Op<'_, '_>, x: Wire) -> Result<Wire> {
    let rank = op.rank(x)?;
    let mut perm: Vec<usize> = (0..rank).collect();
    if let Some(at) = rank.checked_sub(2) {
        perm.swap(at, at + 1);
    }
    permuted(op, x, &perm)
}

/// A product with a constant matrix: of its codes where it stands behind DequantizeLinear, else packed.
fn by_constant(op: &mut Op<'_, '_>, a: Wire, b: &Matrix, bias: Vec<f32>) -> Result<Option<Wire>> {
    match by_stored(op, a, b, &bias)? {
        Some(out) => Ok(Some(out)),
        None => affine(op, a, b, bias),
    }
}

/// `numpy.matmul` of `a` and `b`, times the factor.
fn multiplied(op: &mut Op<'_, '_>, a: Wire, b: &Matrix) -> Result<Wire> {
    op.same_type(a, b.wire)?;
    let (x, y) = (op.shape(a)?, op.shape(b.wire)?);
    let (row, column) = (x.len() == 1, y.len() == 1);
    if x.is_empty() || y.is_empty() {
        return Err(op.bad("a product of scalars"));
    }
    // A vector is a matrix of one row or one column.
    let a = if row { lifted(op, a, 2)? } else { a };
    if y.len() >= 2
        && op.rank(a)? >= y.len()
        && let Some(out) = by_constant(op, a, b, Vec::new())?
    {
        return if row { reshaped(op, out, &op.shape(out)?.split_off(1)) } else { Ok(out) };
    }
    let right = if column { reshaped(op, b.wire, &[&y[..], &[1]].concat())? } else { b.wire };
    let sides = Sides { a, b: right, turned: b.turned, factor: b.factor };
    let out = product(op, &sides, true)?;
    let mut shape = op.shape(out)?;
    if column {
        shape.pop();
    }
    if row {
        shape.remove(shape.len() - 1 - usize::from(!column));
    }
    reshaped(op, out, &shape)
}

/// Gemm: α A' B' + β C.
pub(in crate::ops) fn gemm(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (a, b) = (op.input(0)?, op.input(1)?);
    op.same_type(a, b)?;
    let (alpha, beta) = (op.float("alpha", 1.0)?, op.float("beta", 1.0)?);
    let (across, down) = (op.int("transA", 0)? != 0, op.int("transB", 0)? != 0);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let (&[x0, x1], &[y0, y1]) = (&*x, &*y) else { return Err(op.bad("rank is not 2")) };
    let depth = (if across { x0 } else { x1 }, if down { y1 } else { y0 });
    if depth.0 != depth.1 {
        return Err(op.bad("depths of a product differ"));
    }
    let a = if across { exchanged(op, a)? } else { a };
    let (rows, width) = (if across { x1 } else { x0 }, if down { y0 } else { y1 });
    let c = op.maybe(2);
    if let Some(c) = c {
        op.same_type(a, c)?;
        if broadcast(&[&[rows, width], &op.shape(c)?])? != [rows, width] {
            return Err(op.bad("shape of C"));
        }
    }
    // What is taken no times is not looked at: it may be NaN.
    let c = c.filter(|_| beta != 0.0);
    let shift = match c {
        // As it is: β is 1, and C fits.
        Some(c) if beta == 1.0 => columns(op, c, width, 2)?,
        Some(_) => None,
        None => Some(Vec::new()),
    };
    if let Some(bias) = shift
        && let Some(out) = by_constant(op, a, &Matrix { wire: b, turned: down, factor: alpha }, bias)?
    {
        return Ok(out);
    }
    let out = product(op, &Sides { a, b, turned: down, factor: alpha }, true)?;
    let Some(mut c) = c else { return Ok(out) };
    if beta != 1.0 {
        let factor = op.scalar(beta, c)?;
        c = binary(op, F::Mul, c, factor)?;
    }
    binary(op, F::Add, out, c)
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, draw, floats, given, known, near, node, refusal};
    use crate::tensor::{Tensor, Values};

    /// Rows of `a` times columns of `b`.
    fn plain(a: &[f32], b: &[f32], rows: usize, depth: usize, width: usize) -> Vec<f32> {
        let cell = |i: usize| (0..depth).map(|k| a[i / width * depth + k] * b[k * width + i % width]).sum();
        (0..rows * width).map(cell).collect()
    }

    #[test]
    fn vectors_matrices_and_batches() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
        for right in [given, known] {
            let product = |x: &[usize], y: &[usize]| {
                node(13, "MatMul", &[], &[given(x, &a[..x.iter().product()]), right(y, &b[..y.iter().product()])], &["f32"])
                    .map(|out| (out[0].shape.clone(), crate::ops::testing::numbers(&out[0])))
                    .unwrap()
            };
            assert_eq!(product(&[2], &[2]), (vec![], vec![17.0]));
            assert_eq!(product(&[2], &[2, 2]), (vec![2], vec![19.0, 22.0]));
            assert_eq!(product(&[2, 2], &[2]), (vec![2], vec![17.0, 39.0]));
            assert_eq!(product(&[2, 2], &[2, 2]), (vec![2, 2], vec![19.0, 22.0, 43.0, 50.0]));
            assert_eq!(product(&[2, 1, 2], &[2, 1]), (vec![2, 1, 1], vec![17.0, 39.0]));
            // Two batches on the left, two on the right: all with all.
            let out = vec![5.0, 10.0, 6.0, 12.0, 15.0, 20.0, 18.0, 24.0];
            assert_eq!(product(&[2, 1, 2, 1], &[1, 2, 1, 1]), (vec![2, 2, 2, 1], out));
        }
    }

    #[test]
    fn large_ones_are_packed_and_come_out_the_same() {
        for (rows, depth, width) in [(15, 130, 140), (16, 130, 140), (33, 130, 141)] {
            let (a, b) = (draw(rows * depth, 1), draw(depth * width, 2));
            let want = plain(&a, &b, rows, depth, width);
            for right in [given, known] {
                let have = floats(13, "MatMul", &[], &[given(&[rows, depth], &a), right(&[depth, width], &b)]);
                assert!(have.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-4), "{rows}");
            }
        }
    }

    #[test]
    fn every_form_of_gemm_given_and_known() {
        let (rows, depth, width) = (3, 4, 5);
        let (a, b, c) = (draw(12, 3), draw(20, 4), draw(5, 5));
        let flipped = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
            (0..x.len()).map(|i| x[i % rows * columns + i / rows]).collect()
        };
        let product = plain(&a, &b, rows, depth, width);
        for (across, down, beta, right) in
            [(0, 0, 1.0, known as fn(&[usize], &[f32]) -> In), (1, 0, 0.5, given), (0, 1, 1.0, known), (1, 1, 2.0, given)]
        {
            let left = if across == 1 { given(&[4, 3], &flipped(&a, 3, 4)) } else { given(&[3, 4], &a) };
            let right = if down == 1 { right(&[5, 4], &flipped(&b, 4, 5)) } else { right(&[4, 5], &b) };
            let attributes = [A::Int("transA", across), A::Int("transB", down), A::Float("alpha", 0.25), A::Float("beta", beta)];
            for shift in [given(&[5], &c), known(&[1, 5], &c), In::None] {
                let none = matches!(shift, In::None);
                let want: Vec<f32> =
                    product.iter().enumerate().map(|(i, v)| 0.25 * v + if none { 0.0 } else { beta * c[i % 5] }).collect();
                let inputs = [left.clone(), right.clone(), shift];
                assert!(near(&floats(13, "Gemm", &attributes, &inputs), &want), "{across} {down} {beta}");
            }
        }
    }

    #[test]
    fn doubles_and_fused_ones() {
        let double =
            |shape: &[usize], values: &[f64]| In::Given(Tensor { shape: shape.to_vec(), values: Values::F64(values.to_vec()) });
        let out =
            node(13, "MatMul", &[], &[double(&[1, 2], &[1.0, 2.0]), double(&[2, 2], &[1e-9, 3.0, 4.0, 5.0])], &["f64"]).unwrap();
        assert_eq!(out[0].values, Values::F64(vec![8.000_000_001, 13.0]));
        let attributes = [A::Int("transA", 1), A::Int("transB", 1), A::Float("alpha", 2.0)];
        let inputs = [given(&[2, 1], &[1.0, 2.0]), given(&[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])];
        assert_eq!(floats(13, "com.microsoft:FusedMatMul", &attributes, &inputs), [10.0, 22.0, 34.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ones = |shape: &[usize]| given(shape, &vec![1.0; shape.iter().product()]);
        for shapes in [[&[2, 3][..], &[2, 3]], [&[2, 2, 2], &[3, 2, 2]], [&[], &[1]]] {
            assert_eq!(refusal(13, "MatMul", &[], &shapes.map(ones)), Code::ModelMalformed);
        }
        assert_eq!(refusal(13, "Gemm", &[], &[ones(&[2, 3]), ones(&[2, 3])]), Code::ModelMalformed);
        assert_eq!(refusal(13, "Gemm", &[], &[ones(&[1, 2]), ones(&[2, 1]), ones(&[3, 3])]), Code::ModelMalformed);
        let whole = In::Given(Tensor { shape: vec![1, 1], values: Values::I64(vec![1]) });
        assert_eq!(refusal(13, "MatMul", &[], &[whole.clone(), whole]), Code::ModelOperatorUnsupported);
        let swapped = [A::Int("transBatchA", 1)];
        let inputs = [ones(&[2, 2, 2]), ones(&[2, 2, 2])];
        assert_eq!(refusal(13, "com.microsoft:FusedMatMul", &swapped, &inputs), Code::ModelOperatorUnsupported);
    }
}
