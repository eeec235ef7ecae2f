//! Windows over events, one event at a time: what a service computes.

use crate::error::{raise_features, refuse};
use nearhand_features::{Answer, Counts, Event, Spec};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};
use std::sync::{Mutex, PoisonError};

/// The windows of a specification.
#[pyclass(frozen, module = "nearhand._nearhand")]
pub(crate) struct Windows {
    inner: Mutex<nearhand_features::Windows>,
    spec: Spec,
}

fn specification(text: &str) -> PyResult<Spec> {
    nearhand_cli::specification(text).map_err(|error| raise_features(&error))
}

/// An event's own memory, which [`Event`] borrows.
struct Owned {
    time: i64,
    id: String,
    keys: Vec<String>,
    amounts: Vec<i64>,
    flags: u32,
    currency: String,
    received: Option<i64>,
}

impl Owned {
    fn with<T>(&self, then: impl FnOnce(&Event<'_>) -> T) -> T {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        then(&Event {
            time: self.time,
            id: &self.id,
            keys: &keys,
            amounts: &self.amounts,
            flags: self.flags,
            currency: &self.currency,
            received: self.received,
        })
    }
}

type Told = (&'static str, bool, Vec<f64>);

fn answered(answer: nearhand_features::Result<Answer>) -> PyResult<Told> {
    let Answer { seen, features } = answer.map_err(|error| raise_features(&error))?;
    Ok((seen.outcome.as_str(), seen.capped, features))
}

impl Windows {
    /// Works on them away from Python. Whoever waits for the lock never holds the interpreter.
    fn alone<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut nearhand_features::Windows) -> T + Send) -> T {
        py.detach(|| work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// An event by the fields of the specification.
    fn event(&self, event: &Bound<'_, PyDict>, time: i64, received: Option<i64>) -> PyResult<Owned> {
        let spec = &self.spec;
        let text = |name: &str| -> PyResult<String> {
            let value = event.get_item(name)?.filter(|value| !value.is_none());
            value.map_or(Ok(String::new()), |value| value.str().map(|text| text.to_string()))
        };
        let mut flags = 0;
        for (bit, name) in spec.flags().iter().enumerate() {
            let value = event.get_item(name)?.ok_or_else(|| missing(name))?;
            flags |= u32::from(value.is_truthy()?) << bit;
        }
        let amount = |(at, amount): (usize, &nearhand_features::Amount)| -> PyResult<i64> {
            let value = event.get_item(&amount.name)?.filter(|value| !value.is_none()).ok_or_else(|| missing(&amount.name))?;
            let units = if value.is_instance_of::<PyFloat>() {
                spec.units(at, value.extract()?)
            } else if value.is_instance_of::<PyInt>() || value.hasattr("as_tuple")? || value.is_instance_of::<PyString>() {
                // Whole numbers, decimals and texts are exact.
                spec.units_text(at, &value.str()?.to_string())
            } else {
                spec.units(at, value.extract()?)
            };
            units.map_err(|error| raise_features(&error))
        };
        Ok(Owned {
            time,
            id: spec.id().map_or(Ok(String::new()), text)?,
            keys: spec.keys().iter().map(|name| text(name)).collect::<PyResult<_>>()?,
            amounts: spec.amounts().iter().enumerate().map(amount).collect::<PyResult<_>>()?,
            flags,
            currency: spec.currency().map_or(Ok(String::new()), |currency| text(&currency.name))?,
            received,
        })
    }
}

fn missing(name: &str) -> PyErr {
    refuse("features-event-invalid", &format!("the event has no {name}, which the specification declares"), name)
}

#[pymethods]
impl Windows {
    #[new]
    fn new(spec: &str) -> PyResult<Self> {
        let spec = specification(spec)?;
        Ok(Self { inner: Mutex::new(nearhand_features::Windows::new(spec.clone())), spec })
    }

    /// Windows as a snapshot has them.
    #[staticmethod]
    fn restore(spec: &str, snapshot: &[u8]) -> PyResult<Self> {
        let spec = specification(spec)?;
        let inner = nearhand_features::Windows::restore(spec.clone(), snapshot).map_err(|error| raise_features(&error))?;
        Ok(Self { inner: Mutex::new(inner), spec })
    }

    fn observe(&self, py: Python<'_>, event: &Bound<'_, PyDict>, time: i64, received: Option<i64>) -> PyResult<Told> {
        let event = self.event(event, time, received)?;
        answered(self.alone(py, |inner| event.with(|event| inner.observe(event))))
    }

    fn peek(&self, py: Python<'_>, event: &Bound<'_, PyDict>, time: i64, received: Option<i64>) -> PyResult<Told> {
        let event = self.event(event, time, received)?;
        answered(self.alone(py, |inner| event.with(|event| inner.peek(event))))
    }

    fn label(&self, py: Python<'_>, id: &str, fraud: bool, at: i64) -> &'static str {
        self.alone(py, |inner| inner.label(id, fraud, at).as_str())
    }

    fn snapshot(&self, py: Python<'_>) -> Vec<u8> {
        self.alone(py, |inner| inner.snapshot())
    }

    fn snapshot_key(&self, py: Python<'_>, key: usize, value: &str) -> Option<Vec<u8>> {
        self.alone(py, |inner| inner.snapshot_key(key, value))
    }

    fn restore_key(&self, py: Python<'_>, snapshot: &[u8]) -> PyResult<(usize, String)> {
        self.alone(py, |inner| inner.restore_key(snapshot)).map_err(|error| raise_features(&error))
    }

    fn counts(&self, py: Python<'_>) -> Vec<(&'static str, u64)> {
        let counts = self.alone(py, |inner| inner.counts());
        let Counts { observed, out_of_order, duplicates, late, ahead, labels, labels_refused, .. } = counts;
        vec![
            ("observed", observed),
            ("out_of_order", out_of_order),
            ("duplicates", duplicates),
            ("late", late),
            ("ahead", ahead),
            ("labels", labels),
            ("labels_refused", labels_refused),
            ("keys_forgotten", counts.keys_forgotten),
            ("events_forgotten", counts.events_forgotten),
            ("ids_forgotten", counts.ids_forgotten),
        ]
    }

    /// The field of the time.
    fn time(&self) -> String {
        self.spec.time().to_owned()
    }

    fn keys(&self) -> Vec<String> {
        self.spec.keys().to_vec()
    }

    fn features(&self) -> Vec<String> {
        self.spec.features().iter().map(|feature| feature.name.clone()).collect()
    }
}
