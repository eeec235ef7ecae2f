//! Values that grow from run to run: memory with room for more rows than are there, of which the graph sees those that are.
//!
//! A graph that joins a cache and new rows reads [`Past`], the rows that are there, side by side; what it joins them to is [`Past`]
//! of the memory with the new rows in it, written by [`Append`] where they belong. Whoever can read rows where they lie looks through
//! `Past`, which is left out then.

use super::builder::{Builder, Grows, Longer, Origin, Wire};
use super::importer::Op;
use crate::dtype::Buffer;
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::refusal::{failed, malformed};
use crate::shape::relaid;
use std::any::Any;
use std::sync::Arc;

/// The first so many rows of memory along an axis, side by side.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) axis: usize,
    pub(crate) len: usize,
}

impl Kernel for Past {
    fn name(&self) -> &'static str {
        "Past"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let mut fact = single(inputs)?.clone();
        match fact.shape.get_mut(self.axis) {
            Some(extent) if *extent >= self.len => *extent = self.len,
            _ => return Err(malformed("rows of a cache", &self.len.to_string())),
        }
        Ok(vec![fact])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let fact = inputs.fact(0)?;
        let run = row(fact, self.axis);
        let (from, rows) = (inputs.bytes(0)?, self.len * run);
        relaid(from, room(fact, self.axis) * run, outputs.bytes(0)?, rows, rows);
        Ok(())
    }
}

/// Memory with further rows behind those that are there.
#[derive(Debug)]
struct Append {
    axis: usize,
    /// Rows that are there.
    len: usize,
}

