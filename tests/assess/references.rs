//! Scores, contributions, calibrations and measures of the libraries that people trust.

use crate::recorded::{FEATURES, THRESHOLDS, golden, labels, numbers, opened, packed, spec};
use nearhand::assess::{Calibrator, Explain, Explained, Link, Transaction, fit, log_odds, spec::Between};

const TRANSACTION: Transaction<'_> = Transaction { amount: None, currency: None, fields: &[] };

#[test]
fn models_score_as_in_their_libraries() {
    let golden = golden();
    for (name, model) in golden["models"].as_object().unwrap() {
        let missing = model["missing"] == true;
        let more = match name.as_str() {
            "linear" => r#""calibration": {"kind": "platt"}, "decide": {"by": "thresholds", "review": 0.3}"#,
            "words" => r#""output": {"positive": "fraud"}, "decide": {"by": "thresholds", "review": 0.3}"#,
            _ => THRESHOLDS,
        };
        let mut assessor = opened(name, &spec(if missing { "model" } else { "refuse" }, more));
        let how = &assessor.manifest().fitted.reasons;
        let fits = match name.as_str() {
            "network" => matches!(how, Explained::None { .. }),
            "logistic" => matches!(how, Explained::Linear { link: Link::Logistic }),
            "linear" => matches!(how, Explained::Linear { link: Link::Identity }),
            "forest" | "extra" | "words" => matches!(how, Explained::Shap(margin) if margin.link == Link::Identity),
            _ => matches!(how, Explained::Shap(margin) if margin.link == Link::Logistic),
        };
        assert!(fits, "{name}: {how:?}");
        let held = numbers(&golden[if missing { "held_missing" } else { "held" }]);
        let mut worst = 0.0_f64;
        for (row, score) in held.chunks(FEATURES).zip(numbers(&model["scores"])) {
            let answer = assessor.assess(&TRANSACTION, row, Explain::Always).unwrap();
            let judged = answer.model.unwrap();
            assert!((f64::from(judged.score) - score).abs() < 3e-6, "{name}: {} {score}", judged.score);
            if let Some(sum) = answer.explained {
                let parts: f64 = assessor.contributions().iter().sum();
                assert!((sum.base + parts - sum.sum).abs() < 1e-12);
                let linked = if sum.link == Link::Logistic { 1.0 / (1.0 + (-sum.sum).exp()) } else { sum.sum };
                worst = worst.max((linked - score).abs());
            }
        }
        assert!(worst < 3e-6, "{name}: base and contributions are off the score by {worst}");
    }
}

