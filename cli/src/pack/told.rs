//! What packing understood and found, for people and as JSON.

use serde::Serialize;

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
    pub(crate) temperature: Option<f32>,
}

impl Told {
    pub(crate) fn guess(&mut self, what: impl Into<String>, value: impl std::fmt::Display, why: impl Into<String>) {
        self.guesses.push(Guess { what: what.into(), value: value.to_string(), why: why.into() });
    }

    pub(crate) fn warn(&mut self, what: String) {
        self.warnings.push(what);
    }

    /// For people: a line each. Warnings go to standard error.
    pub(crate) fn print(&self) {
        self.lines.iter().for_each(|line| println!("{line}"));
        for Guess { what, value, why } in &self.guesses {
            println!("guess {what} = {value}: {why}");
        }
        if let (Some(expected), Some(agreed)) = (self.expected, self.agreed) {
            println!("expect agreed={agreed} of={expected}");
        }
        if let (Some(model), Some(popular)) = (self.hit_rate, self.popularity_hit_rate) {
            println!("newest sessions model hr@20={model:.4} popularity hr@20={popular:.4} pairs={}", self.pairs);
        }
        if let Some((same, of)) = self.own_top {
            println!("own top: the bundle's 20 best are the model's in {same} of {of} sessions");
        }
        self.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    }
}
