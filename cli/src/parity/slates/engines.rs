//! The engines that compute slates anew: of each tier one, for the bundle's catalog and for what each feed has made of it.

use crate::files::{io, read};
use nearhand::value::Value;
use nearhand::{CatalogDelta, Code, Engine, Error, Result, Settings, Tier};
use std::fs::File;
use std::io::Read as _;
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
    // A pipe says nothing of its length.
    let (file, mut bytes) = (File::open(path).map_err(|e| io(path, &e))?, Vec::new());
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| io(path, &e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(bad("a feed has at most 1 GiB"));
    }
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

#[cfg(test)]
mod tests {
    use super::super::tests::{file, look, looked, root, shop};
    use super::super::*;
    use nearhand::{CatalogDelta, Engine, Event, EventKind, Request, Settings};

    /// A row as the log writes it, of what an engine answers.
    fn row_of(engine: &mut Engine, request: &serde_json::Value, stated_ms: u64, now_ms: u64) -> serde_json::Value {
        let info = engine.info();
        let ago = |at: u64| now_ms as i64 - at as i64;
        let session: Vec<serde_json::Value> = engine
            .session_events(now_ms)
            .into_iter()
            .map(|event| {
                let mut told = serde_json::to_value(&event).unwrap();
                told["ago"] = ago(event.at).into();
                told
            })
            .collect();
        let asked: Request = serde_json::from_value::<nearhand::value::Value>(request.clone()).unwrap().read().unwrap();
        let slate = engine.recommend(&asked, now_ms).unwrap();
        let items: Vec<&str> = slate.items.iter().map(|item| item.row.item).collect();
        let scores: Vec<f32> = slate.items.iter().map(|item| item.score).collect();
        let mut row = serde_json::json!({
            "nearhand": { "row": "slates", "version": 1, "bundle": info.bundle.digest, "tier": info.tier },
            "session": session, "requests": [request],
            "slates": [{ "source": slate.source.as_str(), "notes": slate.notes, "items": items, "scores": scores }],
        });
        if stated_ms > 0 {
            row["stated"] = ago(stated_ms).into();
        }
        row
    }

    fn engine() -> Engine {
        Engine::open(&std::fs::read(shop()).unwrap(), &Settings::unbounded()).unwrap()
    }

    /// What was bought before the shop stated its cart is not bought from what it stated.
    #[test]
    fn a_cart_that_was_stated_after_a_part_was_bought_is_the_same_again() {
        let mut engine = engine();
        let of = |kind, quantity| Event { kind, quantity: Some(quantity), ..Event::view("22423") };
        engine.observe(&Event::view("85123A"), START_MS).unwrap();
        engine.observe(&of(EventKind::CartAdd, 3), START_MS + 1).unwrap();
        engine.observe(&of(EventKind::Purchase, 1), START_MS + 2).unwrap();
        engine.set_cart(&[of(EventKind::CartAdd, 1)], START_MS + 1000).unwrap();
        let row = row_of(&mut engine, &serde_json::json!({ "k": 5, "placement": "cart" }), START_MS + 1000, START_MS + 2000);
        let found = looked("stated", &[row.to_string()]).unwrap();
        assert_eq!((found.slates, found.mismatches()), (1, 0), "{}", report(&found));
        let mut without = row;
        without["stated"] = serde_json::Value::Null;
        let found = looked("not-stated", &[without.to_string()]).unwrap();
        assert_eq!(found.mismatches(), 1, "{}", report(&found));
    }

