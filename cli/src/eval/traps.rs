//! How recommenders were judged wrongly in public, each rebuilt small, with the right answer.

use super::tests::{eval, file, small, way};
use super::*;
use nearhand_numerics::random::Random;

/// A file of lists beside the small bundle.
fn listed(name: &str, pairs: &str, lists: &str, flags: &[&str]) -> Found {
    let (pairs, lists) = (file(&format!("{name}-pairs.tsv"), pairs.as_bytes()), file(&format!("{name}.tsv"), lists.as_bytes()));
    eval(&[&[&small(), "--pairs", &pairs, "--lists", &format!("live={lists}"), "--resamples", "200"], flags].concat()).unwrap()
}

/// NVIDIA-Merlin/models 617, lyst/lightfm 149: a model that says the same of all items was perfect, because the target stood first
/// among equals.
#[test]
fn a_constant_model_is_no_good_one() {
    let mut scores = scores::Scores::new(100);
    (0..100).for_each(|item| scores.add(item, 1.0));
    let all = nearhand::rank::BitSet::full(100);
    assert!((0..100).all(|item| scores.rank_of(item, &all) == Some(100)));
}

/// benfred/implicit 330: lists shorter than k were filled with zeros, and item 0 was found in them.
#[test]
fn a_short_list_is_not_filled_up() {
    let found = listed("short", "b\ta\nc\ta\n", "c\n\n", &[]);
    assert_eq!(way(&found, "test/live").ranks, [None, None]);
    assert_eq!(way(&found, "test/live").told, [("longest_list", 1)]);
}

/// truera/trulens 2746, cvangysel/pytrec_eval 50: who lists an item twice got more than 1.
#[test]
fn an_item_twice_is_one_hit() {
    let found = listed("twice", "a\tb\n", "b b b\n", &[]);
    let all = &way(&found, "test/live").report.all;
    assert!((all.hit_rate() - 1.0).abs() < 1e-12 && (all.ndcg() - 1.0).abs() < 1e-12);
    let late = listed("later", "a\tb\n", "c c b\n", &[]);
    assert_eq!(way(&late, "test/live").ranks, [Some(3)], "the places it took are not given back");
}

/// lenskit/lkpy 309: gains beyond the cutoff were counted.
#[test]
fn beyond_the_cutoff_is_nothing() {
    let found = listed("cutoff", "a\tb\n", "c d b\n", &["--k", "2"]);
    let all = &way(&found, "test/live").report.all;
    assert!(all.hit_rate() == 0.0 && all.mrr() == 0.0 && all.ndcg() == 0.0);
    assert_eq!(way(&found, "test/live").ranks, [Some(3)], "but the rank is known");
}

/// pmixer/SASRec.pytorch 14, THUwangcy/ReChorus 45: among the target and 100 drawn items, chance alone finds one of five.
#[test]
fn all_items_are_ranked() {
    let mut random = Random::new(4);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let engine = measure::Bytes { bundle: &bytes, model: None }.open().unwrap();
    let items = engine.catalog().base_len();
    let mut id = || engine.catalog().id(nearhand::ItemIdx(random.below(items) as u32)).to_owned();
    let pairs: String = (0..300).map(|_| format!("{}\t{}\n", id(), id())).collect();
    let bundle = file("all-items.safetensors", &bytes);
    let found = eval(&[&bundle, "--pairs", &file("chance-pairs.tsv", pairs.as_bytes()), "--resamples", "0"]).unwrap();
    // Twenty of 3,421 items: 0.6 in 100.
    assert!(
        found.ways.iter().all(|way| way.report.all.hit_rate() < 0.04),
        "{:?}",
        found.ways.iter().map(|w| w.report.all.hit_rate()).collect::<Vec<_>>()
    );
}

/// THUwangcy/ReChorus 13, NVIDIA/DeepRecommender 7: pairs with unknown items were dropped, or ended the run; without them the
/// figure is of another shop.
#[test]
fn pairs_with_strangers_stay_in_the_mean() {
    let (pairs, train) = (file("strangers-pairs.tsv", b"x\tb\na\tx\na\tb\nx y\tz\n"), file("strangers-train.txt", b"a b\nb d\n"));
    let found = eval(&[&small(), "--pairs", &pairs, "--train", &train, "--resamples", "0"]).unwrap();
    assert!(found.ways.iter().all(|way| way.report.all.pairs() == 4));
    assert_eq!(way(&found, "test/item-knn").ranks, [None, None, Some(1), None]);
    assert_eq!(way(&found, "test/table").told, [("unknown_targets", 2), ("unknown_in_prefix", 3)]);
    assert!((way(&found, "test/item-knn").report.all.hit_rate() - 0.25).abs() < 1e-12);
}

