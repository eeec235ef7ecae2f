//! Parts of random logs against the whole, and files that are none.

use super::command::{Args, MergeArgs, merge, run};
use super::file::Writer;
use super::header::{Header, catalogue};
use super::sketch::Sketch;
use super::whole::Whole;
use crate::choosing::counting::{Timed, count};
use crate::choosing::settings::TableConfig;
use crate::choosing::table::build;
use crate::items::ItemArgs;
use crate::log::tests::{log_args, temp};
use crate::log::{Looks, learn};
use clap::Parser;
use nearhand::{Error, Result};
use nearhand_numerics::random::Random;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Parser)]
struct Count {
    #[command(flatten)]
    args: Args,
}

#[derive(Parser)]
struct Merged {
    #[command(flatten)]
    args: MergeArgs,
}

#[derive(Parser)]
struct Items {
    #[command(flatten)]
    args: ItemArgs,
}

fn item_args(flags: &[&str]) -> ItemArgs {
    Items::try_parse_from(std::iter::once(&"items").chain(flags)).unwrap().args
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn listed(ids: &[&str]) -> crate::items::ItemList {
    crate::items::ItemList::load(&item_args(&[]), ids.iter().map(|id| (*id).to_owned())).unwrap()
}

/// Counts whose sample tells nothing of itself.
fn checked(parts: Vec<PathBuf>, split: bool, items: &crate::items::ItemList) -> Result<Whole> {
    Whole::check(parts, split, items, &BTreeMap::new())
}

/// The counts of a log's text.
fn counted(name: &str, log: &str, flags: &[&str]) -> Result<PathBuf> {
    let events = temp(&format!("counts-{name}.csv"), log.as_bytes());
    let out = temp(&format!("counts-{name}.counts"), b"");
    let argv = ["count", "--events", text_of(&events), "--out", text_of(&out)];
    run(&Count::try_parse_from(argv.iter().chain(flags)).unwrap().args)?;
    Ok(out)
}

fn merged(name: &str, parts: &[PathBuf], flags: &[&str]) -> Result<PathBuf> {
    let out = temp(&format!("counts-{name}.counts"), b"");
    let argv = ["merge-counts", "--out", text_of(&out)].into_iter().chain(parts.iter().map(|path| text_of(path)));
    merge(&Merged::try_parse_from(argv.chain(flags.iter().copied())).unwrap().args)?;
    Ok(out)
}

const HEADER: &str = "visitorid,itemid,timestamp,event\n";

/// Rows of visitors who come again and again, by time: some items often, some sessions long, some events of no interest.
fn rows(random: &mut Random, visitors: usize, items: usize, minutes: usize) -> Vec<(usize, String)> {
    let mut rows = Vec::new();
    for visitor in 0..visitors {
        for _ in 0..1 + random.below(4) {
            let start = 1_767_225_600 + random.below(minutes) as u64 * 60;
            for event in 0..1 + random.below(16) {
                let item = random.below(items).min(random.below(items));
                let kind = ["view", "view", "view", "addtocart", "impression"][random.below(5)];
                rows.push((
                    start + 40 * event as u64,
                    visitor,
                    format!("v{visitor},i{item},{},{kind}\n", start + 40 * event as u64),
                ));
            }
        }
    }
    rows.sort_by_key(|(at, ..)| *at);
    rows.into_iter().map(|(_, visitor, row)| (visitor, row)).collect()
}

fn log<'a>(rows: impl Iterator<Item = &'a str>) -> String {
    std::iter::once(HEADER).chain(rows).collect()
}

fn configs() -> [TableConfig; 4] {
    let usual = TableConfig::default();
    [
        usual,
        TableConfig { half_life: 0.25, width: 3, source: 0.85, ..usual },
        TableConfig { ordered: false, backward: 1.0, damp: 0.35, half_life: 0.5, ..usual },
        TableConfig { ordered: false, mean: 1.5, half_life: 0.15, backward: 0.1, ..usual },
    ]
}

