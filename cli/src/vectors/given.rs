//! Vectors as a file has them.

use crate::read::value::cell::short;
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

/// Most values a row, as a bundle has it.
pub(super) const WIDEST: usize = 4096;

/// Rows of a file, all of one length and finite, and their ids where the file has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    /// Values a row.
    pub dim: usize,
    /// One a row, all different.
    pub ids: Option<Vec<String>>,
    /// Row by row.
    pub values: Vec<f32>,
    /// What the file is, in a word or two.
    pub format: String,
}

impl Given {
    /// Checks what was read.
    ///
    /// # Errors
    /// `data-invalid` with the file and: both counts, a row that is not finite, an id that stands twice with both its rows.
    pub(super) fn new(
        path: &Path,
        format: impl Into<String>,
        ids: Option<Vec<String>>,
        dim: usize,
        values: Vec<f32>,
    ) -> Result<Self> {
        let given = Self { dim, ids: None, values, format: format.into() };
        if !(1..=WIDEST).contains(&dim) {
            return Err(bad(path, "a vector has 1 to 4096 values").with("values", dim));
        }
        if given.values.is_empty() || !given.values.len().is_multiple_of(dim) {
            return Err(bad(path, "the file has no whole rows of vectors").with("values", given.values.len()).with("dim", dim));
        }
        given.with_ids(path, ids)
    }

    /// With ids of another file.
    ///
    /// # Errors
    /// As [`Given::new`].
    pub(super) fn with_ids(mut self, path: &Path, ids: Option<Vec<String>>) -> Result<Self> {
        if let Some(ids) = &ids {
            if ids.len() != self.rows() {
                return Err(bad(path, "the file has another number of ids than of vectors")
                    .with("ids", ids.len())
                    .with("vectors", self.rows()));
            }
            let mut seen: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
            for (row, id) in ids.iter().enumerate() {
                if id.is_empty() {
                    return Err(bad(path, "a vector has an empty id").with("row", row));
                }
                if let Some(first) = seen.insert(id, row) {
                    return Err(bad(path, "two vectors have the same id")
                        .with("id", short(id))
                        .with("first_row", first)
                        .with("second_row", row));
                }
            }
        }
        self.ids = ids;
        match self.values.iter().position(|v| !v.is_finite()) {
            None => Ok(self),
            Some(at) => {
                let row = at / self.dim.max(1);
                let value = self.values.get(at).copied().unwrap_or_default();
                let mut error = bad(
                    path,
                    "a vector holds NaN or infinity: where it was computed, something overflowed or was divided by nothing",
                )
                .with("row", row);
                if let Some(id) = self.ids.as_ref().and_then(|ids| ids.get(row)) {
                    error = error.with("id", short(id));
                }
                Err(error.with("column", at % self.dim.max(1)).with("value", value))
            }
        }
    }

    /// Number of vectors.
    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.dim.max(1)
    }
}

/// An error about the file. Rows and columns count from 0, as in Python.
pub(super) fn bad(path: &Path, why: impl Into<String>) -> Error {
    let why: String = why.into();
    Error::new(Code::DataInvalid, why).with("option", "--vectors").with("path", path.display())
}

/// A file that ends too early.
pub(super) fn truncated(path: &Path, what: &'static str, wanted: impl Display, have: impl Display) -> Error {
    bad(path, "the file ends early: it was cut, or is still being written")
        .with("what", what)
        .with("wanted", wanted)
        .with("have", have)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(ids: Option<&[&str]>, dim: usize, values: &[f32]) -> Result<Given> {
        let ids = ids.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        Given::new(Path::new("v.npy"), "npy", ids, dim, values.to_vec())
    }

    fn told(result: Result<Given>, name: &str) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code(), Code::DataInvalid);
        error.details().iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{error} tells no {name}")).1.clone()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(given(Some(&["a", "b"]), 2, &[1.0, 0.0, 0.0, 1.0]).unwrap().rows(), 2);
        assert_eq!(told(given(Some(&["a"]), 2, &[1.0; 4]), "vectors"), "2");
        assert_eq!(told(given(Some(&["a", "b", "a"]), 1, &[1.0; 3]), "second_row"), "2");
        assert_eq!(told(given(Some(&["a", ""]), 1, &[1.0; 2]), "row"), "1");
        assert_eq!(told(given(Some(&["a", "b"]), 2, &[1.0, 2.0, 3.0, f32::NAN]), "id"), "b");
        assert_eq!(told(given(None, 2, &[1.0, 2.0, f32::INFINITY, 0.0]), "row"), "1");
        assert_eq!(told(given(None, 2, &[1.0, 2.0, f32::INFINITY, 0.0]), "value"), "inf");
        assert_eq!(told(given(None, 3, &[1.0; 4]), "values"), "4");
        assert_eq!(told(given(None, 0, &[]), "values"), "0");
        assert_eq!(told(given(None, 5000, &[1.0; 5000]), "values"), "5000");
    }
}
