//! Values as they lie in the memory of a cache: its rows, moved, repeated and split into axes, seen without being copied.

use super::layout::{Moved, Strided};
use crate::error::Result;
use crate::lower::{Op, Wire};
use crate::shape::dense;

/// Extents and steps of the loops that make an axis, the outermost first; of an extent of 1 none.
type Axis = Vec<(usize, usize)>;

/// A value that lies in another's memory.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The memory.
    pub(crate) wire: Wire,
    /// Elements before the first.
    pub(crate) base: usize,
    axes: Vec<Axis>,
}

impl Seen {
    /// Where a value lies, if in a cache.
    pub(crate) fn of(op: &Op<'_, '_>, wire: Wire) -> Result<Option<Self>> {
        if op.fact(wire)?.is_empty() {
            return Ok(None);
        }
        if let Some((memory, axis, len)) = op.memory(wire) {
            let shape = op.shape(memory)?;
            let steps = dense(&shape);
            let loops = shape.iter().zip(steps).enumerate().map(|(at, (extent, step))| {
                let extent = if at == axis { len } else { *extent };
                if extent == 1 { Vec::new() } else { vec![(extent, step)] }
            });
            return Ok(Some(Self { wire: memory, base: 0, axes: loops.collect() }));
        }
        if let Some(whole) = op.reshaped_from(wire) {
            let shape = op.shape(wire)?;
            return Ok(Self::of(op, whole)?.and_then(|seen| seen.split(&shape)));
        }
        let Some((Strided { moved, .. }, [from])) = op.made_by::<Strided>(wire) else { return Ok(None) };
        let Some(seen) = Self::of(op, *from)? else { return Ok(None) };
        let shape = op.shape(wire)?;
        Ok(seen.moved(moved, &shape))
    }

    fn moved(mut self, moved: &Moved, shape: &[usize]) -> Option<Self> {
        match moved {
            Moved::Permuted(perm) => {
                self.axes = perm.iter().map(|axis| self.axes.get(*axis).cloned()).collect::<Option<_>>()?;
            }
            Moved::Spread => {
                let more = shape.len().checked_sub(self.axes.len())?;
                self.axes.splice(0..0, std::iter::repeat_n(Vec::new(), more));
                for (axis, extent) in self.axes.iter_mut().zip(shape) {
                    let have: usize = axis.iter().map(|(extent, _)| extent).product();
                    if have != *extent {
                        *axis = vec![(*extent, 0)];
                    }
                }
            }
            Moved::Sliced(ranges) => {
                for (axis, (start, step, extent)) in self.axes.iter_mut().zip(ranges) {
                    let have: usize = axis.iter().map(|(extent, _)| extent).product();
                    if (*start, *step, *extent) == (0, 1, have) {
                        continue;
                    }
                    let [(_, along)] = axis[..] else { return None };
                    self.base += start * along;
                    *axis = if *extent == 1 { Vec::new() } else { vec![(*extent, along * step)] };
                }
            }
        }
        Some(self)
    }

    /// The same elements in another shape, where its axes are made of the same loops.
    fn split(self, shape: &[usize]) -> Option<Self> {
        let mut loops = self.axes.into_iter().flatten();
        let mut open: Option<(usize, usize)> = None;
        let mut axes = Vec::with_capacity(shape.len());
        for extent in shape {
            let (mut axis, mut want) = (Vec::new(), *extent);
            while want > 1 {
                let (have, step) = open.take().or_else(|| loops.next())?;
                if want.is_multiple_of(have) {
                    axis.push((have, step));
                    want /= have;
                } else if have.is_multiple_of(want) {
                    axis.push((want, step * (have / want)));
                    open = Some((have / want, step));
                    want = 1;
                } else {
                    return None;
                }
            }
            axes.push(axis);
        }
        Some(Self { axes, ..self })
    }

    /// Steps along the last two axes, where each is one loop; one that has a single place may have any, `None`.
    pub(crate) fn matrix(&self) -> Option<[Option<usize>; 2]> {
        let [.., rows, columns] = self.axes.as_slice() else { return None };
        Some([one(rows)?, one(columns)?])
    }

    /// Loops of the axes before the last two.
    pub(crate) fn outer(&self) -> &[Axis] {
        self.axes.get(..self.axes.len().saturating_sub(2)).unwrap_or_default()
    }
}

/// The step of an axis that is one loop.
fn one(axis: &Axis) -> Option<Option<usize>> {
    match axis[..] {
        [] => Some(None),
        [(_, step)] => Some(Some(step)),
        // Loops that follow each other are one.
        [.., (_, step)] if axis.windows(2).all(|w| w[0].1 == w[1].0 * w[1].1) => Some(Some(step)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(axes: &[&[(usize, usize)]]) -> Seen {
        Seen { wire: Wire(0), base: 0, axes: axes.iter().map(|a| a.to_vec()).collect() }
    }

    #[test]
    fn heads_that_are_repeated_keep_their_loops() {
        // [1, 2, 5, 8] in memory with room for 64 rows, every head three times, as [1, 6, 8, 5].
        let cache = seen(&[&[], &[(2, 512)], &[(5, 8)], &[(8, 1)]]);
        let wide = cache.split(&[1, 2, 1, 5, 8]).unwrap().moved(&Moved::Spread, &[1, 2, 3, 5, 8]).unwrap();
        let heads = wide.split(&[1, 6, 5, 8]).unwrap();
        assert_eq!((heads.outer(), heads.matrix()), (&[vec![], vec![(2, 512), (3, 0)]][..], Some([Some(8), Some(1)])));
        let turned = heads.moved(&Moved::Permuted(vec![0, 1, 3, 2]), &[]).unwrap();
        assert_eq!(turned.matrix(), Some([Some(1), Some(8)]));
        let part = turned.moved(&Moved::Sliced(vec![(0, 1, 1), (0, 1, 6), (4, 1, 4), (1, 2, 2)]), &[]).unwrap();
        assert_eq!((part.base, part.matrix()), (12, Some([Some(1), Some(16)])));
    }

    #[test]
    fn what_is_no_loop_is_not_seen() {
        let cache = seen(&[&[(2, 512)], &[(5, 8)], &[(8, 1)]]);
        // Rows of two heads one after the other are not evenly apart.
        assert!(cache.clone().split(&[10, 8]).unwrap().matrix().is_none());
        assert!(cache.clone().split(&[4, 20]).is_none());
        // Halves of a row are.
        assert_eq!(cache.split(&[2, 10, 4]).unwrap().matrix(), Some([Some(4), Some(1)]));
    }
}