#[test]
fn contributions_are_those_of_shap() {
    let golden = golden();
    let mut compared = 0;
    for (name, model) in golden["models"].as_object().unwrap().iter().filter(|(_, model)| model.get("shap").is_some()) {
        let missing = model["missing"] == true;
        let mut assessor = opened(name, &spec(if missing { "model" } else { "refuse" }, THRESHOLDS));
        let held = numbers(&golden[if missing { "held_missing" } else { "held" }]);
        let base = model["base"].as_f64().unwrap();
        for (at, (row, want)) in held.chunks(FEATURES).zip(numbers(&model["shap"]).chunks(FEATURES)).enumerate() {
            let answer = assessor.assess(&TRANSACTION, row, Explain::Always).unwrap();
            let sum = answer.explained.unwrap();
            assert!((sum.base - base).abs() < 2e-6, "{name}: base {} {base}", sum.base);
            for (got, want) in assessor.contributions().iter().zip(want) {
                let all = assessor.contributions();
                assert!(
                    (got - want).abs() < 2e-6,
                    "{name} {at}: {got} {want} of {all:?}, {:?}",
                    assessor.manifest().fitted.reasons
                );
            }
            // The reasons are the positive ones, the strongest first.
            let mut strongest: Vec<f64> = want.iter().copied().filter(|w| *w > 1e-5).collect();
            strongest.sort_by(|a, b| b.total_cmp(a));
            for (reason, want) in answer.reasons.iter().zip(strongest) {
                assert!(
                    (reason.contribution - want).abs() < 2e-6 && reason.code.starts_with('C'),
                    "{name}: {:?}",
                    answer.reasons
                );
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 6 * 20);
}

/// Along paths every model that has exact values has others, of the same sum.
#[test]
fn along_paths_the_sum_is_the_same() {
    let golden = golden();
    let more = format!(r#"{THRESHOLDS}, "reasons": {{"method": "path"}}"#);
    for name in ["lightgbm_deep", "forest", "catboost"] {
        let mut exact = opened(name, &spec("refuse", THRESHOLDS));
        let mut along = opened(name, &spec("refuse", &more));
        assert!(matches!(along.manifest().fitted.reasons, Explained::Path(_)));
        let mut differs = false;
        for row in numbers(&golden["held"]).chunks(FEATURES) {
            let a = exact.assess(&TRANSACTION, row, Explain::Always).unwrap().explained.unwrap();
            let b = along.assess(&TRANSACTION, row, Explain::Always).unwrap().explained.unwrap();
            assert!((a.sum - b.sum).abs() < 1e-9 && (a.base - b.base).abs() < 1e-9);
            differs |= exact.contributions().iter().zip(along.contributions()).any(|(a, b)| (a - b).abs() > 1e-3);
        }
        assert!(differs, "{name}: the two methods are two");
    }
}

#[test]
fn isotonic_is_scikit_learns() {
    let golden = golden();
    let of = &golden["isotonic"];
    let scores: Vec<f32> = numbers(&of["scores"]).iter().map(|s| *s as f32).collect();
    let (x, y) = fit::isotonic(&scores, &labels(&golden["held_labels"]));
    // Where no fraud was seen, or nothing else, theirs are 0 and 1, and ours are not certain: all other levels, and between, are theirs.
    let (first, last) = (y[0], y[y.len() - 1]);
    let risks = numbers(&of["risks"]);
    let pure = (risks.contains(&0.0), risks.contains(&1.0));
    assert!(first > 0.0 && last < 1.0 && (pure.0 || pure.1));
    let y = y.iter().map(|risk| match *risk {
        risk if pure.0 && risk == first => 0.0,
        risk if pure.1 && risk == last => 1.0,
        risk => risk,
    });
    let calibrator = Calibrator::Isotonic { x, y: y.collect(), between: Between::Linear }.check().unwrap();
    for (score, risk) in numbers(&of["grid"]).iter().zip(risks) {
        let got = calibrator.risk(*score as f32);
        assert!((got - risk).abs() < 1e-6, "{score}: {got} {risk}");
    }
}

/// `eval fraud` fits in Python, and stops where that is no longer what is recorded here.
#[test]
fn isotonic_is_that_of_the_evaluation() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("../fixtures/assess/isotonic.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let scores: Vec<f32> = numbers(&case["scores"]).iter().map(|score| *score as f32).collect();
        let frauds: Vec<bool> = case["frauds"].as_array().unwrap().iter().map(|fraud| fraud == true).collect();
        let (x, y) = fit::isotonic(&scores, &frauds);
        // A level of one score has it twice there.
        let mut points: Vec<(f64, f64)> = numbers(&case["x"]).into_iter().zip(numbers(&case["y"])).collect();
        points.dedup();
        let off = points.iter().zip(x.iter().zip(&y)).map(|(want, got)| (want.0 - got.0).abs().max((want.1 - got.1).abs()));
        assert!(points.len() == x.len() && off.fold(0.0, f64::max) < 1e-12, "{points:?} {x:?} {y:?}");
    }
}

#[test]
fn platt_is_scikit_learns() {
    let golden = golden();
    let labels = labels(&golden["held_labels"]);
    let scores: Vec<f64> = numbers(&golden["isotonic"]["scores"]);
    let odds: Vec<f64> = scores.iter().map(|s| log_odds(*s)).collect();
    for (name, f) in [("score", &scores), ("log_odds", &odds)] {
        let (a, b) = fit::platt(f, &labels);
        let want = numbers(&golden["platt"][name]);
        assert!((a - want[0]).abs() < 1e-3 * want[0].abs() && (b - want[1]).abs() < 1e-3, "{name}: {a} {b} {want:?}");
    }
}

#[test]
fn measures_are_scikit_learns() {
    let golden = golden();
    let of = &golden["measures"];
    let raw = numbers(&of["scores"]);
    let scores: Vec<f32> = raw.iter().map(|s| *s as f32).collect();
    let measured = fit::measured(&scores, &raw, &labels(&golden["held_labels"]));
    for (got, name) in [(measured.auc, "auc"), (measured.ap, "ap"), (measured.brier, "brier")] {
        assert!((got - of[name].as_f64().unwrap()).abs() < 1e-9, "{name}: {got}");
    }
}

/// A calibration makes what the model says true on average, and leaves the order.
#[test]
fn calibration_is_measured() {
    let more = format!(r#"{THRESHOLDS}, "calibration": {{"kind": "isotonic"}}"#);
    let packed = packed("lightgbm", &spec("model", &more));
    let before = packed.uncalibrated.unwrap();
    assert!(packed.measured.ece < before.ece && packed.measured.brier <= before.brier, "{packed:?}");
    assert!((packed.measured.auc - before.auc).abs() < 1e-12);
    assert!(packed.measured.auc > 0.8 && packed.decisions.iter().sum::<u64>() == packed.measured.rows);
}