impl Kernel for Append {
    fn name(&self) -> &'static str {
        "Append"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let Some((whole, parts)) = inputs.split_first() else { return Err(malformed("number of inputs", "0")) };
        let new: usize = parts.iter().filter_map(|p| p.shape.get(self.axis)).sum();
        if room(whole, self.axis).checked_sub(self.len).is_none_or(|free| free < new) {
            return Err(malformed("rows of a cache", &new.to_string()));
        }
        Ok(vec![(*whole).clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn adds(&self) -> bool {
        true
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let fact = outputs.fact(0)?;
        let (run, whole) = (row(fact, self.axis), room(fact, self.axis));
        let taken = inputs.taken() == Some(0);
        let out = outputs.bytes(0)?;
        if !taken {
            let from = inputs.bytes(0)?;
            relaid(from, whole * run, out, whole * run, self.len * run);
        }
        let mut at = self.len;
        for part in 1..inputs.len() {
            let rows = room(inputs.fact(part)?, self.axis);
            let out = out.get_mut(at * run..).unwrap_or_default();
            relaid(inputs.bytes(part)?, rows * run, out, whole * run, rows * run);
            at += rows;
        }
        Ok(())
    }
}

/// The same kernels for a cache of other rows.
pub(crate) fn longer(kernel: &dyn Kernel, len: usize, total: usize) -> Option<Arc<dyn Kernel>> {
    let kernel: &dyn Any = kernel;
    if let Some(Append { axis, .. }) = kernel.downcast_ref() {
        return Some(Arc::new(Append { axis: *axis, len }));
    }
    let Past { axis, .. } = kernel.downcast_ref()?;
    Some(Arc::new(Past { axis: *axis, len: total }))
}

/// Bytes of a row.
fn row(fact: &Fact, axis: usize) -> usize {
    fact.shape.iter().skip(axis + 1).product::<usize>() * fact.dtype.bytes()
}

/// Rows that there is room for.
fn room(fact: &Fact, axis: usize) -> usize {
    fact.shape.get(axis).copied().unwrap_or(0)
}

impl Builder {
    /// The rows that are there of memory with room for more.
    pub(crate) fn past(&mut self, memory: Wire, axis: usize, len: usize) -> Result<Wire> {
        let out = self.add(Arc::new(Past { axis, len }), &[memory])?;
        out.first().copied().ok_or_else(|| failed("a cache"))
    }

    /// The memory of which a value is the first rows along an axis, the axis, and their number.
    pub(crate) fn memory(&self, wire: Wire) -> Option<(Wire, usize, usize)> {
        let (past, inputs) = self.made_by::<Past>(wire)?;
        Some((*inputs.first()?, past.axis, past.len))
    }

    /// The memory that an output of the graph is the rows of, where it is that of an input with rows added.
    pub(crate) fn grown(&self, output: Wire, input: Wire) -> Option<Wire> {
        let (memory, ..) = self.memory(output)?;
        let mut at = memory;
        while at != input {
            let number = match self.value(at).ok()?.origin {
                Origin::Made(number, 0) => number,
                _ => return None,
            };
            let made = self.made.get(number).filter(|m| m.kernel.adds())?;
            at = *made.inputs.first()?;
        }
        Some(memory)
    }

    /// The value that another is all of, in another shape.
    pub(crate) fn reshaped_from(&self, wire: Wire) -> Option<Wire> {
        let value = self.value(wire).ok()?;
        match value.origin {
            Origin::View(of, 0) if self.value(of).is_ok_and(|v| v.fact.len() == value.fact.len()) => Some(of),
            _ => None,
        }
    }
}

impl Op<'_, '_> {
    /// A cache with further rows, where the first part is the rows of memory that has room for them.
    pub(crate) fn appended(&mut self, parts: &[Wire], axis: usize) -> Result<Option<Wire>> {
        let Some((past, new)) = parts.split_first() else { return Ok(None) };
        let Some((memory, along, len)) = self.memory(*past).filter(|(_, along, _)| *along == axis) else { return Ok(None) };
        let mut total = len;
        for part in new {
            total = total.saturating_add(room(self.fact(*part)?, axis));
        }
        if total > room(self.fact(memory)?, axis) || new.is_empty() {
            return Ok(None);
        }
        let inputs: Vec<Wire> = [memory].iter().chain(new).copied().collect();
        let memory = self.add(Append { axis: along, len }, &inputs)?;
        self.importer.builder.past(memory, axis, total).map(Some)
    }

    /// Says of the operator what [`Grows`] says, where `made` are the rows of `past` with others behind them: by how many multiplications
    /// a row takes, where it takes any.
    pub(crate) fn grows(&mut self, past: &[Wire], made: &[Wire], (total, work): (Option<Wire>, u64), longer: Longer) {
        // What is added is not the cache itself: that would be other rows each time.
        if !cfg!(feature = "caches") || self.inputs.iter().flatten().filter(|input| past.contains(input)).count() != past.len() {
            return;
        }
        let mut all = None;
        for (past, made) in past.iter().zip(made) {
            let (Some((_, axis, len)), Some((_, along, more))) = (self.memory(*past), self.memory(*made)) else { return };
            if axis != along || len == 0 || more <= len || *all.get_or_insert((axis, len, more)) != (axis, len, more) {
                return;
            }
        }
        if let Some((axis, len, more)) = all {
            let grows = Grows { past: past.to_vec(), len, axis, rows: more - len, total, work, longer };
            self.importer.builder.grows = Some(grows);
        }
    }

    /// Whether a value is memory that may be written into, where that can be undone.
    pub(crate) fn written(&self, wire: Wire) -> bool {
        self.importer.builder.written.contains(&wire)
    }

    /// Adds a kernel that undoes what made `wire`: it is run on its inputs, of which that is the first, where a run does not come to
    /// its end.
    pub(crate) fn undo(&mut self, wire: Wire, kernel: impl Kernel, inputs: &[Wire]) -> Result<()> {
        let back = self.add(kernel, inputs)?;
        let builder = &mut self.importer.builder;
        let number = |wire: Wire| match builder.values.get(wire.0).map(|v| &v.origin) {
            Some(Origin::Made(number, _)) => Some(*number),
            _ => None,
        };
        // What is known is made by none, and written into by none.
        if let (Some(done), Some(back)) = (number(wire), number(back)) {
            builder.undone.push((done, back));
        }
        Ok(())
    }

    /// As [`Builder::past`].
    pub(crate) fn rows_of(&mut self, memory: Wire, axis: usize, len: usize) -> Result<Wire> {
        self.importer.builder.past(memory, axis, len)
    }

    /// As [`Builder::memory`].
    pub(crate) fn memory(&self, wire: Wire) -> Option<(Wire, usize, usize)> {
        self.importer.builder.memory(wire)
    }

    /// As [`Builder::reshaped_from`].
    pub(crate) fn reshaped_from(&self, wire: Wire) -> Option<Wire> {
        self.importer.builder.reshaped_from(wire)
    }
}
