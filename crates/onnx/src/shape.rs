//! Shapes: broadcasting, and walks over strided operands that allocate nothing.

use crate::error::Result;
use crate::fact::MAX_RANK;
use crate::refusal::malformed;
use crate::tensor::shape_text;

/// The shape to which all shapes broadcast (ONNX, Broadcasting.md).
///
/// # Errors
/// `model-malformed` where there is none.
pub(crate) fn broadcast(shapes: &[&[usize]]) -> Result<Vec<usize>> {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut out = vec![1; rank];
    for shape in shapes {
        let skip = rank - shape.len();
        for (have, dim) in out.iter_mut().skip(skip).zip(*shape) {
            match (*have, *dim) {
                (h, d) if h == d || d == 1 => {}
                (1, d) => *have = d,
                _ => return Err(malformed("shapes that do not broadcast", &shape_text(*shape))),
            }
        }
    }
    Ok(out)
}

/// Elements from one to the next along each axis, for a dense tensor of this shape.
pub(crate) fn dense(shape: &[usize]) -> Vec<usize> {
    let mut out = vec![1; shape.len()];
    for axis in (0..shape.len().saturating_sub(1)).rev() {
        out[axis] = out[axis + 1] * shape[axis + 1];
    }
    out
}

/// Strides of a tensor of shape `from` when broadcast to `to`: 0 where an axis is repeated.
pub(crate) fn strides(from: &[usize], to: &[usize]) -> Vec<usize> {
    let mut out = vec![0; to.len()];
    let mut step = 1;
    for (at, dim) in from.iter().enumerate().rev() {
        if let Some(stride) = (at + to.len()).checked_sub(from.len()).and_then(|i| out.get_mut(i)) {
            *stride = if *dim == 1 { 0 } else { step };
        }
        step *= dim;
    }
    out
}

/// Nested loops over `N` strided operands, axes that lie one after the other in all of them made one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loops<const N: usize> {
    /// Extents, the innermost last; at least one, at most [`MAX_RANK`].
    extents: Vec<usize>,
    /// Steps of every operand along each.
    steps: Vec<[usize; N]>,
}

impl<const N: usize> Loops<N> {
    /// Over every index of `shape` in order, for operands with these strides. Ranks are at most [`MAX_RANK`].
    pub(crate) fn new(shape: &[usize], strides: &[Vec<usize>; N]) -> Self {
        let (mut extents, mut steps): (Vec<usize>, Vec<[usize; N]>) = (Vec::new(), Vec::new());
        for (axis, extent) in shape.iter().enumerate() {
            if *extent == 1 {
                continue;
            }
            let step: [usize; N] = std::array::from_fn(|n| strides[n].get(axis).copied().unwrap_or(0));
            match (extents.last_mut(), steps.last_mut()) {
                // The outer axis steps over the inner one in every operand: they are one.
                (Some(outer), Some(last)) if last.iter().zip(&step).all(|(o, s)| *o == s * extent) => {
                    *outer *= extent;
                    *last = step;
                }
                _ => {
                    extents.push(*extent);
                    steps.push(step);
                }
            }
        }
        if extents.is_empty() {
            extents.push(1);
            steps.push([0; N]);
        }
        Self { extents, steps }
    }

    /// For operands of these shapes, broadcast to `shape`.
    pub(crate) fn broadcast(shape: &[usize], operands: [&[usize]; N]) -> Self {
        Self::new(shape, &operands.map(|o| strides(o, shape)))
    }

    /// Whether it is one loop in which every operand's elements lie side by side.
    pub(crate) fn is_dense(&self) -> bool {
        match (self.extents.as_slice(), self.steps.as_slice()) {
            ([1], _) => true,
            ([_], [steps]) => steps.iter().all(|s| *s == 1),
            _ => false,
        }
    }

    /// Calls `row` for each innermost loop: offsets of its first elements, its extent, and its steps.
    pub(crate) fn rows(&self, mut row: impl FnMut([usize; N], usize, [usize; N])) {
        let (Some((&width, outer)), Some((&step, steps))) = (self.extents.split_last(), self.steps.split_last()) else {
            return;
        };
        if width == 0 {
            return;
        }
        let mut index = [0_usize; MAX_RANK];
        let mut at = [0_usize; N];
        for _ in 0..outer.iter().product() {
            row(at, width, step);
            for axis in (0..outer.len()).rev() {
                index[axis] += 1;
                if index[axis] < outer[axis] {
                    at.iter_mut().zip(&steps[axis]).for_each(|(at, step)| *at += step);
                    break;
                }
                index[axis] = 0;
                at.iter_mut().zip(&steps[axis]).for_each(|(at, step)| *at -= step * (outer[axis] - 1));
            }
        }
    }

    /// Calls `visit` for each index in order, with the offsets of the operands.
    pub(crate) fn each(&self, mut visit: impl FnMut([usize; N])) {
        self.rows(|mut at, width, step| {
            for _ in 0..width {
                visit(at);
                at.iter_mut().zip(&step).for_each(|(at, step)| *at += step);
            }
        });
    }
}

/// The first `count` bytes of every block of `old` bytes, to the start of every block of `new`; the last may be cut short.
pub(crate) fn relaid(from: &[u8], old: usize, to: &mut [u8], new: usize, count: usize) {
    if count == 0 {
        return;
    }
    for (to, from) in to.chunks_mut(new.max(1)).zip(from.chunks_exact(old.max(1))) {
        if let (Some(to), Some(from)) = (to.get_mut(..count), from.get(..count)) {
            to.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_that_follow_each_other_are_one_and_order_is_kept() {
        let loops = Loops::broadcast(&[2, 3, 4], [&[2, 3, 4], &[2, 3, 4]]);
        assert_eq!(loops.extents, [24]);
        let loops = Loops::broadcast(&[2, 3, 4], [&[2, 3, 4], &[4]]);
        assert_eq!((loops.extents.as_slice(), loops.steps.as_slice()), (&[6, 4][..], &[[4, 0], [1, 1]][..]));
        let mut seen = Vec::new();
        Loops::broadcast(&[2, 3], [&[2, 1], &[3]]).each(|at| seen.push(at));
        assert_eq!(seen, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        // A scalar is visited once, nothing not at all.
        let mut count = 0;
        Loops::<1>::broadcast(&[], [&[]]).each(|_| count += 1);
        assert_eq!(count, 1);
        Loops::<1>::broadcast(&[2, 0], [&[2, 0]]).each(|_| count += 1);
        assert_eq!(count, 1);
    }

    #[test]
    fn shapes_broadcast_as_onnx_says() {
        assert_eq!(broadcast(&[&[2, 1, 4], &[3, 1]]).unwrap(), [2, 3, 4]);
        assert_eq!(broadcast(&[&[0], &[1]]).unwrap(), [0]);
        assert!(broadcast(&[&[2], &[3]]).is_err());
        assert_eq!((strides(&[3, 1], &[2, 3, 4]), dense(&[2, 3, 4])), (vec![0, 1, 0], vec![12, 4, 1]));
    }
}
