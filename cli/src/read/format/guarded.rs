//! Libraries that read foreign tables stop the program at some malformed ones: here they give an error.

use nearhand::{Code, Error, Result};
use std::cell::Cell as Flag;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected and not to be told.
    static QUIET: Flag<bool> = const { Flag::new(false) };
}

/// Which file is read, and as what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub path: &'a Path,
    /// The sentence of an error: `the Parquet file is malformed`.
    pub malformed: &'static str,
}

impl Reading<'_> {
    /// Runs a step of a library, after so many rows.
    ///
    /// # Errors
    /// `data-invalid` for its errors and for its panics.
    pub(super) fn guarded<T, E: Display>(self, rows: u64, step: impl FnOnce() -> std::result::Result<T, E>) -> Result<T> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if !QUIET.get() {
                    before(info);
                }
            }));
        });
        QUIET.set(true);
        let done = catch_unwind(AssertUnwindSafe(step));
        QUIET.set(false);
        match done {
            Ok(result) => result.map_err(|e| self.error(rows, &e)),
            Err(_) => Err(self.error(rows, &"it contradicts itself")),
        }
    }

    /// The error of a malformed file.
    pub(super) fn error(self, rows: u64, why: &dyn Display) -> Error {
        Error::new(Code::DataInvalid, self.malformed)
            .with("path", self.path.display())
            .with("after_row", rows)
            .with("why", crate::read::value::cell::short(&why.to_string()))
    }
}