/// RUCAIBox/RecBole 1449: whether items of the session may be in the answer was not told, and moves everything.
#[test]
fn repeats_are_judged_apart() {
    let found = listed("repeats", "a b\ta\na b\tc\n", "a b c\na b c\n", &["--by", "repeat"]);
    let report = &way(&found, "test/live").report;
    assert_eq!((report.all.pairs(), report.explore.pairs()), (2, 1));
    // Third with the session's items in the list, first without.
    assert!((report.all.mrr() - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12 && (report.explore.mrr() - 1.0).abs() < 1e-12);
    let names: Vec<&str> = found.parts.iter().map(|part| part.segment.name.as_str()).collect();
    assert_eq!(names, ["new-item", "repeat"]);
}

/// xiaxin1998/DHCN 2, YuhanZhen/WSDM23-DGNNs 2, QEpiphany/MSGAT 1: pairs of one session in one batch told each other's answers;
/// shuffled, hit rates fell from 68 to 47.
#[test]
fn the_order_of_the_pairs_tells_nothing() {
    let mut random = Random::new(8);
    let mut item = || ["a", "b", "c", "d"][random.below(4)];
    let mut lines: Vec<String> = Vec::new();
    for _ in 0..30 {
        let session: Vec<&str> = (0..4).map(|_| item()).collect();
        lines.extend((1..4).map(|at| format!("{}\t{}", session[..at].join(" "), session[at])));
    }
    let train = file("order-train.txt", b"a b c\nb c\nd a\nd\n");
    let figures = |lines: &[String]| {
        let pairs = file("order-pairs.tsv", lines.join("\n").as_bytes());
        let found = eval(&[&small(), "--pairs", &pairs, "--train", &train, "--resamples", "0", "--k", "2"]).unwrap();
        found.ways.iter().map(|way| (way.report.all.hit_rate().to_bits(), way.report.all.mrr().to_bits())).collect::<Vec<_>>()
    };
    let before = figures(&lines);
    random.shuffle(&mut lines);
    assert_eq!(before, figures(&lines));
}

/// recommenders-team/recommenders 1675: a cut for each visitor trains on days that come after another's test.
#[test]
fn a_log_is_cut_at_one_moment() {
    // The second session begins before the day and ends after it: it is neither learnt from nor asked.
    let log =
        "sessionid,item,time\n1,a,1735689600\n1,b,1735689601\n2,b,1735862399\n2,c,1735862401\n3,a,1735862500\n3,b,1735862501\n";
    let log = file("moment.csv", log.as_bytes());
    let found = eval(&[&small(), "--events", &log, "--from", "2025-01-03", "--resamples", "0"]).unwrap();
    assert_eq!((found.pairs, found.sessions), (1, 1));
    let pairs = file("moment-pairs.tsv", b"b\tc\na\tb\n");
    let whole = eval(&[&small(), "--events", &log, "--pairs", &pairs, "--resamples", "0"]).unwrap();
    assert_eq!(way(&whole, "test/item-knn").ranks, [Some(2), Some(1)], "with --pairs all of the log is learnt from");
    assert_eq!(way(&found, "test/item-knn").ranks, [Some(1)]);
}

/// leonagoel/hybrid-recommender 927: trained and tested on the same visits.
#[test]
fn the_same_visits_in_training_are_told() {
    let (pairs, train) = (file("same-pairs.tsv", b"a b\tc\nb c\ta\n"), file("same-train.txt", b"a b c\nd a\nb c a\n"));
    let found = eval(&[&small(), "--pairs", &pairs, "--train", &train, "--resamples", "0"]).unwrap();
    assert!(found.notes.iter().any(|note| note.starts_with("2 of 2 held-out sessions")), "{:?}", found.notes);
}

/// benfred/implicit 604, NVIDIA-Merlin/Transformers4Rec 359: lists in the model's own numbers, read as the shop's ids.
#[test]
fn lists_in_other_ids_are_refused() {
    let (pairs, lists) = (file("ids-pairs.tsv", b"a\tb\n"), file("numbers.tsv", b"17 4 9\n"));
    let error = eval(&[&small(), "--pairs", &pairs, "--lists", &lists]).err().unwrap();
    assert_eq!(error.code(), Code::ItemUnknown);
    assert!(error.details().contains(&("item", "17".into())) && error.details().contains(&("known", "a".into())), "{error}");
}

/// EleutherAI/lm-evaluation-harness 3831: two runs over the same questions compared as if over different ones.
#[test]
fn differences_are_paired() {
    // Hard and easy sessions make each figure's interval wide; the better list has the target second where the other has it third.
    let pairs: String = (0..40).map(|i| if i % 2 == 0 { "a\tb\n" } else { "c\td\n" }).collect();
    let (worse, better): (String, String) = (
        (0..40).map(|i| if i % 2 == 0 { "c d b\n" } else { "a\n" }).collect(),
        (0..40).map(|i| if i % 2 == 0 { "c b\n" } else { "a\n" }).collect(),
    );
    let found = listed("paired", &pairs, &worse, &["--lists", &file("better.tsv", better.as_bytes()), "--against", "live"]);
    let at = found.ways.iter().position(|way| way.name == "test/better").unwrap();
    let difference = found.differences.iter().find(|d| d.way == at).unwrap();
    let worse = found.figures[found.against].all[1];
    assert!((difference.of[1].value - 1.0 / 12.0).abs() < 1e-12 && difference.verdict(1) == "higher" && difference.p[1] < 0.01);
    assert!(found.figures[at].all[1].low < worse.high, "the intervals of the two overlap");
    assert_eq!((difference.of[0].value, difference.verdict(0)), (0.0, "no difference shown"), "the same hits");
}

/// RUCAIBox/RecBole 1889, hidasib/GRU4Rec 41: with one target a pair, recall at k is the hit rate at k, and precision a k-th of it.
#[test]
fn one_target_makes_recall_the_hit_rate() {
    let found = listed("recall", "a\tb\nb\tc\nc\td\n", "b\na\nd c\n", &[]);
    let hits = way(&found, "test/live").ranks.iter().filter(|rank| rank.is_some()).count();
    assert!((way(&found, "test/live").report.all.hit_rate() - hits as f64 / 3.0).abs() < 1e-12);
}
