//! The bundles of an evaluation, with the pairs as each of them knows them.

use super::args::{Args, named, stem};
use super::measure::{Bytes, Variant, parts as parts_of};
use crate::files::read;
use crate::items::ItemList;
use crate::sessions::{Named, PairFile, Pairs};
use crate::trained::refuse_trained;
use nearhand::bundle::{self, Limits, sha256_hex};
use nearhand::{Code, Engine, Error, ItemIdx, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// One bundle.
pub(super) struct Opened {
    /// In printed lines.
    pub name: String,
    bundle: Vec<u8>,
    model: Option<Vec<u8>>,
    pub engine: Engine,
    /// What there is to measure.
    pub parts: Vec<Variant>,
    /// Training events an item.
    pub counts: Vec<u32>,
    pub pairs: Pairs,
    /// Key in plain files to index.
    pub by_key: HashMap<String, u32>,
}

impl Opened {
    pub(super) fn bytes(&self) -> Bytes<'_> {
        Bytes { bundle: &self.bundle, model: self.model.as_deref() }
    }

    /// Bytes of its one or two files.
    pub(super) fn size(&self) -> usize {
        self.bundle.len() + self.model.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn items(&self) -> usize {
        self.engine.catalog().base_len()
    }

    /// Index of each item by its id in the bundle.
    pub(super) fn by_id(&self) -> HashMap<String, u32> {
        (0..self.items() as u32).map(|at| (self.engine.catalog().id(ItemIdx(at)).to_owned(), at)).collect()
    }

    /// The ids of a slate, separated by blanks.
    pub(super) fn slate(&self, items: &[ItemIdx]) -> String {
        items.iter().map(|item| self.engine.catalog().id(*item)).collect::<Vec<_>>().join(" ")
    }
}

/// Reads and opens what the command line names.
///
/// # Errors
/// Whatever opening says; `invalid-option` where a bundle in two lacks its second file or a file is no bundle's second one;
/// `item-unknown` where a bundle knows no target of the pairs.
pub(super) fn open(args: &Args, pairs: &PairFile) -> Result<Vec<Opened>> {
    let mut models: BTreeMap<String, (PathBuf, Vec<u8>)> = BTreeMap::new();
    for path in &args.model {
        let bytes = read(path)?;
        models.insert(sha256_hex(&bytes), (path.clone(), bytes));
    }
    let given = |models: &BTreeMap<String, (PathBuf, Vec<u8>)>| {
        models.values().map(|(path, _)| path.display().to_string()).collect::<Vec<_>>().join(" ")
    };
    // The item list once, so that what is to be said of it is said once; without one a list of each bundle's own.
    let list = args.items.items.is_some().then(|| ItemList::load(&args.items, std::iter::empty())).transpose()?;
    let mut opened: Vec<Opened> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for said in &args.bundles {
        let (name, path) = named(said);
        let bytes = read(&path)?;
        let parts = bundle::open(&bytes, None, &Limits::none())?;
        args.from.map_or(Ok(()), |from| refuse_trained(&parts.manifest, from, args.trained_days))?;
        let model = match &parts.manifest.model_file {
            None => None,
            Some(second) => match models.get(&second.sha256) {
                Some((_, model)) => {
                    taken.push(second.sha256.clone());
                    Some(model.clone())
                }
                None => {
                    let why =
                        "the bundle is the first file of two: name the second one, which `split` wrote beside it, with --model";
                    return Err(Error::new(Code::OptionInvalid, why)
                        .with("bundle", path.display())
                        .with("second_sha256", &second.sha256)
                        .with("second_bytes", second.bytes)
                        .with("given", given(&models)));
                }
            },
        };
        let (counts, manifest) = (parts.popularity, parts.manifest);
        let mut engine = Bytes { bundle: &bytes, model: model.as_deref() }.open()?;
        let ids = (0..engine.catalog().base_len()).map(|i| engine.catalog().id(ItemIdx(i as u32)).to_owned());
        let own = if list.is_none() { Some(ItemList::load(&args.items, ids)?) } else { None };
        let by_key = list.as_ref().or(own.as_ref()).map(|list| list.keys_in(engine.catalog())).unwrap_or_default();
        let of_bundle = |error: Error| error.with("bundle", path.display());
        let pairs = pairs.resolve(&by_key).and_then(|pairs| known(pairs, &by_key, args.max_unknown)).map_err(of_bundle)?;
        let first = opened.is_empty().then(|| args.name.clone()).flatten();
        let name = name.or(first).unwrap_or(manifest.name);
        let parts = parts_of(&mut engine);
        let name = free(&opened, &[name.clone(), format!("{name}@{}", manifest.version), stem(&path)]);
        opened.push(Opened { name, bundle: bytes, model, engine, parts, counts, pairs, by_key });
    }
    if let Some((digest, (path, _))) = models.iter().find(|(digest, _)| !taken.contains(digest)) {
        return Err(Error::new(Code::OptionInvalid, "the file is not the second one of any bundle given")
            .with("option", "--model")
            .with("path", path.display())
            .with("sha256", digest));
    }
    Ok(opened)
}

/// Refuses pairs whose targets are mostly strangers: numbers as ids meet those of another shop now and then.
fn known(pairs: Pairs, by_key: &HashMap<String, u32>, most: f64) -> Result<Pairs> {
    if pairs.unknown_targets as f64 <= most * pairs.pairs.len() as f64 {
        return Ok(pairs);
    }
    let stranger = pairs.pairs.iter().find_map(|pair| match &pair.next {
        Named::Unknown(key) => Some(key.as_str()),
        Named::Known(_) => None,
    });
    let why = "most targets of the pairs are items that the bundle lacks: pairs of another shop or time, or in other ids, for which \
               --items, --item-col and --key-col name the list. --max-unknown lets more pass";
    Err(Error::new(Code::ItemUnknown, why)
        .with("unknown_targets", pairs.unknown_targets)
        .with("pairs", pairs.pairs.len())
        .with("max_unknown", most)
        .with("target", stranger.unwrap_or_default())
        .with("known", by_key.iter().min_by_key(|(_, at)| **at).map_or("", |(key, _)| key)))
}

/// The first name that no bundle has yet; two bundles of one shop are called by their versions.
fn free(opened: &[Opened], names: &[String]) -> String {
    let taken = |name: &String| opened.iter().any(|other| other.name == *name);
    let numbered = || (2..).map(|n| format!("{}#{n}", names.first().map_or("", String::as_str))).find(|name| !taken(name));
    names.iter().find(|name| !name.is_empty() && !taken(name)).cloned().or_else(numbered).unwrap_or_default()
}
