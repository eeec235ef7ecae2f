//! Two completers: what both write after the same prompts, the likeliest token each time.

use super::declared;
use super::noise::{self, More};
use super::report::{Cell, Line, Note, Report, SAME, Section, Sides};
use crate::completer::Model;
use crate::files::{progress, read_text};
use crate::read::value::cell::short;
use nearhand::complete::{Completed, Go, Options};
use nearhand::{Code, Error, Result};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// Tokens of a prompt that is made.
const MADE: usize = 8;
/// Prompts that are told whole.
const TOLD: usize = 10;

/// What is asked for.
pub(super) struct Asking<'a> {
    /// A prompt a line; without it the old model's own samples.
    pub prompts: Option<&'a Path>,
    /// Tokens of a completion at most.
    pub tokens: usize,
    /// Most prompts.
    pub limit: usize,
}

/// Two completions of one prompt.
struct Pair {
    prompt: String,
    old: Completed,
    new: Completed,
    /// Share of the longer text, in characters, that both begin with.
    agreement: f64,
}

/// Holds two completers beside each other.
///
/// # Errors
/// `io`; `data-invalid` where there is no prompt; `invalid-option` where none can be made, as no token begins a text; what the models say.
pub(super) fn audit(mut old: Model, mut new: Model, mut baselines: Vec<Model>, asking: &Asking<'_>) -> Result<Report> {
    let prompts = prompts(&mut old, asking)?;
    let bar = progress(prompts.len() as u64, "audit");
    let (mut pairs, mut times) = (Vec::with_capacity(prompts.len()), [0.0; 2]);
    let mut agreed = vec![Vec::with_capacity(prompts.len()); baselines.len()];
    for prompt in prompts {
        bar.inc(1);
        let options = || Options { max_tokens: asking.tokens, logprobs: Some(0), ..Options::default() };
        let mut write = |model: &mut Model, side: usize| -> Result<Completed> {
            let began = Instant::now();
            let done = whole(model, &prompt, options())?;
            times.get_mut(side).into_iter().for_each(|time| *time += began.elapsed().as_secs_f64());
            Ok(done)
        };
        let (one, two) = (write(&mut old, 0)?, write(&mut new, 1)?);
        for (baseline, agreed) in baselines.iter_mut().zip(&mut agreed) {
            agreed.push(agreement(&one.completion, &whole(baseline, &prompt, options())?.completion));
        }
        let agreement = agreement(&one.completion, &two.completion);
        pairs.push(Pair { prompt, old: one, new: two, agreement });
    }
    bar.finish_and_clear();
    let all = baselines.iter().zip(agreed).map(|(baseline, agreed)| Usual { name: baseline.name(), agreed });
    // Of several the one that is farthest from the old model.
    let usual = all.min_by(|a, b| a.mean().total_cmp(&b.mean()));
    Ok(report(&old, &new, pairs, usual.as_ref(), asking, times))
}

/// By so much less of a text may agree than by the baseline.
const TOLERATED: f64 = 0.1;

/// A baseline beside the old model: the agreement after each prompt.
struct Usual {
    name: String,
    agreed: Vec<f64>,
}

impl Usual {
    fn mean(&self) -> f64 {
        self.agreed.iter().sum::<f64>() / self.agreed.len().max(1) as f64
    }

    /// How much less of a text agrees by the new model, prompt by prompt.
    fn more(&self, pairs: &[Pair]) -> More {
        More::of(self.agreed.iter().zip(pairs).map(|(usual, pair)| usual - pair.agreement).enumerate())
    }

