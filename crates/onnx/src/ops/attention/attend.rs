//! The kernel of attention: some rows of queries at a time against the keys that they may see, scores in working memory.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::permuted;
use crate::refusal::{failed, malformed};
use nearhand_kernels::attention::{add_mask, keep_mask, scale, softmax};
use nearhand_kernels::matmul_plain::{Rows, product, product_turned};

/// Rows of queries at a time: keys and values are read once for all of them.
const BLOCK: usize = 8;

/// Heads of a value, and where they lie: `[B, H, S, D]`, or `[B, S, H·D]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    pub(super) wire: Wire,
    pub(super) batch: usize,
    pub(super) count: usize,
    pub(super) len: usize,
    pub(super) depth: usize,
    /// Whether heads lie within rows.
    pub(super) flat: bool,
    /// Elements before the first, where they are a part of longer rows.
    pub(super) skip: usize,
    /// Elements from a batch, a head, a row to the next.
    pub(super) steps: [usize; 3],
}

impl Heads {
    /// Of a value of rank 4, or of rank 3 with so many heads.
    pub(super) fn of(op: &Op<'_, '_>, wire: Wire, count: usize) -> Result<Self> {
        op.only(wire, &[DType::F32])?;
        match op.shape(wire)?[..] {
            [batch, heads, len, depth] => {
                let steps = [heads * len * depth, len * depth, depth];
                Ok(Self { wire, batch, count: heads, len, depth, flat: false, skip: 0, steps })
            }
            [batch, len, width] if count != 0 && width.is_multiple_of(count) => {
                let (depth, steps) = (width / count, [len * width, width / count, width]);
                Ok(Self { wire, batch, count, len, depth, flat: true, skip: 0, steps })
            }
            _ => Err(op.bad("heads")),
        }
    }

    /// As they lie in the memory of a cache, where they do.
    fn seen(self, op: &Op<'_, '_>) -> Result<Self> {
        let Some((memory, 2, _)) = op.memory(self.wire).filter(|_| !self.flat) else { return Ok(self) };
        let room = op.shape(memory)?.get(2).copied().unwrap_or(0);
        let steps = [self.count * room * self.depth, room * self.depth, self.depth];
        Ok(Self { wire: memory, steps, ..self })
    }

    /// As `[B, H, S, D]`.
    pub(super) fn apart(&self, op: &mut Op<'_, '_>) -> Result<Wire> {
        if !self.flat {
            return Ok(self.wire);
        }
        let split = crate::ops::base::layout::reshaped(op, self.wire, &[self.batch, self.len, self.count, self.depth])?;
        permuted(op, split, &[0, 2, 1, 3])
    }

    /// A head's rows from one on.
    pub(super) fn rows<'v>(&self, values: &'v [f32], [b, h, row]: [usize; 3]) -> Rows<'v> {
        let from = self.skip + b * self.steps[0] + h * self.steps[1] + row * self.steps[2];
        Rows { values: values.get(from..).unwrap_or_default(), step: self.steps[2], width: self.depth }
    }
}

/// How a mask is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mask {
    /// Floats that are added.
    Add,
    /// Truth values of what is kept.
    Keep,
    /// Whole numbers: where they are not above 0 this is added.
    Filter(f32),
}

/// A mask, its steps along batches, heads and rows, and its width: keys past it are not seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Masked {
    pub(super) kind: Mask,
    pub(super) wire: Wire,
    pub(super) steps: [usize; 3],
    pub(super) width: usize,
}

impl Masked {
    /// Of a value that broadcasts to `[B, H, S, T]`; its last axis may be shorter.
    pub(super) fn of(op: &Op<'_, '_>, kind: Mask, wire: Wire, [b, h, s, t]: [usize; 4]) -> Result<Self> {
        let shape = op.shape(wire)?;
        let Some((&width, outer)) = shape.split_last() else { return Err(op.bad("shape of a mask")) };
        let mut step = width;
        let mut steps = [0; 3];
        for (at, (dim, want)) in outer.iter().rev().zip([s, h, b]).enumerate() {
            if *dim != 1 && *dim != want {
                return Err(op.bad("shape of a mask"));
            }
            if let Some(place) = 2_usize.checked_sub(at).and_then(|at| steps.get_mut(at)) {
                *place = if *dim == 1 { 0 } else { step };
            }
            step *= dim;
        }
        if outer.len() > 3 || width > t {
            return Err(op.bad("shape of a mask"));
        }
        Ok(Self { kind, wire, steps, width })
    }
}