/// However a log is cut by visitor, in whatever order parts are given, at once or in steps: the table of the whole.
#[test]
fn parts_make_the_table_of_the_whole() {
    let mut random = Random::new(11);
    for (trial, (cuts, items, minutes)) in [(8, 30, 100_000), (2, 200, 40), (5, 9, 3_000)].into_iter().enumerate() {
        let rows = rows(&mut random, 150, items, minutes);
        let whole = log(rows.iter().map(|(_, row)| row.as_str()));
        let events = temp(&format!("counts-whole-{trial}.csv"), whole.as_bytes());
        let (list, learnt) = learn(&log_args(&["--events", text_of(&events)]), &item_args(&[]), 0.1).unwrap();
        let timed = Timed::new(&learnt.visits.sessions, &learnt.ends);
        let of: Vec<usize> = (0..150).map(|_| random.below(cuts)).collect();
        let mut parts: Vec<PathBuf> = (0..cuts)
            .map(|cut| {
                let part = log(rows.iter().filter(|(visitor, _)| of[*visitor] == cut).map(|(_, row)| row.as_str()));
                counted(&format!("{trial}-{cut}"), &part, &[]).unwrap()
            })
            .collect();
        let one = vec![counted(&format!("one-{trial}"), &whole, &[]).unwrap()];
        let first = merged(&format!("first-{trial}"), &parts[..cuts / 2], &[]).unwrap();
        let mut steps = vec![first];
        steps.extend(parts[cuts / 2..].iter().cloned());
        let at_once = merged(&format!("all-{trial}"), &parts, &[]).unwrap();
        parts.reverse();
        let sums = std::fs::read(&at_once).unwrap();
        assert_eq!(sums, std::fs::read(merged(&format!("back-{trial}"), &parts, &[]).unwrap()).unwrap());
        assert_eq!(sums, std::fs::read(merged(&format!("steps-{trial}"), &steps, &[]).unwrap()).unwrap());
        for given in [parts, one, steps, vec![at_once]] {
            let counts = checked(given, false, &list).unwrap();
            assert_eq!(counts.sessions as usize, learnt.visits.sessions.len());
            assert_eq!(counts.popularity, crate::assemble::popularity(&learnt.visits.sessions, list.rows.len()));
            for config in configs() {
                let expected = build(&count(timed, list.rows.len(), &config), &config).unwrap();
                let found = build(&counts.counts(&list, &config).unwrap(), &config).unwrap();
                assert!(expected.used() > 12);
                assert_eq!(found.stored, expected.stored, "{trial} {config:?}");
            }
        }
    }
}

