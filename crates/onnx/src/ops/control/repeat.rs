//! Loop and Scan. A body is lowered once, for types and shapes that stay as they are; where it cannot be, and the turns are
//! few, turn by turn.

use super::branch::{graph, scope};
use super::turns::{Count, Turns};
use crate::dtype::DType;
use crate::error::{Code, Error, Result};
use crate::fact::{Constant, Fact};
use crate::file::Graph;
use crate::lower::{Bound, Inner, Op, Wire, Wires};
use crate::ops::base::layout::{joined, permuted, reshaped};
use std::sync::Mutex;

/// Nodes that a loop may become turn by turn.
const UNROLLED: usize = 1 << 12;

/// What a loop is asked for: the number of its turns and the truth value before the first.
#[derive(Clone, Copy)]
struct Asked {
    number: Option<Wire>,
    condition: Option<Wire>,
}

/// A number of turns: none below 0, and more than the address space holds are as many as that.
fn turns(number: i64) -> usize {
    usize::try_from(number.max(0)).unwrap_or(usize::MAX)
}

/// Loop.
pub(crate) fn repeat(op: &mut Op<'_, '_>) -> Result<Wires> {
    let asked = Asked { number: op.maybe(0), condition: op.maybe(1) };
    for (wire, dtype) in [(asked.number, DType::I64), (asked.condition, DType::Bool)] {
        if let Some(wire) = wire
            && (op.only(wire, &[dtype]).is_err() || op.fact(wire)?.len() != 1)
        {
            return Err(op.refuse("a loop whose number of turns or condition is not one value"));
        }
    }
    let body = op.attribute("body");
    let body = graph(op, body)?;
    let start = (2..op.inputs.len()).map(|at| op.input(at)).collect::<Result<Vec<_>>>()?;
    if body.inputs.len() != start.len() + 2 || body.outputs.len() < start.len() + 1 {
        return Err(op.bad("number of inputs or outputs of a body"));
    }
    let rows = body.outputs.len() - start.len() - 1;
    match once(op, asked, body, &start, rows) {
        // Shapes that change, places that the number of the turn tells.
        Err(why) if why.code() == Code::ModelOperatorUnsupported => unrolled(op, asked, body, &start, why),
        once => once,
    }
}

/// As one kernel.
fn once<'a>(op: &mut Op<'_, 'a>, asked: Asked, body: &'a Graph<'a>, start: &[Wire], rows: usize) -> Result<Wires> {
    // A body runs where its condition holds.
    let mut bounds = vec![Bound::Given(Fact::new(DType::I64, &[])), Bound::Known(Constant::scalar(DType::Bool, 1.0))];
    for wire in start {
        bounds.push(Bound::Given(op.fact(*wire)?.clone()));
    }
    let inner = planned(op, body, &bounds, start, 1)?;
    let another = inner.known.first().and_then(Option::as_ref).map(|c| c.ints().first().is_some_and(|v| *v != 0));
    let number = asked.number.map(|w| op.konst(w)).transpose()?.flatten().and_then(|c| c.ints().first().copied());
    let condition = asked.condition.map(|w| op.konst(w)).transpose()?.flatten().and_then(|c| c.ints().first().copied());
    let mut known = number.map(turns);
    let told = asked.number.is_none() || number.is_some();
    if another == Some(false) && told {
        known = Some(known.unwrap_or(1).min(1));
    }
    if condition == Some(0) {
        known = Some(0);
    }
    let given = [known.is_none() && asked.number.is_some(), condition.is_none() && asked.condition.is_some()];
    let decides = another.is_none() || (another == Some(false) && !told);
    if rows > 0 && (decides || known.is_none() || given[1]) {
        // An output has as many rows as there are turns: they have to be known, and are where the inputs tell.
        for wire in asked.number.into_iter().chain(asked.condition) {
            op.ints(wire, "number of turns")?;
        }
        return Err(op.refuse("a loop that answers a row a turn, of a number that only a run tells"));
    }
    let exact = known.filter(|_| !decides);
    let most = op.importer.builder.turns(inner.work, exact)?;
    let count = Count { known, most, given, decides };
    let run = asked.number.filter(|_| given[0]).into_iter().chain(asked.condition.filter(|_| given[1]));
    let inputs: Vec<Wire> = run.chain(start.iter().copied()).collect();
    let facts = facts(&inner, 1, start.len(), known.unwrap_or(0));
    let carried = start.len();
    let turns = Rest { name: "Loop", facts, count, counts: true, carried, sequences: Vec::new(), rows: vec![false; rows] };
    add(op, inner, inputs, turns)
}

