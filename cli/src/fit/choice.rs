//! Table, blend and weights of events for a model from elsewhere, chosen as `train` does it for its own.

use super::args::FitArgs;
use super::asking::{Asking, has_seen, z};
use super::beside;
use super::chosen::metrics;
use super::source::Source;
use super::values::Open;
use crate::assemble::recent;
use crate::choosing::counting::count;
use crate::choosing::signals;
use crate::choosing::split::{Pair, thin};
use crate::choosing::table::build;
use crate::items::ItemList;
use nearhand::bundle::{BlendSpec, SignalSpec, StoredTable};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};
use std::collections::BTreeMap;

/// What a packed model gets beside it.
#[derive(Debug)]
pub(crate) struct Fitted {
    /// Made of all sessions, in the order of the item list.
    pub table: StoredTable,
    /// With a temperature in the model's own scale.
    pub blend: BlendSpec,
    pub signals: SignalSpec,
    /// Events an item in the newest tenth.
    pub recent: Option<Vec<u32>>,
    /// What was bought together, of a log that tells.
    pub bought: Option<StoredTable>,
    /// Figures of the validation pairs: those that are honest.
    pub metrics: BTreeMap<String, f64>,
    /// What was counted and measured, a line each.
    pub lines: Vec<String>,
    /// Settings by name, as they were chosen.
    pub told: Vec<(String, String)>,
    /// What a person should know before the bundle is used.
    pub warnings: Vec<String>,
}

/// Makes the table of all sessions of the source; with `--fit`, table and weights as the newest of them choose, else with the
/// usual ones. `open` opens the bundle of the model alone.
///
/// A model that seems to have learnt from the newest sessions chooses nothing, as it would get weight for what it knows by heart:
/// the table is chosen without it and leads. A file of `--fit-on` is taken at its word.
///
/// # Errors
/// Any of the model; `data-invalid` where too few sessions have two items and more.
pub(crate) fn fit(open: Open<'_>, items: &ItemList, source: &Source, args: &FitArgs) -> Result<Fitted> {
    let n = items.rows.len();
    let (older, held, left_out) = source.split(args.held);
    let all_pairs = signals::pairs(&held.sessions, &held.told, 11);
    let pairs = thin(all_pairs.clone(), args.pairs);
    if pairs.is_empty() || older.sessions.iter().all(|session| session.len() < 2) {
        let why = "too few sessions of two items and more to choose on: see --held and --fit-on";
        return Err(Error::new(Code::DataInvalid, why)
            .with("older", older.sessions.len())
            .with("newest", held.sessions.len())
            .with("validation_pairs", pairs.len()));
    }
    let (before, newest) = (older.sessions.len(), held.sessions.len());
    let mut lines = vec![format!("fit sessions={before} newest={newest} in_both={left_out} validation_pairs={}", pairs.len())];
    let asking = Asking { open, items, args, none: ItemVectors::new(1, vec![0; n], vec![0.0; n])? };
    let (cases, unit) = asking.cases(&pairs, &older)?;
    let (model, before) = (asking.alone(&cases)?, asking.before(&older, unit)?);
    let seen = has_seen(before, model);
    let (newest, before, z) = (model.hr(), before.hr(), z(before, model));
    lines.push(format!("fit model alone newest_hr@20={newest:.4} before_hr@20={before:.4} z={z:.1} unit={unit}"));
    let doubted = seen && source.fit_on.is_none();
    let chosen = match (args.fit, doubted) {
        (true, false) => asking.together(&cases, &older, model)?,
        (true, true) => asking.filled(&cases, &older)?,
        (false, _) => asking.usual(&cases, &older)?,
    };
    let mut told = chosen.told();
    let mut signals = SignalSpec::default();
    if args.fit && !held.told.is_empty() {
        let table = build(&count(&older.sessions, n, &chosen.both.table), &chosen.both.table)?;
        let telling = thin(signals::telling(&all_pairs, chosen.both.blend.last), args.pairs);
        let votes = |item: &u32| table.row(*item).map(|(next, _)| next).collect::<Vec<_>>();
        let touched = |pair: &Pair| pair.prefix.iter().chain(&pair.heard.dismissed).flat_map(votes).collect();
        let mut cases = asking.answered(&telling, unit, &touched)?;
        let heard = signals::fit(&mut cases, &asking.none, &table, &chosen.both.blend);
        told.push(("signals".to_owned(), heard.to_string()));
        signals = heard.signals;
    }
    let (lone, both) = (chosen.lone.quality, chosen.both.quality);
    // What the model knows by heart is no figure.
    let (mut parts, mut figures) = (vec![("the table", lone)], vec![("table_", lone)]);
    if !doubted {
        parts.push(("the model", model));
        figures.extend([("model_", model), ("", both)]);
    }
    let mut warnings = chosen.below(&parts);
    if seen {
        let then = match (args.fit, &source.fit_on) {
            (true, None) => {
                "So the table is chosen without it and leads. Name sessions that the model has not been trained on with --fit-on"
            }
            _ => "If it was trained on both, all figures with it look better than they are",
        };
        warnings.push(format!(
            "the model does as well on the newest sessions (hr@20 {newest:.4}) as on those before ({before:.4}): it was trained on \
             both, or learns nothing by heart. {then}"
        ));
    }
    let all = source.all(args.held);
    let table = build(&count(&all.sessions, n, &chosen.both.table), &chosen.both.table)?;
    let spec = chosen.both.blend.spec(&chosen.lone.blend);
    Ok(Fitted {
        table: table.stored,
        blend: BlendSpec { temperature: spec.temperature * unit, ..spec },
        signals,
        recent: recent(&all.sessions, n),
        bought: beside::bought(&all, n),
        metrics: metrics(&figures),
        lines,
        told,
        warnings,
    })
}