    /// Feeds that came by `updateCatalog`, of which the log was not told: named as what they are, and computed anew where they are given.
    #[test]
    fn slates_of_a_catalog_with_feeds() {
        let delta = |json: serde_json::Value| -> CatalogDelta {
            serde_json::from_value::<nearhand::value::Value>(json).unwrap().read().unwrap()
        };
        let first = serde_json::json!({ "remove": ["23294", "22699"] });
        let second = serde_json::json!({
            "add": [{ "item": "new", "title": "Union Jack doormat", "price": 1.5, "like": "85123A" }],
            "update": [{ "item": "23295", "price": 900.0 }],
        });
        let request = serde_json::json!({ "k": 5, "where": { "price": { "lt": 500 } } });
        let mut rows = Vec::new();
        for lite in [true, false] {
            let mut engine = engine();
            if lite {
                engine.recommender().drop_model();
                engine.recommender().drop_vectors();
            }
            for (at, item) in ["85123A", "22423", "22178", "23296"].into_iter().enumerate() {
                engine.observe(&Event::view(item), START_MS + at as u64).unwrap();
            }
            for feed in [None, Some(&first), Some(&second)] {
                if let Some(feed) = feed {
                    engine.feed(&delta(feed.clone()));
                }
                rows.push(row_of(&mut engine, &request, 0, START_MS + 10));
            }
            // A new item in the slate itself.
            rows.push(row_of(
                &mut engine,
                &serde_json::json!({ "k": 2, "rules": [{ "pin": 1, "items": ["new"] }] }),
                0,
                START_MS + 10,
            ));
        }
        let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
        let path = file("fed-rows", &rows);
        let found = look(&path, &shop(), None, 1e-4, &Options::default()).unwrap();
        let text = report(&found);
        assert!(found.mismatches() >= 4 && found.mismatches() == found.count(Kind::Catalog), "{text}");
        assert!(text.contains("served=new recomputed=not in the catalog"), "{text}");
        assert!(found.verdict(0, 0).unwrap_err().message().contains("tell the log of feeds"));
        let feeds = [file("feed-1", &[first.to_string()]), file("feed-2", &[second.to_string()])];
        let asked = |served: &Path, feeds: &[PathBuf]| {
            super::super::look(&Asked { served, bundle: &shop(), model: None, feeds, tolerance: 1e-4 }, &Options::default())
        };
        let found = asked(&path, &feeds).unwrap();
        let text = report(&found);
        assert_eq!((found.mismatches(), found.lite, found.full, found.by_feed.iter().sum::<u64>()), (0, 4, 4, 8), "{text}");
        assert!(found.by_feed.iter().all(|rows| *rows > 0) && text.contains("(rows taken in: 2, left out: 0)"), "{text}");
        assert_eq!(json(&found)["feeds"][1]["taken"], 2);
        // Rows that say so themselves are compared then, and passed over else.
        let fed: Vec<String> = rows.iter().map(|row| row.replace("\"tier\":", "\"apart\":[\"fed\"],\"tier\":")).collect();
        let path = file("fed-told", &fed);
        assert_eq!(asked(&path, &[]).unwrap().apart.get("fed"), Some(&8));
        assert_eq!((asked(&path, &feeds).unwrap().slates, asked(&path, &feeds).unwrap().mismatches()), (8, 0));
        // The second alone is not what reached the page.
        assert!(asked(&path, &feeds[1..]).unwrap().mismatches() > 0);
        for (text, wanted) in
            [("", "nothing in it"), ("{\"remove\":", "no JSON"), ("{\"removed\":[]}", "feed[0] has no \"removed\"")]
        {
            let bad = file("feed-bad", &[]);
            std::fs::write(&bad, text).unwrap();
            let error = asked(&path, &[bad]).unwrap_err().to_string();
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
        assert!(asked(&path, &vec![feeds[0].clone(); 33]).unwrap_err().to_string().contains("--feed"));
    }

    /// The same of what pages logged, as `tests/js/package/request-log.test.mjs` records it.
    #[test]
    fn the_recorded_slates_of_a_feed() {
        let (path, feed) = (root("tests/golden/request-log-fed.jsonl"), root("tests/golden/request-log-feed.json"));
        let found = look(&path, &shop(), None, 1e-4, &Options::default()).unwrap();
        assert!(found.mismatches() >= 2 && found.mismatches() == found.count(Kind::Catalog), "{}", report(&found));
        let asked = Asked { served: &path, bundle: &shop(), model: None, feeds: &[feed], tolerance: 1e-4 };
        let found = super::super::look(&asked, &Options::default()).unwrap();
        assert_eq!(
            (found.mismatches(), found.lite, found.full, found.by_feed.as_slice()),
            (0, 3, 3, &[2, 4][..]),
            "{}",
            report(&found)
        );
    }
}
