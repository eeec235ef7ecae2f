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
