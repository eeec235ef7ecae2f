//! What `inspect` says of an assessor's bundle.

use super::pack::method;
use crate::provenance::plain as printable;
use nearhand::assess::{Assessor, Calibration, Deciding, Decision, Explained, Missing, TASK};
use nearhand::bundle::Limits;
use nearhand::bundle::container::Container;
use nearhand::{Code, Error, Result};
use serde_json::json;
use std::fmt::Write as _;

/// Whether these bytes are an assessor's bundle whose digest holds.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    let task =
        |manifest: &str| serde_json::from_str::<serde_json::Value>(manifest).ok()?.get("task")?.as_str().map(str::to_owned);
    Container::open(bytes, None, &Limits::none()).is_ok_and(|file| task(&file.manifest).as_deref() == Some(TASK))
}

/// In words, or as JSON. The goldens are replayed before anything is said.
///
/// # Errors
/// As [`Assessor::open`].
pub(crate) fn told(bytes: &[u8], max_bytes: usize, as_json: bool) -> Result<String> {
    let assessor = Assessor::open(bytes, None, max_bytes)?;
    let file = Container::open(bytes, None, &Limits::within(max_bytes))?;
    if as_json {
        let parts: Vec<_> = file
            .parts()
            .into_iter()
            .map(|(name, dtype, shape, bytes)| json!({ "name": name, "dtype": dtype, "shape": shape, "bytes": bytes }))
            .collect();
        let findings = json!({
            "digest": assessor.digest(),
            "bytes": bytes.len(),
            "parts": parts,
            "goldens_replayed": assessor.manifest().goldens.len(),
            "manifest": assessor.manifest(),
        });
        return serde_json::to_string_pretty(&findings)
            .map(|text| text + "\n")
            .map_err(|e| Error::new(Code::ManifestInvalid, "the findings cannot be written as JSON").with("why", e));
    }
    Ok(text(&assessor, &file, bytes.len()))
}

fn text(assessor: &Assessor, file: &Container<'_>, size: usize) -> String {
    let (m, spec) = (assessor.manifest(), &assessor.manifest().spec);
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = if value.is_empty() { Ok(()) } else { writeln!(out, "{name:<12} {}", printable(&value)) };
    };
    line("bundle", format!("{} version {}, made {}, task {TASK}, format {}", m.name, m.version, m.created_at, m.format));
    line("digest", format!("sha256:{} ok", assessor.digest()));
    line("size", format!("{size} bytes"));
    let parts = file.parts();
    for (name, dtype, shape, bytes) in &parts {
        let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        line("", format!("{name:<24} {dtype:<4} {shape:<14} {bytes:>12}  {:>5.1} %", 100.0 * *bytes as f64 / size as f64));
    }
    let header = size - parts.iter().map(|part| part.3).sum::<usize>();
    line(
        "",
        format!(
            "{:<24} {:<4} {:<14} {header:>12}  {:>5.1} %",
            "(header and manifest)",
            "",
            "",
            100.0 * header as f64 / size as f64
        ),
    );
    let graph = assessor.interface();
    line("model", format!("ONNX, {} parameters, operators {}", graph.parameters, graph.operators.join(" ")));
    let (inputs, output) = (&m.fitted.inputs, &m.fitted.output);
    line("  input", format!("{} {}", inputs.names.join(" "), inputs.dtype));
    let kind = if output.probability { "a probability" } else { "a score" };
    line("  output", format!("{}, column {} of {}, {kind}", output.name, output.column, output.width));
    for feature in &spec.features {
        let missing = match feature.missing {
            Missing::Refuse => "refused".to_owned(),
            Missing::Model => "left to the model".to_owned(),
            Missing::Fill => format!("{}", feature.fill.unwrap_or(f32::NAN)),
        };
        let whose = if feature.model { "" } else { ", for rules alone" };
        line("feature", format!("{} [{}] {}; missing: {missing}{whose}", feature.name, feature.code, feature.text));
    }
    line(
        "calibration",
        match spec.calibration {
            Calibration::None => "none: the score is the risk".to_owned(),
            Calibration::Isotonic { .. } => format!("isotonic, {}", words(&m.fitted.calibration)),
            Calibration::Platt { .. } => format!("Platt, {}", words(&m.fitted.calibration)),
        },
    );
    for currency in &spec.currencies {
        let costs = currency.costs.map(|costs| format!(", {}", words(&costs))).unwrap_or_default();
        line("currency", format!("{}, {} decimals{costs}", currency.code, currency.decimals));
    }
    line(
        "decides by",
        match spec.decide {
            Deciding::Costs => "expected cost, of equal ones the mildest".to_owned(),
            Deciding::Capacity { reviews, declines } => {
                let thresholds = m.fitted.thresholds.map(|t| words(&t)).unwrap_or_default();
                format!("capacity: {reviews} reviews and {declines} declined a day; of the score {thresholds}")
            }
            Deciding::Thresholds { review, decline } => {
                let at = |word: &str, risk: Option<f64>| risk.map(|risk| format!("{word} from {risk}"));
                let all: Vec<String> = [at("review", review), at("decline", decline)].into_iter().flatten().collect();
                format!("thresholds of the risk: {}", all.join(", "))
            }
        },
    );
    line("  fallback", format!("{}, where the model fails", spec.fallback.as_str()));
    for list in &spec.lists {
        line("list", format!("{}, {} keys in the bundle", list.name, list.keys.len()));
    }
    for then in [Decision::Decline, Decision::Approve, Decision::Review] {
        for rule in spec.rules.iter().filter(|rule| rule.then == then) {
            let when = rule.when.iter().map(words).collect::<Vec<_>>().join("; ");
            line("rule", format!("{} {}: {when}", rule.code, then.as_str()));
        }
    }
    line(
        "reasons",
        match &m.fitted.reasons {
            Explained::None { why } => format!("none: {why}"),
            Explained::Shap(margin) | Explained::Path(margin) => {
                format!(
                    "{}, the {} strongest, expectations of {} rows, {} questions",
                    method(assessor),
                    spec.reasons.top,
                    margin.rows,
                    margin.questions
                )
            }
            Explained::Linear { .. } => format!("linear, the {} strongest", spec.reasons.top),
        },
    );
    line("windows", spec.windows.as_ref().map_or_else(|| "not stated".to_owned(), |text| format!("{} bytes", text.len())));
    let [mut approve, mut review, mut decline] = [0; 3];
    for golden in &m.goldens {
        *match golden.decision {
            Decision::Approve => &mut approve,
            Decision::Review => &mut review,
            Decision::Decline => &mut decline,
        } += 1;
    }
    line("goldens", format!("{} replayed as recorded: approve {approve}, review {review}, decline {decline}", m.goldens.len()));
    for (name, value) in &m.metrics {
        line("metric", format!("{name} {value}"));
    }
    line("licence", m.licence.clone());
    line("attribution", m.attribution.clone());
    if !m.card.is_empty() {
        let card: Vec<String> = m.card.trim_end().lines().map(printable).collect();
        let _ = writeln!(out, "\n{}", card.join("\n"));
    }
    out
}

/// A struct of the manifest as `name value, name value`.
fn words(value: &impl serde::Serialize) -> String {
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(fields)) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Ok(value) => plain(&value),
        Err(_) => String::new(),
    }
}
