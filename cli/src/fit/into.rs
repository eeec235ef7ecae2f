//! A model from elsewhere in the place of a trained bundle's own: catalog, tables, counts and weights of events stay.

use super::asking::USUAL;
use super::values::{Open, ask, unit};
use crate::assemble::Label;
use crate::choosing::split::Pair;
use crate::items::ItemList;
use nearhand::bundle::{BlendSpec, Golden, GoldenEvent, Manifest, Parts, Training};
use nearhand::catalog::Catalog;
use nearhand::{Code, Error, ItemIdx, Result, engine};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Ids that an error names of either side.
const NAMED: usize = 5;

/// The trained bundle with graph and vectors of `model`, a bundle of the model alone over the same items. The order of items is
/// the model's; goldens are recorded anew.
///
/// # Errors
/// `model-mismatch` where the two know other items; any of the model.
pub(crate) fn put_into(
    trained: Parts,
    model: Parts,
    blend: BlendSpec,
    metrics: BTreeMap<String, f64>,
    label: &Label,
) -> Result<Parts> {
    let order = order(&ids(&trained.catalog), &ids(&model.catalog))?;
    let mut bare = trained;
    bare.manifest.model = None;
    bare.manifest.items = None;
    bare.manifest.model_file = None;
    (bare.vectors, bare.onnx) = (None, None);
    bare.golden_outputs.clear();
    // Of slates that it will not give any more.
    bare.reference = None;
    let mut parts = bare.in_order(&order)?;
    let old = parts.manifest.clone();
    let said = |new: &str, usual: &str, old: &str| if new == usual { old.to_owned() } else { new.to_owned() };
    let manifest = &mut parts.manifest;
    manifest.name.clone_from(&label.name);
    manifest.version.clone_from(&label.version);
    manifest.created_at.clone_from(&label.created_at);
    manifest.licence = said(&label.licence, "unstated", &old.licence);
    manifest.attribution = said(&label.attribution, "", &old.attribution);
    manifest.catalog.currency = label.currency.clone().or(old.catalog.currency);
    manifest.card = said(&model.manifest.card, "", &old.card);
    manifest.model = model.manifest.model;
    manifest.items = model.manifest.items;
    manifest.blend = blend;
    // What was measured was the model that is replaced.
    manifest.metrics = metrics.into_iter().collect();
    let encoder = format!("a model from elsewhere, put into {} {}", old.name, old.version);
    manifest.training = old.training.map(|training| Training { encoder, ..training });
    (parts.vectors, parts.onnx) = (model.vectors, model.onnx);
    let goldens: Vec<Vec<GoldenEvent>> = old.goldens.into_iter().map(|golden| golden.events).collect();
    engine::record_goldens(parts, goldens)
}

/// Whether both know the same items, before anything takes its time.
///
/// # Errors
/// `model-mismatch` with the numbers and the first few ids that only one of them knows.
pub(crate) fn same_items(trained: &Parts, items: &ItemList) -> Result<()> {
    let ours: Vec<String> = items.rows.iter().map(|row| row.item.clone()).collect();
    order(&ids(&trained.catalog), &ours).map(drop)
}

fn ids(catalog: &Catalog) -> Vec<String> {
    (0..catalog.base_len() as u32).map(|item| catalog.id(ItemIdx(item)).to_owned()).collect()
}

/// The golden sessions of a bundle as rows of an item list, as far as it has the items.
pub(super) fn golden_sessions(manifest: &Manifest, items: &ItemList) -> Vec<Vec<u32>> {
    let rows: HashMap<&str, u32> = items.rows.iter().zip(0..).map(|(row, at)| (row.item.as_str(), at)).collect();
    let session = |golden: &Golden| golden.events.iter().filter_map(|event| rows.get(event.item.as_str()).copied()).collect();
    manifest.goldens.iter().map(session).filter(|session: &Vec<u32>| !session.is_empty()).collect()
}

/// For each item of the model its index in the trained bundle.
fn order(theirs: &[String], ours: &[String]) -> Result<Vec<u32>> {
    let places: HashMap<&str, u32> = theirs.iter().zip(0..).map(|(id, at)| (id.as_str(), at)).collect();
    let found: Vec<u32> = ours.iter().filter_map(|id| places.get(id.as_str()).copied()).collect();
    if found.len() == ours.len() && ours.len() == theirs.len() {
        return Ok(found);
    }
    let known: HashSet<&str> = ours.iter().map(String::as_str).collect();
    let first = |ids: &[String], other: &dyn Fn(&str) -> bool| {
        ids.iter().filter(|id| !other(id)).take(NAMED).cloned().collect::<Vec<_>>().join(" ")
    };
    let why = "the model and the bundle know other items: pack the model with the bundle's own item list, or train a bundle from \
               the model's";
    Err(Error::new(Code::ModelMismatch, why)
        .with("option", "--into")
        .with("model_items", ours.len())
        .with("bundle_items", theirs.len())
        .with("only_model", first(ours, &|id| places.contains_key(id)))
        .with("only_bundle", first(theirs, &|id| known.contains(id))))
}

/// The trained bundle's blend with the new model's temperature: the new model speaks as softly as the old one did.
/// ```text
/// T = T of the old · spread of the new / spread of the old        spread: `values`, over the bundle's golden sessions
/// ```
/// Beside a bundle without a model the weights are the defaults.
///
/// # Errors
/// Any of a model.
pub(crate) fn same_voice(trained: Open<'_>, model: Open<'_>, items: &ItemList) -> Result<BlendSpec> {
    let mut engine = trained()?;
    let sessions = golden_sessions(engine.manifest(), items).into_iter();
    let pairs: Vec<Pair> = sessions.map(|prefix| Pair { prefix, ..Pair::default() }).collect();
    let of = |open: Open<'_>| ask(open, items, &pairs, &|_, values| values.spread).map(|spreads| unit(spreads.into_iter()));
    let (blend, new) = (engine.manifest().blend, of(model)?);
    if engine.recommender().has_model() {
        return Ok(BlendSpec { temperature: blend.temperature * new / of(trained)?, ..blend });
    }
    Ok(BlendSpec { model: USUAL.model, repeat: blend.lite_repeat, temperature: USUAL.tau * new, ..blend })
}
