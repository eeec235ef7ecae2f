//! The JavaScript boundary: thin. One chunky call an action; see `docs/wasm-abi.md`.
//!
//! Values cross as plain objects. Errors are thrown as `Error` with `name`, `code`, `message` and `details`.
//! The clock is an argument of every call that needs it.

mod error;
mod read;
mod write;

use crate::engine::{self, Opening};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::recommend::Request;
use crate::session::Consent;
use crate::settings::Settings;
use crate::value::{Value, Values};
use error::{raise, stop};
use read::{from_js, read};
use wasm_bindgen::prelude::*;
use wasm_bindgen::throw_val;
use write::to_js;

type Js<T> = Result<T, JsValue>;

/// One bundle and one session.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    /// What is left to do before there is one.
    opening: Option<Box<Opening<'static>>>,
    inner: Option<Box<engine::Engine>>,
}

/// Version of nearhand.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    crate::VERSION.to_owned()
}

impl Engine {
    /// The engine, opened to its end where nobody has. Who has gone on after an error gets it again.
    fn inner(&mut self) -> &mut engine::Engine {
        while self.opening.is_some() {
            self.replay().unwrap_or_else(|error| throw_val(error));
        }
        self.inner.as_deref_mut().unwrap_or_else(|| throw_val(JsValue::UNDEFINED))
    }
}

#[wasm_bindgen]
impl Engine {
    /// Takes a bundle, which the steps of [`Engine::replay`] open. `model` is the second file of a bundle in two.
    ///
    /// # Errors
    /// `invalid-option`, `unknown-option`.
    pub fn open(bundle: Vec<u8>, options: JsValue, model: Option<Vec<u8>>) -> Js<Engine> {
        let settings: Settings = from_js(&options, "load")?;
        let opening = Opening::new(bundle.into(), model.map(Into::into), settings).map_err(raise)?;
        Ok(Self { opening: Some(Box::new(opening)), inner: None })
    }

    /// Takes the next step of opening, and says whether there are more: between them the host may hear other things.
    ///
    /// # Errors
    /// As [`engine::Engine::open`].
    pub fn replay(&mut self) -> Js<bool> {
        let Some(opening) = &mut self.opening else { return self.inner().replay().map_err(raise) };
        if let Some(inner) = opening.step().map_err(raise)? {
            #[cfg(feature = "onnx")]
            if !opening.has_model() && inner.manifest().model_file.is_some() {
                let why = "the bundle is two files: pass the model's own as `model`";
                return Err(raise(Error::new(Code::BundlePartInvalid, why).with("part", "model")));
            }
            self.inner = Some(Box::new(inner));
            self.opening = None;
        }
        Ok(true)
    }

    /// Records an event.
    ///
    /// # Errors
    /// As [`engine::Engine::observe`].
    pub fn observe(&mut self, event: JsValue, now_ms: f64) -> Js<()> {
        let event: Event = from_js(&event, "event")?;
        self.inner().observe(&event, millis(now_ms)).map(drop).map_err(raise)
    }

    /// The slates of one page, each without what stands in those before it.
    ///
    /// # Errors
    /// As [`engine::Engine::recommend_page`]. Where a golden session that was due again does not hold it is a `RuntimeError`, as of a
    /// trap: the instance must not be called any more.
    pub fn recommend(&mut self, requests: JsValue, now_ms: f64) -> Js<JsValue> {
        // Nobody is served by an engine that has not proved itself.
        let inner = self.inner();
        inner.prove().map_err(raise)?;
        let Values(mut requests) = from_js(&requests, "recommendPage")?;
        let (only, several): (Request, Vec<Request>);
        let requests = match requests.pop() {
            // Of one request a host says "recommend".
            Some(one) if requests.is_empty() => {
                only = read(one, "recommend")?;
                std::slice::from_ref(&only)
            }
            last => {
                requests.extend(last);
                several = read(Value::List(requests), "recommendPage")?;
                &several
            }
        };
        // What has proved itself and does not hold any more has turned bad since.
        let refused = |error: Error| if error.code() == Code::GoldenMismatch { stop(&error) } else { raise(error) };
        to_js(inner.recommend_page(requests, millis(now_ms)).map_err(refused)?)
    }

