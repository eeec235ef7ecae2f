//! The whole command on small sessions.

use super::{Args, run};
use crate::eval::{Rule, Variant, measure, variants};
use crate::log::tests::temp;
use crate::sessions::{Named, Pair};
use clap::Parser;
use nearhand::recommend::Source;
use nearhand::{Code, Engine, Event, Request, Result, Settings, Tier};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    train: Args,
}

fn trained(name: &str, sessions: &[u8]) -> Result<Vec<u8>> {
    let sessions = temp(&format!("{name}.txt"), sessions).display().to_string();
    let out = temp(&format!("{name}.safetensors"), b"").display().to_string();
    let report = temp(&format!("{name}.html"), b"").display().to_string();
    let flags = ["train", "--sessions", &sessions, "--out", &out, "--name", name, "--created-at", "2026-01-01"];
    let flags = [&flags[..], &["--report", &report]].concat();
    let small = ["--dim", "8", "--epochs", "2", "--last", "5", "--batch", "64", "--successors", "3", "--pairs", "100"];
    run(&Flags::try_parse_from(flags.iter().chain(&small)).unwrap().train)?;
    assert!(std::fs::read_to_string(&report).unwrap().contains("blend without table"));
    Ok(std::fs::read(&out).unwrap())
}

#[test]
fn one_command_makes_a_full_bundle_and_the_same_one_again() {
    // After every item comes the next of twenty.
    let lines: Vec<String> = (0..200).map(|s| (0..6).map(|i| ((s + i) % 20).to_string()).collect::<Vec<_>>().join(" ")).collect();
    let text = lines.join("\n");
    let bytes = trained("ring", text.as_bytes()).unwrap();
    assert_eq!(bytes, trained("ring", text.as_bytes()).unwrap());
    let mut engine = Engine::open(&bytes, &Settings::default()).unwrap();
    assert_eq!(engine.tier(), Tier::Full);
    engine.observe(&Event::view("3"), 1_000_000).unwrap();
    let slate = engine.recommend(&Request { k: 1, ..Request::default() }, 1_000_000).unwrap();
    assert_eq!((slate.items[0].row.item, slate.source), ("4", Source::Model));
}

#[test]
fn the_engine_measures_the_parts_by_either_rule() {
    let lines: Vec<String> = (0..200).map(|s| (0..6).map(|i| ((s + i) % 20).to_string()).collect::<Vec<_>>().join(" ")).collect();
    let bytes = trained("parts", lines.join("\n").as_bytes()).unwrap();
    let pair = |item, next| Pair { prefix: vec![Named::Known(item)], next: Named::Known(next) };
    let next: Vec<Pair> = (0..20).map(|i| pair(i, (i + 1) % 20)).collect();
    let same: Vec<Pair> = (0..20).map(|i| pair(i, i)).collect();
    let hits = |pairs: &[Pair], k, without_newest, variant| {
        let report = measure(&bytes, pairs, Rule { k, without_newest }, variant).unwrap();
        assert_eq!(report.all.pairs(), 20);
        report.all.hit_rate()
    };
    let there = variants(Engine::open(&bytes, &Settings::default()).unwrap());
    assert_eq!(there, [Variant::Blend, Variant::Vectors, Variant::Table, Variant::Popularity]);
    assert_eq!((hits(&next, 1, false, Variant::Table), hits(&next, 1, false, Variant::Popularity)), (1.0, 0.0));
    for variant in there {
        assert_eq!((hits(&same, 20, false, variant), hits(&same, 20, true, variant)), (1.0, 0.0));
    }
}

#[test]
fn too_little_data_is_said_so() {
    assert_eq!(trained("little", b"1 2\n").unwrap_err().code(), Code::DataInvalid);
}

/// Sessions in which the next items of a ring are looked at, and the item ten further is bought along.
fn shop_log(sessions: u64) -> String {
    let mut text = "session,item,time,type\n".to_owned();
    for s in 0..sessions {
        let time = |i: u64| 1_767_225_600 + s * 1000 + i * 20;
        (0..5).for_each(|i| text.push_str(&format!("{s},i{},{},view\n", (s + i) % 20, time(i))));
        for (i, item) in [(5, s % 20), (6, (s + 10) % 20)] {
            text.push_str(&format!("{s},i{item},{},purchase\n", time(i)));
        }
    }
    text
}

fn trained_on(name: &str, log: &str, flags: &[&str]) -> nearhand::bundle::Parts {
    let events = temp(&format!("{name}.csv"), log.as_bytes()).display().to_string();
    let out = temp(&format!("{name}.safetensors"), b"").display().to_string();
    let usual = ["train", "--events", &events, "--out", &out, "--name", name, "--created-at", "2026-01-01", "--dim", "8"];
    let small = ["--bits", "8", "--blocks", "0", "--half-life", "0", "--epochs", "1", "--pairs", "50"];
    run(&Flags::try_parse_from(usual.iter().chain(&small).chain(flags)).unwrap().train).unwrap();
    nearhand::bundle::open(&std::fs::read(&out).unwrap(), None, &nearhand::bundle::Limits::none()).unwrap()
}

