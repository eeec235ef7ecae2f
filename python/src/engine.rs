//! One bundle and one session: what production answers; and the same asked for many sessions at once.

use crate::error::{raise, refuse};
use crate::json::{decode, parse, read, write};
use crate::sessions::{Asked, sessions};
use crate::slates::Places;
use crate::tensors::{Crossing, floats, out};
use nearhand::arena::Arena;
use nearhand::bundle::OutputKind;
use nearhand::engine::ItemsQuery;
use nearhand::value::Value;
use nearhand::{CatalogDelta, Consent, Event, ItemIdx, Request, Settings};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One bundle and one session. Values cross as JSON, the clock is an argument.
#[pyclass(frozen, module = "nearhand._nearhand")]
pub(crate) struct Engine {
    inner: Mutex<nearhand::Engine>,
}

impl Engine {
    fn inner(&self) -> MutexGuard<'_, nearhand::Engine> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn observe(&self, event: &str, now_ms: u64) -> PyResult<bool> {
        let event: Event = read(event, "event")?;
        told(self.inner().observe(&event, now_ms))
    }

    /// The slates of one page as a list.
    fn recommend(&self, py: Python<'_>, requests: &str, now_ms: u64) -> PyResult<String> {
        let Value::List(values) = parse(requests, "requests")? else {
            return Err(refuse("invalid-option", "requests must be a list of requests", "requests"));
        };
        let requests = values.into_iter().map(|value| decode(value, "recommend")).collect::<PyResult<Vec<Request>>>()?;
        py.detach(|| write(told(self.inner().recommend_page(&requests, now_ms))?))
    }

    fn session(&self, now_ms: u64) -> PyResult<String> {
        write(&self.inner().session_events(now_ms))
    }

    fn set_cart(&self, lines: &str, now_ms: u64) -> PyResult<()> {
        let lines: Vec<Event> = read(lines, "cart")?;
        told(self.inner().set_cart(&lines, now_ms))
    }

    fn undismiss(&self, item: &str) {
        self.inner().undismiss(item);
    }

    fn set_consent(&self, consent: &str) -> PyResult<()> {
        self.inner().set_consent(read::<Consent>(consent, "consent")?);
        Ok(())
    }

    fn forget(&self, now_ms: u64) {
        self.inner().forget(now_ms);
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner().snapshot())
    }

    fn restore(&self, snapshot: &[u8], now_ms: u64) -> PyResult<()> {
        told(self.inner().restore(snapshot, now_ms))
    }

    fn merge(&self, snapshot: &[u8], now_ms: u64) -> PyResult<()> {
        told(self.inner().merge(snapshot, now_ms))
    }

    fn update_catalog(&self, delta: &str) -> PyResult<String> {
        let delta: CatalogDelta = read(delta, "delta")?;
        write(&self.inner().feed(&delta))
    }

    fn item(&self, id: &str) -> PyResult<Option<String>> {
        let inner = self.inner();
        let catalog = inner.catalog();
        catalog.find(id).map(|item| write(&catalog.row(item))).transpose()
    }

    fn items(&self, query: &str) -> PyResult<String> {
        let query: ItemsQuery = read(query, "items")?;
        write(&told(self.inner().items(&query, str::to_lowercase))?)
    }

    fn facets(&self) -> PyResult<String> {
        write(&self.inner().catalog().facets())
    }

    fn info(&self) -> PyResult<String> {
        write(&self.inner().info())
    }

    fn manifest(&self) -> PyResult<String> {
        write(self.inner().manifest())
    }

    /// What runs the bundle's graph: `nearhand` or `tract`.
    fn runs_on(&self) -> Option<&'static str> {
        self.inner().runs_on()
    }

    /// Ids of all items, in the bundle's order.
    fn ids(&self) -> Vec<String> {
        let inner = self.inner();
        (0..inner.catalog().base_len() as u32).map(|at| inner.catalog().id(ItemIdx(at)).to_owned()).collect()
    }

    /// The slates of many sessions as columns; the engine's own session stays as it is.
    fn slates<'py>(&self, py: Python<'py>, asked: &str, request: &str) -> PyResult<Bound<'py, PyDict>> {
        let request: Request = read(request, "recommend")?;
        let asked = sessions(asked)?;
        let places = py.detach(|| {
            let mut inner = self.inner();
            let (mut places, mut arena) = (Places::default(), Arena::default());
            for (at, Asked { session, now_ms }) in asked.iter().enumerate() {
                arena.empty();
                let slate = told(inner.recommender().recommend(session, &request, *now_ms, &arena))?;
                let source = write(&slate.source)?;
                places.take(at as u32, &slate, source.trim_matches('"').to_owned());
            }
            PyResult::Ok(places)
        })?;
        places.columns(py)
    }

    /// What the graph is given for each session: name, element type, shape and elements of each input.
    fn features<'py>(&self, py: Python<'py>, asked: &str) -> PyResult<Vec<Vec<(String, Crossing<'py>)>>> {
        let mut inner = self.inner();
        let names: Vec<String> =
            inner.manifest().model.iter().flat_map(|model| &model.inputs).map(|input| input.name.clone()).collect();
        let mut all = Vec::new();
        for Asked { session, now_ms } in sessions(asked)? {
            let recommender = inner.recommender();
            let arena = Arena::default();
            let context = recommender.context(&session, None, now_ms, &arena);
            let inputs = recommender.encode(context).ok_or_else(without_model)?;
            let named = names.iter().zip(inputs).map(|(name, tensor)| Ok((name.clone(), out(py, tensor)?)));
            all.push(named.collect::<PyResult<Vec<_>>>()?);
        }
        Ok(all)
    }

    /// What the graph answers to each session, as it answers it: numbers in 32 bits, and how many a session.
    fn answers<'py>(&self, py: Python<'py>, asked: &str) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let asked = sessions(asked)?;
        let (answers, width) = py.detach(|| {
            let mut inner = self.inner();
            let (mut answers, mut width) = (Vec::new(), 0);
            for Asked { session, now_ms } in &asked {
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
        let values = py.detach(|| {
            let mut inner = self.inner();
            let items = inner.catalog().base_len();
            let output = inner.manifest().model.as_ref().map(|model| model.output.clone()).ok_or_else(without_model)?;
            let mut values = Vec::with_capacity(items * asked.len());
            for Asked { session, now_ms } in &asked {
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