/// At which stage scores leave as the second output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Scaled,
    Capped,
    Masked,
    Weights,
}

/// Attention of queries over keys and values; batches of all are one number, heads of keys divide those of queries.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) q: Heads,
    pub(super) k: Heads,
    pub(super) v: Heads,
    pub(super) scale: f32,
    /// Bound of the scores; 0 where there is none.
    pub(super) cap: f32,
    /// Keys that are seen before and after a query's own place.
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    /// Place of the first query among the keys.
    pub(super) offset: i64,
    /// Numbers of keys of each batch, and what is added to them. Whether the queries are the last of them.
    pub(super) lengths: Option<(Wire, i64, bool)>,
    pub(super) masks: Vec<Masked>,
    pub(super) stage: Option<Stage>,
}

/// Adds attention: `[B, S, H·V]` where the queries came so, else `[B, H, S, V]`, and the scores where they are asked for.
pub(super) fn attend(op: &mut Op<'_, '_>, mut form: Form) -> Result<(Wire, Option<Wire>)> {
    let Form { q, k, v, .. } = form;
    let alike = q.batch == k.batch && k.batch == v.batch && q.depth == k.depth && k.len == v.len && k.count == v.count;
    if !alike || k.count == 0 || !q.count.is_multiple_of(k.count) {
        return Err(op.bad("shapes of queries, keys and values"));
    }
    if let Some((wire, ..)) = form.lengths
        && (op.shape(wire)?.iter().product::<usize>() != q.batch || !matches!(op.dtype(wire)?, DType::I64 | DType::I32))
    {
        return Err(op.bad("lengths of keys"));
    }
    op.work(&[q.batch, q.count, q.len, k.len, q.depth + v.depth])?;
    (form.k, form.v) = (k.seen(op)?, v.seen(op)?);
    let mut inputs = vec![q.wire, form.k.wire, form.v.wire];
    inputs.extend(form.lengths.map(|(wire, ..)| wire));
    inputs.extend(form.masks.iter().map(|m| m.wire));
    let scores = form.stage.is_some();
    let out = op.add_all(Attend(form), &inputs)?;
    match out[..] {
        [y, ..] => Ok((y, out.get(1).copied().filter(|_| scores))),
        [] => Err(op.bad("no output")),
    }
}

#[derive(Debug)]
pub(super) struct Attend(pub(super) Form);

/// Places of the keys that a query sees.
type Range = (usize, usize);

impl Attend {
    /// Keys of batch `b`, and the place of its first query among them.
    fn keys(&self, inputs: &Inputs<'_>, b: usize) -> Result<(usize, i64)> {
        let Form { q, k, offset, lengths, .. } = &self.0;
        let Some((_, more, last)) = lengths else { return Ok((k.len, *offset)) };
        let given = match inputs.fact(3)?.dtype {
            DType::I32 => inputs.get::<i32>(3)?.get(b).map(|l| i64::from(*l)),
            _ => inputs.get::<i64>(3)?.get(b).copied(),
        };
        let length = given.and_then(|l| l.checked_add(*more)).filter(|l| (0..=k.len as i64).contains(l));
        let length = length.ok_or_else(|| failed("a number of keys below 0 or beyond those there are"))?;
        Ok((length as usize, if *last { length - q.len as i64 } else { *offset }))
    }

    /// The keys that a query at place `at` sees of `count`.
    fn seen(&self, at: i64, count: usize) -> Range {
        let bound = |place: i64| place.clamp(0, count as i64) as usize;
        let from = self.0.before.map_or(0, |n| bound(at.saturating_sub(n as i64)));
        let to = self.0.after.map_or(count, |n| bound(at.saturating_add(n as i64).saturating_add(1)));
        (from.min(to), to)
    }

