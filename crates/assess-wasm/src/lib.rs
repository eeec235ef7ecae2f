//! Transactions judged in wasm, with their windows: the binary of the npm package's `nearhand/assess`, which is its face
//! (`www/lib/src/assess`).
//!
//! ```ts
//! class Judge {
//!   constructor(bundle: Uint8Array, digest: string | undefined, maxBytes: number, keys: string[] | undefined, answers: number, seed: Float64Array);
//!   assess(row: string, given: Float64Array | undefined, explain: number, id?: string, received?: number): string | undefined;   // JSON
//!   observe(row: string, record: boolean, received?: number): void;
//!   numbers(): number;            // where numbers of the last answer stand in the memory, for as long as the judge is there: see below
//!   label(id: string, fraud: boolean, at: number): string;
//!   amend(id: string, names: string[], truths: Uint8Array): string;
//!   snapshot(): Uint8Array;
//!   restore(state: Uint8Array): void;
//!   setList(name: string, keys: string[]): void;
//!   listed(name: string, key: string): boolean;
//!   told(): string;               // JSON: what the bundle says
//!   counts(): string;             // JSON: of the windows, null without any, how many answers are kept, and what the model has failed for
//! }
//! ```
//! A row is JSON of a list: names of declared fields, each with its value behind it. `explain`: 0 never, 1 unless it is approved, 2 always.
//!
//! Numbers, of 64 bits: what was seen; whether there are features; where an answer is no JSON, as the model alone made it, its score, risk and
//! decision (0 approve, 1 review, 2 decline), and what approving, a review and declining are expected to cost, NaN where costs do not decide or there
//! are no reviews; base and sum, NaN where no reasons are told, and how many reasons; then the features in order, and behind them of each reason its
//! feature's place and its contribution. What is seen: the outcome's place (0 where there are no windows, 1 observed, 2 duplicate, 3 repeated, 4 late,
//! 5 ahead, 6 peeked), 8 more where it is capped, 16 more where the transaction came before.
//!
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod told;

use nearhand::assess::{Explain, OnlineAssessor, Setup, Sum, row_of};
use nearhand::value::Value;
use nearhand::{Code, Error};
use nearhand_features::Outcome;
use wasm_bindgen::prelude::*;

type Js<T> = Result<T, JsValue>;

/// An error as the package throws it.
fn raise(error: Error) -> JsValue {
    nearhand_thrown::error(error.code().as_str(), error.message(), error.details())
}

/// Version of the package, which its scripts hold against their own.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    nearhand::VERSION.to_owned()
}

/// An open bundle with its windows, and its last answer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Judge {
    online: OnlineAssessor,
    numbers: Box<[f64]>,
}

/// Numbers before the features.
const FIRST: usize = 11;

/// Puts what was seen and features into their places.
fn put(numbers: &mut [f64], seen: u32, features: &[f64]) {
    if let Some([first, has, .., reasons]) = numbers.first_chunk_mut::<FIRST>() {
        (*first, *has, *reasons) = (seen.into(), if features.is_empty() { 0.0 } else { 1.0 }, 0.0);
    }
    numbers.iter_mut().skip(FIRST).zip(features).for_each(|(place, value)| *place = *value);
}

/// The object of a row.
fn row(json: &str) -> Js<Value> {
    let list = serde_json::from_str(json).map_err(|error| {
        raise(Error::new(Code::TransactionInvalid, "a transaction is no list of names and values").with("why", error.to_string()))
    })?;
    row_of(list).map_err(raise)
}

fn seen(outcome: Option<Outcome>, capped: bool, repeated: bool) -> u32 {
    let place = match outcome {
        None => 0,
        Some(Outcome::Observed) => 1,
        Some(Outcome::Duplicate) => 2,
        Some(Outcome::Repeated) => 3,
        Some(Outcome::Late) => 4,
        Some(Outcome::Ahead) => 5,
        Some(Outcome::Peeked) => 6,
    };
    place | u32::from(capped) << 3 | u32::from(repeated) << 4
}

#[wasm_bindgen]
impl Judge {
    /// Checks a bundle and opens it.
    ///
    /// # Errors
    /// As [`OnlineAssessor::open`].
    #[wasm_bindgen(constructor)]
    pub fn open(
        bundle: &[u8],
        digest: Option<String>,
        max_bytes: f64,
        keys: Option<Vec<String>>,
        answers: usize,
        seed: &[f64],
    ) -> Js<Self> {
        let keys: Option<Vec<&str>> = keys.as_ref().map(|keys| keys.iter().map(String::as_str).collect());
        let part = |at: usize| seed.get(at).map_or(0, |part| part.to_bits());
        let setup = Setup { keys: keys.as_deref(), answers, seed: (part(0), part(1)) };
        let mut online = OnlineAssessor::open(bundle, digest.as_deref(), max_bytes as usize, &setup).map_err(raise)?;
        let features = online.features().max(online.counted().map_or(0, |spec| spec.features().len()));
        let reasons = 2 * online.assessor().manifest().spec.reasons.top as usize;
        Ok(Self { online, numbers: vec![0.0; FIRST + features + reasons].into() })
    }

