//! Indices as they come in a run, and copies of what they name.

use crate::dtype::DType;
use crate::error::Result;
use crate::kernel::Inputs;
use crate::refusal::failed;

/// Indices of either width.
pub(in crate::ops) enum Indices<'r> {
    Long(&'r [i64]),
    Short(&'r [i32]),
}

impl<'r> Indices<'r> {
    /// Those of an input.
    pub(in crate::ops) fn of(inputs: &Inputs<'r>, at: usize) -> Result<Self> {
        Ok(match inputs.fact(at)?.dtype {
            DType::I32 => Self::Short(inputs.get(at)?),
            _ => Self::Long(inputs.get(at)?),
        })
    }

    pub(in crate::ops) const fn len(&self) -> usize {
        match self {
            Self::Long(list) => list.len(),
            Self::Short(list) => list.len(),
        }
    }

    /// Index `number` as it stands; 0 where there is none.
    pub(in crate::ops) fn value(&self, number: usize) -> i64 {
        match self {
            Self::Long(list) => list.get(number).copied().unwrap_or(0),
            Self::Short(list) => list.get(number).copied().map_or(0, i64::from),
        }
    }

    /// Index `number` as a place on an axis of `dim`, counted from the end where negative.
    ///
    /// # Errors
    /// `model-failed` where it lies outside.
    pub(in crate::ops) fn place(&self, number: usize, dim: usize) -> Result<usize> {
        let index = self.value(number);
        let at = if index < 0 { index.wrapping_add(dim as i64) } else { index };
        if (0..dim as i64).contains(&at) { Ok(at as usize) } else { Err(outside(index, dim)) }
    }

    /// Whether all lie on an axis of `dim`.
    pub(in crate::ops) fn check(&self, dim: usize) -> Result<()> {
        (0..self.len()).try_for_each(|number| self.place(number, dim).map(|_| ()))
    }
}

#[cold]
fn outside(index: i64, dim: usize) -> crate::error::Error {
    failed("an index outside of its axis").with("index", index).with("extent", dim)
}

/// Run `number` of `width` bytes.
pub(in crate::ops) fn runs(bytes: &mut [u8], number: usize, width: usize) -> Option<&mut [u8]> {
    bytes.get_mut(number * width..(number + 1) * width)
}

/// Copies run `at` of `from` to `to`. Single elements are no call.
pub(in crate::ops) fn cells(to: &mut [u8], from: &[u8], at: usize) {
    let Some(from) = from.get(at * to.len()..(at + 1) * to.len()) else { return };
    match (to.as_chunks_mut::<4>(), from.as_chunks::<4>()) {
        (([to], []), ([from], [])) => *to = *from,
        _ => to.copy_from_slice(from),
    }
}
