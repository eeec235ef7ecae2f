//! Products of two values, batch by batch: nothing is known of either before it runs.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::lifted;
use crate::ops::base::seen::Seen;
use crate::refusal::malformed;
use crate::shape::{Loops, broadcast, dense};
use nearhand_kernels::matmul_f32::{self, pack, packed_len};
use nearhand_kernels::matmul_plain::{self, Rows};

/// What a step of a loop counts that is not of 32-bit floats: it takes longer by so much at most.
const SLOW: usize = 64;
/// Rows from which on packing a right side pays, when it has more values than the nearest cache keeps.
const MANY: usize = 16;
/// Values that the nearest caches keep.
const NEAR: usize = 1 << 14;

/// A product to be: both of rank 2 at least, batch axes first.
pub(crate) struct Sides {
    pub(crate) a: Wire,
    pub(crate) b: Wire,
    /// Whether B's columns lie along the first of its last two axes.
    pub(crate) turned: bool,
    /// Factor of every product.
    pub(crate) factor: f32,
}

/// Adds the product of the last two axes, axes before them broadcast. `cheap` is whether 32-bit floats count as what they
/// are: constants that are folded while a graph is planned count more.
///
/// # Errors
/// `model-malformed` where depths differ or batches do not broadcast, `model-operator-unsupported` for types other than floats,
/// `model-too-large` beyond the limit of multiplications.
pub(crate) fn product(op: &mut Op<'_, '_>, sides: &Sides, cheap: bool) -> Result<Wire> {
    let dtype = op.only(sides.a, DType::FLOATS)?;
    op.same_type(sides.a, sides.b)?;
    let rank = op.rank(sides.a)?.max(op.rank(sides.b)?);
    let (a, b) = (lifted(op, sides.a, rank)?, lifted(op, sides.b, rank)?);
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let seen = Seen::of(op, b)?;
    let (Some((outer_a, &[rows, depth])), Some((outer_b, &[first, second]))) =
        (x.split_last_chunk::<2>(), y.split_last_chunk::<2>())
    else {
        return Err(op.bad("a product of vectors"));
    };
    let (have, width) = if sides.turned { (second, first) } else { (first, second) };
    if have != depth {
        return Err(op.bad("depths of a product differ"));
    }
    let outer = broadcast(&[outer_a, outer_b])?;
    let folded = op.konst(a)?.is_some() && op.konst(b)?.is_some();
    let slow = if folded || !cheap || dtype != DType::F32 { SLOW } else { 1 };
    op.work(&[&outer[..], &[rows, depth, width, slow]].concat())?;
    let shape = [&outer[..], &[rows, width]].concat();
    // One B for all of A: its batches are further rows.
    let one = outer == outer_a && outer_b.iter().all(|d| *d == 1);
    let (rows, outer) = if one { (outer.iter().product::<usize>() * rows, vec![1; outer.len()]) } else { (rows, outer) };
    if dtype == DType::F32
        && let Some(Seen { wire, base, .. }) = &seen
        && let Some((loops, turned, step)) = seen.as_ref().and_then(|seen| cached(seen, sides.turned, &outer, &x, one))
    {
        let right = Right { turned, step, base: *base, cached: true };
        return op.add(Product { dtype, loops, rows, depth, width, right, factor: sides.factor, shape }, &[a, *wire]);
    }
    let strides = |dims: &[usize]| -> Vec<usize> {
        let steps = dense(dims).into_iter().zip(dims).take(outer.len());
        steps.map(|(step, dim)| if *dim == 1 || one { 0 } else { step }).collect()
    };
    let loops = Loops::new(&outer, &[strides(&x), strides(&y)]);
    // A column is a row that is turned.
    let turned = sides.turned || width == 1;
    let right = Right { turned, step: if turned { depth } else { width }, base: 0, cached: false };
    op.add(Product { dtype, loops, rows, depth, width, right, factor: sides.factor, shape }, &[a, b])
}

/// For a right side that lies in the memory of a cache: loops over the batches, whether its columns lie there side by side, and
/// the step from one of them, or from one row, to the next. `None` where neither does.
fn cached(seen: &Seen, turned: bool, outer: &[usize], a: &[usize], one: bool) -> Option<(Loops<2>, bool, usize)> {
    let [first, second] = seen.matrix()?;
    let (down, across) = if turned { (second, first) } else { (first, second) };
    let side = |step: Option<usize>| step.is_none_or(|s| s == 1);
    let (turned, step) = if side(across) {
        (false, down.unwrap_or(0))
    } else if side(down) {
        (true, across.unwrap_or(0))
    } else {
        return None;
    };
    let (mut extents, mut steps) = (Vec::new(), [Vec::new(), Vec::new()]);
    for (((extent, have), stride), axis) in outer.iter().zip(a).zip(dense(a)).zip(seen.outer()) {
        let mut rest = *extent;
        let broadcast = [(*extent, 0)];
        let loops = if axis.is_empty() { &broadcast[..] } else { axis };
        for (extent, step) in loops {
            rest /= extent;
            extents.push(*extent);
            steps[0].push(if *have == 1 || one { 0 } else { stride * rest });
            steps[1].push(*step);
        }
    }
    Some((Loops::new(&extents, &steps), turned, step))
}

