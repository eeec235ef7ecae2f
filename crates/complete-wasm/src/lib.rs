//! Completions in wasm: a model, its tokenizer and a prompt in, text out piece by piece. The npm package's `nearhand/complete` is its
//! face (`www/lib/src/complete`).
//!
//! ```ts
//! class Completer {
//!   constructor(onnx: Uint8Array, tokenizer: Uint8Array, context: number, begin: string | undefined, ends: string[], padded: boolean, now: () => number);
//!   vocabulary(): number;
//!   count(text: string): number;                       // tokens
//!   adapt(numbers: Float64Array): void;                // in the order of [`adapting`]; none: forgets all that was learnt
//!   prime(text: string): void;
//!   kept(): number;                                    // bytes
//!   forget(): void;
//!   read_by(tokens: number): void;                     // tokens of a prompt that are read in one step
//!   start(prompt: string, options: Asked): Run;
//!   step(run: Run, slice: number, most: number, deadline: number): string;         // what was written
//!   finish(run: Run): Float64Array;                    // rows, see below; their texts are in `texts`
//!   start_best(prompt: string, options: Asked, n: number): Several;
//!   step_best(several: Several, slice: number, most: number, deadline: number): boolean;   // whether they have ended
//!   finish_best(several: Several): Float64Array;
//!   texts(): string;                                   // of the last answer; they leave: once an answer
//!   start_likely(prompt: string, text: string, learn: boolean): Likely;      // text: with the prompt in front
//!   step_likely(likely: Likely, slice: number): Float64Array;        // logprob, tokens, bytes, first once it has ended; empty before
//! }
//! class Asked { constructor(numbers: Float64Array, marked: Uint32Array, stop: string[], blocked: string[], allowed: string[]) }
//! class Run { ended(): boolean; tokens(): number; free(): void }    // tokens: of the completion
//! ```
//! `slice`: milliseconds after which a call comes back, `most`: steps after which it does, between two runs of the model; at least one is made. `deadline`: by the clock `now`;
//! past it a completion ends, also while the model runs. `numbers` of `Asked` are in the order of its fields; log-probabilities are -1 for none.
//!
//! A row: why it ended (the place in [`ENDS`]), tokens of the prompt, those reused, of the completion, those left out, the sum of
//! log-probabilities or NaN, of how many tokens it is, UTF-16 units of the completion, tokens told of; for each of those number, log-probability, UTF-16 units of
//! its text, likeliest tokens, and for each of these number, log-probability and units. Texts stand one behind the other in `texts`.
//!
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod adapting;
mod answer;
mod asked;
mod likely;

use answer::Answer;
pub use asked::Asked;
use js_sys::{Function, JsString};
pub use likely::Likely;
use nearhand::complete::{Best, Completion, Go, Spec, Step, Tokenized, Tokenizer};
use nearhand::onnx::ModelLimits;
use wasm_bindgen::prelude::*;

type Js<T> = Result<T, JsValue>;

/// An error as the package throws it.
fn raise(error: nearhand::Error) -> JsValue {
    nearhand_thrown::error(error.code().as_str(), error.message(), error.details())
}

/// Version of the package, which its scripts hold against their own.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    nearhand::VERSION.to_owned()
}

/// A completion on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run(Completion);

#[wasm_bindgen]
impl Run {
    /// Whether it has ended.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.0.finish().is_some()
    }

    /// Tokens of the completion so far.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.0.usage().completion
    }
}

/// Several of one prompt on their way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Several(Best);

/// An open model with its tokenizer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Completer {
    inner: nearhand::complete::Completer,
    now: Function,
    texts: String,
}

/// What the host's clock says, which throws nothing.
fn time(now: &Function) -> f64 {
    now.call0(&JsValue::NULL).ok().and_then(|t| t.as_f64()).unwrap_or_default()
}

/// A normal form, by JavaScript's own tables: ours are 20 KB.
fn normal(form: &'static str, text: &str) -> String {
    JsString::from(text).normalize(form).into()
}

/// What is answered to the engine, which asks often: the clock is asked where there is a deadline.
fn go(now: &Function, deadline: f64) -> impl FnMut() -> Go {
    move || if deadline.is_finite() && time(now) >= deadline { Go::Deadline } else { Go::On }
}

#[wasm_bindgen]
impl Completer {
    /// Reads and checks a tokenizer and a model, and holds them against each other.
    ///
    /// # Errors
    /// As [`Tokenized::from_json`], [`Spec::named`] and [`nearhand::complete::Completer::open`].
    #[wasm_bindgen(constructor)]
    pub fn open(
        onnx: Vec<u8>,
        tokenizer: &[u8],
        context: usize,
        begin: Option<String>,
        ends: Vec<String>,
        padded: bool,
        now: Function,
    ) -> Js<Self> {
        let words = Tokenizer::from_json_by(tokenizer, normal).map_err(|e| raise(e.into()))?;
        let words = Tokenized::new(words, false);
        let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
        let spec = Spec { padded, ..Spec::named(&words, context, begin.as_deref(), &ends).map_err(raise)? };
        let limits = ModelLimits::within(onnx.len());
        let inner = nearhand::complete::Completer::open(onnx, Box::new(words), spec, &limits).map_err(raise)?;
        Ok(Self { inner, now, texts: String::new() })
    }

