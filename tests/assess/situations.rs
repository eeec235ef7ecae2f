//! What people met with other tools, rebuilt small.

use crate::recorded::{FEATURES, THRESHOLDS, about, golden, labels, numbers, onnx, opened, packed, spec};
use nearhand::assess::{Assessor, Calibrator, Explain, Explained, Labelled, Transaction, fit, pack, spec::Between};

/// A calibrated score was NaN for whoever scored higher than anybody before, or lower.
#[test]
fn beyond_the_fitted_scores_the_ends_hold() {
    let (x, y) = fit::isotonic(&[0.0, 0.1, 0.3, 0.4], &[false, false, true, true]);
    let calibrator = Calibrator::Isotonic { x, y, between: Between::Linear }.check().unwrap();
    assert_eq!((calibrator.risk(0.5), calibrator.risk(-3.0), calibrator.risk(f32::MAX)), (0.75, 0.25, 0.75));
}

/// Scores that lie a last digit apart made infinite probabilities.
#[test]
fn scores_next_to_each_other_stay_between_0_and_1() {
    let base = 0.999_999_f32;
    let scores = [1e-44, 2e-44, 1e-43, base, base.next_up(), base.next_up().next_up(), 1.0];
    let (x, y) = fit::isotonic(&scores, &[false, true, false, false, true, false, true]);
    let calibrator = Calibrator::Isotonic { x, y, between: Between::Linear }.check().unwrap();
    for score in scores {
        assert!((0.0..=1.0).contains(&calibrator.risk(score)));
    }
}

/// A calibration of one class alone, of equal scores, of a constant model: none of them fails, all are flat.
#[test]
fn a_calibration_of_nothing_is_flat() {
    for frauds in [[false; 4], [true; 4]] {
        let (x, y) = fit::isotonic(&[0.1, 0.2, 0.3, 0.4], &frauds);
        assert_eq!((x.len(), y), (2, vec![if frauds[0] { 1.0 - 1.0 / 6.0 } else { 1.0 / 6.0 }; 2]));
        let (a, b) = fit::platt(&[0.1, 0.2, 0.3, 0.4], &frauds);
        assert!(a <= 0.0 && b.is_finite());
    }
    assert_eq!(fit::isotonic(&[0.5; 4], &[true, false, false, false]), (vec![0.5], vec![0.25]));
}

/// Maps from label to probability and plain columns of one model are the same model.
#[test]
fn zipmap_makes_no_difference() {
    let (mut plain, mut mapped) =
        (opened("lightgbm", &spec("model", THRESHOLDS)), opened("lightgbm_zipmap", &spec("model", THRESHOLDS)));
    for row in numbers(&golden()["held_missing"]).chunks(FEATURES) {
        let ask = |assessor: &mut Assessor| {
            // As text: of a missing value the reason says NaN, which is not equal to itself.
            serde_json::to_string(&assessor.assess(&Transaction::default(), row, Explain::Always).unwrap()).unwrap()
        };
        assert_eq!(ask(&mut plain), ask(&mut mapped));
    }
}

/// The decision was read from the label, which knows one threshold: rare classes are never the likelier one.
#[test]
fn the_label_decides_nothing() {
    let packed = packed("lightgbm", &spec("model", r#""decide": {"by": "thresholds", "review": 0.05}"#));
    let half = packed.scores.iter().filter(|score| **score > 0.5).count() as u64;
    assert!(packed.decisions[1] > half, "{:?} {half}", packed.decisions);
}

/// A sum of contributions was off the model's own output by more than rounding, and nobody was told. Here a method is taken only where it
/// answers as the model on every background row: trees behind a scaler are no sum over the features as they come.
#[test]
fn a_method_that_does_not_add_up_is_not_taken() {
    let mut bytes = onnx("logistic");
    // Another intercept than the file's own copy of it cannot be told from outside; but weights that nobody multiplies can.
    let packed = packed("network", &spec("refuse", THRESHOLDS));
    let assessor = Assessor::open(&packed.bytes, None, 1 << 20).unwrap();
    assert!(
        matches!(&assessor.manifest().fitted.reasons, Explained::None { why } if why.contains("neither trees nor a linear function"))
    );
    assert!(packed.notes.iter().any(|note| note.contains("no reasons")), "{:?}", packed.notes);
    bytes.truncate(40);
    assert!(pack(&bytes, &spec("refuse", THRESHOLDS), &Labelled::default(), &about()).is_err());
}

/// Values in 64 bits were compared with thresholds of 32: near them trees answered otherwise than in training. The cast is made once, before
/// the model, and the reasons walk with the cast values too.
#[test]
fn values_are_cast_once() {
    let mut assessor = opened("lightgbm_deep", &spec("refuse", THRESHOLDS));
    for row in numbers(&golden()["held"]).chunks(FEATURES) {
        let ask = |assessor: &mut Assessor, row: &[f64]| {
            let answer = assessor.assess(&Transaction::default(), row, Explain::Always).unwrap();
            (answer.model, answer.explained)
        };
        let moved: Vec<f64> = row.iter().map(|v| v + v.abs() * 1e-9).collect();
        let cast: Vec<f64> = moved.iter().map(|v| f64::from(*v as f32)).collect();
        assert_eq!(ask(&mut assessor, &moved), ask(&mut assessor, &cast));
    }
}

/// Thresholds fitted to a queue's capacity were overrun by ties: many transactions of one score.
#[test]
fn ties_never_overrun_a_queue() {
    let golden = golden();
    let row = numbers(&golden["rows"])[..FEATURES].to_vec();
    let rows: Vec<f64> = row.iter().copied().cycle().take(FEATURES * 40).chain(numbers(&golden["rows"])).collect();
    let frauds: Vec<bool> = std::iter::repeat_n(false, 40).chain(labels(&golden["labels"])).collect();
    for reviews in [1, 3, 10, 30, 100] {
        let capacity = spec("refuse", &format!(r#""decide": {{"by": "capacity", "reviews": {reviews}}}"#));
        let table = Labelled { rows: &rows, frauds: &frauds, days: Some(2), ..Labelled::default() };
        let packed = pack(&onnx("boosting"), &capacity, &table, &about()).unwrap();
        assert!(packed.decisions[1] <= 2 * reviews && packed.decisions[2] == 0, "{:?}", packed.decisions);
    }
}
