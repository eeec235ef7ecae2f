//! The search box alone in wasm: an index in, what is typed, suggestions out. The npm package's `nearhand/suggest` is its face
//! (`www/lib/src/suggest`).
//!
//! ```ts
//! class SearchBox {
//!   constructor(index: Uint8Array);
//!   suggest(typed: string, k: number, category?: string): Uint32Array;   // rows, see below
//!   texts(): string;                                     // of the last answer; they leave: once an answer
//!   allow(ids?: string[]): number;                       // how many of them the index has; without ids all items are allowed
//!   session(did: Uint8Array, ages: Float64Array, texts: string[], items: string[]): void;   // place by place one signal
//!   counts(): Uint32Array;                               // texts, items, bytes
//! }
//! ```
//! A row is seven numbers: the UTF-16 units of its text, of the word for how it matches, of its category and of its item's id (0: none),
//! which stand one behind the other in `texts`; typos, score, number of highlights. Then come two a highlight: its first UTF-16
//! unit, and the one after its last. A signal is 0 for viewed, 1 searched, 2 bought; its age in milliseconds; and a text, or where
//! that is empty the id of an item, which the index may have a text of.
//!
//! Errors are thrown as `NearhandError` with a `code`, as the package throws them.
#![cfg(target_arch = "wasm32")]

use nearhand::rank::BitSet;
use nearhand::suggest::{Asked, Did, Signal, Suggester};
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

/// An open index, what of it may be suggested, and its last answer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SearchBox {
    suggester: Suggester,
    allowed: Option<BitSet>,
    texts: String,
}

#[wasm_bindgen]
impl SearchBox {
    /// Checks an index and keeps it.
    ///
    /// # Errors
    /// As [`Suggester::open`].
    #[wasm_bindgen(constructor)]
    pub fn open(index: Vec<u8>) -> Js<Self> {
        Ok(Self { suggester: Suggester::open(index).map_err(raise)?, allowed: None, texts: String::new() })
    }

    /// Suggests for what is typed.
    ///
    /// # Errors
    /// As [`Suggester::suggest`].
    pub fn suggest(&mut self, typed: &str, k: usize, category: Option<String>) -> Js<Vec<u32>> {
        let Self { suggester, allowed, texts } = self;
        let asked = Asked { text: typed, k, category: category.as_deref(), allowed: allowed.as_ref() };
        let mut rows = Vec::new();
        texts.clear();
        for found in suggester.suggest(&asked).map_err(raise)? {
            for text in [found.text, found.kind.as_str(), found.category.unwrap_or_default(), found.item.unwrap_or_default()] {
                rows.push(text.encode_utf16().count() as u32);
                texts.push_str(text);
            }
            rows.extend([u32::from(found.typos), found.score, found.highlights.len() as u32]);
            rows.extend(found.highlights.iter().flat_map(|part| [part.start_utf16 as u32, part.end_utf16 as u32]));
        }
        Ok(rows)
    }

    /// The texts of the last answer.
    pub fn texts(&mut self) -> String {
        std::mem::take(&mut self.texts)
    }

    /// Suggests no texts of other items from now on; without ids, of all. Tells how many of the ids the index has.
    pub fn allow(&mut self, ids: Option<Vec<String>>) -> usize {
        let suggester = &mut self.suggester;
        self.allowed = ids.map(|ids| {
            let mut numbers: Vec<usize> = ids.iter().filter_map(|id| suggester.find_item(id)).collect();
            numbers.sort_unstable();
            let mut allowed = BitSet::full(suggester.items());
            allowed.retain(|item| numbers.binary_search(&item.at()).is_ok());
            allowed
        });
        self.allowed.as_ref().map_or(suggester.items(), BitSet::count)
    }

    /// Ranks by what a visitor did from now on.
    pub fn session(&mut self, did: &[u8], ages: &[f64], mut texts: Vec<String>, items: Vec<String>) {
        for (text, item) in texts.iter_mut().zip(&items).filter(|(text, _)| text.is_empty()) {
            *text = self.suggester.text_of(item).unwrap_or_default();
        }
        let signals: Vec<Signal<'_>> = (did.iter().zip(ages).zip(&texts))
            .map(|((did, age), text)| {
                let did = match did {
                    0 => Did::Viewed,
                    1 => Did::Searched,
                    _ => Did::Bought,
                };
                Signal { did, text, age_ms: *age as u64 }
            })
            .collect();
        self.suggester.set_session(&signals);
    }

    /// Texts, items and bytes of the index.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let Self { suggester, .. } = self;
        vec![suggester.texts() as u32, suggester.items() as u32, suggester.bytes() as u32]
    }
}
