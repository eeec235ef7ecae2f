//! Slates of many sessions, as columns.

use crate::tensors::{floats, naturals};
use nearhand::Slate;
use nearhand::recommend::Part;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Places of slates, one after the other.
#[derive(Default)]
pub(crate) struct Places {
    session: Vec<u32>,
    rank: Vec<u32>,
    item: Vec<String>,
    title: Vec<String>,
    score: Vec<f32>,
    propensity: Vec<f32>,
    parts: [Vec<f32>; 5],
    /// By session.
    source: Vec<String>,
    notes: Vec<String>,
}

impl Places {
    pub(crate) fn take(&mut self, session: u32, slate: &Slate<'_>, source: String) {
        for item in slate.items {
            self.session.push(session);
            self.rank.push(item.rank as u32);
            self.item.push(item.row.item.to_owned());
            self.title.push(item.row.title.to_owned());
            self.score.push(item.score);
            self.propensity.push(item.propensity);
            let Part { table, repeat, model, popularity, rules } = item.parts.unwrap_or_default();
            for (column, part) in self.parts.iter_mut().zip([table, repeat, model, popularity, rules]) {
                column.push(part);
            }
        }
        self.source.push(source);
        self.notes.push(slate.notes.join(" "));
    }

    /// The columns: bytes of numbers, lists of texts.
    pub(crate) fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        columns.set_item("session", naturals(py, &self.session))?;
        columns.set_item("rank", naturals(py, &self.rank))?;
        columns.set_item("item", PyList::new(py, &self.item)?)?;
        columns.set_item("title", PyList::new(py, &self.title)?)?;
        columns.set_item("score", floats(py, &self.score))?;
        columns.set_item("propensity", floats(py, &self.propensity))?;
        for (name, part) in ["table", "repeat", "model", "popularity", "rules"].into_iter().zip(&self.parts) {
            columns.set_item(name, floats(py, part))?;
        }
        columns.set_item("sources", PyList::new(py, &self.source)?)?;
        columns.set_item("notes", PyList::new(py, &self.notes)?)?;
        Ok(columns)
    }
}