    /// Tokens of the tokenizer.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.inner.vocabulary().len()
    }

    /// Tokens of a text.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::encode`].
    pub fn count(&self, text: &str) -> Js<usize> {
        Ok(self.inner.encode(text).map_err(raise)?.len())
    }

    /// Begins to adapt, with nothing learnt yet, or forgets all that was.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::adapting`].
    pub fn adapt(&mut self, numbers: &[f64]) -> Js<()> {
        self.inner.adapting(adapting::of(numbers)).map_err(raise)
    }

    /// Counts what follows what in a text.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::prime`].
    pub fn prime(&mut self, text: &str) -> Js<()> {
        self.inner.prime(text).map_err(raise)
    }

    /// Bytes that are kept between completions.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.inner.kept_bytes()
    }

    /// Forgets the last completion.
    pub fn forget(&mut self) {
        self.inner.forget();
    }

    /// Reads so many tokens of a prompt in one step.
    pub fn read_by(&mut self, tokens: usize) {
        self.inner.read_by(tokens);
    }

    /// Begins a completion.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::start`].
    pub fn start(&mut self, prompt: &str, options: Asked) -> Js<Run> {
        let options = options.into_options(&self.inner, prompt).map_err(raise)?;
        self.inner.start(prompt, options).map(Run).map_err(raise)
    }

    /// Goes on, and tells what was written. After an error the completion stands where it stood.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::step`].
    pub fn step(&mut self, run: &mut Run, slice: f64, most: u32, deadline: f64) -> Js<String> {
        let Self { inner, now, .. } = self;
        let until = time(now) + slice;
        let mut piece = String::new();
        for _ in 0..most {
            let done = inner.step(&mut run.0, &mut go(now, deadline)).map_err(raise)?;
            piece.push_str(run.0.piece());
            if matches!(done, Step::Done(_)) || time(now) >= until {
                break;
            }
        }
        Ok(piece)
    }

    /// Takes the answer of a completion; one that has not ended ends as cancelled.
    pub fn finish(&mut self, run: Run) -> Vec<f64> {
        let done = self.inner.finish(run.0);
        self.told(&[done])
    }

    /// Begins several completions.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::start_best`].
    pub fn start_best(&mut self, prompt: &str, options: Asked, n: usize) -> Js<Several> {
        let options = options.into_options(&self.inner, prompt).map_err(raise)?;
        self.inner.start_best(prompt, options, n).map(Several).map_err(raise)
    }

    /// Goes on with several. Whether they have ended.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::step_best`].
    pub fn step_best(&mut self, several: &mut Several, slice: f64, most: u32, deadline: f64) -> Js<bool> {
        let Self { inner, now, .. } = self;
        let until = time(now) + slice;
        for _ in 0..most {
            if inner.step_best(&mut several.0, &mut go(now, deadline)).map_err(raise)? {
                return Ok(true);
            }
            if time(now) >= until {
                break;
            }
        }
        Ok(false)
    }

    /// Takes the answers, best first.
    pub fn finish_best(&mut self, several: Several) -> Vec<f64> {
        let done = self.inner.finish_best(several.0);
        self.told(&done)
    }

    /// The texts of the last answer.
    pub fn texts(&mut self) -> String {
        std::mem::take(&mut self.texts)
    }

    /// Begins to ask how likely a text is behind a prompt, with which it begins.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::encode`].
    pub fn start_likely(&self, prompt: &str, text: &str, learn: bool) -> Js<Likely> {
        Likely::new(&self.inner, prompt, text, learn).map_err(raise)
    }

    /// Goes on with it.
    ///
    /// # Errors
    /// As [`nearhand::complete::Completer::likelihood_of`].
    pub fn step_likely(&mut self, likely: &mut Likely, slice: f64) -> Js<Vec<f64>> {
        let until = time(&self.now) + slice;
        loop {
            if likely.step(&mut self.inner).map_err(raise)? {
                return Ok(likely.told());
            }
            if time(&self.now) >= until {
                return Ok(Vec::new());
            }
        }
    }

    fn told(&mut self, done: &[nearhand::complete::Completed]) -> Vec<f64> {
        let mut answer = Answer::default();
        for one in done {
            answer.tell(one, self.inner.vocabulary());
        }
        self.texts = answer.texts;
        answer.rows
    }
}