    /// Counts a transaction and judges it.
    ///
    /// # Errors
    /// As [`OnlineAssessor::assess`].
    pub fn assess(
        &mut self,
        row: &str,
        given: Option<Vec<f64>>,
        explain: u32,
        id: Option<String>,
        received: Option<f64>,
    ) -> Js<Option<String>> {
        let explain = match explain {
            0 => Explain::Never,
            1 => Explain::Severe,
            _ => Explain::Always,
        };
        let row = self::row(row)?;
        let received = received.map(|at| at as i64);
        let answer = self.online.assess(&row, given.as_deref(), explain, id.as_deref(), received).map_err(raise)?;
        put(&mut self.numbers, seen(answer.outcome, answer.capped, answer.repeated), answer.features);
        let alone = answer.told.by_model_alone().and_then(|made| Some((made, made.model?)));
        let Some((made, judged)) = alone else { return Ok(Some(answer.told.json().into_owned())) };
        let costs = judged.costs;
        let of = |cost: Option<u64>| cost.map_or(f64::NAN, |cost| cost as f64);
        let explained = |of: fn(Sum) -> f64| made.explained.map_or(f64::NAN, of);
        let told = [
            judged.score.into(),
            judged.risk,
            f64::from(judged.decision as u8),
            of(costs.map(|costs| costs.approve)),
            of(costs.and_then(|costs| costs.review)),
            of(costs.map(|costs| costs.decline)),
            explained(|sum| sum.base),
            explained(|sum| sum.sum),
            made.reasons.len() as f64,
        ];
        self.numbers.iter_mut().skip(2).zip(told).for_each(|(place, value)| *place = value);
        let reasons = made.reasons.iter().flat_map(|reason| [reason.at as f64, reason.contribution]);
        self.numbers.iter_mut().skip(FIRST + answer.features.len()).zip(reasons).for_each(|(place, value)| *place = value);
        Ok(None)
    }

    /// Counts an event, or looks at it.
    ///
    /// # Errors
    /// As [`OnlineAssessor::observe`].
    pub fn observe(&mut self, row: &str, record: bool, received: Option<f64>) -> Js<()> {
        let row = self::row(row)?;
        let counted = self.online.observe(&row, received.map(|at| at as i64), record).map_err(raise)?;
        put(&mut self.numbers, seen(Some(counted.seen.outcome), counted.seen.capped, false), counted.features);
        Ok(())
    }

    /// Where the numbers of the last answer stand.
    #[must_use]
    pub fn numbers(&self) -> *const f64 {
        self.numbers.as_ptr()
    }

    /// Takes a label.
    ///
    /// # Errors
    /// As [`OnlineAssessor::label`].
    pub fn label(&mut self, id: &str, fraud: bool, at: f64) -> Js<String> {
        Ok(self.online.label(id, fraud, at as i64).map_err(raise)?.as_str().to_owned())
    }

    /// Sets flags that came out later.
    ///
    /// # Errors
    /// As [`OnlineAssessor::amend`].
    pub fn amend(&mut self, id: &str, names: Vec<String>, truths: &[u8]) -> Js<String> {
        let flags: Vec<(&str, bool)> = names.iter().zip(truths).map(|(name, truth)| (name.as_str(), *truth == 1)).collect();
        Ok(self.online.amend(id, &flags).map_err(raise)?.as_str().to_owned())
    }

    /// The state as bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.online.snapshot()
    }

    /// Goes on with a state.
    ///
    /// # Errors
    /// As [`OnlineAssessor::restore`].
    pub fn restore(&mut self, state: &[u8]) -> Js<()> {
        self.online.restore(state).map_err(raise)
    }

    /// Puts other keys in the place of a list's.
    ///
    /// # Errors
    /// As [`nearhand::assess::Assessor::set_list`].
    #[wasm_bindgen(js_name = setList)]
    pub fn set_list(&mut self, name: &str, keys: Vec<String>) -> Js<()> {
        self.online.assessor().set_list(name, keys).map_err(raise)
    }

    /// Whether a key is in a list.
    ///
    /// # Errors
    /// As [`nearhand::assess::Assessor::listed`].
    pub fn listed(&mut self, name: &str, key: &str) -> Js<bool> {
        self.online.assessor().listed(name, key).map_err(raise)
    }

    /// What the bundle says, as JSON.
    #[must_use]
    pub fn told(&mut self) -> String {
        told::told(&mut self.online)
    }

    /// Counts of the windows, where there are any, the number of answers, and why the model has failed for good, if it has, as JSON.
    #[must_use]
    pub fn counts(&mut self) -> String {
        told::counts(&mut self.online)
    }
}
