//! ONNX's Attention, and its parts that others have too.

use super::attend::{Form, Heads, Mask, Masked, Stage, attend};
use super::longer::grows;
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::layout::joined;

/// A number of heads, or of values of one: 0 where it is not given.
pub(super) fn count(op: &Op<'_, '_>, name: &str) -> Result<usize> {
    usize::try_from(op.int(name, 0)?).ok().filter(|n| *n <= 1 << 24).ok_or_else(|| op.bad("number of heads"))
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

pub(in crate::ops) fn attention(op: &mut Op<'_, '_>) -> Result<Wires> {
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
    let form = Form { q, k, v, scale, cap, before, after, offset, lengths, masks, stage };
    grows(op, past, None, &form);
    let (y, scores) = attend(op, form)?;
    Ok(vec![y, k.wire, v.wire, scores.unwrap_or(y)])
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, draw, given, near, node, numbers, refusal};
    use crate::tensor::{Tensor, Values};

    /// Of one batch: `q` is `[H, S, D]`, `k` `[G, T, D]`, `v` `[G, T, V]`; `bias` is added to the score of a query and a key.
    fn plain(
        [heads, groups, rows, keys, depth, width]: [usize; 6],
        [q, k, v]: [&[f32]; 3],
        bias: impl Fn(usize, usize, usize) -> f32,
    ) -> Vec<f32> {
        let mut out = Vec::new();
        for (h, s) in (0..heads).flat_map(|h| (0..rows).map(move |s| (h, s))) {
            let g = h * groups / heads;
            let dot =
                |t: usize| -> f32 { (0..depth).map(|d| q[(h * rows + s) * depth + d] * k[(g * keys + t) * depth + d]).sum() };
            let weights: Vec<f32> = (0..keys).map(|t| (dot(t) / (depth as f32).sqrt() + bias(h, s, t)).exp()).collect();
            let sum: f32 = weights.iter().sum();
            let all = |c: usize| (0..keys).map(|t| weights[t] * v[(g * keys + t) * width + c]).sum::<f32>();
            out.extend((0..width).map(|c| if sum == 0.0 { 0.0 } else { all(c) / sum }));
        }
        out
    }

    const NEVER: f32 = f32::NEG_INFINITY;

    #[test]
    fn windows_masks_and_groups_are_as_defined() {
        // More rows than are taken at a time.
        let sizes @ [heads, groups, rows, keys, depth, width] = [4, 2, 19, 19, 5, 3];
        let (q, k, v) = (draw(heads * rows * depth, 1), draw(groups * keys * depth, 2), draw(groups * keys * width, 3));
        let sides = || {
            vec![given(&[1, heads, rows, depth], &q), given(&[1, groups, keys, depth], &k), given(&[1, groups, keys, width], &v)]
        };
        let run = |attributes: &[A], inputs: &[In]| numbers(&node(25, "Attention", attributes, inputs, &["f32"]).unwrap()[0]);
        let want = |bias: &dyn Fn(usize, usize, usize) -> f32| plain(sizes, [&q, &k, &v], bias);
        let seen = |yes: bool| if yes { 0.0 } else { NEVER };
        assert!(near(&run(&[], &sides()), &want(&|_, _, _| 0.0)));
        assert!(near(&run(&[A::Int("is_causal", 1)], &sides()), &want(&|_, s, t| seen(t <= s))));
        let window = [A::Int("left_window_size", 2), A::Int("right_window_size", 1)];
        assert!(near(&run(&window, &sides()), &want(&|_, s, t| seen(t + 2 >= s && t <= s + 1))));
        let mask = draw(heads * rows * keys, 4);
        let masked = [sides(), vec![given(&[heads, rows, keys], &mask)]].concat();
        assert!(near(&run(&[], &masked), &want(&|h, s, t| mask[(h * rows + s) * keys + t])));
        // A row that sees nothing is 0; keys past the mask's end are not seen.
        let kept: Vec<bool> = (0..rows * 7).map(|i| i / 7 != 3 && i % 3 != 0).collect();
        let truth = Tensor { shape: vec![rows, 7], values: Values::Bool(kept.clone()) };
        let masked = [sides(), vec![In::Given(truth)]].concat();
        assert!(near(&run(&[], &masked), &want(&|_, s, t| seen(t < 7 && kept[s * 7 + t]))));
        // Scores, all of them, before and after the mask.
        let asked = |mode: i64, inputs: &[In]| {
            let outputs = ["f32", "", "", "f32"];
            numbers(
                &node(25, "Attention", &[A::Int("is_causal", 1), A::Int("qk_matmul_output_mode", mode)], inputs, &outputs)
                    .unwrap()[1],
            )
        };
        let (scores, weights) = (asked(0, &sides()), asked(3, &sides()));
        let dot: f32 = (0..depth).map(|d| q[d] * k[keys * depth - depth + d]).sum();
        assert!(near(&[scores[keys - 1]], &[dot / (depth as f32).sqrt()]) && weights[..2] == [1.0, 0.0]);
    }

    #[test]
    fn a_cache_comes_first_and_lengths_bound_it() {
        let sizes @ [heads, _, rows, keys, depth, width] = [2, 2, 2, 5, 4, 4];
        let (q, k, v) = (draw(heads * rows * depth, 1), draw(heads * keys * depth, 2), draw(heads * keys * width, 3));
        let part = |x: &[f32], from: usize, to: usize| -> Vec<f32> {
            (0..heads).flat_map(|h| x[(h * keys + from) * depth..(h * keys + to) * depth].to_vec()).collect()
        };
        let cut = |x: &[f32], from: usize, to: usize| given(&[1, heads, to - from, depth], &part(x, from, to));
        let inputs = [given(&[1, heads, rows, depth], &q), cut(&k, 3, 5), cut(&v, 3, 5), In::None, cut(&k, 0, 3), cut(&v, 0, 3)];
        let out = node(23, "Attention", &[A::Int("is_causal", 1)], &inputs, &["f32"; 3]).unwrap();
        let want = plain(sizes, [&q, &k, &v], |_, s, t| if t <= s + 3 { 0.0 } else { NEVER });
        assert!(near(&numbers(&out[0]), &want) && numbers(&out[1]) == k && numbers(&out[2]) == v);
        let ends = |n: i64| In::Given(Tensor { shape: vec![1], values: Values::I64(vec![n]) });
        let with = |n: i64| {
            [vec![inputs[0].clone(), cut(&k, 0, 5), cut(&v, 0, 5)], vec![In::None, In::None, In::None, ends(n)]].concat()
        };
        let out = node(24, "Attention", &[A::Int("is_causal", 1)], &with(4), &["f32"]).unwrap();
        let want = plain(sizes, [&q, &k, &v], |_, s, t| if t <= s + 2 { 0.0 } else { NEVER });
        assert!(near(&numbers(&out[0]), &want));
        for n in [-1, 6, i64::MAX] {
            assert_eq!(refusal(24, "Attention", &[], &with(n)), Code::ModelFailed);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ones = |shape: &[usize]| given(shape, &vec![1.0; shape.iter().product()]);
        let three = |q: &[usize], k: &[usize], v: &[usize]| [ones(q), ones(k), ones(v)];
        for (inputs, attributes) in [
            (three(&[1, 3, 2, 4], &[1, 2, 2, 4], &[1, 2, 2, 4]), vec![]),
            (three(&[1, 2, 2, 4], &[1, 2, 2, 5], &[1, 2, 2, 4]), vec![]),
            (three(&[1, 2, 2, 4], &[1, 2, 3, 4], &[1, 2, 2, 4]), vec![]),
            (three(&[1, 2, 8], &[1, 2, 8], &[1, 2, 8]), vec![]),
            (three(&[1, 2, 8], &[1, 2, 8], &[1, 2, 8]), vec![A::Int("q_num_heads", 3), A::Int("kv_num_heads", 3)]),
            (three(&[1, 2, 8], &[1, 2, 8], &[1, 2, 8]), vec![A::Int("q_num_heads", -1), A::Int("kv_num_heads", 1)]),
            (three(&[1, 1, 2, 4], &[1, 1, 2, 4], &[1, 1, 2, 4]), vec![A::Int("left_window_size", -2)]),
        ] {
            assert_eq!(refusal(25, "Attention", &attributes, &inputs), Code::ModelMalformed);
        }
        let mask = [three(&[1, 1, 2, 4], &[1, 1, 2, 4], &[1, 1, 2, 4]).to_vec(), vec![ones(&[2, 3])]].concat();
        assert_eq!(refusal(25, "Attention", &[], &mask), Code::ModelMalformed);
    }
}
