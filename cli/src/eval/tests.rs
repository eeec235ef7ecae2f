//! On the shipped bundle, so that all parts are there.

use super::*;
use crate::log::tests::temp;
use crate::sessions::{Named, Pair};
use clap::Parser;
use nearhand_numerics::random::Random;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    eval: Args,
}

/// A file of this test run, as a word of the command line.
pub(super) fn file(name: &str, bytes: &[u8]) -> String {
    temp(name, bytes).to_str().unwrap().to_owned()
}

/// What `eval` finds with these flags.
pub(super) fn eval(flags: &[&str]) -> Result<Found> {
    look(&Flags::try_parse_from([&["test"], flags].concat()).unwrap().eval)
}

/// The bundle of four items: after `a` comes `b`, then `c`, then `a`; `d` is but popular.
pub(super) fn small() -> String {
    file("small.safetensors", &crate::replay::tests::bundle())
}

pub(super) fn way<'a>(found: &'a Found, name: &str) -> &'a found::Way {
    found.ways.iter().find(|way| way.name == name).unwrap_or_else(|| panic!("{name}"))
}

fn detail(error: &Error, name: &str) -> String {
    error.details().iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name}: {error}")).1.clone()
}

fn bundle() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
    std::fs::read(path).unwrap()
}

fn pairs(random: &mut Random, items: usize) -> Vec<Pair> {
    let mut item = || Named::Known(random.below(items) as u32);
    (0..60).map(|at| Pair { prefix: (0..1 + at % 7).map(|_| item()).collect(), next: item() }).collect()
}

const RULE: Rule = Rule { k: 20, without_newest: false };

#[test]
fn the_order_of_the_pairs_changes_no_digit() {
    let bytes = bundle();
    let mut random = Random::new(3);
    let mut pairs = pairs(&mut random, 200);
    let exact = |report: &measure::Report| {
        let of = |m: &nearhand::rank::metrics::Metrics| {
            [m.hit_rate(), m.mrr(), m.ndcg(), m.coverage(), m.popularity_bias(), m.pairs() as f64].map(f64::to_bits)
        };
        (of(&report.all), of(&report.explore))
    };
    for variant in [Variant::Blend, Variant::Vectors, Variant::Table] {
        let before = measure(&bytes, &pairs, RULE, variant).unwrap();
        for _ in 0..3 {
            random.shuffle(&mut pairs);
            let after = measure(&bytes, &pairs, RULE, variant).unwrap();
            assert_eq!(exact(&before), exact(&after), "{variant:?}");
        }
    }
}

#[test]
fn unknown_items_are_observed_and_missed() {
    let bytes = bundle();
    let unknown = || Named::Unknown("no such item".to_owned());
    let pair = |prefix: Vec<Named>, next| Pair { prefix, next };
    let known = [pair(vec![Named::Known(3)], Named::Known(5)), pair(vec![Named::Known(3)], Named::Known(3))];
    let same = [pair(vec![Named::Known(3), unknown()], Named::Known(5)), pair(vec![unknown(), Named::Known(3)], Named::Known(3))];
    let hits = |pairs: &[Pair]| measure(&bytes, pairs, Rule { k: 3000, ..RULE }, Variant::Blend).unwrap();
    assert_eq!((hits(&known).all.pairs(), hits(&same).all.pairs()), (2, 2));
    let (asked, missed) = (hits(&known).all.hit_rate(), hits(&[pair(vec![Named::Known(3)], unknown())]));
    assert!(asked > 0.0 && missed.all.hit_rate() == 0.0);
    assert_eq!((missed.all.pairs(), missed.explore.pairs()), (1, 1));
    assert_eq!(hits(&[pair(vec![unknown()], unknown())]).explore.pairs(), 0, "the target is no new one");
}

#[test]
fn a_blend_below_a_part_is_told() {
    let table = (Variant::Table, 0.5, 0.25);
    assert!(below(20, &[(Variant::Blend, 0.5, 0.3), table]).is_empty());
    assert!(below(20, &[table, (Variant::Popularity, 0.9, 0.9)]).is_empty(), "a bundle without a model has no blend");
    let lines = below(20, &[(Variant::Blend, 0.6, 0.2), (Variant::Vectors, 0.1, 0.1), table]);
    assert_eq!(lines, ["on these pairs the blend is below table alone: mrr@20 0.2000 < 0.2500"]);
}

