//! An answer as it crosses: numbers, and one text.

use nearhand::complete::{Completed, FinishReason, Vocabulary};

/// Why a completion ended, by number.
pub(crate) const ENDS: [FinishReason; 6] = [
    FinishReason::Stop,
    FinishReason::Length,
    FinishReason::Context,
    FinishReason::Deadline,
    FinishReason::Cancelled,
    FinishReason::Confidence,
];

/// Rows of numbers, and the texts that they tell the length of.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<f64>,
    pub(crate) texts: String,
}

impl Answer {
    pub(crate) fn tell(&mut self, done: &Completed, words: &dyn Vocabulary) {
        let usage = done.usage;
        self.rows.push(ENDS.iter().position(|end| *end == done.finish).unwrap_or_default() as f64);
        for count in [usage.prompt, usage.reused, usage.completion, usage.dropped] {
            self.rows.push(count as f64);
        }
        self.rows.push(done.score.map_or(f64::NAN, f64::from));
        self.rows.push(done.scored as f64);
        self.text(&done.completion);
        self.rows.push(done.logprobs.len() as f64);
        for one in &done.logprobs {
            self.token(one.id, one.logprob, words);
            self.rows.push(one.top.len() as f64);
            for (id, logprob) in &one.top {
                self.token(*id, *logprob, words);
            }
        }
    }

    fn token(&mut self, id: u32, logprob: f32, words: &dyn Vocabulary) {
        self.rows.extend([f64::from(id), f64::from(logprob)]);
        self.text(&String::from_utf8_lossy(words.piece(id)));
    }

    fn text(&mut self, text: &str) {
        self.rows.push(text.encode_utf16().count() as f64);
        self.texts.push_str(text);
    }
}
