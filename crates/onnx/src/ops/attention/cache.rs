//! The cache of GroupQueryAttention: how many keys each sequence has is known when it runs.

use super::attend::Heads;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::{APART, failed, malformed};
use crate::shape::relaid;

/// Where new keys go.
pub(super) struct Frame {
    /// Keys of the cache after them.
    pub(super) total: usize,
    /// Whether they are the first.
    pub(super) first: bool,
    /// How many they are.
    pub(super) rows: usize,
}

/// The cache with new keys or values in it.
pub(super) fn cached(op: &mut Op<'_, '_>, past: Option<Wire>, new: &Heads, lengths: Wire, frame: &Frame) -> Result<Heads> {
    let mut held = 0;
    if let Some(past) = past {
        op.only(past, &[DType::F32])?;
        match op.shape(past)?[..] {
            [b, h, n, d] if [b, h, d] == [new.batch, new.count, new.depth] => held = n,
            _ => return Err(op.bad("shape of a cache")),
        }
    }
    let memory = past.and_then(|past| op.memory(past)).filter(|(_, axis, len)| *axis == 2 && frame.total == len + frame.rows);
    if let Some((memory, axis, len)) = memory
        && op.shape(memory)?.get(axis).is_some_and(|room| *room >= frame.total)
    {
        let wire = op.add(Behind { new: *new, len, total: frame.total, first: frame.first }, &[memory, new.wire, lengths])?;
        let wire = op.rows_of(wire, axis, frame.total)?;
        return Heads::of(op, wire, 0);
    }
    let kernel = Cache { new: *new, held, total: frame.total, first: frame.first };
    let inputs: Vec<Wire> = [new.wire, lengths].into_iter().chain(past).collect();
    let wire = op.add(kernel, &inputs)?;
    Heads::of(op, wire, 0)
}

impl Behind {
    /// The same with so many rows in the memory, and so many in all.
    pub(super) fn longer(&self, len: usize, total: usize) -> Self {
        Self { new: self.new, len, total, first: self.first }
    }
}

/// Inputs: new rows, numbers of keys less one, and the cache where there is one. Output: `[B, H, T, D]`, zeros past the keys.
#[derive(Debug)]
struct Cache {
    new: Heads,
    /// Rows of the cache given.
    held: usize,
    total: usize,
    first: bool,
}

impl Kernel for Cache {
    fn name(&self) -> &'static str {
        "Cache"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        if inputs.len() < 2 {
            return Err(malformed("number of inputs", ""));
        }
        Ok(vec![Fact::new(DType::F32, &[self.new.batch, self.new.count, self.total, self.new.depth])])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let Self { new, held, total, first } = self;
        let (values, lengths) = (inputs.get::<f32>(0)?, inputs.get::<i32>(1)?);
        let past = if inputs.len() > 2 { inputs.get::<f32>(2)? } else { &[] };
        let out = outputs.get::<f32>(0)?;
        out.fill(0.0);
        let d = new.depth;
        for (b, h) in (0..new.batch).flat_map(|b| (0..new.count).map(move |h| (b, h))) {
            let length = lengths.get(b).and_then(|l| usize::try_from(*l).ok()).and_then(|l| l.checked_add(1));
            let before = if *first { Some(0) } else { length.and_then(|l| l.checked_sub(new.len)) };
            let before = before.filter(|n| (*first || n <= held) && n + new.len <= *total);
            let before = before.ok_or_else(|| failed("a number of keys below the new ones or beyond the cache"))?;
            let at = b * new.count + h;
            let Some(to) = out.get_mut(at * total * d..(at + 1) * total * d) else { continue };
            let (kept, to) = to.split_at_mut((before * d).min(to.len()));
            kept.iter_mut().zip(past.get(at * held * d..).unwrap_or_default()).for_each(|(to, v)| *to = *v);
            for (s, to) in to.chunks_exact_mut(d.max(1)).take(new.len).enumerate() {
                let row = new.rows(values, [b, h, s]);
                to.iter_mut().zip(row.values).for_each(|(to, v)| *to = *v);
            }
        }
        Ok(())
    }
}

/// New rows in memory with room for them, behind those that are there. Inputs: the memory, new rows, numbers of keys less one.
#[derive(Debug)]
pub(super) struct Behind {
    new: Heads,
    len: usize,
    total: usize,
    first: bool,
}

impl Kernel for Behind {
    fn name(&self) -> &'static str {
        "Append"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        match inputs {
            [memory, _, _] => Ok(vec![(*memory).clone()]),
            _ => Err(malformed("number of inputs", "")),
        }
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn adds(&self) -> bool {
        true
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let Self { new, len, total, first } = self;
        let (values, lengths) = (inputs.get::<f32>(1)?, inputs.get::<i32>(2)?);
        // Sequences that end earlier have their new rows among those of others: not here.
        let alike = lengths.iter().all(|l| usize::try_from(*l).is_ok_and(|l| l + 1 == *total));
        if !alike && !*first {
            return Err(failed(APART));
        }
        let (taken, block) = (inputs.taken() == Some(0), outputs.fact(0)?.shape.get(2).copied().unwrap_or(0) * new.depth);
        if !taken {
            let bytes = |floats: usize| floats * size_of::<f32>();
            relaid(inputs.bytes(0)?, bytes(block), outputs.bytes(0)?, bytes(block), bytes(len * new.depth));
        }
        let out = outputs.get::<f32>(0)?;
        for (b, h) in (0..new.batch).flat_map(|b| (0..new.count).map(move |h| (b, h))) {
            let at = (b * new.count + h) * block + len * new.depth;
            let rows = out.get_mut(at..).unwrap_or_default().chunks_exact_mut(new.depth.max(1)).take(new.len);
            for (s, to) in rows.enumerate() {
                to.iter_mut().zip(new.rows(values, [b, h, s]).values).for_each(|(to, v)| *to = *v);
            }
        }
        Ok(())
    }
}
