//! Several completions of one prompt, the likeliest first: by beam search, or drawn one after the other.

use super::answer::{Completed, Go};
use super::choose::{Chosen, Tokens, nothing, weigh};
use super::completer::Completer;
use super::completion::Completion;
use super::options::Options;
use super::probabilities::{likeliest, probabilities};
use crate::error::{Code, Error, Result};

/// Completions that are looked at side by side at most.
const MOST: usize = 16;

/// A way on: which beam, by which token, and the sum of log-probabilities then.
#[derive(Clone, Copy, Debug)]
struct Way {
    beam: usize,
    chosen: Chosen,
    score: f32,
}

impl Completer {
    /// The `n` likeliest completions, 1 to 16, each another text, with their `score`; they are in order of the mean log-probability of a token,
    /// the one that ends a completion among them.
    /// Greedy options search by `n` beams; with a temperature `n` are drawn, the first as [`Completer::complete`] would. May be
    /// fewer. Each has a memory of its own while this runs.
    ///
    /// # Errors
    /// As [`Completer::complete`]; `invalid-option` for `n`.
    pub fn best(&mut self, prompt: &str, options: Options, n: usize, go: &mut dyn FnMut() -> Go) -> Result<Vec<Completed>> {
        if !(1..=MOST).contains(&n) {
            return Err(Error::new(Code::OptionInvalid, "at most 16 completions of one prompt")
                .with("option", "n")
                .with("have", n));
        }
        let drawn = options.temperature > 0.0;
        let options = Options { logprobs: options.logprobs.or(Some(0)), ..options };
        let mut first = self.start(prompt, options)?;
        let done = if drawn { self.drawn(&mut first, n, go)? } else { self.searched(first, n, go)? };
        Ok(self.in_order(done, n))
    }

    /// Draws with one row of numbers, the prompt computed once.
    fn drawn(&mut self, first: &mut Completion, n: usize, go: &mut dyn FnMut() -> Go) -> Result<Vec<Completion>> {
        while first.finish().is_none() && !self.ready(first, go)? {}
        let mut done = Vec::with_capacity(n);
        for _ in 0..n {
            let mut own = first.clone();
            while own.finish().is_none() {
                self.step(&mut own, go)?;
            }
            first.random = own.random;
            done.push(own);
        }
        Ok(done)
    }

    fn searched(&mut self, first: Completion, n: usize, go: &mut dyn FnMut() -> Go) -> Result<Vec<Completion>> {
        let (mut live, mut done) = (vec![first], Vec::new());
        let (mut ways, mut top) = (Vec::new(), Vec::new());
        while done.len() < n && !live.is_empty() {
            ways.clear();
            for (beam, completion) in live.iter_mut().enumerate() {
                while completion.finish().is_none() && !self.ready(completion, go)? {}
                if completion.finish().is_some() {
                    continue;
                }
                self.adapt(completion);
                weigh(completion, &Tokens { words: &*self.words, pieces: &self.pieces });
                let sum = probabilities(&completion.logits, &mut completion.kept);
                likeliest(&completion.work, n, &mut top);
                ways.extend(top.iter().map(|(id, weighed)| {
                    let logprob = completion.logits.get(*id as usize).map_or(0.0, |logit| logit - sum);
                    Way { beam, chosen: Chosen { id: *id, logprob }, score: completion.score.sum + weighed - sum }
                }));
            }
            // The host has ended it, or the context is full.
            if ways.is_empty() {
                if live.iter().all(|beam| beam.finish().is_none()) {
                    return Err(nothing());
                }
                break;
            }
            // Beams are all as long: the sum is what counts. Of equals the earlier beam, then the lower number.
            ways.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.beam.cmp(&b.beam)).then(a.chosen.id.cmp(&b.chosen.id)));
            ways.truncate(n);
            let mut before: Vec<Option<Completion>> = live.drain(..).map(Some).collect();
            for (at, way) in ways.iter().enumerate() {
                // The last way on of a beam takes its memory, the others a copy.
                let again = ways.iter().skip(at + 1).any(|other| other.beam == way.beam);
                let Some(place) = before.get_mut(way.beam) else { continue };
                let Some(mut next) = (if again { place.clone() } else { place.take() }) else { continue };
                self.take(&mut next, way.chosen);
                if next.finish().is_some() { done.push(next) } else { live.push(next) }
            }
            done.extend(before.into_iter().flatten().filter(|beam| beam.finish().is_some()));
        }
        done.extend(live);
        Ok(done)
    }

    fn in_order(&mut self, done: Vec<Completion>, n: usize) -> Vec<Completed> {
        let mut all: Vec<Completed> = Vec::with_capacity(n);
        for completion in done {
            let answer = self.finish(completion);
            if all.iter().all(|other| other.completion != answer.completion) {
                all.push(answer);
            }
        }
        let mean = |c: &Completed| c.score.unwrap_or(0.0) / c.scored.max(1) as f32;
        all.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        all.truncate(n);
        all
    }
}