/// A body planned once for all turns; its outputs from `lead` on are what is carried, of types and shapes that stay.
fn planned<'a>(op: &mut Op<'_, 'a>, body: &'a Graph<'a>, bounds: &[Bound], carried: &[Wire], lead: usize) -> Result<Inner> {
    let scope = scope(op, "body");
    let inner = op.importer.inner(&scope, body, bounds)?;
    for (wire, fact) in carried.iter().zip(inner.outputs.iter().skip(lead)) {
        if op.fact(*wire)? != fact {
            return Err(op.refuse("shapes or types that change from turn to turn"));
        }
    }
    Ok(inner)
}

/// Types and shapes of what is carried, and of a row a turn.
fn facts(inner: &Inner, lead: usize, carried: usize, turns: usize) -> Vec<Fact> {
    let mut facts = inner.outputs.get(lead..).unwrap_or_default().to_vec();
    facts.iter_mut().skip(carried).for_each(|fact| fact.shape.insert(0, turns));
    facts
}

/// What [`Turns`] holds besides its body.
struct Rest {
    name: &'static str,
    facts: Vec<Fact>,
    count: Count,
    counts: bool,
    carried: usize,
    sequences: Vec<bool>,
    rows: Vec<bool>,
}

fn add(op: &mut Op<'_, '_>, inner: Inner, mut inputs: Vec<Wire>, rest: Rest) -> Result<Wires> {
    inputs.extend(inner.captured);
    let Rest { name, facts, count, counts, carried, sequences, rows } = rest;
    op.add_all(Turns { name, body: Mutex::new(inner.body), facts, count, counts, carried, sequences, rows }, &inputs)
}

/// Turn by turn: each has shapes of its own, and knows its number. `why` is what stood against one body for all.
fn unrolled<'a>(op: &mut Op<'_, 'a>, asked: Asked, body: &'a Graph<'a>, start: &[Wire], why: Error) -> Result<Wires> {
    let known = |op: &Op<'_, '_>, wire| op.ints(wire, "number of turns").map(|v| v.first().copied().unwrap_or(0));
    let Some(number) = asked.number else { return Err(why) };
    let Ok(number) = known(op, number) else { return Err(why) };
    let mut more = match asked.condition {
        Some(wire) => known(op, wire)? != 0,
        None => true,
    };
    let number = turns(number);
    if number.saturating_mul(body.nodes.len().max(1)) > UNROLLED {
        return Err(why);
    }
    let scope = scope(op, "body");
    let (mut carried, mut rows) = (start.to_vec(), vec![Vec::new(); body.outputs.len() - start.len() - 1]);
    for turn in 0..number {
        if !more {
            break;
        }
        let mut inputs = vec![op.constant(Constant::i64(&[], &[turn as i64]))?, op.constant(Constant::scalar(DType::Bool, 1.0))?];
        inputs.extend(&carried);
        let outputs = op.importer.body(&scope, body, &inputs)?;
        let (Some(another), Some(rest)) = (outputs.first(), outputs.get(1..)) else { return Err(why) };
        more = known(op, *another).map_err(|_| why.clone())? != 0;
        carried = rest.iter().take(start.len()).copied().collect();
        for (list, wire) in rows.iter_mut().zip(rest.iter().skip(start.len())) {
            let shape = [&[1], &op.shape(*wire)?[..]].concat();
            list.push(reshaped(op, *wire, &shape)?);
        }
    }
    // Of no turns nobody knows a row's shape.
    for list in rows {
        if list.is_empty() {
            return Err(why);
        }
        carried.push(joined(op, &list, 0)?);
    }
    Ok(carried)
}

