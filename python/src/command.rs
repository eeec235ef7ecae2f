//! A command of the command line, run within Python.

use crate::error::raise;
use nearhand_cli::Sink;
use pyo3::prelude::*;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Hands what is said to a Python function, which prints it where Python prints.
struct Said {
    to: Py<PyAny>,
}

/// What ends a command whose words are not taken any more: an interrupt from the keyboard, as a rule.
struct Ended(PyErr);

impl Said {
    fn say(&self, text: &str, aside: bool) {
        let taken = Python::attach(|py| {
            self.to.call1(py, (text, aside))?;
            py.check_signals()
        });
        if let Err(error) = taken {
            resume_unwind(Box::new(Ended(error)));
        }
    }
}

impl Sink for Said {
    fn out(&self, text: &str) {
        self.say(text, false);
    }

    fn err(&self, text: &str) {
        self.say(text, true);
    }
}

/// Runs a command line without its program: `run(["inspect", "shop.safetensors"], said)`. `said(text, aside)` gets all that the
/// command says; `aside` tells standard error from standard output. An exception of its own ends the command.
///
/// Python goes on in other threads meanwhile. Commands run one at a time; one that `said` or a signal's handler runs is refused.
#[pyfunction]
pub(crate) fn run(py: Python<'_>, argv: Vec<OsString>, said: Py<PyAny>) -> PyResult<()> {
    let argv = std::iter::once(OsString::from("nearhand")).chain(argv).collect::<Vec<_>>();
    let done = py.detach(move || catch_unwind(AssertUnwindSafe(|| nearhand_cli::run(argv, Box::new(Said { to: said })))));
    match done {
        Ok(done) => done.map_err(|error| raise(&error)),
        Err(end) => match end.downcast::<Ended>() {
            Ok(ended) => Err(ended.0),
            Err(panic) => resume_unwind(panic),
        },
    }
}
