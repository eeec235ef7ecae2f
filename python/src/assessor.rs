//! Transactions judged by a bundle.

use crate::error::{raise, refuse};
use crate::json::write;
use nearhand::assess::{Explain, Transaction};
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// A bundle that judges transactions.
#[pyclass(frozen, module = "nearhand._nearhand")]
pub(crate) struct Assessor {
    inner: Mutex<nearhand::assess::Assessor>,
}

impl Assessor {
    /// Works on it away from Python. Whoever waits for the lock never holds the interpreter.
    fn alone<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut nearhand::assess::Assessor) -> T + Send) -> T {
        py.detach(|| work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[pymethods]
impl Assessor {
    /// Opens a bundle and replays its goldens.
    #[new]
    fn new(py: Python<'_>, bundle: &[u8], digest: Option<&str>) -> PyResult<Self> {
        let inner = py.detach(|| nearhand::assess::Assessor::open(bundle, digest, usize::MAX)).map_err(|error| raise(&error))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// Judges a transaction: the answer as JSON.
    fn assess(
        &self,
        py: Python<'_>,
        features: Vec<f64>,
        amount: Option<i64>,
        currency: Option<&str>,
        fields: Vec<(String, String)>,
        explain: &str,
    ) -> PyResult<String> {
        let explain = match explain {
            "never" => Explain::Never,
            "severe" => Explain::Severe,
            "always" => Explain::Always,
            _ => return Err(refuse("invalid-option", "explain is never, severe or always", "explain")),
        };
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let transaction = Transaction { amount, currency, fields: &fields };
        self.alone(py, |inner| inner.assess(&transaction, &features, explain).map(|answer| write(&answer)))
            .unwrap_or_else(|error| Err(raise(&error)))
    }

    fn set_list(&self, py: Python<'_>, name: &str, keys: Vec<String>) -> PyResult<()> {
        self.alone(py, |inner| inner.set_list(name, keys)).map_err(|error| raise(&error))
    }

    /// Names of the features, in the order of the declaration.
    fn features(&self, py: Python<'_>) -> Vec<String> {
        self.alone(py, |inner| inner.manifest().spec.features.iter().map(|feature| feature.name.clone()).collect())
    }

    fn manifest(&self, py: Python<'_>) -> PyResult<String> {
        self.alone(py, |inner| write(inner.manifest()))
    }

    /// The specification of the windows that make the features, where the bundle has it.
    fn windows(&self, py: Python<'_>) -> Option<String> {
        self.alone(py, |inner| inner.manifest().spec.windows.clone())
    }

    fn digest(&self, py: Python<'_>) -> String {
        self.alone(py, |inner| inner.digest().to_owned())
    }

    fn bytes(&self, py: Python<'_>) -> usize {
        self.alone(py, |inner| inner.bytes())
    }
}
