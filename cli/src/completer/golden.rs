//! Goldens of a completer: what it was recorded to answer, and whether it does.

use super::asked::{Asked, Kind};
use nearhand::complete::{Completed, Completer, FinishReason, Go, Options};
use nearhand::{Code, Error, Result};
use serde_json::{Value, json};

/// How far a log-probability may be off; `www/lib/src/complete/running/goldens.ts` has the same. Machines and builds differ by some 1e-5, weights of few
/// bits and activations of 8 by some 1e-3; what is broken, by more.
const TOLERANCE: f32 = 0.02;
/// How far the likeliest token must be ahead of the next: ten times the tolerance, so that no machine takes the other.
const MARGIN: f32 = 0.2;
/// A token is that far ahead of all others, whatever they are, from this log-probability on: the other has no more than the rest of 1.
const SURE: f32 = -0.598;
/// Tokens that are recorded at most, and that a prompt may have, with the one that begins a text; and of one that is a turn, with its marks.
const TOKENS: usize = 4;
const PROMPT: usize = 17;
const TURN: usize = 64;
/// Fields of one.
const KEYS: [&str; 7] = ["prompt", "specials", "turn", "tokens", "completion", "logprobs", "ends"];
/// What is read of a completer.json: goldens, UTF-16 units of their texts, tokens of their prompts, log-probabilities.
pub(super) const MOST: usize = 8;
const MOST_UNITS: usize = 256;
const MOST_PROMPT: u64 = 1024;
const MOST_LOGPROBS: usize = 16;

/// What a completer was recorded to answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Golden {
    pub(super) prompt: String,
    pub(super) kind: Kind,
    /// The prompt as the model reads it.
    pub(super) asked: Asked,
    /// Tokens of the prompt, with the one that begins a text.
    pub(super) tokens: usize,
    pub(super) completion: String,
    /// Of each token of the completion.
    pub(super) logprobs: Vec<f32>,
    /// Nothing comes behind them.
    pub(super) ends: bool,
}

/// Why nothing was recorded.
pub(super) enum Unfit {
    /// The prompt has more tokens than a golden may have, or its text or what follows more characters.
    Long(usize),
    /// The text ends behind it.
    Ends,
    /// Two tokens are as likely, nearly: which of them comes is the machine's.
    Near,
}

fn complete(completer: &mut Completer, asked: &Asked, tokens: usize) -> Result<Completed> {
    let (marked, stop) = (asked.marked.clone(), asked.stop.clone());
    let options = Options { max_tokens: tokens, logprobs: Some(2), marked, stop, ..Options::default() };
    completer.complete(&asked.text, options, &mut || Go::On, &mut |_| {})
}

/// Whether a text has ended by itself, and surely: by a token as likely as that, or by a text of which each token is.
fn ended(done: &Completed, sure: usize) -> bool {
    let told: f32 = done.logprobs.iter().map(|token| token.logprob).sum();
    let last = done.score.map_or(f32::NEG_INFINITY, |score| score - told);
    done.finish == FinishReason::Stop && sure == done.logprobs.len() && (done.scored == sure || last >= SURE)
}

impl Golden {
    /// Records what follows a prompt, as far as the likeliest token is ahead of all others. `described`: the completer.json.
    ///
    /// # Errors
    /// What the model says; `manifest-invalid` for a template that is none.
    pub(super) fn record(
        completer: &mut Completer,
        described: &Value,
        prompt: &str,
        kind: Kind,
    ) -> Result<std::result::Result<Self, Unfit>> {
        let asked = Asked::of(described, prompt, kind)?;
        completer.forget();
        let done = complete(completer, &asked, TOKENS)?;
        if done.usage.prompt > if kind == Kind::Turn { TURN } else { PROMPT }
            || [prompt, done.completion.as_str()].iter().any(|text| text.encode_utf16().count() > MOST_UNITS)
        {
            return Ok(Err(Unfit::Long(done.usage.prompt)));
        }
        let ahead = |top: &[(u32, f32)]| match top {
            [first, second, ..] => first.1 - second.1 >= MARGIN,
            _ => true,
        };
        let sure = done.logprobs.iter().take_while(|token| ahead(&token.top)).count();
        if sure == 0 {
            return Ok(Err(if done.logprobs.is_empty() { Unfit::Ends } else { Unfit::Near }));
        }
        let ends = ended(&done, sure);
        completer.forget();
        let done = complete(completer, &asked, sure + usize::from(ends))?;
        // Four digits, and no sign before a nought.
        let short = |logprob: f32| (logprob * 1e4).round() / 1e4 + 0.0;
        let logprobs = done.logprobs.iter().map(|token| short(token.logprob)).collect();
        let (prompt, tokens) = (prompt.to_owned(), done.usage.prompt);
        Ok(Ok(Self { prompt, kind, asked, tokens, completion: done.completion, logprobs, ends }))
    }