/// How the right side lies.
#[derive(Debug)]
struct Right {
    /// Whether columns lie side by side, not rows.
    turned: bool,
    /// From one of them to the next.
    step: usize,
    /// Elements before the first.
    base: usize,
    /// Whether it is seen in the memory of a cache.
    cached: bool,
}

#[derive(Debug)]
struct Product {
    dtype: DType,
    /// Over the batches: offsets of both sides.
    loops: Loops<2>,
    rows: usize,
    depth: usize,
    width: usize,
    right: Right,
    factor: f32,
    shape: Vec<usize>,
}

impl Product {
    /// Whether B is packed before it is used.
    const fn packs(&self) -> bool {
        (!self.right.turned || self.right.cached) && self.rows >= MANY && self.depth * self.width > NEAR
    }

    fn matrix(&self, a: &[f32], b: &[f32], out: &mut [f32], scratch: &mut [f32]) {
        let Self { rows, depth, width, .. } = *self;
        let left = Rows { values: a, step: depth, width: depth };
        if self.packs() {
            let packed = scratch.get_mut(..packed_len(depth, width)).unwrap_or_default();
            let steps = if self.right.turned { (1, self.right.step) } else { (self.right.step, 1) };
            pack(b, depth, width, steps, packed);
            matmul_f32::product(a, packed, depth, width, &[], out);
        } else if self.right.turned {
            matmul_plain::product_turned(
                left,
                Rows { values: b, step: self.right.step, width: depth },
                (rows, width),
                out,
                width,
            );
        } else {
            matmul_plain::product(left, Rows { values: b, step: self.right.step, width }, rows, out, width);
        }
        if self.factor != 1.0 {
            out.iter_mut().for_each(|v| *v *= self.factor);
        }
    }

    fn matrix_f64(&self, a: &[f64], b: &[f64], out: &mut [f64]) {
        let (down, across) = if self.right.turned { (1, self.depth) } else { (self.width, 1) };
        for (r, row) in out.chunks_exact_mut(self.width.max(1)).enumerate() {
            let left = a.get(r * self.depth..(r + 1) * self.depth).unwrap_or_default();
            for (c, cell) in row.iter_mut().enumerate() {
                let right = b.get(c * across..).unwrap_or_default().iter().step_by(down.max(1));
                *cell = left.iter().zip(right).map(|(x, y)| x * y).sum::<f64>() * f64::from(self.factor);
            }
        }
    }
}

impl Kernel for Product {
    fn name(&self) -> &'static str {
        "Product"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        if inputs.len() != 2 || inputs.iter().any(|f| f.dtype != self.dtype) {
            return Err(malformed("inputs of different types", self.dtype.name()));
        }
        Ok(vec![Fact::new(self.dtype, &self.shape)])
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        if self.packs() { packed_len(self.depth, self.width) * size_of::<f32>() } else { 0 }
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let (size_a, size_b, size) = (self.rows * self.depth, self.depth * self.width, self.rows * self.width);
        if size == 0 {
            return Ok(());
        }
        let mut at = 0;
        if self.dtype == DType::F64 {
            let (a, b, out) = (inputs.get::<f64>(0)?, inputs.get::<f64>(1)?, outputs.get::<f64>(0)?);
            self.loops.each(|[i, j]| {
                let (a, b) = (a.get(i..i + size_a).unwrap_or_default(), b.get(j..j + size_b).unwrap_or_default());
                self.matrix_f64(a, b, out.get_mut(at..at + size).unwrap_or_default());
                at += size;
            });
            return Ok(());
        }
        let (a, b, out) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?, outputs.get::<f32>(0)?);
        self.loops.each(|[i, j]| {
            let (a, b) = (a.get(i..i + size_a).unwrap_or_default(), b.get(self.right.base + j..).unwrap_or_default());
            self.matrix(a, b, out.get_mut(at..at + size).unwrap_or_default(), scratch.all_mut::<f32>());
            at += size;
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, given, node};

    #[test]
    fn sizes_that_no_memory_holds_are_refused() {
        // No elements, and yet sizes beyond any.
        let (long, none) = (1 << 40, || given(&[0, 1 << 40, 1 << 40], &[]));
        let refused = |operator: &str, attributes: &[A], other| {
            let answer = node(13, operator, attributes, &[none(), other], &["f32"]);
            assert_eq!(answer.unwrap_err().code(), Code::ModelTooLarge, "{operator}");
        };
        refused("MatMul", &[], given(&[long, 0], &[]));
        refused("MatMul", &[], none());
        refused("Einsum", &[A::Text("equation", "abc,dbc->cba")], none());
        let answer = node(13, "MatMul", &[], &[given(&[long, 0], &[]), given(&[0, long], &[])], &["f32"]);
        assert_eq!(answer.unwrap_err().code(), Code::ModelTooLarge);
    }
}
