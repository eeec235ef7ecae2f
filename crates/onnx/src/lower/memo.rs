//! A graph that was lowered before, lowered again for other shapes: only nodes that looked at what is another now.
//!
//! A cache grows by a row with every token, and with it some shapes. All other nodes come out as they did, so what they made is left as
//! it is. Where a node makes something else than before, not only of another size, the whole graph is lowered anew.

use super::builder::{Builder, Made, Origin, Value, Wire};
use super::cache::Past;
use super::importer::{Importer, Lowered, Room, Rules};
use super::record::Mark;
use crate::error::Error;
use crate::fact::{Constant, Fact};
use crate::file::Node;
use crate::weights::Weights;
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a constant that is kept in case a node is lowered again.
const SMALL: usize = 1 << 12;

/// A lowered graph, and where its nodes stand in the file.
#[derive(Debug)]
pub(crate) struct Memo {
    pub(crate) lowered: Lowered,
    rules: Rules,
    spans: Vec<Range<usize>>,
    /// Whether nodes have graphs within them, which look at what is around them: then it is lowered whole.
    bodies: bool,
    /// Constants that are kept however large: they were wanted again.
    kept: Vec<Wire>,
}

/// What is another than before, by number.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) values: Vec<bool>,
    pub(crate) made: Vec<bool>,
}

impl Changed {
    fn value(&mut self, at: usize) {
        self.values.get_mut(at).into_iter().for_each(|flag| *flag = true);
    }

    fn kernel(&mut self, at: usize) {
        self.made.get_mut(at).into_iter().for_each(|flag| *flag = true);
    }
}

/// What a graph is lowered for.
pub(crate) struct Wanted<'w> {
    pub(crate) inputs: &'w [Fact],
    pub(crate) rooms: &'w [Room],
    /// What the inputs will be, where that is told.
    pub(crate) values: &'w [Option<Constant>],
}

/// Why a graph is not lowered in part.
pub(crate) enum Stop {
    /// A constant that was let go of is wanted.
    Wants(Wire),
    /// It comes out as another graph, or not at all: to be lowered whole.
    Other,
}

impl From<Error> for Stop {
    fn from(_: Error) -> Self {
        Self::Other
    }
}

impl Memo {
    /// Of a graph that was lowered, once it is planned. Large constants are let go of, but for those in `kept`.
    pub(crate) fn new(lowered: Lowered, rules: Rules, spans: Vec<Range<usize>>, bodies: bool, kept: &[Wire]) -> Self {
        let mut memo = Self { lowered, rules, spans, bodies, kept: kept.to_vec() };
        memo.settle();
        memo
    }

    /// Lets go of large constants, those that were made again among them.
    pub(crate) fn settle(&mut self) {
        self.lowered.builder.reads.borrow_mut().clear();
        for (at, value) in self.lowered.builder.values.iter_mut().enumerate() {
            let large = value.fact.bytes() > SMALL && !self.kept.contains(&Wire(at));
            if large && matches!(value.origin, Origin::Constant(_)) {
                value.origin = Origin::Gone;
            }
        }
    }

    /// Lowers it again.
    pub(crate) fn again(
        &mut self,
        onnx: &[u8],
        wanted: &Wanted<'_>,
        weights: &mut Weights,
    ) -> std::result::Result<Changed, Stop> {
        if self.bodies {
            return Err(Stop::Other);
        }
        let builder = &mut self.lowered.builder;
        let mut changed = Changed { values: vec![false; builder.values.len()], made: vec![false; builder.made.len()] };
        self.inputs(wanted, &mut changed)?;
        for at in 0..self.spans.len() {
            let Some(record) = self.lowered.records.get(at) else { break };
            let values = &self.lowered.builder.values;
            let touched = |(wire, kernel): &&(Wire, bool)| {
                let by = |number: &usize| changed.made.get(*number) == Some(&true);
                let made = |wire: &Wire| match values.get(wire.0).map(|v| &v.origin) {
                    Some(Origin::Made(number, _) | Origin::Later(number, _)) => by(number),
                    _ => false,
                };
                changed.values.get(wire.0) == Some(&true) || (*kernel && made(wire))
            };
            let (mut any, mut rows) = (false, true);
            for (wire, _) in record.reads.iter().filter(touched) {
                any = true;
                rows &= record.grows.as_ref().is_some_and(|grows| grows.past.contains(wire) || grows.total == Some(*wire));
            }
            // Where nothing but the rows of its caches is another, it need not be lowered.
            if any && !(cfg!(feature = "caches") && rows && self.longer(at, &mut changed)) {
                self.node(at, onnx, weights, &mut changed)?;
            }
        }
        Ok(changed)
    }

