//! What packing understood and found, for people and as JSON.

use nearhand::Result;
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// One thing that was understood, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Guess {
    /// What it is about: `input item_ids`, `align`, `output`.
    pub(crate) what: String,
    /// As the command line would say it.
    pub(crate) value: String,
    pub(crate) why: String,
}

/// All that is told of a packed model.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Told {
    /// What was read, a line each.
    pub(crate) lines: Vec<String>,
    pub(crate) guesses: Vec<Guess>,
    pub(crate) warnings: Vec<String>,
    /// Hit rate among the first 20 of the model alone on the newest sessions, and of best sellers.
    pub(crate) hit_rate: Option<f64>,
    pub(crate) popularity_hit_rate: Option<f64>,
    /// Pairs that these were measured on.
    pub(crate) pairs: usize,
    /// Sessions of `--expect`, and how many of them the graph answers as expected.
    pub(crate) expected: Option<usize>,
    pub(crate) agreed: Option<usize>,
    /// Sessions whose 20 best by the whole bundle are the model's own.
    pub(crate) own_top: Option<(usize, usize)>,
    /// Whether a table stands beside the model, which moves the items that it speaks for.
    pub(crate) beside: bool,
    pub(crate) temperature: Option<f32>,
    /// Operators that the engine of the full tier does not have, where the graph runs on tract for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tract_for: Vec<String>,
}

impl Told {
    pub(crate) fn guess(&mut self, what: impl Into<String>, value: impl std::fmt::Display, why: impl Into<String>) {
        self.guesses.push(Guess { what: what.into(), value: value.to_string(), why: why.into() });
    }

    pub(crate) fn warn(&mut self, what: String) {
        self.warnings.push(what);
    }

    /// One JSON object for all that was told, and how it ended.
    ///
    /// # Errors
    /// That of packing, after it was printed.
    pub(crate) fn json(&self, out: &Path, packed: Result<(usize, usize)>) -> Result<()> {
        let mut all = serde_json::to_value(self).unwrap_or_default();
        let more = match &packed {
            Ok((bytes, items)) => json!({ "ok": true, "out": out.display().to_string(), "bytes": bytes, "items": items }),
            Err(error) => crate::refusal::json(error),
        };
        if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
            all.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        println!("{all}");
        packed.map(drop)
    }

    /// For people: a line each. Warnings go to standard error.
    pub(crate) fn print(&self) {
        self.lines.iter().for_each(|line| println!("{line}"));
        for Guess { what, value, why } in &self.guesses {
            println!("guess {what} = {value} ({why})");
        }
        if let (Some(expected), Some(agreed)) = (self.expected, self.agreed) {
            println!("expect agreed={agreed} of={expected}");
        }
        if let (Some(model), Some(popular)) = (self.hit_rate, self.popularity_hit_rate) {
            println!("newest sessions model hr@20={model:.4} popularity hr@20={popular:.4} pairs={}", self.pairs);
        }
        if let Some((same, of)) = self.own_top {
            let why = if self.beside { "; in the others table and session move the items that they speak for" } else { "" };
            println!("own top: the bundle's 20 best are the model's in {same} of {of} sessions{why}");
        }
        if !self.tract_for.is_empty() {
            println!("engine tract, for {}: the package fetches nearhand-tract.wasm for this bundle", self.tract_for.join(", "));
        }
        self.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    }
}
