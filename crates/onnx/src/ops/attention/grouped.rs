//! com.microsoft's GroupQueryAttention: a cache, rotations and a window in one.

use super::attend::{Form, Heads, Mask, Masked, attend};
use super::cache::{Frame, cached};
use super::longer::grows;
use super::rotary::{Places, rotated};
use super::standard::{count, factor};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire, Wires};

pub(in crate::ops) fn group_query(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (heads, kv_heads) = (count(op, "num_heads")?, count(op, "kv_num_heads")?);
    refused(op)?;
    let (q, k, v) = sides(op, heads, kv_heads)?;
    let (past, lengths) = ((op.maybe(3), op.maybe(4)), op.input(5)?);
    if past.0.is_some() != past.1.is_some() {
        return Err(op.bad("one of two caches"));
    }
    let held = match past.0 {
        Some(past) => op.shape(past)?.get(2).copied().unwrap_or(0),
        None => 0,
    };
    if op.only(lengths, &[DType::I32])? != DType::I32 || op.shape(lengths)?.iter().product::<usize>() != q.batch {
        return Err(op.bad("seqlens_k"));
    }
    let told = op.input(6)?;
    op.only(told, &[DType::I32, DType::I64])?;
    let total = op.ints(told, "total_sequence_length")?.first().and_then(|n| usize::try_from(*n).ok());
    let total = total.ok_or_else(|| op.bad("total_sequence_length"))?;
    // With nothing before them, queries begin at 0, and what follows a sequence's end is padding.
    let first = total == q.len;
    let frame = Frame { total: total.max(held), first, rows: q.len };
    let (q, k) = turned(op, q, k, lengths, &frame)?;
    let (k, v) = (cached(op, past.0, &k, lengths, &frame)?, cached(op, past.1, &v, lengths, &frame)?);
    let scale = factor(op, q.depth, Some(0.0))?;
    let cap = op.float("softcap", 0.0)?;
    let before = match op.int("local_window_size", -1)? {
        -1 => None,
        given => Some(usize::try_from(given).ok().and_then(|n| n.checked_sub(1)).ok_or_else(|| op.bad("local_window_size"))?),
    };
    let masks = match op.maybe(10) {
        Some(wire) => {
            op.only(wire, &[DType::F32])?;
            vec![Masked::of(op, Mask::Add, wire, [q.batch, q.count, q.len, k.len])?]
        }
        None => Vec::new(),
    };
    let lengths = Some((lengths, 1, !first));
    let form = Form { q, k, v, scale, cap, before, after: Some(0), offset: 0, lengths, masks, stage: None };
    grows(op, past, Some(told), &form);
    let (y, _) = attend(op, form)?;
    Ok(vec![y, k.wire, v.wire])
}

/// What the operator can be asked for and is not run.
fn refused(op: &Op<'_, '_>) -> Result<()> {
    if op.int("smooth_softmax", 0)? > 0 || op.maybe(11).is_some() {
        return Err(op.refuse("a weight that no key has"));
    }
    let whole = op.text("k_quant_type", "NONE")? == "NONE" && op.text("v_quant_type", "NONE")? == "NONE";
    let _ = op.attribute("kv_cache_bit_width");
    if !whole || op.maybe(12).is_some() || op.maybe(13).is_some() || op.int("qk_output", 0)? != 0 {
        return Err(op.refuse("a cache of whole numbers, or scores"));
    }
    Ok(())
}

/// Queries, keys and values: three tensors, or one with their heads side by side.
fn sides(op: &Op<'_, '_>, heads: usize, kv_heads: usize) -> Result<(Heads, Heads, Heads)> {
    let query = op.input(0)?;
    match (op.maybe(1), op.maybe(2)) {
        (Some(key), Some(value)) => {
            Ok((Heads::of(op, query, heads)?, Heads::of(op, key, kv_heads)?, Heads::of(op, value, kv_heads)?))
        }
        (None, None) => {
            let all = Heads::of(op, query, heads + 2 * kv_heads)?;
            if !all.flat {
                return Err(op.bad("rank of the query"));
            }
            let part = |count: usize, before: usize| Heads { count, skip: before * all.depth, ..all };
            Ok((part(heads, 0), part(kv_heads, heads), part(kv_heads, heads + kv_heads)))
        }
        _ => Err(op.bad("key without value")),
    }
}

