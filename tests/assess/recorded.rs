//! What `tools/assess_golden.py` recorded.

use nearhand::assess::{About, Assessor, Labelled, Packed, Spec, pack};
use serde_json::Value;
use std::path::PathBuf;

/// Features of all recorded models.
pub(crate) const FEATURES: usize = 6;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/assess")
}

/// A recorded model's file.
pub(crate) fn onnx(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.onnx"))).unwrap()
}

/// All that is recorded.
pub(crate) fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join("golden.json")).unwrap()).unwrap()
}

/// Numbers, NaN for null.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Labels.
pub(crate) fn labels(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|v| v.as_u64() == Some(1)).collect()
}

/// A declaration of the recorded features with more keys: `"decide"` and the like.
pub(crate) fn spec(missing: &str, more: &str) -> Spec {
    let feature = |i: usize| format!(r#"{{"name": "f{i}", "code": "C{i}", "text": "feature {i}", "missing": "{missing}"}}"#);
    let features = (0..FEATURES).map(feature).collect::<Vec<_>>().join(", ");
    Spec::parse(&format!(r#"{{"features": [{features}], {more}}}"#)).unwrap()
}

/// The plainest way to decide.
pub(crate) const THRESHOLDS: &str = r#""decide": {"by": "thresholds", "review": 0.3, "decline": 0.7}"#;

/// About a bundle.
pub(crate) fn about() -> About {
    About { name: "test".into(), version: "1".into(), created_at: "2026-11-29".into(), licence: "MIT".into(), ..About::default() }
}

/// Packs a recorded model with the rows that it was trained on.
pub(crate) fn packed(name: &str, spec: &Spec) -> Packed {
    let golden = golden();
    let missing = golden["models"][name]["missing"] == true;
    let rows = numbers(&golden[if missing { "rows_missing" } else { "rows" }]);
    let frauds = labels(&golden["labels"]);
    let amounts: Vec<Option<i64>> = (0..frauds.len() as i64).map(|i| Some(100 + 37 * i)).collect();
    let table = Labelled { rows: &rows, frauds: &frauds, amounts: &amounts, days: Some(10), ..Labelled::default() };
    pack(&onnx(name), spec, &table, &about()).unwrap()
}

/// The bundle of a recorded model, opened.
pub(crate) fn opened(name: &str, spec: &Spec) -> Assessor {
    Assessor::open(&packed(name, spec).bytes, None, 64 << 20).unwrap()
}
