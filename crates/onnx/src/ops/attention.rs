//! ONNX's Attention, and its parts that others have too.

use super::attend::{Form, Heads, Mask, Masked, Stage, attend};
use super::layout::joined;
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire, Wires};

/// A number of heads: 0 where it is not given.
pub(super) fn count(op: &Op<'_, '_>, name: &str) -> Result<usize> {
    usize::try_from(op.int(name, 0)?).map_err(|_| op.bad("number of heads"))
}

/// The factor of the scores: 1/√depth where none is given.
pub(super) fn factor(op: &Op<'_, '_>, depth: usize, unset: Option<f32>) -> Result<f32> {
    let usual = 1.0 / (depth as f64).sqrt() as f32;
    let given = op.float("scale", unset.unwrap_or(usual))?;
    Ok(if Some(given) == unset { usual } else { given })
}

/// A number that is not below 0; `None` for −1.
fn window(op: &Op<'_, '_>, name: &str) -> Result<Option<usize>> {
    match op.int(name, -1)? {
        -1 => Ok(None),
        given => usize::try_from(given).map(Some).map_err(|_| op.bad("size of a window")),
    }
}

/// Past and new keys or values, one after the other.
pub(super) fn present(op: &mut Op<'_, '_>, past: Option<Wire>, new: &Heads) -> Result<Heads> {
    let apart = new.apart(op)?;
    let all = match past {
        Some(past) => {
            op.only(past, &[DType::F32])?;
            joined(op, &[past, apart], 2)?
        }
        None => apart,
    };
    Heads::of(op, all, 0)
}

pub(super) fn attention(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (heads, kv_heads) = (count(op, "q_num_heads")?, count(op, "kv_num_heads")?);
    let q = Heads::of(op, op.input(0)?, heads)?;
    let (mut k, mut v) = (Heads::of(op, op.input(1)?, kv_heads)?, Heads::of(op, op.input(2)?, kv_heads)?);
    if (heads != 0 && heads != q.count) || (kv_heads != 0 && kv_heads != k.count) || q.flat != k.flat {
        return Err(op.bad("number of heads"));
    }
    let (mask, past, lengths) = (op.maybe(3), (op.maybe(4), op.maybe(5)), op.maybe(6));
    if past.0.is_some() != past.1.is_some() || (past.0.is_some() && lengths.is_some()) {
        return Err(op.bad("one of two caches"));
    }
    if past.0.is_some() || op.wants(1) || op.wants(2) {
        (k, v) = (present(op, past.0, &k)?, present(op, past.1, &v)?);
    }
    let offset = match past.0 {
        Some(past) => op.shape(past)?.get(2).copied().unwrap_or(0) as i64,
        None => 0,
    };
    let scale = factor(op, q.depth, None)?;
    let cap = op.float("softcap", 0.0)?;
    // Weights are 32-bit floats, as all that is half as wide; asked for in 64 bits they are right to the last of 32.
    if !matches!(op.int("softmax_precision", 1)?, 1 | 10 | 11 | 16) {
        return Err(op.bad("softmax_precision"));
    }
    let causal = op.int("is_causal", 0)? != 0;
    let (before, right) = (window(op, "left_window_size")?, window(op, "right_window_size")?);
    let after = if causal { Some(0) } else { right };
    let masks = match mask {
        Some(wire) => {
            let kind = if op.only(wire, &[DType::F32, DType::Bool])? == DType::F32 { Mask::Add } else { Mask::Keep };
            vec![Masked::of(op, kind, wire, [q.batch, q.count, q.len, k.len])?]
        }
        None => Vec::new(),
    };
    let stage = match (op.int("qk_matmul_output_mode", 0)?, op.wants(3)) {
        (0..=3, false) => None,
        (0, _) => Some(Stage::Scaled),
        (1, _) => Some(Stage::Capped),
        (2, _) => Some(Stage::Masked),
        (3, _) => Some(Stage::Weights),
        _ => return Err(op.bad("qk_matmul_output_mode")),
    };
    let lengths = lengths.map(|wire| (wire, 0, true));
    let (y, scores) = attend(op, Form { q, k, v, scale, cap, before, after, offset, lengths, masks, stage })?;
    Ok(vec![y, k.wire, v.wire, scores.unwrap_or(y)])
}
