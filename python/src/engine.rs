//! One bundle and one session: what production answers; and the same asked for many sessions at once.

use crate::error::{raise, refuse};
use crate::json::{decode, parse, read, write};
use crate::sessions::{Asked, sessions};
use crate::slates::Places;
use crate::tensors::{Crossing, floats, out};
use nearhand::arena::Arena;
use nearhand::bundle::OutputKind;
use nearhand::engine::ItemsQuery;
use nearhand::onnx::Tensor;
use nearhand::value::Value;
use nearhand::{CatalogDelta, Consent, Event, ItemIdx, Request, Settings};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::{Mutex, PoisonError};

/// One bundle and one session. Values cross as JSON, the clock is an argument.
#[pyclass(frozen, module = "nearhand._nearhand")]
pub(crate) struct Engine {
    inner: Mutex<nearhand::Engine>,
}

impl Engine {
    /// Works on the engine away from Python. Whoever waits for the lock never holds the interpreter, which whoever has the lock may wait for.
    fn alone<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut nearhand::Engine) -> T + Send) -> T {
        py.detach(|| work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

type Done<T> = nearhand::Result<T>;

fn told<T>(done: Done<T>) -> PyResult<T> {
    done.map_err(|error| raise(&error))
}

#[pymethods]
impl Engine {
    /// Opens a bundle and proves its goldens.
    #[new]
    fn new(py: Python<'_>, bundle: &[u8], model: Option<&[u8]>, options: &str) -> PyResult<Self> {
        let settings: Settings = read(options, "options")?;
        let inner = told(py.detach(|| nearhand::Engine::open_files(bundle, model, &settings)))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    fn observe(&self, py: Python<'_>, event: &str, now_ms: u64) -> PyResult<bool> {
        let event: Event = read(event, "event")?;
        told(self.alone(py, |inner| inner.observe(&event, now_ms)))
    }

    /// The slates of one page as a list.
    fn recommend(&self, py: Python<'_>, requests: &str, now_ms: u64) -> PyResult<String> {
        let Value::List(values) = parse(requests, "requests")? else {
            return Err(refuse("invalid-option", "requests must be a list of requests", "requests"));
        };
        let requests = values.into_iter().map(|value| decode(value, "recommend")).collect::<PyResult<Vec<Request>>>()?;
        self.alone(py, |inner| inner.recommend_page(&requests, now_ms).map(|slates| write(&slates)))
            .unwrap_or_else(|error| Err(raise(&error)))
    }

    fn session(&self, py: Python<'_>, now_ms: u64) -> PyResult<String> {
        self.alone(py, |inner| write(&inner.session_events(now_ms)))
    }

    fn set_cart(&self, py: Python<'_>, lines: &str, now_ms: u64) -> PyResult<()> {
        let lines: Vec<Event> = read(lines, "cart")?;
        told(self.alone(py, |inner| inner.set_cart(&lines, now_ms)))
    }

    fn undismiss(&self, py: Python<'_>, item: &str) {
        self.alone(py, |inner| inner.undismiss(item));
    }

    fn set_consent(&self, py: Python<'_>, consent: &str) -> PyResult<()> {
        let consent = read::<Consent>(consent, "consent")?;
        self.alone(py, |inner| inner.set_consent(consent));
        Ok(())
    }

    fn forget(&self, py: Python<'_>, now_ms: u64) {
        self.alone(py, |inner| inner.forget(now_ms));
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.alone(py, |inner| inner.snapshot()))
    }

    fn restore(&self, py: Python<'_>, snapshot: &[u8], now_ms: u64) -> PyResult<()> {
        told(self.alone(py, |inner| inner.restore(snapshot, now_ms)))
    }

    fn merge(&self, py: Python<'_>, snapshot: &[u8], now_ms: u64) -> PyResult<()> {
        told(self.alone(py, |inner| inner.merge(snapshot, now_ms)))
    }

    fn update_catalog(&self, py: Python<'_>, delta: &str) -> PyResult<String> {
        let delta: CatalogDelta = read(delta, "delta")?;
        self.alone(py, |inner| write(&inner.feed(&delta)))
    }

    fn item(&self, py: Python<'_>, id: &str) -> PyResult<Option<String>> {
        self.alone(py, |inner| {
            let catalog = inner.catalog();
            catalog.find(id).map(|item| write(&catalog.row(item))).transpose()
        })
    }

    fn items(&self, py: Python<'_>, query: &str) -> PyResult<String> {
        let query: ItemsQuery = read(query, "items")?;
        self.alone(py, |inner| inner.items(&query, str::to_lowercase).map(|page| write(&page)))
            .unwrap_or_else(|error| Err(raise(&error)))
    }

    fn facets(&self, py: Python<'_>) -> PyResult<String> {
        self.alone(py, |inner| write(&inner.catalog().facets()))
    }

    fn info(&self, py: Python<'_>) -> PyResult<String> {
        self.alone(py, |inner| write(&inner.info()))
    }

    fn manifest(&self, py: Python<'_>) -> PyResult<String> {
        self.alone(py, |inner| write(inner.manifest()))
    }

    /// What runs the bundle's graph: `nearhand` or `tract`.
    fn runs_on(&self, py: Python<'_>) -> Option<&'static str> {
        self.alone(py, |inner| inner.runs_on())
    }

    /// Ids of all items, in the bundle's order.
    fn ids(&self, py: Python<'_>) -> Vec<String> {
        self.alone(py, |inner| {
            (0..inner.catalog().base_len() as u32).map(|at| inner.catalog().id(ItemIdx(at)).to_owned()).collect()
        })
    }

    /// The slates of many sessions as columns; the engine's own session stays as it is. Golden sessions are replayed between them.
    fn slates<'py>(&self, py: Python<'py>, asked: &str, request: &str) -> PyResult<Bound<'py, PyDict>> {
        let request: Request = read(request, "recommend")?;
        let asked = sessions(asked)?;
        let places = self.alone(py, |inner| {
            let mut places = Places::default();
            for (at, Asked { session, now_ms }) in asked.iter().enumerate() {
                let slate = told(inner.recommend_for(session, &request, *now_ms))?;
                let source = write(&slate.source)?;
                places.take(at as u32, &slate, source.trim_matches('"').to_owned());
            }
            PyResult::Ok(places)
        })?;
        places.columns(py)
    }

    /// What the graph is given for each session: name, element type, shape and elements of each input.
    fn features<'py>(&self, py: Python<'py>, asked: &str) -> PyResult<Vec<Vec<(String, Crossing<'py>)>>> {
        let asked = sessions(asked)?;
        let given = self.alone(py, |inner| {
            let names: Vec<String> =
                inner.manifest().model.iter().flat_map(|model| &model.inputs).map(|input| input.name.clone()).collect();
            let mut given = Vec::with_capacity(asked.len());
            for Asked { session, now_ms } in &asked {
                let recommender = inner.recommender();
                let arena = Arena::default();
                let context = recommender.context(session, None, *now_ms, &arena);
                let inputs = recommender.encode(context)?;
                given.push(names.iter().cloned().zip(inputs.iter().cloned()).collect::<Vec<_>>());
            }
            Some(given)
        });
        let crossing = |(name, tensor): (String, Tensor)| Ok((name, out(py, &tensor)?));
        given.ok_or_else(without_model)?.into_iter().map(|inputs| inputs.into_iter().map(crossing).collect()).collect()
    }

    /// What the graph answers to each session, as it answers it: numbers in 32 bits, and how many a session.
    fn answers<'py>(&self, py: Python<'py>, asked: &str) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let asked = sessions(asked)?;
        let (answers, width) = self.alone(py, |inner| {
            let (mut answers, mut width) = (Vec::new(), 0);
            for Asked { session, now_ms } in &asked {
                told(inner.replay_due(1))?;
                let recommender = inner.recommender();
                let arena = Arena::default();
                let context = recommender.context(session, None, *now_ms, &arena);
                let answer = told(recommender.run_model(context))?.ok_or_else(without_model)?;
                width = answer.len();
                answers.extend_from_slice(answer);
            }
            PyResult::Ok((answers, width))
        })?;
        Ok((floats(py, &answers), width))
    }

    /// What the model says of every item of the bundle, before it is blended: a number an item and session.
    fn logits<'py>(&self, py: Python<'py>, asked: &str) -> PyResult<Bound<'py, PyBytes>> {
        let asked = sessions(asked)?;
        let values = self.alone(py, |inner| {
            let items = inner.catalog().base_len();
            let output = inner.manifest().model.as_ref().map(|model| model.output.clone()).ok_or_else(without_model)?;
            let mut values = Vec::with_capacity(items * asked.len());
            for Asked { session, now_ms } in &asked {
                told(inner.replay_due(1))?;
                let recommender = inner.recommender();
                let arena = Arena::default();
                let context = recommender.context(session, None, *now_ms, &arena);
                let answer = told(recommender.run_model(context))?.ok_or_else(without_model)?.to_vec();
                match output.kind {
                    OutputKind::Logits => values.extend(answer.iter().skip(output.offset).take(items)),
                    OutputKind::Query => {
                        let vectors = recommender.vectors().ok_or_else(without_model)?;
                        values.extend((0..items as u32).map(|item| vectors.score(ItemIdx(item), &answer)));
                    }
                }
            }
            PyResult::Ok(values)
        })?;
        Ok(floats(py, &values))
    }

    /// Whether a value is what `recommend` takes, so that a caller's words are refused before any work.
    #[staticmethod]
    fn check_request(request: &str) -> PyResult<()> {
        let request: Request = decode(parse(request, "recommend")?, "recommend")?;
        told(request.check())
    }

    /// The bucket of a visitor in a test.
    #[staticmethod]
    fn bucket(test: &str, visitor: &str, buckets: u32) -> PyResult<u32> {
        told(nearhand::Engine::bucket(test, visitor, buckets))
    }
}

fn without_model() -> PyErr {
    refuse("model-mismatch", "the bundle has no graph: its table answers", "bundle")
}