    fn told(&self, pairs: &[Pair], agreed: f64) -> (Section, Note) {
        let about =
            "The same prompts to another model that is as good as the old one: how much differs without anything being wrong.";
        let mut section = Section::new("usual", "What is usual", about, &["usual", "baseline", "new"]);
        let same = |of: &mut dyn Iterator<Item = f64>| {
            of.filter(|agreement| *agreement >= 1.0).count() as f64 / pairs.len().max(1) as f64
        };
        section.rows.push(vec![Cell::from("agreement"), Cell::Share(self.mean()), Cell::Share(agreed)]);
        let (was, is) = (same(&mut self.agreed.iter().copied()), same(&mut pairs.iter().map(|pair| pair.agreement)));
        section.rows.push(vec![Cell::from("same"), Cell::Share(was), Cell::Share(is)]);
        let more = self.more(pairs);
        let how = format!(
            "{:.1} % of a text agree, by the baseline {} {:.1} % ({:+.1}{} of a hundred)",
            100.0 * agreed,
            short(&self.name),
            100.0 * self.mean(),
            -100.0 * more.mean + 0.0,
            more.interval(1)
        );
        (section, more.verdict(&how, TOLERATED))
    }
}

/// A completion to its end.
fn whole(model: &mut Model, prompt: &str, options: Options) -> Result<Completed> {
    model.completer.complete(prompt, options, &mut || Go::On, &mut |_| {})
}

/// The prompts of a file, spread over it, or samples of the old model with seeds from 1.
fn prompts(old: &mut Model, asking: &Asking<'_>) -> Result<Vec<String>> {
    if let Some(path) = asking.prompts {
        let text = read_text(path)?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.is_empty() {
            return Err(Error::new(Code::DataInvalid, "the file has no prompt: one a line").with("path", path.display()));
        }
        let kept = lines.len().min(asking.limit.max(1));
        return Ok((0..kept).filter_map(|at| lines.get(at * lines.len() / kept)).map(|line| (*line).to_owned()).collect());
    }
    if old.completer.spec().begin.is_none() {
        let why = "no token begins a text of this model: give prompts, one a line";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--prompts"));
    }
    let sample = |seed: usize| {
        let options = Options { max_tokens: MADE, temperature: 1.0, seed: seed as u64, ..Options::default() };
        whole(old, "", options).map(|done| done.completion)
    };
    let made: Vec<String> = (1..=asking.limit).map(sample).collect::<Result<_>>()?;
    // What it knows of them already it would compute otherwise than the new one, by a last digit.
    old.completer.forget();
    let mut known = BTreeSet::new();
    let made: Vec<String> = made.into_iter().filter(|text| !text.trim().is_empty() && known.insert(text.clone())).collect();
    if made.is_empty() {
        return Err(
            Error::new(Code::OptionInvalid, "the old model's own samples are empty: give prompts").with("option", "--prompts")
        );
    }
    Ok(made)
}

/// Share of the longer of two texts, in characters, that both begin with; two empty ones agree.
fn agreement(one: &str, two: &str) -> f64 {
    let longest = one.chars().count().max(two.chars().count());
    let common = one.chars().zip(two.chars()).take_while(|(a, b)| a == b).count();
    if longest == 0 { 1.0 } else { common as f64 / longest as f64 }
}

/// What stands up to the first blank behind a word.
fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or("")
}