#[test]
fn all_ways_stand_beside_each_other() {
    let (bundle, pairs) = (small(), file("ways-pairs.tsv", b"a\tb\na b\tc\nb\td\nc\ta\n"));
    let train = file("ways-train.txt", b"a b\na b c\nd\nd\nd b\n");
    let lists = file("live.tsv", b"b c\nc\n\nx a\n");
    let html = file("ways.html", b"");
    let ranks = file("ways-ranks.tsv", b"");
    let found = eval(&[
        &bundle,
        "--pairs",
        &pairs,
        "--train",
        &train,
        "--lists",
        &lists,
        "--html",
        &html,
        "--ranks",
        &ranks,
        "--resamples",
        "50",
    ])
    .unwrap();
    let names: Vec<&str> = found.ways.iter().map(|way| way.name.as_str()).collect();
    assert_eq!(
        names,
        ["test/table", "test/popularity", "test/session-popularity", "test/item-knn", "test/vmis-knn", "test/live"]
    );
    assert_eq!((found.pairs, found.sessions, found.against), (4, 3, 0));
    // a → b first, a b → c first, b → d: c before it, then by popularity d; c → a first.
    assert_eq!(way(&found, "test/table").ranks, [Some(1), Some(1), Some(2), Some(1)]);
    // d is seen three times, b three, a two, c one.
    assert_eq!(way(&found, "test/session-popularity").ranks, [Some(3), Some(4), Some(2), Some(4)]);
    assert_eq!(way(&found, "test/live").ranks, [Some(1), Some(1), None, Some(2)]);
    assert_eq!(way(&found, "test/live").told, [("unknown_items", 1), ("longest_list", 2)]);
    assert!(found.notes.iter().any(|note| note.contains("--k 2")), "{:?}", found.notes);
    let lines = std::fs::read_to_string(&ranks).unwrap();
    assert!(lines.contains("\n3\ttest/live\t0\n") && lines.contains("\n4\ttest/live\t2\n"), "{lines}");
    assert!(std::fs::read_to_string(&html).unwrap().contains("vmis-knn"));
    assert!(text::report(&found, &[]).lines().next().unwrap().starts_with("eval test/table hr@20=1.0000 mrr@20=0.8750 "));
    // Without training sessions, it is said how to have the rest.
    let found = eval(&[&bundle, "--pairs", &pairs]).unwrap();
    assert_eq!(found.ways.len(), 2);
    assert!(found.notes[0].contains("--train"), "{:?}", found.notes);
}

#[test]
fn two_bundles_and_what_they_are_compared_with() {
    let (bundle, pairs) = (small(), file("two-pairs.tsv", b"a\tb\nb\tc\n"));
    let found = eval(&[&bundle, &bundle, "--pairs", &pairs, "--against", "popularity", "--resamples", "20"]).unwrap();
    let names: Vec<&str> = found.ways.iter().map(|way| way.name.as_str()).collect();
    assert_eq!(names, ["test/table", "test/popularity", "test@7/table", "test@7/popularity"]);
    assert_eq!(found.against, 1);
    assert!(found.differences.iter().all(|d| d.way != 1));
    let named = eval(&[&format!("old={bundle}"), &format!("new={bundle}"), "--pairs", &pairs, "--resamples", "0"]).unwrap();
    assert_eq!(named.ways[2].name, "new/table");
    assert!(named.differences.is_empty(), "nothing is said of chance");
    let error = eval(&[&bundle, "--pairs", &pairs, "--against", "gone"]).err().unwrap();
    assert!(detail(&error, "ways").contains("test/table") && detail(&error, "value") == "gone");
    let error = eval(&[&format!("x={bundle}"), &format!("x={bundle}"), "--pairs", &pairs]);
    assert!(error.is_ok(), "the second is called by its version");
}

#[test]
fn a_bundle_in_two_is_whole_or_refused() {
    let folder = temp("split", b"");
    let [first, second] = ["eval-first", "eval-second"].map(|name| folder.with_file_name(name).to_str().unwrap().to_owned());
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
    let shipped = shipped.to_str().unwrap().to_owned();
    let (onnx, pairs) = (bundle(), file("split-pairs.tsv", b"85123A\t22423\n22423 85123A\t47566\n"));
    let parts = nearhand::bundle::open(&onnx, None, &nearhand::bundle::Limits::default()).unwrap();
    let goldens = parts.manifest.goldens.iter().map(|g| g.events.clone()).collect();
    let (one, two) = nearhand::bundle::write_apart(&nearhand::engine::record_goldens(parts, goldens).unwrap()).unwrap();
    std::fs::write(&first, one).unwrap();
    std::fs::write(&second, two).unwrap();
    let error = eval(&[&first, "--pairs", &pairs]).err().unwrap();
    assert!(error.code() == Code::OptionInvalid && error.to_string().contains("--model"), "{error}");
    let error = eval(&[&shipped, "--pairs", &pairs, "--model", &second]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "option")), (Code::OptionInvalid, "--model".to_owned()));
    let found = eval(&[&shipped, &format!("two={first}"), "--model", &second, "--pairs", &pairs, "--resamples", "0"]).unwrap();
    assert_eq!(way(&found, "online-retail").ranks, way(&found, "two").ranks);
    assert_eq!(way(&found, "online-retail/vectors").ranks, way(&found, "two/vectors").ranks);
}

