//! The monitor in wasm: the binary of the npm package's `nearhand/monitor`, which is its face (`www/lib/src/monitor`). No shop is in it.
//!
//! ```ts
//! class Watch {                    // watch.rs: one bundle, against its reference; and what is counted for whoever sums
//!   constructor(reference: Uint8Array, settings: Float64Array, bets: boolean);
//!   number(stream: number, value: number): boolean;   // NaN: missing; whether a look is due
//!   name(stream: number, place: number): boolean;     // among the names that have a bin
//!   occasion(rate: number, happened: boolean): void;
//!   took(micros: number): void;
//!   slate(context: string, items: string): void;
//!   look(now: number): Alert[];
//!   standing(): string | undefined;
//!   states(): string[];            // of streams, then of rates
//!   absorb(report: Uint8Array): boolean;
//!   told(): { streams, rates };
//!   changes(stream: number): void;
//!   count(counts: boolean): void;
//!   tell(rate: number, happened: boolean): void;
//!   report(source: number): Uint8Array | undefined;
//!   forget(all: boolean): void;
//! }
//! class Outcomes { … }             // outcomes.rs: what came of what was foretold
//! class Counter { … }              // counter.rs: the sum of many clients' reports
//! class Learn { … }                // learn.rs: a reference of samples
//! class Credit { … }               // credit.rs: which slate a click and a purchase are owed to
//! class Policy { … }               // policy.rs: what another policy would have earned
//! class Places { … }               // places.rs: what a place is worth
//! class Duel { … }                 // duel.rs: a challenger beside the champion
//! ```
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

mod alert;
mod counter;
mod credit;
mod duel;
mod learn;
mod outcomes;
mod places;
mod policy;
mod value;
mod watch;

use nearhand_monitor::Error;
use wasm_bindgen::prelude::*;

pub use counter::Counter;
pub use credit::Credit;
pub use duel::Duel;
pub use learn::Learn;
pub use outcomes::Outcomes;
pub use places::Places;
pub use policy::Policy;
pub use watch::Watch;

type Js<T> = Result<T, JsValue>;

/// An error as the package throws it.
fn raise(error: Error) -> JsValue {
    nearhand_thrown::error(error.code().as_str(), error.message(), error.details())
}

/// A number, or nothing.
fn maybe(value: Option<f64>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_f64)
}

/// Version of the package, which its scripts hold against their own.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