    /// A row of scores of keys from `from` on becomes one of weights; copies leave where they are asked for.
    fn weigh(
        &self,
        row: &mut [f32],
        (from, seen): (usize, Range),
        [b, h, s]: [usize; 3],
        inputs: &Inputs<'_>,
        mut copy: Option<&mut [f32]>,
    ) -> Result<()> {
        let Form { cap, stage, masks, lengths, .. } = &self.0;
        let mut leave = |at: Stage, row: &[f32]| {
            if let (true, Some(copy)) = (*stage == Some(at), copy.as_deref_mut()) {
                copy.iter_mut().zip(row).for_each(|(to, v)| *to = *v);
            }
        };
        scale(row, self.0.scale, 0.0);
        leave(Stage::Scaled, row);
        if *cap > 0.0 {
            scale(row, 1.0, *cap);
        }
        leave(Stage::Capped, row);
        for (number, mask) in masks.iter().enumerate() {
            let input = 3 + usize::from(lengths.is_some()) + number;
            let start = b * mask.steps[0] + h * mask.steps[1] + s * mask.steps[2];
            let places = start + from.min(mask.width)..start + (from + row.len()).min(mask.width);
            match mask.kind {
                Mask::Add => add_mask(row, inputs.get::<f32>(input)?.get(places).unwrap_or_default()),
                Mask::Keep => keep_mask(row, inputs.get::<u8>(input)?.get(places).unwrap_or_default()),
                Mask::Filter(value) => {
                    let kept = inputs.get::<i32>(input)?.get(places).unwrap_or_default();
                    row.iter_mut().zip(kept).filter(|(_, k)| **k <= 0).for_each(|(score, _)| *score += value);
                }
            }
        }
        let (before, after) = (seen.0.saturating_sub(from).min(row.len()), seen.1.saturating_sub(from).min(row.len()));
        row.get_mut(..before).unwrap_or_default().fill(f32::NEG_INFINITY);
        row.get_mut(after..).unwrap_or_default().fill(f32::NEG_INFINITY);
        leave(Stage::Masked, row);
        softmax(row);
        leave(Stage::Weights, row);
        Ok(())
    }
}

impl Kernel for Attend {
    fn name(&self) -> &'static str {
        "Attention"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let Form { q, k, v, stage, .. } = &self.0;
        if inputs.len() < 3 || inputs.iter().take(3).any(|f| f.dtype != DType::F32) {
            return Err(malformed("inputs of different types", ""));
        }
        let shape = if q.flat { vec![q.batch, q.len, q.count * v.depth] } else { vec![q.batch, q.count, q.len, v.depth] };
        let mut out = vec![Fact::new(DType::F32, &shape)];
        if stage.is_some() {
            out.push(Fact::new(DType::F32, &[q.batch, q.count, q.len, k.len]));
        }
        Ok(out)
    }

    fn scratch(&self, _: &[&Fact]) -> usize {
        BLOCK * self.0.k.len * size_of::<f32>()
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, scratch: &mut Buffer) -> Result<()> {
        let Form { q, k, v, stage, .. } = &self.0;
        let (queries, keys, values) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?, inputs.get::<f32>(2)?);
        let (out, scores) = match stage {
            Some(_) => outputs.two::<f32, f32>()?,
            None => (outputs.get::<f32>(0)?, &mut [][..]),
        };
        let group = q.count / k.count.max(1);
        // The output lies as the queries do.
        let step = if q.flat { q.count * v.depth } else { v.depth };
        let place = |b: usize, h: usize, s: usize| {
            if q.flat { (b * q.len + s) * step + h * v.depth } else { ((b * q.count + h) * q.len + s) * step }
        };
        for b in 0..q.batch {
            let (count, offset) = self.keys(inputs, b)?;
            for (h, s) in (0..q.count).flat_map(|h| (0..q.len).step_by(BLOCK).map(move |s| (h, s))) {
                let n = BLOCK.min(q.len - s);
                let last = (s + n) as i64 - 1;
                let (mut from, mut to) = (self.seen(offset + s as i64, count).0, self.seen(offset + last, count).1);
                if stage.is_some() {
                    (from, to) = (0, k.len);
                }
                let width = to.saturating_sub(from);
                let rows = scratch.all_mut::<f32>().get_mut(..n * width).ok_or_else(|| failed("working memory"))?;
                let near = k.rows(keys, [b, h / group, from]);
                product_turned(q.rows(queries, [b, h, s]), near, (n, width), rows, width);
                for (i, row) in rows.chunks_exact_mut(width.max(1)).enumerate() {
                    let s = s + i;
                    let line = ((b * q.count + h) * q.len + s) * k.len;
                    let copy = stage.and_then(|_| scores.get_mut(line..line + k.len));
                    self.weigh(row, (from, self.seen(offset + s as i64, count)), [b, h, s], inputs, copy)?;
                }
                let weights = Rows { values: rows, step: width, width };
                product(
                    weights,
                    v.rows(values, [b, h / group, from]),
                    n,
                    out.get_mut(place(b, h, s)..).unwrap_or_default(),
                    step,
                );
            }
        }
        Ok(())
    }
}