/// What is weak in every part may be strongest of all: nothing is left out before the sums are there.
#[test]
fn weak_neighbours_of_every_part_are_not_lost() {
    // In each of 40 parts another item stands beside a twice, and z once.
    let parts: Vec<PathBuf> = (0..40)
        .map(|part| {
            let visits = [format!("x{part}"), format!("x{part}"), "z".to_owned()].map(|item| ["a".to_owned(), item]);
            let rows = (0..)
                .zip(visits.as_flattened())
                .map(|(at, item)| format!("v{part}-{},{item},{},view\n", at / 2, 1_767_225_600 + 100_000 * part + 10 * at));
            let rows: Vec<String> = rows.collect();
            counted(&format!("weak-{part}"), &log(rows.iter().map(String::as_str)), &[]).unwrap()
        })
        .collect();
    let mut ids = vec!["a".to_owned(), "z".to_owned()];
    ids.extend((0..40).map(|part| format!("x{part}")));
    let list = listed(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let config = TableConfig { width: 2, damp: 0.0, source: 0.0, ..TableConfig::default() };
    let counts = checked(parts, false, &list).unwrap().counts(&list, &config).unwrap();
    assert_eq!(build(&counts, &config).unwrap().row(0).next(), Some((1, 1.0)));
}

/// Of a list, ids that it lacks are out before anything is counted, so that neighbours close up; by its keys as well.
#[test]
fn a_list_decides_what_is_counted() {
    let whole = log(["v1,a,1767225600,view\n", "v1,x,1767225610,view\n", "v1,b,1767225620,view\n"].into_iter());
    let list = temp("counts-list.csv", b"id,title\na,A\nb,B\nc,C\n");
    let items = ["--items", text_of(&list)];
    let part = counted("listed", &whole, &items).unwrap();
    let all = crate::items::ItemList::load(&item_args(&items), std::iter::empty()).unwrap();
    let counts = checked(vec![part.clone()], false, &all).unwrap();
    assert_eq!((counts.popularity.as_slice(), counts.events), (&[1, 1, 0][..], 2));
    let config = TableConfig { damp: 0.0, source: 0.0, ..TableConfig::default() };
    let near = build(&counts.counts(&all, &config).unwrap(), &config).unwrap();
    assert_eq!(near.row(0).collect::<Vec<_>>(), [(1, 1.0)]);
    // Counted without it, b stands two places after a; what the list lacks is left out of the table.
    let free = counted("unlisted", &whole, &[]).unwrap();
    let counts = checked(vec![free.clone()], false, &all).unwrap();
    assert_eq!((counts.events, counts.counts(&all, &config).unwrap().items()), (2, 3));
    // Lists differ, so parts do.
    let other = temp("counts-list-2.csv", b"id,title\na,A\nb,B\n");
    let second = counted("listed-2", &whole.replace("v1", "v2"), &["--items", text_of(&other)]).unwrap();
    let error = refused(&[part, second]);
    assert!(error.contains("not counted alike") && error.contains("items") && error.contains("listed-2"), "{error}");
}

fn refused(parts: &[PathBuf]) -> String {
    merged("refused", parts, &[]).unwrap_err().to_string()
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let row = |visitor: &str, item: &str, at: u64| format!("{visitor},{item},{at},view\n");
    let rows_of =
        |visitor: &str| log([row(visitor, "a", 1_767_225_600), row(visitor, "b", 1_767_225_630)].iter().map(String::as_str));
    let [one, two] = ["v1", "v2"].map(|visitor| counted(visitor, &rows_of(visitor), &[]).unwrap());
    let both = merged("both", &[one.clone(), two.clone()], &[]).unwrap();
    // The same part twice, also where it has been added up before.
    for parts in [[one.clone(), one.clone()], [both.clone(), two.clone()]] {
        assert!(refused(&parts).contains("a part is there twice"));
    }
    // Another way of reading.
    for (flags, setting) in [
        (&["--idle-minutes", "5"][..], "idle_minutes"),
        (&["--min-session-length", "2"], "min_session_length"),
        (&["--kind-col", "", "--kind", "purchase"], "kind"),
        (&["--since", "2026-01-01"], "since"),
    ] {
        let other = counted("other-way", &rows_of("v3"), flags).unwrap();
        let error = refused(&[one.clone(), other]);
        assert!(error.contains("not counted alike") && error.contains(setting) && error.contains("other-way"), "{error}");
    }
    let floats = |ids: &[&str], visitor: &str| {
        let rows: Vec<String> = ids.iter().map(|id| row(visitor, id, 1_767_225_600)).collect();
        counted(&format!("floats-{visitor}"), &log(rows.iter().map(String::as_str)), &[]).unwrap()
    };
    let settled = floats(&["7.0", "8.0"], "v4");
    assert!(refused(&[settled.clone(), floats(&["7.0", "7.5"], "v5")]).contains("floats as whole numbers"));
    merged("whole-and-floats", &[settled, floats(&["7", "9"], "v6")], &[]).unwrap();
    // A visitor of two days, cut by day.
    let day = counted("day", &log([row("v1", "c", 1_767_312_000).as_str()].into_iter()), &[]).unwrap();
    let error = refused(&[one.clone(), day.clone()]);
    assert!(error.contains("a visitor is in two parts") && error.contains("--split-visitors"), "{error}");
    let by_day = merged("by-day", &[one, day], &["--split-visitors"]).unwrap();
    // Their sums say so, and ask again.
    let by_day = temp("counts-by-day-again.counts", &std::fs::read(&by_day).unwrap());
    assert!(refused(std::slice::from_ref(&by_day)).contains("--split-visitors"));
    assert!(checked(vec![by_day.clone()], false, &listed(&["a", "b"])).unwrap_err().to_string().contains("--split-visitors"));
    checked(vec![by_day], true, &listed(&["a", "b"])).unwrap();
    // What holds no session changes nothing, however often.
    let empty =
        |visitor: &str| counted(&format!("none-{visitor}"), &rows_of(visitor).replace("view", "impression"), &[]).unwrap();
    let with = merged("with-none", &[two.clone(), empty("v7"), empty("v8"), empty("v8")], &["--split-visitors"]).unwrap();
    let alone = merged("alone", &[two], &[]).unwrap();
    let body = |path: &Path| checked(vec![path.to_owned()], true, &listed(&["a", "b"])).unwrap().popularity;
    assert_eq!((body(&with), body(&alone)), (vec![1, 1], vec![1, 1]));
    // What only the whole log tells.
    let error = counted("rare", &rows_of("v1"), &["--min-item-count", "2"]).unwrap_err();
    assert!(error.to_string().contains("--items"), "{error}");
    let negative =
        "InvoiceNo,StockCode,Quantity,InvoiceDate\n1,a,-1,2026-01-01 10:00\n1,b,-1,2026-01-01 10:00\n1,c,2,2026-01-01 10:00\n";
    let part = counted("returned", negative, &[]).unwrap();
    assert!(refused(&[part]).contains("--quantity-col"));
}

/// A sample is read as the counts were: what it leaves out for tests is not in the table.
#[test]
fn a_sample_that_was_read_otherwise_is_refused() {
    let text = log(["v1,a,1767225600,view\n", "v1,b,1767225610,view\n"].into_iter());
    let events = temp("counts-sample.csv", text.as_bytes());
    let list = temp("counts-sample-items.csv", b"id,title\na,A\nb,B\n");
    let more = temp("counts-sample-more.csv", b"id,title\na,A\nb,B\nc,C\n");
    let meets = |name: &str, counting: &[&str], reading: &[&str], items: Option<&Path>| {
        let part = counted(&format!("sample-{name}"), &text, counting).unwrap();
        let flags: Vec<&str> = items.iter().flat_map(|path| ["--items", text_of(path)]).collect();
        let args = log_args(&[&["--events", text_of(&events)], reading].concat());
        let (items_read, learnt) = learn(&args, &item_args(&flags), 0.1).unwrap();
        let mut sample = learnt.reading;
        sample.insert("items".to_owned(), catalogue(&items_read, items.is_some()));
        Whole::check(vec![part], false, &items_read, &sample).map(|_| ()).map_err(|e| e.to_string())
    };
    let cut = ["--before", "2026-02-01"];
    for (name, counting, reading, values) in [
        ("before", &[][..], &cut[..], ["none", "2026-02-01"]),
        ("before", &cut, &["--before", "2026-03-01"], ["2026-02-01", "2026-03-01"]),
        ("since", &[], &["--since", "2026-01-01"], ["none", "2026-01-01"]),
        ("idle_minutes", &["--idle-minutes", "5"], &[], ["5", "30"]),
        ("kind_words", &[], &["--kind-word", "hover=skip"], ["counted", "hover=skip"]),
    ] {
        let error = meets(name, counting, reading, None).unwrap_err();
        for told in [name, "count anew", &format!("sample-{name}"), values[0], values[1]] {
            assert!(error.contains(told), "{told}: {error}");
        }
    }
    let listed = ["--items", text_of(&list)];
    for items in [None, Some(more.as_path())] {
        assert!(meets("items", &listed, &[], items).unwrap_err().contains("2 listed"));
    }
    meets("listed", &listed, &[], Some(&list)).unwrap();
    meets("free", &[], &[], Some(&more)).unwrap();
    meets("cut", &cut, &cut, None).unwrap();
}

#[test]
fn a_part_of_no_listed_item_is_empty() {
    let list = temp("counts-part-list.csv", b"id\na\nb\n");
    let text = log(["v1,x,1767225600,view\n", "v1,y,1767225610,view\n"].into_iter());
    let none = counted("none-listed", &text, &["--items", text_of(&list)]).unwrap();
    let some = counted("some-listed", &text.replace("x,", "a,").replace("v1", "v2"), &["--items", text_of(&list)]).unwrap();
    let sums = merged("with-none-listed", &[none, some], &[]).unwrap();
    assert_eq!(checked(vec![sums], false, &listed(&["a", "b"])).unwrap().popularity, [1, 0]);
}

#[test]
fn counts_that_are_written_anew_while_training_are_refused() {
    let text = log(["v1,a,1767225600,view\n", "v1,b,1767225610,view\n"].into_iter());
    let (part, other) = (counted("anew", &text, &[]).unwrap(), counted("anew-2", &text.replace("v1", "v2"), &[]).unwrap());
    let list = listed(&["a", "b"]);
    let whole = checked(vec![part.clone()], false, &list).unwrap();
    whole.counts(&list, &TableConfig::default()).unwrap();
    std::fs::copy(other, part).unwrap();
    let error = whole.counts(&list, &TableConfig::default()).unwrap_err().to_string();
    assert!(error.contains("written anew") && error.contains("anew.counts"), "{error}");
}

/// A file of counts with this header and body, whose digest is right.
fn forged(name: &str, header: &str, body: &[u8]) -> PathBuf {
    let mut bytes = format!("nearhand-counts 1\n{header}\n").into_bytes();
    bytes.extend(zstd::encode_all(body, 3).unwrap());
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    temp(&format!("forged-{name}.counts"), &bytes)
}

fn header() -> Header {
    Header { sessions: 1, events: 2, ..Header::of(BTreeMap::new(), Looks::default()) }
}

#[test]
fn a_body_that_is_none_is_refused() {
    let text = serde_json::to_string(&header()).unwrap();
    // One visitor of hash 0; a session in slice 0; a and b, once each, side by side.
    let right = [
        &[1, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &[1, 0, 1],
        &[1, b'a', 1, 0, 1, 1, b'b', 1, 0, 1, 0],
        &[1, 1, 1, 0, 100, 0, 100, 0],
        &[1, 0, 1, 0, 0, 100, 0, 100],
    ];
    let with = |at: usize, part: &'static [u8]| {
        let mut parts = right;
        parts[at] = part;
        parts.concat()
    };
    let path = forged("right", &text, &right.concat());
    let mut behind = std::fs::read(&path).unwrap();
    behind.truncate(behind.len() - 32);
    behind.extend(zstd::encode_all(&b"more"[..], 3).unwrap());
    behind.extend(Sha256::digest(&behind));
    assert!(refused(&[temp("behind.counts", &behind)]).contains("behind its body"));
    merged("from-forged", &[path], &[]).unwrap();
    let cases: &[(&str, usize, &'static [u8])] = &[
        ("too many visitors", 0, &[0x81, 0x08]),
        ("visitors are not in order", 0, &[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("more or fewer sessions", 1, &[1, 0, 2]),
        ("a slice is none", 1, &[1, 1, 1]),
        ("too many slices", 1, &[0x81, 0x02]),
        ("an id is no text", 2, &[1, 0xff, 1, 0, 1, 1, b'b', 1, 0, 1, 0]),
        ("an id is no text", 2, &[1, 7, 1, 0, 1, 1, b'b', 1, 0, 1, 0]),
        ("longer than 256 bytes", 2, &[0x81, 0x02]),
        ("items are not in order", 2, &[1, b'b', 1, 0, 1, 1, b'a', 1, 0, 1, 0]),
        ("items are not in order", 2, &[1, b'a', 1, 0, 1, 1, b'a', 1, 0, 1, 0]),
        ("an item was never seen", 2, &[1, b'a', 0, 1, b'b', 1, 0, 1, 0]),
        ("an item was never seen", 2, &[1, b'a', 1, 0, 0, 1, b'b', 1, 0, 2, 0]),
        ("more or less often", 2, &[1, b'a', 1, 0, 2, 1, b'b', 1, 0, 1, 0]),
        ("no other item", 3, &[1, 0, 1, 0, 100, 0, 100, 0]),
        ("no other item", 3, &[1, 2, 1, 0, 100, 0, 100, 0]),
        ("a neighbour was never seen", 3, &[1, 1, 1, 0, 0, 0, 0, 0]),
        ("a neighbour was never seen", 3, &[1, 1, 0]),
        ("more than 64 bits", 3, &[1, 1, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
        ("cannot be read", 4, &[1, 0, 1]),
        ("behind its last row", 4, &[1, 0, 1, 0, 0, 100, 0, 100, 0]),
    ];
    for (number, (why, at, part)) in cases.iter().enumerate() {
        let error = refused(&[forged(&number.to_string(), &text, &with(*at, part))]);
        assert!(error.contains(why) && error.contains(&format!("forged-{number}.counts")), "{number}: {error}");
    }
    // No sessions in a slice are not there.
    let none = serde_json::to_string(&Header { sessions: 0, events: 0, ..header() }).unwrap();
    assert!(refused(&[forged("none", &none, &[0, 1, 0, 0, 0])]).contains("more or fewer sessions"));
    let error = refused(&[forged("some", &none, &[0, 0, 1, b'a', 1, 0, 1, 0, 0])]);
    assert!(error.contains("more or less often"), "{error}");
    // Sums that do not fit together.
    let mut large = right.concat();
    large.truncate(large.len() - 8);
    large.extend([1, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0, 0]);
    let other = {
        let mut body = large.clone();
        body[8] = 1;
        body
    };
    let error = refused(&[forged("large", &text, &large), forged("other-large", &text, &other)]);
    assert!(error.contains("more than 64 bits"), "{error}");
}

/// Of parts of two versions, whichever comes first, the sums are those of the version that added them up.
#[test]
fn sums_name_the_version_that_added_up() {
    let text = serde_json::to_string(&Header { sessions: 0, events: 0, ..header() }).unwrap();
    let parts = ["0.0.1", "0.0.2"].map(|version| {
        let text = text.replacen(env!("CARGO_PKG_VERSION"), version, 1);
        assert!(text.contains(version));
        forged(version, &text, &[0, 0, 0])
    });
    let [one, other] = parts.clone();
    let sums = std::fs::read(merged("versions", &parts, &[]).unwrap()).unwrap();
    assert_eq!(sums, std::fs::read(merged("versions-back", &[other, one], &[]).unwrap()).unwrap());
}

#[test]
fn a_file_that_is_none_is_refused() {
    let mut bytes = Vec::new();
    let mut writer = Writer::begin(&mut bytes, &header(), &Sketch::default(), &[(0, 1)]).unwrap();
    writer.item("a", &[(0, 2)]).unwrap();
    writer.end_of_items().unwrap();
    writer.row(&[]).unwrap();
    writer.end().unwrap();
    merged("from-bytes", &[temp("bytes.counts", &bytes)], &[]).unwrap();
    let open = |name: &str, bytes: &[u8]| -> String {
        let error: Error = super::merge::Merge::open(&[temp(name, bytes)], false).err().unwrap();
        error.to_string()
    };
    let newer = [&b"nearhand-counts 2\n"[..], &bytes[18..]].concat();
    assert!(open("newer.counts", &newer).contains("another version"));
    assert!(open("log.counts", b"session,item,time\n1,a,1\n").contains("no file of counts"));
    assert!(open("empty.counts", b"").contains("no file of counts"));
    assert!(open("short.counts", b"nearhand-counts 1\n").contains("end early"));
    for at in [20, bytes.len() / 2, bytes.len() - 1] {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        assert!(open("bent.counts", &bent).contains("digest"), "{at}");
    }
    assert!(open("cut.counts", &bytes[..bytes.len() - 5]).contains("digest"));
    let text = serde_json::to_string(&header()).unwrap();
    for (from, to) in [("\"sessions\":1", "\"sessions\":-1"), ("\"far\":250,", ""), ("{", "{\"more\":1,"), ("{", "")] {
        let path = forged("header", &text.replacen(from, to, 1), &[]);
        let error = super::merge::Merge::open(&[path], false).err().unwrap().to_string();
        assert!(error.contains("header"), "{from}: {error}");
    }
    for (from, to) in [
        ("\"last\":0", "\"last\":9223372036854775807"),
        ("\"first\":0", "\"first\":1"),
        ("\"sessions\":1", "\"sessions\":3"),
        ("\"sessions\":1", "\"sessions\":0"),
        ("\"events\":2", "\"events\":4503599627370496"),
    ] {
        let path = forged("contradicts", &text.replacen(from, to, 1), &[]);
        assert!(super::merge::Merge::open(&[path], false).err().unwrap().to_string().contains("contradicts"));
    }
    let digest = "ab".repeat(32);
    for (from, to, why) in [
        ("\"reach\":10", "\"reach\":11".to_owned(), "reach"),
        ("\"far\":250", "\"far\":249".to_owned(), "far"),
        ("\"parts\":[]", "\"parts\":[\"ab\"]".to_owned(), "no SHA-256"),
        ("\"parts\":[]", format!("\"parts\":[\"{}\"]", digest.to_uppercase()), "no SHA-256"),
    ] {
        let path = forged("other-header", &text.replacen(from, &to, 1), &[]);
        assert!(super::merge::Merge::open(&[path], false).err().unwrap().to_string().contains(why), "{to}");
    }
    // What could not be read is not written.
    let long = Header { nearhand: "1".repeat(1 << 22), ..header() };
    assert!(Writer::begin(&mut Vec::new(), &long, &Sketch::default(), &[]).err().unwrap().to_string().contains("4 MiB"));
    let none = vec![temp("bytes.counts", &bytes); 257];
    assert!(super::merge::Merge::open(&none, false).err().unwrap().to_string().contains("256"));
}