    /// The bucket of a visitor in a test. A method, so that whoever has an engine needs nothing else.
    ///
    /// # Errors
    /// `invalid-option`.
    #[allow(clippy::unused_self)]
    pub fn bucket(&self, test: &str, visitor: &str, buckets: u32) -> Js<u32> {
        engine::Engine::bucket(test, visitor, buckets).map_err(raise)
    }

    /// One catalog item or undefined.
    ///
    /// # Errors
    /// None in practice.
    pub fn item(&mut self, id: &str) -> Js<JsValue> {
        let catalog = self.inner().catalog();
        catalog.find(id).map_or(Ok(JsValue::UNDEFINED), |item| to_js(&catalog.row(item)))
    }

    /// A page of catalog items.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn items(&mut self, query: JsValue) -> Js<JsValue> {
        to_js(&self.inner().items(&from_js(&query, "items")?, lower_case).map_err(raise)?)
    }

    /// What there is to filter by.
    ///
    /// # Errors
    /// None in practice.
    pub fn facets(&mut self) -> Js<JsValue> {
        to_js(&self.inner().catalog().facets())
    }

    /// What counts of the session.
    ///
    /// # Errors
    /// None in practice.
    pub fn session(&mut self, now_ms: f64) -> Js<JsValue> {
        to_js(&self.inner().session_events(millis(now_ms)))
    }

    /// States what the cart holds, a `cart-add` a line.
    ///
    /// # Errors
    /// As [`engine::Engine::set_cart`].
    #[wasm_bindgen(js_name = setCart)]
    pub fn set_cart(&mut self, lines: JsValue, now_ms: f64) -> Js<()> {
        let lines: Vec<Event> = from_js(&lines, "cart")?;
        self.inner().set_cart(&lines, millis(now_ms)).map_err(raise)
    }

    /// Takes back that an item was dismissed.
    pub fn undismiss(&mut self, item: &str) {
        self.inner().undismiss(item);
    }

    /// Changes the catalog, row by row, and tells of those that were left out.
    ///
    /// # Errors
    /// `invalid-option`, `unknown-option` where the delta is none.
    #[wasm_bindgen(js_name = updateCatalog)]
    pub fn update_catalog(&mut self, delta: JsValue) -> Js<JsValue> {
        to_js(&self.inner().feed(&from_js(&delta, "delta")?))
    }

    /// Sets where the session may be kept.
    ///
    /// # Errors
    /// `invalid-option`.
    #[wasm_bindgen(js_name = setConsent)]
    pub fn set_consent(&mut self, consent: JsValue) -> Js<()> {
        self.inner().set_consent(from_js::<Consent>(&consent, "consent")?);
        Ok(())
    }

    /// Drops the session.
    pub fn forget(&mut self, now_ms: f64) {
        self.inner().forget(millis(now_ms));
    }

    /// The session as bytes.
    #[must_use]
    pub fn snapshot(&mut self) -> Vec<u8> {
        self.inner().snapshot()
    }

    /// Replaces the session.
    ///
    /// # Errors
    /// As [`engine::Engine::restore`].
    pub fn restore(&mut self, snapshot: &[u8], now_ms: f64) -> Js<()> {
        self.inner().restore(snapshot, millis(now_ms)).map_err(raise)
    }

    /// Takes in another tab's session.
    ///
    /// # Errors
    /// As [`engine::Engine::merge`].
    pub fn merge(&mut self, snapshot: &[u8], now_ms: f64) -> Js<()> {
        self.inner().merge(snapshot, millis(now_ms)).map_err(raise)
    }

    /// What runs the bundle's graph: `nearhand` or `tract`; undefined where there is none. The full tier's alone.
    #[cfg(feature = "onnx")]
    #[wasm_bindgen(js_name = runsOn)]
    #[must_use]
    pub fn runs_on(&mut self) -> Option<String> {
        self.inner().runs_on().map(str::to_owned)
    }

    /// What the engine is and has done.
    ///
    /// # Errors
    /// None in practice.
    pub fn info(&mut self) -> Js<JsValue> {
        to_js(&self.inner().info())
    }
}

/// A JavaScript time as whole milliseconds that a snapshot can hold; NaN and negative times are 0.
fn millis(ms: f64) -> u64 {
    (ms as u64).min((1 << 48) - 1)
}

/// By JavaScript's table, which every host has.
fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}
