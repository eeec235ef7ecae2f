//! Alerts, as objects.

use crate::maybe;
use js_sys::Array;
use nearhand_monitor::Alert;
use nearhand_thrown::record;
use wasm_bindgen::JsValue;

/// In their order.
pub(crate) fn alerts(all: &[Alert]) -> Array {
    all.iter().map(alert).collect()
}

fn alert(alert: &Alert) -> JsValue {
    let moved = Array::new();
    for bin in &alert.moved {
        moved.push(&record(&[
            ("bin", (bin.bin as f64).into()),
            ("reference", bin.reference.into()),
            ("current", bin.current.into()),
        ]));
    }
    record(&[
        ("code", alert.kind.as_str().into()),
        ("subject", alert.subject.as_str().into()),
        ("level", alert.level.as_str().into()),
        ("value", alert.value.into()),
        ("threshold", alert.threshold.into()),
        ("seen", (alert.seen as f64).into()),
        ("evidence", maybe(alert.evidence)),
        ("psi", maybe(alert.psi)),
        ("ratio", maybe(alert.ratio)),
        ("factor", maybe(alert.factor)),
        ("moved", moved.into()),
        ("advice", alert.kind.advice().into()),
    ])
}
