//! The rows that the request log wrote of both tiers, computed anew; the same damaged; and rows of strangers.

use super::*;
use nearhand::bundle;
use nearhand::{Engine, Settings};
use std::fmt::Write as _;
use std::io::Write as _;

pub(super) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// As `tests/js/package/request-log.test.mjs` records them.
pub(super) fn recorded() -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(root("tests/golden/request-log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn file(name: &str, rows: &[String]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("nearhand-slates-{}-{name}", std::process::id()));
    std::fs::write(
        &path,
        rows.iter().fold(String::new(), |mut text, row| {
            let _ = writeln!(text, "{row}");
            text
        }),
    )
    .unwrap();
    path
}

pub(super) fn shop() -> PathBuf {
    root("models/online-retail/online-retail.safetensors")
}

pub(super) fn look(served: &Path, bundle: &Path, model: Option<&Path>, tolerance: f64, options: &Options) -> Result<Found> {
    super::look(&Asked { served, bundle, model, feeds: &[], tolerance }, options)
}

pub(super) fn looked(name: &str, rows: &[String]) -> Result<Found> {
    look(&file(name, rows), &shop(), None, 1e-4, &Options::default())
}

/// The rows after a change of each.
fn changed(name: &str, change: impl Fn(&mut serde_json::Value)) -> Found {
    let rows: Vec<String> = recorded()
        .into_iter()
        .map(|mut row| {
            change(&mut row);
            row.to_string()
        })
        .collect();
    looked(name, &rows).unwrap()
}

#[test]
fn what_was_served_comes_out_again_in_both_tiers() {
    let found = changed("as-served", |_| {});
    assert_eq!((found.rows, found.compared, found.slates, found.lite, found.full), (22, 22, 26, 13, 13), "{}", report(&found));
    assert_eq!((found.mismatches(), found.ties, found.other_bundle), (0, 0, 0), "{}", report(&found));
    assert!(found.largest < 1e-5, "{}", found.largest);
    assert!(found.verdict(0, 0).is_ok());
    let text = report(&found);
    assert!(
        text.contains(
            "\nparity rows=22 slates=26 mismatches=0 session=0 refused=0 catalog=0 items=0 order=0 source=0 scores=0 largest="
        ),
        "{text}"
    );
    assert!(text.ends_with(" ties=0 lite=13 full=13 repeated=0 apart=0 other_bundle=0 tolerance=1e-4\n"), "{text}");
    // Both tiers were asked the same.
    assert!(text.starts_with("note id-shared: 11 rows have the id of an earlier one and differ from it"), "{text}");
    let page = page(&found);
    for tag in ["table", "div", "tr", "td", "h2", "p"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(!page.contains("<script") && !page.contains("NaN"));
    assert_eq!(json(&found)["mismatches"], 0);
    // Without a model to the last digit.
    let lite: Vec<String> = recorded().iter().filter(|row| row["nearhand"]["tier"] == "lite").map(ToString::to_string).collect();
    let exact = look(&file("exact", &lite), &shop(), None, 0.0, &Options::default()).unwrap();
    assert_eq!((exact.slates, exact.mismatches(), exact.largest), (13, 0, 0.0), "{}", report(&exact));
}

#[test]
fn damage_is_found_and_named() {
    type Change<'a> = &'a dyn Fn(&mut serde_json::Value);
    let slate = |row: &mut serde_json::Value, act: &dyn Fn(&mut serde_json::Value)| {
        row["slates"].as_array_mut().unwrap().iter_mut().for_each(act)
    };
    let cases: [(&str, Kind, u64, Change<'_>); 6] = [
        // Ids that have slipped by one: what was scored is not what is shown.
        ("shifted", Kind::Items, 26, &|row| {
            slate(row, &|slate| {
                let items = slate["items"].as_array_mut().unwrap();
                let other =
                    ["21232", "22720", "22086", "47566"].into_iter().find(|id| items.iter().all(|item| item != id)).unwrap();
                items.rotate_left(1);
                *items.last_mut().unwrap() = other.into();
            })
        }),
        // Of whatever makes ids that nobody has, and of feeds, says the same.
        ("unknown-ids", Kind::Catalog, 26, &|row| slate(row, &|slate| slate["items"][0] = "another".into())),
        ("swapped", Kind::Order, 26, &|row| slate(row, &|slate| slate["items"].as_array_mut().unwrap().swap(0, 2))),
        ("scaled", Kind::Scores, 26, &|row| {
            slate(row, &|slate| {
                let score = slate["scores"][0].as_f64().unwrap();
                slate["scores"][0] = (score * 1.001).into();
            })
        }),
        ("other-source", Kind::Source, 26, &|row| slate(row, &|slate| slate["source"] = "curated".into())),
        // A stale session: the last event is not in it. Where there was none, nothing changes.
        ("stale", Kind::Items, 1, &|row| drop(row["session"].as_array_mut().unwrap().pop())),
    ];
    for (name, kind, least, change) in cases {
        let found = changed(name, change);
        assert!(found.count(kind) >= least, "{name}: {}", report(&found));
        let wanted = if kind == Kind::Catalog { "of another catalog" } else { "not those that the bundle gives" };
        assert!(found.verdict(0, 0).unwrap_err().message().contains(wanted));
        assert!(found.verdict(1000, 0).is_ok());
        let text = report(&found);
        assert!(
            text.contains(&format!("kind={}", kind.word())) && text.contains("mismatch line=1 ") || name == "stale",
            "{text}"
        );
        assert!(page(&found).contains(kind.word()));
    }
    // Whoever told the log nothing of a visit that lasts a day: what is of an earlier visit here was of the same one there.
    let idle = changed("lifetimes", |row| row["nearhand"]["lifetimes"] = serde_json::json!({ "idleTimeoutMs": 86_400_000 }));
    assert_eq!((idle.count(Kind::Session), idle.mismatches()), (8, 8), "{}", report(&idle));
    let refused = changed("refused", |row| row["requests"][0]["k"] = 0.into());
    assert_eq!(refused.count(Kind::Refused), 26, "{}", report(&refused));
}

/// What was answered by something else, or by more than bundle and session, is told and passed over.
#[test]
fn what_cannot_be_computed_anew_is_passed_over() {
    let other = changed("other", |row| row["nearhand"]["bundle"] = "0".repeat(64).into());
    assert_eq!((other.other_bundle, other.slates), (22, 0));
    assert!(
        report(&other).contains("note other-bundle: 22 rows")
            && other.verdict(0, 0).unwrap_err().message().contains("another bundle")
    );
    assert!(other.verdict(0, 22).unwrap_err().message().contains("no slate"));
    let fed = changed("fed", |row| {
        if row["nearhand"]["tier"] == "lite" {
            row["nearhand"]["apart"] = serde_json::json!(["fed"]);
        }
    });
    assert_eq!((fed.apart.get("fed"), fed.mismatches(), fed.full, fed.lite), (Some(&11), 0, 13, 0));
    assert!(report(&fed).contains("note fed: 11 rows are passed over, as the catalog had feeds") && fed.verdict(0, 0).is_ok());
    let failed = changed("failed", |row| row["slates"][0]["notes"] = serde_json::json!(["model-failed"]));
    assert_eq!((failed.apart.get("model-failed"), failed.slates), (Some(&22), 0));
    // A shop whose bundle did not come has no digest.
    let none = changed("none", |row| {
        if row["nearhand"]["tier"] == "lite" {
            (row["nearhand"]["tier"], row["nearhand"]["bundle"]) = ("none".into(), "".into());
        }
    });
    assert_eq!((none.apart.get("no-engine"), none.other_bundle, none.full), (Some(&11), 0, 13));
    assert!(none.verdict(0, 0).is_ok());
}

#[test]
fn rows_of_strangers_are_refused_by_their_place() {
    let good = recorded().swap_remove(1);
    let told = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut bad = good.clone();
        change(&mut bad);
        looked("bad", &[good.to_string(), bad.to_string()]).unwrap_err().to_string()
    };
    let events = |n: usize| serde_json::Value::from(vec![good["session"][0].clone(); n]);
    type Change<'a> = &'a dyn Fn(&mut serde_json::Value);
    let cases: [(Change<'_>, &str); 17] = [
        (&|row| *row = serde_json::json!([1]), "a row is an object"),
        (&|row| *row = serde_json::json!({ "id": "a", "n": 1 }), "not of nearhand/request-log"),
        (&|row| row["nearhand"]["row"] = "complete".into(), "nearhand.row must be slates"),
        (&|row| row["nearhand"]["version"] = 2.into(), "another version"),
        (&|row| row["nearhand"]["version"] = "1".into(), "nearhand.version must be"),
        (&|row| row["nearhand"]["lifetimes"] = serde_json::json!({ "viewedMs": 1 }), "lifetime"),
        (&|row| row["nearhand"]["tier"] = "half".into(), "nearhand.tier must be lite, full or none"),
        (&|row| row["id"] = 5.into(), "id must be a text"),
        (&|row| row["session"] = events(51), "session must be a list of at most 50"),
        (&|row| row["session"][0]["ago"] = (-60_001).into(), "session[0].ago must be"),
        (&|row| row["session"][0]["ago"] = u64::MAX.into(), "session[0].ago must be"),
        (&|row| row["session"][0]["kind"] = "steal".into(), "session[0].kind must be"),
        (&|row| row["stated"] = (-60_001).into(), "stated must be whole milliseconds before"),
        (&|row| row["requests"][0]["colour"] = "red".into(), "requests[0] has no \"colour\""),
        (&|row| row["requests"] = serde_json::json!([]), "as many slates as requests"),
        (&|row| row["slates"][0]["scores"] = serde_json::json!([1]), "slates[0].scores must be as many as items"),
        (&|row| row["slates"][0]["scores"][0] = "x".into(), "slates[0].scores must be a list of numbers"),
    ];
    for (change, wanted) in cases {
        let text = told(change);
        assert!(text.contains(wanted) && text.contains("line=2"), "{wanted}: {text}");
    }
    let refused = |rows: &[String]| looked("hostile", rows).unwrap_err();
    let deep = format!("{{\"nearhand\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(refused(&[good.to_string(), deep]).to_string().contains("line=2"));
    assert!(refused(&[good.to_string(), "{\"nearhand\":".to_owned()]).to_string().contains("line=2"));
    assert!(refused(&["id,x".to_owned()]).to_string().contains("no JSON objects"));
    let long = Options { limits: crate::read::options::Limits { row: 1000, ..Default::default() }, ..Options::default() };
    let path = file("long", &[good.to_string()]);
    assert!(look(&path, &shop(), None, 1e-4, &long).unwrap_err().to_string().contains("max-row-bytes"));
    let few = Options { limits: crate::read::options::Limits { rows: 1, ..Default::default() }, ..Options::default() };
    let path = file("many", &[good.to_string(), good.to_string()]);
    assert!(look(&path, &shop(), None, 1e-4, &few).unwrap_err().to_string().contains("max-rows"));
}

/// One row that does not fit among many is left out where that is asked for; and an hour without rows is no fault.
#[test]
fn rows_that_do_not_fit_are_left_out_where_asked() {
    let good = recorded().swap_remove(1);
    let mut bad = [good.clone(), good.clone()];
    bad[0]["session"][0]["ago"] = 0.5.into();
    bad[1]["nearhand"]["lifetimes"] = serde_json::json!({ "viewedMs": 1 });
    let hours = std::env::temp_dir().join(format!("nearhand-slates-{}-hours", std::process::id()));
    std::fs::create_dir_all(&hours).unwrap();
    std::fs::rename(file("hour", &[bad[0].to_string(), good.to_string(), bad[1].to_string()]), hours.join("1.jsonl")).unwrap();
    std::fs::write(hours.join("0.jsonl"), "").unwrap();
    let options = Options { bad_rows: BadRows::Skip, ..Options::default() };
    let found = look(&hours, &shop(), None, 1e-4, &options).unwrap();
    assert_eq!((found.rows, found.mismatches()), (1, 0), "{}", report(&found));
    let text = report(&found);
    assert!(
        text.contains("note bad-rows: 2 rows") && text.contains("session[0].ago must be") && text.contains("line=1"),
        "{text}"
    );
    std::fs::remove_dir_all(hours).unwrap();
}

/// Which unknown items are the same is not told: that a piece of one was taken out in an earlier visit is no mismatch.
#[test]
fn items_that_the_catalog_does_not_have_speak_for_nothing() {
    let mut row = recorded().swap_remove(1);
    let earlier = |kind: &str, quantity: u32| serde_json::json!({ "kind": kind, "item": "", "ago": 86_400_000, "quantity": quantity, "counts": "cart" });
    let session = row["session"].as_array_mut().unwrap();
    session.splice(0..0, [earlier("cart-add", 2), earlier("cart-remove", 1)]);
    let found = looked("unknown", &[row.to_string()]).unwrap();
    assert_eq!((found.slates, found.mismatches()), (1, 0), "{}", report(&found));
    // The place is the row's.
    row["session"][3]["counts"] = "recent".into();
    let found = looked("unknown-place", &[row.to_string()]).unwrap();
    assert!(report(&found).contains("kind=session place=4 served=recent recomputed=interest"), "{}", report(&found));
}

/// Behind what the table speaks for stand popular items with a millionth of its score: their order is not a model's.
#[test]
fn popular_items_at_other_places_are_no_ties() {
    let mut engine = Engine::open(&std::fs::read(shop()).unwrap(), &Settings::unbounded()).unwrap();
    engine.recommender().drop_model();
    engine.recommender().drop_vectors();
    let request = nearhand::Request { k: 100, source: Some("85123A".into()), ..nearhand::Request::default() };
    let slate = engine.recommend(&request, START_MS).unwrap();
    let (mut items, scores): (Vec<String>, Vec<f64>) =
        slate.items.iter().map(|item| (item.row.item.to_owned(), f64::from(item.score))).unzip();
    let first = scores.iter().position(|score| *score <= 1e-6).unwrap();
    assert!(first > 0 && first < 90, "{first}");
    let mut row = recorded().swap_remove(1);
    row["session"] = serde_json::json!([]);
    row["requests"] = serde_json::json!([{ "k": 100, "source": "85123A" }]);
    let mut looked = |name: &str, items: &[String]| {
        row["slates"] = serde_json::json!([{ "source": slate.source.as_str(), "notes": [], "items": items, "scores": scores }]);
        looked(name, &[row.to_string()]).unwrap()
    };
    assert_eq!(looked("fills", &items).mismatches(), 0);
    items[first..].reverse();
    let found = looked("fills-reversed", &items);
    assert_eq!((found.count(Kind::Order), found.ties), (1, 0), "{}", report(&found));
}

/// The lite tier answers alone where the second file of a bundle is not at hand: rows of the full tier want it.
#[test]
fn rows_of_the_full_tier_want_the_model() {
    let parts = bundle::open(&std::fs::read(shop()).unwrap(), None, &bundle::Limits::none()).unwrap();
    let (shop, model) = bundle::write_apart(&parts).unwrap();
    let [first, second] = ["first", "second"].map(|name| file(name, &[]));
    std::fs::write(&first, shop).unwrap();
    std::fs::write(&second, model).unwrap();
    let digest = Engine::open(&std::fs::read(&first).unwrap(), &Settings::unbounded()).unwrap().info().bundle.digest;
    let rows: Vec<String> = recorded()
        .into_iter()
        .map(|mut row| {
            row["nearhand"]["bundle"] = digest.clone().into();
            row.to_string()
        })
        .collect();
    let path = file("split", &rows);
    let error = look(&path, &first, None, 1e-4, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("--model") && error.contains("line=12"), "{error}");
    let found = look(&path, &first, Some(&second), 1e-4, &Options::default()).unwrap();
    assert_eq!((found.mismatches(), found.lite, found.full), (0, 13, 13), "{}", report(&found));
}

/// In a folder a line alone is no place.
#[test]
fn a_mismatch_names_its_file() {
    let folder = std::env::temp_dir().join(format!("nearhand-slates-{}-files", std::process::id()));
    std::fs::create_dir_all(folder.join("day=2")).unwrap();
    let mut bad = recorded().swap_remove(1);
    bad["slates"][0]["source"] = "curated".into();
    std::fs::write(folder.join("1.jsonl"), format!("{}\n", recorded()[0])).unwrap();
    std::fs::write(folder.join("day=2/2.jsonl"), format!("{}\n{bad}\n", recorded()[2])).unwrap();
    let found = look(&folder, &shop(), None, 1e-4, &Options::default()).unwrap();
    let text = report(&found);
    assert!(text.contains("mismatch path=day=2/2.jsonl line=2 id=plain slate=1 kind=source"), "{text}");
    let path = json(&found)["shown"][0]["path"].as_str().unwrap().to_owned();
    assert_eq!(Path::new(&path), folder.join("day=2/2.jsonl"));
    assert!(page(&found).contains("<td>day=2/2.jsonl</td>"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// One log of slates and decisions: each command compares its own.
#[test]
fn rows_of_an_assessor_are_passed_over() {
    let judged = r#"{"nearhand":{"row":"assess","version":1,"bundle":"s","decision":"approve"},"id":"1","amount":5}"#;
    let found = looked("both", &[judged.to_owned(), recorded()[1].to_string()]).unwrap();
    assert_eq!((found.rows, found.slates, found.apart.get("assess")), (2, 1, Some(&1)));
    assert!(
        report(&found).contains("note assess: 1 rows are passed over, as they are an assessor's") && found.verdict(0, 0).is_ok()
    );
    assert!(looked("none-of-slates", &[judged.to_owned()]).unwrap().verdict(0, 0).is_err());
}

/// As logs lie about: cut while they are written or packed, rows without the line feed between them, packs one behind the other.
#[test]
fn logs_that_are_cut_glued_and_packed() {
    let rows: Vec<String> = recorded().iter().map(ToString::to_string).collect();
    let lenient = Options { cut_off: true, ..Options::default() };
    let seen = |name: &str, bytes: &[u8]| {
        let path = file(name, &[]);
        std::fs::write(&path, bytes).unwrap();
        look(&path, &shop(), None, 1e-4, &lenient)
    };
    let pack = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let text = rows.join("\n");
    // The last row cut anywhere, within a character as well, and glued to the one before it.
    for (name, cut) in [("cut", &text[..text.len() - 40]), ("glued-and-cut", &rows.concat()[..text.len() - 59])] {
        let found = seen(name, cut.as_bytes()).unwrap();
        assert_eq!((found.rows, found.mismatches()), (21, 0), "{}", report(&found));
        assert!(report(&found).contains("note cut-off: the file ends in the middle of a row"), "{}", report(&found));
    }
    let half = [rows[1].as_bytes(), b"\n{\"nearhand\":{\"row\":\"\xc3"].concat();
    assert_eq!(seen("half", &half).unwrap().rows, 1);
    assert_eq!(seen("glued", rows.concat().as_bytes()).unwrap().rows, 22);
    // In the middle it is no end: the row is refused by its place.
    let error = seen("middle", format!("{}\n{}\n", &rows[0][..90], rows[1]).as_bytes()).unwrap_err().to_string();
    assert!(error.contains("line=1") && error.contains("no JSON"), "{error}");
    let parts: Vec<u8> = text.split_inclusive('\n').flat_map(pack).collect();
    assert_eq!(seen("packs", &parts).unwrap().rows, 22);
    let packed = pack(&text);
    let found = seen("pack-cut", &packed[..packed.len() * 3 / 4]).unwrap();
    assert!(found.rows > 5 && found.rows < 22 && found.mismatches() == 0, "{}", report(&found));
    assert!(report(&found).contains("note cut-off: what is packed ends before its end"), "{}", report(&found));
    // Emptied while its writer went on.
    let found = seen("hole", &[&[0; 300_000], text.as_bytes()].concat()).unwrap();
    assert!(
        found.rows == 22 && report(&found).contains("note hole: zero bytes in front") && report(&found).contains("bytes: 300000")
    );
    // Of a hole no more is read than of a log, however small it is packed.
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    let path = file("bomb", &[]);
    std::fs::write(&path, packer.finish().unwrap()).unwrap();
    let few = Options { left: std::rc::Rc::new(std::cell::Cell::new(1 << 19)), ..lenient.clone() };
    let error = look(&path, &shop(), None, 1e-4, &few).unwrap_err().to_string();
    assert!(error.contains("--max-read-bytes"), "{error}");
    // Rotated in the middle of a row.
    let folder = std::env::temp_dir().join(format!("nearhand-slates-{}-rotated", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (first, second) = text.split_at(text.len() / 2);
    assert!(!second.starts_with('{'));
    std::fs::write(folder.join("a.jsonl"), first).unwrap();
    std::fs::write(folder.join("b.jsonl"), second).unwrap();
    let error = look(&folder, &shop(), None, 1e-4, &lenient).unwrap_err().to_string();
    assert!(error.contains("b.jsonl line=1") && error.contains("no JSON"), "{error}");
    let skipping = Options { bad_rows: BadRows::Skip, ..lenient.clone() };
    let found = look(&folder, &shop(), None, 1e-4, &skipping).unwrap();
    assert_eq!((found.rows, found.mismatches()), (21, 0), "{}", report(&found));
    assert!(report(&found).contains("note cut-off") && report(&found).contains("note bad-rows"), "{}", report(&found));
    std::fs::remove_dir_all(folder).unwrap();
    // Empty files, and such with a line feed alone, are hours without a row; and one that has but begun.
    let folder = std::env::temp_dir().join(format!("nearhand-slates-{}-blank", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0.jsonl"), "\n\n").unwrap();
    std::fs::write(folder.join("1.jsonl.gz"), pack("")).unwrap();
    std::fs::write(folder.join("2.jsonl"), &text).unwrap();
    std::fs::write(folder.join("3.jsonl.gz"), &packed[..5]).unwrap();
    // What is packed ends behind a blank: it is told once.
    std::fs::write(folder.join("4.jsonl.gz"), [&pack(&format!("{}\n ", rows[0]))[..], &packed[..5]].concat()).unwrap();
    let found = look(&folder, &shop(), None, 1e-4, &lenient).unwrap();
    assert_eq!((found.rows, found.repeated, report(&found).matches("note cut-off").count()), (22, 1, 2), "{}", report(&found));
    std::fs::remove_dir_all(folder).unwrap();
}