    /// A node whose caches may have other rows now, and nothing else is another. Tells whether it is done: where not, nothing has happened.
    fn longer(&mut self, at: usize, changed: &mut Changed) -> bool {
        let Lowered { builder, records, .. } = &mut self.lowered;
        let Some(record) = records.get_mut(at) else { return false };
        let Some(grows) = &mut record.grows else { return false };
        // As many in all of them, and room for more.
        let mut len = None;
        for past in &grows.past {
            let Some((memory, axis, rows)) = builder.memory(*past) else { return false };
            let room = builder.values.get(memory.0).and_then(|v| v.fact.shape.get(grows.axis)).copied().unwrap_or(0);
            if axis != grows.axis || rows == 0 || rows + grows.rows > room || *len.get_or_insert(rows) != rows {
                return false;
            }
        }
        let Some(len) = len else { return false };
        let total = len + grows.rows;
        let told = grows.total.map(|wire| builder.known(wire).ok().flatten().and_then(|c| c.ints().first().copied()));
        if told.is_some_and(|told| told != Some(total as i64)) {
            return false;
        }
        let more = grows.work.saturating_mul(len as u64);
        let work = builder.work.saturating_sub(grows.work.saturating_mul(grows.len as u64));
        if work.checked_add(more).is_none_or(|work| work > self.rules.limits.graph.products) {
            return false;
        }
        record.work = record.work.saturating_add(more).saturating_sub(builder.work - work);
        builder.work = work + more;
        grows.len = len;
        let cells = builder.cells;
        for number in record.made.clone() {
            let Some(made) = builder.made.get_mut(number) else { continue };
            let Some(kernel) = (grows.longer)(&*made.kernel, len, total) else { continue };
            made.kernel = kernel;
            changed.kernel(number);
            let rows: Option<&Past> = (&*made.kernel as &dyn Any).downcast_ref();
            if let (Some(past), [out]) = (rows, &made.outputs[..]) {
                let out = out.0;
                let mut fact = builder.values.get(out).map(|v| v.fact.clone());
                fact.iter_mut().filter_map(|f| f.shape.get_mut(past.axis)).for_each(|extent| *extent = past.len);
                fact.into_iter().for_each(|fact| _ = replace(builder, out, fact, changed));
            }
        }
        // Else the next lowering of the node would give back too little.
        record.cells = record.cells.saturating_add(builder.cells).saturating_sub(cells);
        true
    }

    /// Lowers a node again, and puts what comes of it in the place of what was there.
    fn node(&mut self, at: usize, onnx: &[u8], weights: &mut Weights, changed: &mut Changed) -> std::result::Result<(), Stop> {
        let (Some(record), Some(span)) = (self.lowered.records.get_mut(at), self.spans.get(at)) else { return Ok(()) };
        let values = &self.lowered.builder.values;
        let gone = |(wire, _): &&(Wire, bool)| matches!(values.get(wire.0).map(|v| &v.origin), Some(Origin::Gone));
        if let Some((wire, _)) = record.reads.iter().find(gone) {
            return Err(Stop::Wants(*wire));
        }
        let node = onnx.get(span.clone()).and_then(|message| Node::again(message, &self.rules.limits.file).ok());
        let node = node.filter(|n| n.attributes.iter().all(|a| a.graphs.is_empty())).ok_or(Stop::Other)?;
        let builder = std::mem::replace(&mut self.lowered.builder, Builder::new(&self.rules.limits.graph));
        let mut importer = Importer::new(builder, &self.rules, weights);
        importer.narrow = std::mem::take(&mut self.lowered.narrow);
        importer.builder.cells = importer.builder.cells.saturating_sub(record.cells);
        importer.builder.work = importer.builder.work.saturating_sub(record.work);
        importer.builder.node = Some(at);
        let (mark, undone) = (Mark::of(&mut importer.builder), importer.builder.undone.len());
        let outputs = importer.one(&node, record.inputs.clone());
        let Importer { mut builder, narrow, .. } = importer;
        let fits = outputs.is_ok_and(|outputs| {
            let new = mark.record(&mut builder, std::mem::take(&mut record.inputs), outputs);
            builder.undone.truncate(undone);
            let part = Part { old: (record.values.start, record.made.start), new: (new.values.start, new.made.start) };
            let (values, made) = (record.values.len(), record.made.len());
            let fits = part.fits(&mut builder, values, made, &record.outputs, &new.outputs, changed);
            (record.inputs, record.reads, record.grows) = (new.inputs, new.reads, new.grows);
            (record.cells, record.work) = (new.cells, new.work);
            fits
        });
        (self.lowered.builder, self.lowered.narrow) = (builder, narrow);
        if fits { Ok(()) } else { Err(Stop::Other) }
    }

