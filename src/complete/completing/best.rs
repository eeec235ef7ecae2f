//! Several completions of one prompt, the likeliest first: by beam search, or drawn one after the other.

use super::answer::{Completed, Go};
use super::choose::{Chosen, nothing, weigh};
use super::completer::Completer;
use super::completion::Completion;
use super::options::Options;
use crate::complete::logits::{likeliest, probabilities};
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

/// Several completions of one prompt on their way, made by [`Completer::start_best`] and taken on by [`Completer::step_best`].
#[derive(Debug)]
pub struct Best {
    n: usize,
    /// Behind the prompt, where completions are drawn.
    first: Option<Completion>,
    begun: bool,
    live: Vec<Completion>,
    done: Vec<Completion>,
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
        let mut best = self.start_best(prompt, options, n)?;
        while !self.step_best(&mut best, go)? {}
        Ok(self.finish_best(best))
    }

    /// Begins with several completions. The model does not run yet.
    ///
    /// # Errors
    /// As [`Completer::start`]; `invalid-option` for `n`.
    pub fn start_best(&mut self, prompt: &str, options: Options, n: usize) -> Result<Best> {
        if !(1..=MOST).contains(&n) {
            return Err(Error::new(Code::OptionInvalid, "at most 16 completions of one prompt")
                .with("option", "n")
                .with("have", n));
        }
        let drawn = options.temperature > 0.0;
        let options = Options { logprobs: options.logprobs.or(Some(0)), ..options };
        let first = self.start(prompt, options)?;
        let (first, live) = if drawn { (Some(first), Vec::new()) } else { (None, vec![first]) };
        Ok(Best { n, first, begun: false, live, done: Vec::new() })
    }

    /// Runs the model once, or chooses where it has run for all. Whether they have ended.
    ///
    /// # Errors
    /// As [`Completer::step`].
    pub fn step_best(&mut self, best: &mut Best, go: &mut dyn FnMut() -> Go) -> Result<bool> {
        if best.first.is_some() { self.draw(best, go) } else { self.search(best, go) }
    }

    /// Takes the answers, best first. What has not ended ends as cancelled, and is left out where enough have ended by themselves.
    pub fn finish_best(&mut self, best: Best) -> Vec<Completed> {
        let Best { n, live, mut done, .. } = best;
        if done.len() < n {
            done.extend(live);
        }
        self.in_order(done, n)
    }

    /// Draws with one row of numbers, the prompt computed once.
    fn draw(&mut self, best: &mut Best, go: &mut dyn FnMut() -> Go) -> Result<bool> {
        let Best { n, first: Some(first), begun, live, done } = best else { return Ok(true) };
        if !*begun {
            *begun = first.finish().is_some() || self.ready(first, go)? || first.finish().is_some();
            return Ok(false);
        }
        let mut own = live.pop().unwrap_or_else(|| first.clone());
        if own.finish().is_none() {
            self.step(&mut own, go)?;
        }
        if own.finish().is_some() {
            first.random = own.random;
            done.push(own);
        } else {
            live.push(own);
        }
        Ok(done.len() >= *n)
    }

    fn search(&mut self, best: &mut Best, go: &mut dyn FnMut() -> Go) -> Result<bool> {
        let Best { n, live, done, .. } = best;
        let n = *n;
        let idle = |beam: &Completion| beam.finish().is_none() && (beam.pending() > 0 || beam.logits.is_empty());
        if let Some(beam) = live.iter_mut().find(|beam| idle(beam)) {
            self.ready(beam, go)?;
            return Ok(false);
        }
        let (mut ways, mut top) = (Vec::new(), Vec::new());
        for (beam, completion) in live.iter_mut().enumerate().filter(|(_, one)| one.finish().is_none()) {
            self.adapt(completion);
            weigh(completion, &self.tokens());
            let sum = probabilities(&completion.logits, &mut completion.kept);
            likeliest(&completion.work, n, &mut top);
            ways.extend(top.iter().map(|(id, weighed)| {
                let logprob = completion.logits.get(*id as usize).map_or(0.0, |logit| logit - sum);
                Way { beam, chosen: Chosen { id: *id, logprob }, score: completion.score.sum + weighed - sum }
            }));
        }
        // The host has ended it, or the context is full.
        if ways.is_empty() {
            return if !live.is_empty() && live.iter().all(|beam| beam.finish().is_none()) { Err(nothing()) } else { Ok(true) };
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
        Ok(done.len() >= n || live.is_empty())
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
