//! The Python package nearhand: bundles made, judged and served by the code that serves them in production.
//!
//! Thin: what a command does is `nearhand_cli`'s, what an engine answers is `nearhand`'s. Texts, numbers and bytes cross here; data
//! frames, arrays and docstrings are made in `python/nearhand`.

mod assessor;
mod command;
mod engine;
mod error;
mod json;
mod model;
mod sessions;
mod slates;
mod tensors;
mod windows;

use pyo3::prelude::*;

/// What the Python files of the package are written on.
#[pymodule]
mod _nearhand {
    #[pymodule_export]
    use super::assessor::Assessor;
    #[pymodule_export]
    use super::command::run;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::windows::Windows;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("VERSION", nearhand::VERSION)
    }
}
