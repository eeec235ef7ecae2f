//! Settles how a graph is meant: by its own weights, names and types, then by sessions or by the expected tops.

use crate::pack::args::Args;
use crate::pack::judging::asked;
use crate::pack::judging::expect::Expected;
use crate::pack::judging::settle::{self, Found, Judge};
use crate::pack::matters;
use crate::pack::meaning::SPARE;
use crate::pack::meaning::reading::Reading;
use crate::pack::meaning::role;
use crate::pack::meaning::way::{Matter, Way};
use crate::pack::running::probe::{Export, Loaded};
use crate::pack::told::Told;
use nearhand::Result;
use nearhand::bundle::OutputKind;
use nearhand::features::ContextEvent;

/// Questions that sessions ask.
const QUESTIONS: usize = 2000;

/// Settles how the graph is meant, and tells it.
pub(super) fn understand(
    args: &Args,
    export: &Export<'_>,
    contexts: &[Vec<ContextEvent>],
    expected: Option<&Expected>,
    told: &mut Told,
) -> Result<(Loaded, Reading)> {
    let (ports, n) = (export.inputs, export.items);
    let declared = export.outputs.iter().filter_map(|port| port.dims.last()?.fixed).find(|width| (n..=n + SPARE).contains(width));
    let logits = declared.filter(|_| export.rows.is_none());
    let roles = role::roles(ports, &args.asked()?, n, export.rows.map(|rows| rows.dim), logits)?;
    let (mut start, window) = matters::start(args, (ports, export.outputs), &roles)?;
    told.warnings.extend(matters::too_long(&start));
    let outputs = export.answered(&start).or_else(|error| -> Result<_> {
        // Names of axes may mislead.
        let turned = Reading { window_first: !start.window_first, ..start.clone() };
        let outputs = export.answered(&turned).map_err(|_| error)?;
        start = turned;
        Ok(outputs)
    })?;
    let mut matters = matters::all(args, ports, &roles, &outputs, (n, export.rows), (&start, export.outputs))?;
    if args.last.is_some() {
        matters.push(window.clone());
    }
    let questions = asked::questions(contexts, QUESTIONS);
    if unit_queries(export, &start, &matters, &questions) {
        for matter in matters.iter_mut().filter(|matter| matter.what == "score" && !matter.said && matter.ways.len() > 1) {
            matter.ways.reverse();
            matter.why = "the graph's queries have the length 1, so cosines seem to be meant".to_owned();
        }
    }
    let judge = expected.map_or(Judge::Next(&questions), Judge::Tops);
    let Found { mut reading, settled, against, .. } = settle::settle(export, &start, &matters, &judge)?;
    if let (Some(expected), None) = (expected, args.last) {
        other_window(export, &mut reading, expected, &window)?;
    }
    told.warnings.extend(against);
    // As many logits as numbers before the first item's: told below, as a number.
    for one in settled.into_iter().filter(|one| one.way != Way::Offset(None)) {
        if one.narrow {
            told.warn(format!(
                "{} = {} is what the sessions tell, but not by much: say it, or prove it with --expect",
                one.what, one.way
            ));
        }
        told.guess(&one.what, &one.way, one.why);
    }
    if args.last.is_none() {
        told.guess(
            "window",
            Way::Window(reading.window),
            if reading.window == start.window { window.why } else { "with it the expected tops are answered".to_owned() },
        );
    }
    if reading.batch > 1 {
        told.guess("batch", reading.batch, "fixed in the graph: every answer takes the work of so many");
    }
    reading.log = probabilities(export, &reading, contexts)?;
    if reading.log {
        told.guess("answers", "probabilities", "all lie from 0 to 1: they are ranked by their logarithms");
    }
    let outputs = export.answered(&reading)?;
    let loaded = export.load(&reading, &outputs)?;
    if loaded.spec.output.offset > 0 {
        told.guess("logits before the first item's", loaded.spec.output.offset, "as the numbers of items");
    }
    Ok((loaded, reading))
}

/// Whether the graph's queries have the length 1, under the likeliest way to read it.
fn unit_queries(export: &Export<'_>, start: &Reading, matters: &[Matter], questions: &[asked::Question]) -> bool {
    let mut reading = start.clone();
    matters.iter().filter_map(|matter| matter.ways.first()).for_each(|way| way.set(&mut reading));
    let unit = || -> Result<bool> {
        let outputs = export.answered(&reading)?;
        let mut loaded = export.load(&reading, &outputs)?;
        let mut all = reading.kind == OutputKind::Query && !questions.is_empty();
        for asked in questions.iter().take(5) {
            loaded.values(&asked.prefix, export.rows)?;
            let length: f32 = loaded.answer().iter().map(|v| v * v).sum();
            all &= (length - 1.0).abs() < 1e-3;
        }
        Ok(all)
    };
    unit().unwrap_or(false)
}

/// Windows that are tried where the graph leaves it open and the expected tops are not answered.
const WINDOWS: [usize; 12] = [20, 50, 10, 30, 100, 200, 15, 25, 40, 5, 64, 128];

/// The window under which most expected tops are answered.
fn other_window(export: &Export<'_>, reading: &mut Reading, expected: &Expected, window: &Matter) -> Result<()> {
    let open = window.why == matters::OPEN;
    let agreed = |reading: &Reading| -> Result<usize> {
        let outputs = export.answered(reading)?;
        Ok(expected.compare(&mut export.load(reading, &outputs)?, export.rows)?.0)
    };
    let (mut best, own) = (agreed(reading)?, reading.window);
    for other in WINDOWS.into_iter().filter(|other| open && *other != own) {
        if best == expected.tops.len() {
            break;
        }
        let with = Reading { window: other, ..reading.clone() };
        // A window that does not run is none.
        if let Ok(found) = agreed(&with)
            && found > best
        {
            (best, *reading) = (found, with);
        }
    }
    Ok(())
}

/// Whether all answers to some sessions are probabilities.
fn probabilities(export: &Export<'_>, reading: &Reading, contexts: &[Vec<ContextEvent>]) -> Result<bool> {
    if reading.kind == OutputKind::Query {
        return Ok(false);
    }
    let outputs = export.answered(reading)?;
    let mut loaded = export.load(reading, &outputs)?;
    for session in contexts.iter().rev().take(QUESTIONS) {
        if loaded.values(session, export.rows)?.iter().any(|value| !(0.0..=1.0).contains(value)) {
            return Ok(false);
        }
    }
    Ok(!contexts.is_empty())
}