#[test]
fn lists_can_choose_the_pairs() {
    let (bundle, pairs) = (small(), file("only-pairs.tsv", b"a\tb\na b\tc\nb\tx\nc\ta\n"));
    let lists = file("only.tsv", b"b\tc d\na b\tc\n");
    let found = eval(&[&bundle, "--pairs", &pairs, "--lists", &lists]).unwrap();
    assert_eq!(way(&found, "test/only").told[0], ("without_list", 2));
    assert_eq!(way(&found, "test/only").ranks, [None, Some(1), None, None]);
    let found = eval(&[&bundle, "--pairs", &pairs, "--lists", &lists, "--only-listed"]).unwrap();
    assert_eq!((found.pairs, found.sessions), (2, 2));
    assert_eq!(way(&found, "test/table").ranks, [Some(1), None]);
    assert_eq!(way(&found, "test/table").told, [("unknown_targets", 1)]);
    assert_eq!(way(&found, "test/only").ranks, [Some(1), None]);
}

#[test]
fn what_is_wrong_is_said_before_anything_is_measured() {
    let (bundle, pairs) = (small(), file("wrong-pairs.tsv", b"a\tb\n"));
    let strange = file("strange-pairs.tsv", b"p\tq\n");
    let error = eval(&[&bundle, "--pairs", &strange]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "target"), detail(&error, "known")), (Code::ItemUnknown, "q".into(), "a".into()));
    let most = file("most-pairs.tsv", b"a\tb\na\tx\na\ty\n");
    let error = eval(&[&bundle, "--pairs", &most]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "target"), detail(&error, "known")), (Code::ItemUnknown, "x".into(), "a".into()));
    assert_eq!((detail(&error, "unknown_targets"), detail(&error, "pairs")), ("2".into(), "3".into()));
    assert!(eval(&[&bundle, "--pairs", &most, "--max-unknown", "0.7", "--resamples", "0"]).is_ok());
    let lists = file("strange.tsv", b"q p\n");
    let error = eval(&[&bundle, "--pairs", &pairs, "--lists", &lists]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "item"), detail(&error, "known")), (Code::ItemUnknown, "q".into(), "a".into()));
    let error = eval(&[&bundle, "--pairs", &pairs, "--train", &file("strange-train.txt", b"q p\n")]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "option")), (Code::ItemUnknown, "--train".into()));
    let error = eval(&[&bundle, "--pairs", &pairs, "--html", &pairs]).err().unwrap();
    assert_eq!((error.code(), detail(&error, "option")), (Code::OptionInvalid, "--html".into()));
    let error = eval(&[&bundle, "--pairs", &pairs, "--slates", &file("none.txt", b"")]).err().unwrap();
    assert_eq!(detail(&error, "option"), "--slates", "a bundle without a model has no full tier");
    assert!(Flags::try_parse_from(["test", &bundle]).is_err(), "no pairs");
    assert!(Flags::try_parse_from(["test", &bundle, "--pairs", "p", "--from", "2025-01-01"]).is_err());
    assert!(Flags::try_parse_from(["test", &bundle, "--pairs", "p", "--by", "colour"]).is_err());
}

#[test]
fn a_log_gives_pairs_training_and_visitors() {
    let log = "visitorid,item,time\n1,a,1735689600\n1,b,1735689601\n1,a,1736035200\n1,b,1736035201\n2,b,1736035300\n2,c,1736035301\n2,x,1736035302\n";
    let log = file("held-out.csv", log.as_bytes());
    let found = eval(&[&small(), "--events", &log, "--from", "2025-01-03", "--by", "new", "--resamples", "20"]).unwrap();
    assert_eq!((found.pairs, found.sessions), (3, 2));
    assert_eq!(way(&found, "test/item-knn").ranks, [Some(1), None, None]);
    let parts: Vec<(&str, usize)> = found.parts.iter().map(|part| (part.segment.name.as_str(), part.pairs)).collect();
    assert_eq!(parts, [("new-visitor", 2), ("returning-visitor", 1)]);
    let error = eval(&[&small(), "--events", &log, "--from", "2025-02-01"]).err().unwrap();
    assert_eq!(error.code(), Code::DataInvalid);
}
