//! com.microsoft's MultiHeadAttention.

use super::attend::{Form, Heads, Mask, Masked, attend};
use super::standard::{count, factor, present};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::layout::reshaped;

pub(in crate::ops) fn multi_head(op: &mut Op<'_, '_>) -> Result<Wires> {
    let heads = count(op, "num_heads")?;
    let (Some(key), Some(value)) = (op.maybe(1), op.maybe(2)) else {
        return Err(op.refuse("queries, keys and values in one tensor"));
    };
    let mut parts = [op.input(0)?, key, value];
    if let Some(bias) = op.maybe(3) {
        biased(op, bias, &mut parts)?;
    }
    let [q, k, v] = [Heads::of(op, parts[0], heads)?, Heads::of(op, parts[1], heads)?, Heads::of(op, parts[2], heads)?];
    let (padding, bias, past) = (op.maybe(4), op.maybe(5), (op.maybe(6), op.maybe(7)));
    if past.0.is_some() != past.1.is_some() || !q.flat || k.flat != v.flat {
        return Err(op.bad("one of two caches"));
    }
    if op.maybe(8).is_some() || op.maybe(9).is_some() {
        return Err(op.refuse("a cache that is shared"));
    }
    let (k, v) = if past.0.is_some() || op.wants(1) || op.wants(2) {
        (present(op, past.0, &k)?, present(op, past.1, &v)?)
    } else {
        (k, v)
    };
    let scale = factor(op, q.depth, Some(0.0))?;
    let filter = op.float("mask_filter_value", -10000.0)?;
    // The queries are the last of the keys.
    let offset = k.len as i64 - q.len as i64;
    let after = if op.int("unidirectional", 0)? == 0 { None } else { Some(0) };
    let mut masks = Vec::new();
    if let Some(wire) = bias {
        op.only(wire, &[DType::F32])?;
        if op.shape(wire)?.last() != Some(&k.len) {
            return Err(op.bad("shape of a mask"));
        }
        masks.push(Masked::of(op, Mask::Add, wire, [q.batch, q.count, q.len, k.len])?);
    }
    let mut lengths = None;
    if let Some(wire) = padding {
        op.only(wire, &[DType::I32])?;
        match op.shape(wire)?[..] {
            [n] if n == q.batch => lengths = Some((wire, 0, false)),
            [b, t] if b == q.batch && t == k.len => {
                let wire = reshaped(op, wire, &[b, 1, 1, t])?;
                masks.push(Masked::of(op, Mask::Filter(filter), wire, [q.batch, q.count, q.len, k.len])?);
            }
            _ => return Err(op.refuse("a mask of this form")),
        }
    }
    let form = Form { q, k, v, scale, cap: 0.0, before: None, after, offset, lengths, masks, stage: None };
    let (y, _) = attend(op, form)?;
    Ok(vec![y, k.wire, v.wire])
}

/// Adds the biases of queries, keys and values, which stand one after the other.
fn biased(op: &mut Op<'_, '_>, bias: Wire, parts: &mut [Wire; 3]) -> Result<()> {
    let mut from = 0;
    for part in parts.iter_mut() {
        let [_, _, width] = op.shape(*part)?[..] else { return Err(op.refuse("a bias of heads that are apart")) };
        let own = op.view(bias, &[width], from)?;
        *part = binary(op, F::Add, *part, own)?;
        from += width;
    }
    if op.shape(bias)? == [from] { Ok(()) } else { Err(op.bad("shape of a bias")) }
}
