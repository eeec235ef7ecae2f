//! `--features`: what the bundle's model is fed after each event of a log, as a table: made of the session by the engine's own code.

use super::{Args, observe};
use crate::files::progress;
use crate::log::LoggedSession;
use crate::output::{Output, distinct};
use crate::write::{Chunk, Format, Names, ROWS, Writer};
use nearhand::arena::Arena;
use nearhand::bundle::Limits;
use nearhand::features::Schema;
use nearhand::onnx::{Tensor, Values};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Engine, Error, Result};
use std::path::Path;

/// Most values of a row.
const MOST: usize = 10_000;

/// The table that is to be written.
pub(super) struct Table {
    format: Format,
    out: Output,
    schema: Schema,
}

/// What can be known before a log is read.
///
/// # Errors
/// `invalid-option` for a bundle without a model, inputs of too many values, and a file of another kind; `io`.
pub(super) fn check(path: &Path, engine: &mut Engine) -> Result<Table> {
    let format = Format::of("--features", path)?;
    let refuse = |why: &'static str| Error::new(Code::OptionInvalid, why).with("option", "--features");
    let dim = engine.recommender().vectors().map(ItemVectors::dim);
    let model = engine.manifest().model.as_ref().ok_or_else(|| refuse("the bundle has no model: nothing is fed to one"))?;
    let schema = Schema::new(model, dim, &Limits::none())?;
    let values: usize = schema.tensors().iter().map(|tensor| tensor.values.len()).sum();
    if values > MOST {
        return Err(refuse("the model is fed more values than a table has columns for")
            .with("values", values)
            .with("limit", MOST));
    }
    Ok(Table { format, out: Output::check("--features", path)?, schema })
}

/// Replays the sessions and writes a row an event: session, time, the event's number within its session, and the inputs. Events that leave
/// the session without a known item are left out, as the model is not asked then.
///
/// # Errors
/// As `observe`; `io`.
pub(super) fn write(engine: &mut Engine, sessions: &[LoggedSession], args: &Args, table: Table) -> Result<String> {
    let Table { format, out, schema } = table;
    let path = args.features.as_deref().unwrap_or(Path::new(""));
    let mut inputs = crate::read::inputs(&[("--events", &args.log.events), ("--items", &args.items.items)])?;
    inputs.extend(
        [("--sessions", &args.sessions), ("--pairs", &args.pairs)].into_iter().filter_map(|(o, p)| Some((o, p.clone()?))),
    );
    inputs.push(("the bundle", args.bundle.clone()));
    distinct(&[&out], &inputs.iter().map(|(option, file)| (*option, file.as_path())).collect::<Vec<_>>())?;
    let mut tensors = schema.tensors();
    let features = std::iter::once("event".to_owned()).chain(names(&schema, &tensors)).collect();
    let names = Names { id: "session".to_owned(), time: "time_ms", features };
    let (mut rows, mut fault) = (0_u64, None);
    let written = out.fill(&mut |to| {
        let mut writer = Writer::begin(format, &names)?;
        let mut chunk = Chunk { values: vec![Vec::new(); names.features.len()], ..Chunk::default() };
        let (mut arena, bar) = (Arena::default(), progress(sessions.len() as u64, "replay"));
        // Of wide rows fewer at once.
        let most = (ROWS * 16 / names.features.len()).clamp(1, ROWS);
        for session in sessions {
            bar.inc(1);
            engine.anew();
            for (number, event) in session.events.iter().enumerate() {
                if let Err(error) = observe(engine, event) {
                    fault = Some(error);
                    return Err(std::io::Error::other("the log cannot be replayed"));
                }
                arena.empty();
                let state = engine.session().clone();
                let recommender = engine.recommender();
                let context = recommender.context(&state, None, event.at_ms, &arena);
                if context.is_empty() {
                    continue;
                }
                schema.encode(context, recommender.vectors(), &mut tensors);
                chunk.ids.push(session.key.clone());
                chunk.times.push(event.at_ms.cast_signed());
                let values = std::iter::once((number + 1) as f64).chain(tensors.iter().flat_map(values));
                chunk.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                rows += 1;
                if chunk.ids.len() >= most {
                    writer.write(&chunk, to)?;
                    chunk.clear();
                }
            }
        }
        bar.finish_and_clear();
        writer.write(&chunk, to)?;
        writer.end(to)
    });
    match fault {
        Some(error) => Err(error),
        None => written.map_err(|error| error.with("option", "--features")),
    }?;
    let events: usize = sessions.iter().map(|session| session.events.len()).sum();
    Ok(format!(
        "replay features sessions={} events={events} rows={rows} inputs={} columns={} out={}",
        sessions.len(),
        schema.inputs().len(),
        names.features.len() + 2,
        path.display()
    ))
}

/// A column each value: `gaps[3]`, or the input's name where it has one value.
fn names(schema: &Schema, tensors: &[Tensor]) -> Vec<String> {
    let of = |(input, tensor): (&nearhand::bundle::InputSpec, &Tensor)| -> Vec<String> {
        match tensor.values.len() {
            1 => vec![input.name.clone()],
            len => (0..len).map(|at| format!("{}[{at}]", input.name)).collect(),
        }
    };
    schema.inputs().iter().zip(tensors).flat_map(of).collect()
}

fn values(tensor: &Tensor) -> Vec<f64> {
    match &tensor.values {
        Values::F32(values) => values.iter().map(|v| f64::from(*v)).collect(),
        Values::I64(values) => values.iter().map(|v| *v as f64).collect(),
        // `Schema` makes no others.
        _ => vec![f64::NAN; tensor.values.len()],
    }
}