#[test]
fn a_log_tells_what_is_bought_together_and_on_the_rise() {
    let parts = trained_on("bought", &shop_log(100), &[]);
    assert_eq!(parts.manifest.serving.bought.as_ref().map(|t| t.successors), Some(8));
    // The newest tenth of 100 sessions: 90 to 99, of seven events each; what is viewed and bought at once is one visit.
    let recent = parts.recent.as_ref().unwrap();
    let of = |id: &str| recent[(0..20).find(|i| parts.catalog.base().ids.get(*i) == id).unwrap()];
    assert_eq!((recent.iter().sum::<u32>(), of("i10") > of("i5")), (70, true));
    let mut engine = Engine::open(&nearhand::bundle::write(&parts).unwrap(), &Settings::default()).unwrap();
    let asked = Request {
        k: 1,
        placement: Some(nearhand::recommend::Placement::Product),
        relation: Some(nearhand::recommend::Relation::Complementary),
        source: Some("i3".to_owned()),
        ..Request::default()
    };
    let slate = engine.recommend(&asked, 1_000_000).unwrap();
    assert_eq!((slate.source, slate.items[0].row.item), (Source::Bought, "i13"));
    assert!(!slate.notes.contains(&"no-bought-table"));
    // Flags say no, and so does a log that sells nothing, or next to nothing.
    let none = trained_on("bought-not", &shop_log(100), &["--no-bought", "--no-recent"]);
    assert!(none.bought.is_none() && none.recent.is_none());
    let views: String = shop_log(100).lines().filter(|line| !line.contains("purchase")).map(|line| format!("{line}\n")).collect();
    assert!(trained_on("bought-none", &views, &[]).bought.is_none());
    let few = [views, shop_log(119).lines().skip(1 + 7 * 100).map(|line| format!("{line}\n")).collect()].concat();
    assert!(trained_on("bought-few", &few, &[]).bought.is_none());
}

#[test]
fn purchases_keep_the_bound() {
    let log = shop_log(100);
    let free = trained_on("bound-free", &log, &["--max-bytes", "20000", "--no-reference"]);
    assert!(free.bytes <= 20_000 && free.bought.is_some());
    // A tenth of the bundle is theirs at most: of 9,500 bytes, 190 places of 5.
    let tight = trained_on("bound-tight", &log, &["--max-bytes", "9500", "--no-reference"]);
    let used = tight.bought.as_ref().map(|t| t.weights.iter().filter(|w| **w > 0).count());
    assert!(tight.bytes <= 9500 && used.is_some_and(|used| used <= 190), "{} {used:?}", tight.bytes);
}

/// Counted in parts by session and trained on the whole log as its sample, a bundle is the one of the log alone, but for what it
/// tells of its making.
#[test]
fn counts_of_parts_make_the_bundle_of_the_log() {
    let log = shop_log(100);
    let plain = trained_on("uncounted", &log, &[]);
    let folder = temp("count-parts", b"").with_file_name("count-parts.d");
    std::fs::create_dir_all(&folder).unwrap();
    for part in 0..8 {
        let row = |line: &&str| line.split(',').next().and_then(|s| s.parse::<u64>().ok()).is_none_or(|s| s * s % 8 == part);
        let text: String = log.lines().filter(row).map(|line| format!("{line}\n")).collect();
        if text.lines().count() < 2 {
            continue;
        }
        let events = temp("count-part.csv", text.as_bytes()).display().to_string();
        let out = folder.join(format!("{part}.counts")).display().to_string();
        crate::counts::run(&Counting::try_parse_from(["count", "--events", &events, "--out", &out]).unwrap().count).unwrap();
    }
    let counts = folder.display().to_string();
    let counted = trained_on("counted", &log, &["--counts", &counts]);
    let told = |parts: &nearhand::bundle::Parts| {
        let mut parts = parts.clone();
        assert!(parts.manifest.provenance.take().is_some() && parts.table.is_some());
        "same".clone_into(&mut parts.manifest.name);
        nearhand::bundle::write(&parts).unwrap()
    };
    assert_eq!(told(&plain), told(&counted));
    // Of a sample, table and popularity are those of the counts.
    let sample: String = log.lines().take(1 + 7 * 40).map(|line| format!("{line}\n")).collect();
    let sampled = trained_on("sampled", &sample, &["--counts", &counts]);
    assert_eq!(sampled.popularity, plain.popularity);
    let training = |parts: &nearhand::bundle::Parts| parts.manifest.training.as_ref().map(|t| (t.sessions, t.events));
    assert_eq!(training(&sampled), training(&plain));
    // A list that the counts know nothing of.
    let list = temp("count-items.csv", b"id,title\nz,Z\ny,Y\n").display().to_string();
    let sessions = temp("count-sessions.txt", "z y\n".repeat(30).as_bytes()).display().to_string();
    let out = temp("count-none.safetensors", b"").display().to_string();
    let flags = ["train", "--sessions", &sessions, "--items", &list, "--out", &out, "--name", "n", "--created-at", "2026-01-01"];
    let flags = [&flags[..], &["--counts", &counts]].concat();
    let error = run(&Flags::try_parse_from(flags).unwrap().train).unwrap_err();
    assert!(error.to_string().contains("no item of the counts"), "{error}");
}

#[derive(Parser)]
struct Counting {
    #[command(flatten)]
    count: crate::counts::Args,
}