/// One number a value, or the same for all.
fn of_each(op: &Op<'_, '_>, name: &str, count: usize) -> Result<Vec<i64>> {
    let list = op.int_list(name)?.unwrap_or_else(|| vec![0; count]);
    if list.len() == count { Ok(list) } else { Err(op.bad("number of axes or directions")) }
}

/// Scan of operator set 9 and later.
pub(crate) fn scan(op: &mut Op<'_, '_>) -> Result<Wires> {
    if op.opset() < 9 {
        return Err(op.refuse("Scan before operator set 9"));
    }
    let body = op.attribute("body");
    let body = graph(op, body)?;
    let inputs = (0..op.inputs.len()).map(|at| op.input(at)).collect::<Result<Vec<_>>>()?;
    let sequences = usize::try_from(op.int("num_scan_inputs", 0)?).ok().filter(|n| (1..=inputs.len()).contains(n));
    let sequences = sequences.ok_or_else(|| op.bad("num_scan_inputs"))?;
    let carried = inputs.len() - sequences;
    if body.inputs.len() != inputs.len() || body.outputs.len() < carried {
        return Err(op.bad("number of inputs or outputs of a body"));
    }
    let rows = body.outputs.len() - carried;
    let (axes, directions) = (of_each(op, "scan_input_axes", sequences)?, of_each(op, "scan_input_directions", sequences)?);
    let (to_axes, to_directions) = (of_each(op, "scan_output_axes", rows)?, of_each(op, "scan_output_directions", rows)?);
    let mut wires: Vec<Wire> = inputs.iter().take(carried).copied().collect();
    let mut bounds = wires.iter().map(|w| Ok(Bound::Given(op.fact(*w)?.clone()))).collect::<Result<Vec<_>>>()?;
    let mut number = None;
    for (wire, axis) in inputs.iter().skip(carried).zip(axes) {
        let rank = op.rank(*wire)?;
        let axis = op.axis(axis, rank)?;
        let order: Vec<usize> = std::iter::once(axis).chain((0..rank).filter(|a| *a != axis)).collect();
        let wire = permuted(op, *wire, &order)?;
        let fact = op.fact(wire)?.clone();
        let (Some(extent), Some(row)) = (fact.shape.first(), fact.shape.get(1..)) else { return Err(op.bad("a scalar")) };
        if *number.get_or_insert(*extent) != *extent {
            return Err(op.bad("sequences of different lengths"));
        }
        bounds.push(Bound::Given(Fact::new(fact.dtype, row)));
        wires.push(wire);
    }
    let (inner, number) = (planned(op, body, &bounds, &wires[..carried], 0)?, number.unwrap_or(0));
    let most = op.importer.builder.turns(inner.work, Some(number))?;
    let facts = facts(&inner, 0, carried, number);
    let backward = |list: &[i64]| list.iter().map(|d| *d != 0).collect::<Vec<_>>();
    let turns = Rest {
        name: "Scan",
        facts,
        count: Count { known: Some(number), most, given: [false; 2], decides: false },
        counts: false,
        carried,
        sequences: backward(&directions),
        rows: backward(&to_directions),
    };
    let mut answers = add(op, inner, wires, turns)?;
    for (wire, axis) in answers.iter_mut().skip(carried).zip(to_axes) {
        let rank = op.rank(*wire)?;
        let axis = op.axis(axis, rank)?;
        let mut order: Vec<usize> = (1..rank).collect();
        order.insert(axis, 0);
        *wire = permuted(op, *wire, &order)?;
    }
    Ok(answers)
}