    /// Holds what a completer answers against it. `at`: its place in the file.
    ///
    /// # Errors
    /// `golden-mismatch` with what differs, what was recorded and what was found; what the model says.
    pub(super) fn prove(&self, at: usize, completer: &mut Completer) -> Result<()> {
        let done = complete(completer, &self.asked, self.logprobs.len() + usize::from(self.ends))?;
        let differs = |what: &str, expected: &dyn std::fmt::Display, found: &dyn std::fmt::Display| {
            let why = "a golden is answered otherwise: model, tokenizer or settings are not those that it was recorded with";
            let error = Error::new(Code::GoldenMismatch, why).with("golden", at).with("prompt", &self.prompt);
            Err(error.with("differs", what).with("expected", expected).with("found", found))
        };
        if done.usage.prompt != self.tokens {
            return differs("tokens", &self.tokens, &done.usage.prompt);
        }
        if done.completion != self.completion {
            return differs("completion", &self.completion, &done.completion);
        }
        for (place, expected) in self.logprobs.iter().enumerate() {
            match done.logprobs.get(place).map(|token| token.logprob) {
                Some(found) if (found - expected).abs() <= TOLERANCE => {}
                Some(found) => return differs(&format!("logprobs[{place}]"), expected, &found),
                None => return differs(&format!("logprobs[{place}]"), expected, &"none"),
            }
        }
        if self.ends && done.finish != FinishReason::Stop {
            return differs("ends", &true, &false);
        }
        Ok(())
    }

    /// As it stands in the file.
    pub(super) fn written(&self) -> Value {
        let logprobs: Vec<Value> = self.logprobs.iter().map(|one| json!((f64::from(*one) * 1e4).round() / 1e4 + 0.0)).collect();
        let mut whole =
            json!({ "prompt": self.prompt, "tokens": self.tokens, "completion": self.completion, "logprobs": logprobs });
        let told = [("specials", self.kind == Kind::Specials), ("turn", self.kind == Kind::Turn), ("ends", self.ends)];
        for (key, _) in told.into_iter().filter(|(_, is)| *is) {
            whole[key] = json!(true);
        }
        whole
    }
}

/// Those of a completer.json: none is well.
///
/// # Errors
/// `manifest-invalid` with the place.
pub(super) fn of(described: &Value) -> Result<Vec<Golden>> {
    let bad = |place: String| Error::new(Code::ManifestInvalid, "a golden is none").with("place", place);
    let Some(given) = described.get("goldens") else { return Ok(Vec::new()) };
    let list = given.as_array().filter(|list| list.len() <= MOST).ok_or_else(|| bad("goldens".to_owned()))?;
    let told = list.iter().enumerate().map(|(at, one)| {
        let mut golden = read(one).map_err(|key| bad(format!("goldens[{at}].{key}")))?;
        golden.asked = Asked::of(described, &golden.prompt, golden.kind)?;
        Ok(golden)
    });
    told.collect()
}

/// A key that is none is refused as a page does. The key whose value is wrong.
fn read(one: &Value) -> std::result::Result<Golden, String> {
    match one.as_object().map(|fields| fields.keys().find(|key| !KEYS.contains(&key.as_str()))) {
        Some(Some(key)) => Err(key.chars().take(64).collect()),
        _ => fields(one).map_err(str::to_owned),
    }
}

fn fields(one: &Value) -> std::result::Result<Golden, &'static str> {
    let text = |key: &'static str| {
        let text = one.get(key).and_then(Value::as_str).filter(|text| text.encode_utf16().count() <= MOST_UNITS);
        text.map(str::to_owned).ok_or(key)
    };
    let tokens = one.get("tokens").and_then(Value::as_u64).filter(|n| *n <= MOST_PROMPT).ok_or("tokens")?;
    let numbers = one.get("logprobs").and_then(Value::as_array).filter(|all| (1..=MOST_LOGPROBS).contains(&all.len()));
    let numbers = numbers.and_then(|all| all.iter().map(|n| n.as_f64().filter(|n| *n <= 0.0).map(|n| n as f32)).collect());
    let is = |key: &'static str| one.get(key).map_or(Some(false), Value::as_bool).ok_or(key);
    let kind = match (is("specials")?, is("turn")?) {
        (true, true) => return Err("specials"),
        (true, false) => Kind::Specials,
        (false, true) => Kind::Turn,
        (false, false) => Kind::Text,
    };
    Ok(Golden {
        prompt: text("prompt")?,
        kind,
        asked: Asked { text: String::new(), marked: Vec::new(), stop: Vec::new() },
        tokens: usize::try_from(tokens).map_err(|_| "tokens")?,
        completion: text("completion")?,
        logprobs: numbers.ok_or("logprobs")?,
        ends: is("ends")?,
    })
}