fn report(old: &Model, new: &Model, pairs: Vec<Pair>, usual: Option<&Usual>, asking: &Asking<'_>, times: [f64; 2]) -> Report {
    let all = pairs.len().max(1) as f64;
    let share = |which: &dyn Fn(&Pair) -> bool| pairs.iter().filter(|pair| which(pair)).count() as f64 / all;
    let agreed = pairs.iter().map(|pair| pair.agreement).sum::<f64>() / all;
    let word = share(&|pair| first_word(&pair.old.completion) != first_word(&pair.new.completion));
    let empty = |of: &Completed| of.completion.trim().is_empty();
    let (old_empty, new_empty) = (share(&|pair| empty(&pair.old)), share(&|pair| empty(&pair.new)));
    let verdict = vec![
        ("prompts", Cell::Count(pairs.len() as u64)),
        ("agreement", Cell::Share(agreed)),
        ("same", Cell::Share(share(&|pair| pair.old.completion == pair.new.completion))),
        ("first_word_changed", Cell::Share(word)),
        ("empty_old", Cell::Share(old_empty)),
        ("empty_new", Cell::Share(new_empty)),
        ("tokens", Cell::Count(asking.tokens as u64)),
        ("prompts_of", if asking.prompts.is_some() { "the-file".into() } else { "the-old-model".into() }),
    ];
    let beyond = noise::measure(usual.map(|usual| usual.more(&pairs).mean));
    let (usual, told) = usual.map(|usual| usual.told(&pairs, agreed)).unzip();
    let mut notes: Vec<Note> = told.into_iter().collect();
    if pairs.iter().all(|pair| pair.old.completion == pair.new.completion && pair.old.score == pair.new.score) {
        notes.push((SAME.0, SAME.1.to_owned()));
    }
    if asking.prompts.is_none() {
        let what = "no prompts were given: they are samples of the old model's own. --prompts FILE asks with others";
        notes.push(("made", what.to_owned()));
    }
    if old.tokenizer != new.tokenizer {
        notes.push(("tokenizer", "the tokenizers differ: a page must take the new model with the new tokenizer".to_owned()));
    }
    let (declared, more) = declared::differences(&old.described, &new.described);
    notes.extend(more);
    let mut section = Section::new("figure", "Figures", "", &["figure", "old", "new"]);
    let mut row = |name: &str, old: Cell, new: Cell| section.rows.push(vec![Cell::from(name), old, new]);
    row("bytes", Cell::Count(old.bytes as u64), Cell::Count(new.bytes as u64));
    row("vocabulary", Cell::Count(old.completer.vocabulary().len() as u64), Cell::Count(new.completer.vocabulary().len() as u64));
    row("context", Cell::Count(old.completer.spec().context as u64), Cell::Count(new.completer.spec().context as u64));
    let written = |of: &dyn Fn(&Pair) -> &Completed| pairs.iter().map(|pair| of(pair).usage.completion).sum::<usize>() as f64;
    let (ours, theirs) = (written(&|pair| &pair.old), written(&|pair| &pair.new));
    row("tokens_a_completion", Cell::Number(ours / all), Cell::Number(theirs / all));
    let likely = |of: &dyn Fn(&Pair) -> &Completed| {
        let scored = pairs.iter().map(|pair| of(pair).scored).sum::<usize>() as f64;
        let sum: f64 = pairs.iter().filter_map(|pair| of(pair).score).map(f64::from).sum();
        Cell::from((scored > 0.0).then(|| sum / scored))
    };
    row("logprob_a_token", likely(&|pair| &pair.old), likely(&|pair| &pair.new));
    let stopped = |of: &dyn Fn(&Pair) -> &Completed| Cell::Share(share(&|pair| of(pair).finish.as_str() == "stop"));
    row("ended_by_itself", stopped(&|pair| &pair.old), stopped(&|pair| &pair.new));
    let speed = |tokens: f64, time: f64| Cell::from((time > 0.0).then(|| (tokens / time).round()));
    row("tokens_a_second", speed(ours, times[0]), speed(theirs, times[1]));
    let mut changed: Vec<&Pair> = pairs.iter().filter(|pair| pair.agreement < 1.0).collect();
    changed.sort_by(|a, b| a.agreement.total_cmp(&b.agreement));
    let line = |done: &Completed, same: bool| {
        vec![Line {
            text: done.completion.clone(),
            aside: format!("{} tokens, {}", done.usage.completion, done.finish.as_str()),
            common: same,
        }]
    };
    let told = changed.iter().take(TOLD).map(|pair| Sides {
        name: "prompt".to_owned(),
        asked: vec![pair.prompt.clone()],
        apart: format!("agreement {:.2}", pair.agreement),
        old: line(&pair.old, false),
        new: line(&pair.new, false),
    });
    let sides = told.collect();
    let measures = vec![("changed", 1.0 - agreed), ("first_word_changed", word), ("beyond_usual", beyond), ("empty", new_empty)];
    let title = format!("{} and {}", old.name(), new.name());
    Report {
        kind: "texts",
        title,
        verdict,
        notes,
        sections: [Some(section), usual, Some(declared)].into_iter().flatten().collect(),
        sides,
        measures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_by_hand() {
        assert_eq!((agreement("", ""), agreement("a", ""), agreement("äbc", "äbd")), (1.0, 0.0, 2.0 / 3.0));
        assert_eq!((first_word("  one two"), first_word(" ")), ("one", ""));
    }
}
