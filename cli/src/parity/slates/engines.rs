//! The engines that compute slates anew: of each tier one, for the bundle's catalog and for what each feed has made of it.

use crate::files::{io, read};
use nearhand::value::Value;
use nearhand::{CatalogDelta, Code, Engine, Error, Result, Settings, Tier};
use std::path::{Path, PathBuf};

/// Most feeds: each has two engines of its own.
const MOST_FEEDS: usize = 32;
/// Most bytes of a feed.
const MOST_BYTES: u64 = 1 << 30;

/// One catalog: of the bundle and of feeds.
pub(super) struct Engines {
    pub full: Engine,
    pub lite: Engine,
}

/// What came of a feed.
#[derive(Clone, Debug)]
pub(super) struct Fed {
    pub path: PathBuf,
    /// Rows that were taken in, and that were left out, as the page leaves them out.
    pub taken: usize,
    pub left: usize,
}

impl Engines {
    /// Opens a bundle as a page does, all of it checked and its goldens replayed; the second with the table alone, as the lite tier answers.
    fn open(bundle: &Path, bytes: &[u8], second: Option<&[u8]>) -> Result<Self> {
        let open = || {
            let opened = Engine::open_files(bytes, second, &Settings::unbounded());
            opened.map_err(|error| error.with("bundle", bundle.display()))
        };
        let (full, mut lite) = (open()?, open()?);
        lite.recommender().drop_model();
        lite.recommender().drop_vectors();
        Ok(Self { full, lite })
    }

    /// Opens the bundle's own catalog, and behind it one for each feed, which has those before it as well.
    ///
    /// # Errors
    /// Whatever opening the bundle says; `io`; `option-invalid` for too many feeds; `data-invalid` for one that is none.
    pub(super) fn all(bundle: &Path, model: Option<&Path>, feeds: &[PathBuf]) -> Result<(Vec<Self>, Vec<Fed>)> {
        if feeds.len() > MOST_FEEDS {
            let error = Error::new(Code::OptionInvalid, "each feed has engines of its own: give fewer");
            return Err(error.with("option", "--feed").with("feeds", feeds.len()).with("most", MOST_FEEDS));
        }
        let deltas = feeds.iter().map(|path| deltas(path)).collect::<Result<Vec<_>>>()?;
        let (bytes, second) = (read(bundle)?, model.map(read).transpose()?);
        let (mut all, mut told) = (Vec::new(), Vec::new());
        for feeds_in in 0..=deltas.len() {
            let mut engines = Self::open(bundle, &bytes, second.as_deref())?;
            for (at, deltas) in deltas.iter().take(feeds_in).enumerate() {
                let mut fed = Fed { path: feeds.get(at).cloned().unwrap_or_default(), taken: 0, left: 0 };
                for delta in deltas {
                    let done = engines.full.feed(delta);
                    engines.lite.feed(delta);
                    fed.taken += done.added + done.updated + done.removed;
                    fed.left += done.unknown + done.refused;
                }
                if at + 1 == feeds_in {
                    told.push(fed);
                }
            }
            all.push(engines);
        }
        Ok((all, told))
    }

    pub(super) const fn of(&mut self, tier: Tier) -> &mut Engine {
        match tier {
            Tier::Full => &mut self.full,
            Tier::Lite => &mut self.lite,
        }
    }
}

/// The deltas of a file, one behind the other, as `updateCatalog` was given them.
fn deltas(path: &Path) -> Result<Vec<CatalogDelta>> {
    let bad = |why: &str| Error::new(Code::DataInvalid, why.to_owned()).with("path", path.display());
    let bytes = std::fs::metadata(path).map_err(|e| io(path, &e))?.len();
    if bytes > MOST_BYTES {
        return Err(bad("a feed has at most 1 GiB").with("bytes", bytes));
    }
    let bytes = read(path)?;
    let mut deltas = Vec::new();
    for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
        let value = value.map_err(|why| bad("the feed is no JSON").with("why", why))?;
        deltas.push(value.read().map_err(|why| bad(&why.told(&format!("feed[{}]", deltas.len()))))?);
    }
    if deltas.is_empty() {
        return Err(bad("the feed has nothing in it: it is what updateCatalog was given, as JSON"));
    }
    Ok(deltas)
}