    /// Other shapes and values of the inputs.
    fn inputs(&mut self, wanted: &Wanted<'_>, changed: &mut Changed) -> std::result::Result<(), Stop> {
        let Lowered { builder, inputs, fixed, .. } = &mut self.lowered;
        for (number, (wire, fact)) in inputs.iter().zip(wanted.inputs).enumerate() {
            let room = match wanted.rooms.get(number) {
                Some(Room::Rows(axis, room)) => Some((*axis, *room)),
                _ => None,
            };
            let mut own = fact.clone();
            if let Some((axis, room)) = room {
                own.shape.get_mut(axis).into_iter().for_each(|extent| *extent = room);
            }
            let other = replace(builder, wire.0, own, changed);
            // Behind it stands what the graph sees of it.
            let seen = wire.0 + 1;
            if let Some((axis, _)) = room {
                let len = fact.shape.get(axis).copied().unwrap_or(0);
                let Some(Origin::Made(made, 0)) = builder.values.get(seen).map(|v| &v.origin) else { return Err(Stop::Other) };
                let made = *made;
                if replace(builder, seen, fact.clone(), changed) || other {
                    builder.made.get_mut(made).into_iter().for_each(|m| m.kernel = Arc::new(Past { axis, len }));
                    changed.kernel(made);
                }
            } else if fixed.get(number) == Some(&true) {
                let known = wanted.values.get(number).and_then(Option::as_ref).filter(|v| v.fact == *fact);
                let (Some(known), Some(value)) = (known, builder.values.get_mut(seen)) else { return Err(Stop::Other) };
                let same = matches!(&value.origin, Origin::Constant(old) if old.same(known));
                if !same {
                    *value = Value { fact: fact.clone(), origin: Origin::Constant(known.clone()) };
                    changed.value(seen);
                }
            }
        }
        Ok(())
    }
}

/// Gives a value another type and shape; whether it had not these.
fn replace(builder: &mut Builder, at: usize, fact: Fact, changed: &mut Changed) -> bool {
    let Some(value) = builder.values.get_mut(at).filter(|v| v.fact != fact) else { return false };
    builder.cells = builder.cells.saturating_sub(value.fact.len()).saturating_add(fact.len());
    value.fact = fact;
    changed.value(at);
    true
}

/// Where a node's values and kernels begin, those of before and those of now.
struct Part {
    old: (usize, usize),
    new: (usize, usize),
}

impl Part {
    fn wire(&self, wire: Wire) -> Wire {
        if wire.0 >= self.new.0 { Wire(wire.0 - self.new.0 + self.old.0) } else { wire }
    }

    fn number(&self, made: usize) -> usize {
        if made >= self.new.1 { made - self.new.1 + self.old.1 } else { made }
    }

    /// Puts what is new in the place of what was there, where both are made in the same way.
    fn fits(
        &self,
        builder: &mut Builder,
        values: usize,
        made: usize,
        before: &[Wire],
        outputs: &[Wire],
        changed: &mut Changed,
    ) -> bool {
        let alike = builder.values.len() - self.new.0 == values
            && builder.made.len() - self.new.1 == made
            && before.len() == outputs.len()
            && before.iter().zip(outputs).all(|(a, b)| *a == self.wire(*b));
        if !alike {
            return false;
        }
        // What a later node has had run is run again.
        for at in 0..values {
            let known =
                matches!(builder.values.get(self.old.0 + at).map(|v| &v.origin), Some(Origin::Constant(_) | Origin::Gone));
            if known && builder.settle(Wire(self.new.0 + at)).is_err() {
                return false;
            }
        }
        let news: Vec<Made> = builder.made.drain(self.new.1..).collect();
        for (at, mut new) in news.into_iter().enumerate() {
            let number = self.old.1 + at;
            let Some(old) = builder.made.get_mut(number) else { return false };
            new.inputs.iter_mut().chain(&mut new.outputs).for_each(|wire| *wire = self.wire(*wire));
            let same = old.inputs == new.inputs && old.outputs == new.outputs;
            if !same || old.kernel.over() != new.kernel.over() || old.kernel.adds() != new.kernel.adds() {
                return false;
            }
            *old = new;
            changed.kernel(number);
        }
        let news: Vec<Value> = builder.values.drain(self.new.0..).collect();
        for (at, mut new) in news.into_iter().enumerate() {
            let at = self.old.0 + at;
            let Some(old) = builder.values.get_mut(at) else { return false };
            match &mut new.origin {
                Origin::View(of, _) => *of = self.wire(*of),
                Origin::Made(number, _) | Origin::Later(number, _) => *number = self.number(*number),
                _ => {}
            }
            let same = match (&old.origin, &new.origin) {
                (Origin::Constant(a), Origin::Constant(b)) => Some(a.same(b)),
                (Origin::Gone, Origin::Constant(_)) => Some(false),
                (Origin::View(a, from), Origin::View(b, to)) => (a == b).then_some(from == to),
                (Origin::Made(a, i), Origin::Made(b, j)) => ((a, i) == (b, j)).then_some(true),
                (Origin::Later(a, _), Origin::Later(b, _)) => (a == b).then_some(false),
                _ => None,
            };
            let Some(same) = same else { return false };
            if !same || old.fact != new.fact {
                changed.value(at);
            }
            *old = new;
        }
        true
    }
}
