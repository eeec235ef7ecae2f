//! Errors across the boundary: `nearhand.Error` with `code`, `message` and `details`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// An error of the library or of a command.
pub(crate) fn raise(error: &nearhand::Error) -> PyErr {
    let details = error.details().iter().map(|(name, value)| (*name, value.as_str()));
    made(error.code().as_str(), error.message(), details)
}

/// An error of the windows.
pub(crate) fn raise_features(error: &nearhand_features::Error) -> PyErr {
    let details = error.details().iter().map(|(name, value)| (*name, value.as_str()));
    made(error.code().as_str(), error.message(), details)
}

/// An option that cannot be taken.
pub(crate) fn refuse(code: &str, message: &str, option: &str) -> PyErr {
    made(code, message, std::iter::once(("option", option)))
}

fn made<'a>(code: &str, message: &str, details: impl Iterator<Item = (&'a str, &'a str)>) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    Python::attach(|py| {
        let made = || {
            let given = PyDict::new(py);
            for (name, value) in details {
                given.set_item(name, value)?;
            }
            CLASS.import(py, "nearhand._error", "Error")?.call1((message, code, given))
        };
        made().map_or_else(|failed| failed, PyErr::from_value)
    })
}
