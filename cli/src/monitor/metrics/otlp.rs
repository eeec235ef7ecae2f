//! OTLP/JSON, as a collector takes it at `/v1/metrics` (open-telemetry/opentelemetry-proto, metrics.proto; whole numbers of 64 bits are texts).

use super::{Metric, Value};
use serde_json::{Value as Json, json};

/// One `ExportMetricsServiceRequest`. `now_ns` is when it was read, in Unix nanoseconds; `reference` tells one bundle's numbers from another's,
/// `job` one monitor's (`service.instance.id`, which Prometheus has as `instance`).
pub(in crate::monitor) fn json(metrics: &[Metric], now_ns: u64, reference: u64, job: Option<&str>) -> Json {
    let all: Vec<Json> = metrics.iter().filter(|metric| !metric.points.is_empty()).map(|metric| one(metric, now_ns)).collect();
    let mut of = vec![text("service.name", "nearhand"), text("nearhand.reference", &format!("{reference:016x}"))];
    of.extend(job.map(|job| text("service.instance.id", job)));
    json!({ "resourceMetrics": [{
        "resource": { "attributes": of },
        "scopeMetrics": [{ "scope": { "name": "nearhand.monitor", "version": nearhand::VERSION }, "metrics": all }],
    }] })
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn one(metric: &Metric, now_ns: u64) -> Json {
    let points: Vec<Json> = metric
        .points
        .iter()
        .map(|point| {
            let attributes: Vec<Json> = point.attributes.iter().map(|(key, value)| text(key, value)).collect();
            let mut out = json!({ "attributes": attributes, "timeUnixNano": now_ns.to_string() });
            let more = match &point.value {
                Value::Count(count) => json!({ "asInt": count.min(&(i64::MAX as u64)).to_string() }),
                Value::Number(number) => json!({ "asDouble": double(*number) }),
            };
            if let (Some(out), Json::Object(more)) = (out.as_object_mut(), more) {
                out.extend(more);
            }
            out
        })
        .collect();
    json!({ "name": metric.name, "unit": metric.unit, "description": metric.about, "gauge": { "dataPoints": points } })
}

/// What is no number in JSON is a text, as protobuf has it.
fn double(number: f64) -> Json {
    match number {
        x if x.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        x => json!(x),
    }
}