/// Queries and keys rotated by their positions, where that is asked for.
fn turned(op: &mut Op<'_, '_>, q: Heads, k: Heads, lengths: Wire, frame: &Frame) -> Result<(Heads, Heads)> {
    let (asked, interleaved) = (op.int("do_rotary", 0)? != 0, op.int("rotary_interleaved", 0)? != 0);
    let (cos, sin, ids) = (op.maybe(7), op.maybe(8), op.maybe(9));
    if !asked {
        return Ok((q, k));
    }
    let (Some(cos), Some(sin)) = (cos, sin) else { return Err(op.bad("rotation without tables")) };
    let places = match ids {
        Some(ids) => Places::Given(ids),
        None if frame.first => Places::Rows,
        None => Places::Lengths(lengths, 1 - frame.rows as i64),
    };
    let width = 2 * op.shape(cos)?.last().copied().unwrap_or(0);
    let mut done = [q, k];
    for side in &mut done {
        let wire = rotated(op, side, [cos, sin], places, width, interleaved)?;
        *side = Heads::of(op, wire, side.count)?;
    }
    let [q, k] = done;
    Ok((q, k))
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, draw, given, known, near, node, numbers, refusal};
    use crate::tensor::{Tensor, Values};

    const HEADS: [A; 2] = [A::Int("num_heads", 2), A::Int("kv_num_heads", 1)];
    const OPERATOR: &str = "com.microsoft:GroupQueryAttention";

    fn whole(shape: &[usize], values: &[i32]) -> Tensor {
        Tensor { shape: shape.to_vec(), values: Values::I32(values.to_vec()) }
    }

    /// Angles of 32 places.
    fn tables() -> [In; 2] {
        let of =
            |f: fn(f32) -> f32| known(&[32, 2], &(0..64).map(|i| f((i / 2) as f32 / (1 + i % 2 * 9) as f32)).collect::<Vec<_>>());
        [of(f32::cos), of(f32::sin)]
    }

    #[test]
    fn step_by_step_is_as_all_at_once() {
        let (steps, depth) = (6, 4);
        let (q, k, v) = (draw(steps * 2 * depth, 1), draw(steps * depth, 2), draw(steps * depth, 3));
        let attributes = [HEADS.to_vec(), vec![A::Int("do_rotary", 1), A::Int("local_window_size", 3)]].concat();
        let run = |from: usize, to: usize, past: [In; 2]| {
            let rows = |x: &[f32], width: usize| given(&[1, to - from, width], &x[from * width..to * width]);
            let sides = [rows(&q, 2 * depth), rows(&k, depth), rows(&v, depth)];
            let ends = [In::Given(whole(&[1], &[to as i32 - 1])), In::Known(whole(&[], &[to as i32]))];
            node(20, OPERATOR, &attributes, &[&sides[..], &past, &ends, &tables()].concat(), &["f32"; 3]).unwrap()
        };
        let all = run(0, steps, [In::None, In::None]);
        let mut held = run(0, 3, [In::None, In::None]);
        let mut rows = numbers(&held[0]);
        for from in 3..steps {
            held = run(from, from + 1, [In::Given(held[1].clone()), In::Given(held[2].clone())]);
            rows.extend(numbers(&held[0]));
        }
        assert!(near(&rows, &numbers(&all[0])) && near(&numbers(&held[1]), &numbers(&all[1])) && numbers(&held[2]) == v);
    }

    #[test]
    fn keys_that_are_not_there_are_refused() {
        let sides = |past: usize, ends: i32, total: In| {
            let cache = || given(&[1, 1, past, 2], &vec![1.0; 2 * past]);
            let ends = In::Given(whole(&[1], &[ends]));
            [
                given(&[1, 1, 4], &[1.0; 4]),
                given(&[1, 1, 2], &[1.0; 2]),
                given(&[1, 1, 2], &[1.0; 2]),
                cache(),
                cache(),
                ends,
                total,
            ]
        };
        let known = |n: i32| In::Known(whole(&[], &[n]));
        assert_eq!(numbers(&node(20, OPERATOR, &HEADS, &sides(2, 2, known(3)), &["f32"]).unwrap()[0]), [1.0; 4]);
        for ends in [-2, 3, i32::MAX] {
            assert_eq!(refusal(20, OPERATOR, &HEADS, &sides(2, ends, known(3))), Code::ModelFailed);
        }
        // Known once it is given.
        let open = In::Given(whole(&[], &[3]));
        assert_eq!(numbers(&node(20, OPERATOR, &HEADS, &sides(2, 2, open), &["f32"]).unwrap()[0]), [1.0; 4]);
        assert_eq!(refusal(20, OPERATOR, &HEADS, &sides(2, 2, known(-3))), Code::ModelMalformed);
        let smooth = [HEADS.to_vec(), vec![A::Int("smooth_softmax", 1)]].concat();
        assert_eq!(refusal(20, OPERATOR, &smooth, &sides(2, 2, known(3))), Code::ModelOperatorUnsupported);
        let most = [A::Int("num_heads", i64::MAX), A::Int("kv_num_heads", i64::MAX)];
        let packed = [&[given(&[1, 1, 8], &[1.0; 8]), In::None, In::None][..], &sides(2, 2, known(3))[3..]].concat();
        assert_eq!(refusal(20, OPERATOR, &most, &packed), Code::ModelMalformed);
        let none = [HEADS.to_vec(), vec![A::Int("local_window_size", 0)]].concat();
        assert_eq!(refusal(20, OPERATOR, &none, &sides(2, 2, known(3))), Code::ModelMalformed);
    }
}
