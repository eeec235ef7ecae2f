//! Arrow tables, as files (Feather 2 among them): batches of flat columns.

mod column;
mod file;

use crate::files::io;
use crate::read::bytes::Opened;
use crate::read::options::Options;
use crate::read::row::{Cells, SAMPLE, Take};
use crate::read::value::cell::{Cell, Place, short};
use arrow_array::RecordBatch;
use column::{Column, is_read};
use file::{Bytes, File, reading};
use nearhand::{Code, Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A table whose columns are known.
pub(crate) struct Reader {
    path: PathBuf,
    file: File,
    header: Vec<String>,
    /// Most bytes of texts that are handed out: a few kilobytes of words can stand for any number of them.
    most: u64,
}

impl Reader {
    pub(super) fn open(path: &Path, opened: Opened, options: &Options) -> Result<Self> {
        let Opened { file, mut bytes, .. } = opened;
        let from: Box<dyn Bytes> = match file {
            Some(file) => Box::new(file),
            None => {
                let mut all = Vec::new();
                bytes.read_to_end(&mut all).map_err(|e| io(path, &e))?;
                Box::new(std::io::Cursor::new(all))
            }
        };
        let file = File::open(path, from, options)?;
        let header = file.schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { path: path.to_owned(), file, header, most: options.limits.bytes })
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether a column can be read.
    fn reads(&self, at: usize) -> bool {
        self.file.schema.fields().get(at).is_some_and(|field| is_read(field.data_type()))
    }

    pub(super) fn sample(&mut self) -> Result<Vec<Vec<Option<String>>>> {
        let width = self.header.len();
        let places: Vec<usize> = (0..width).filter(|at| self.reads(*at)).collect();
        let (mut rows, path): (Vec<Vec<Option<String>>>, _) = (Vec::new(), self.path.clone());
        self.file.batches(&places, &mut |batch| {
            let columns = columns(&path, batch)?;
            for row in 0..batch.num_rows().min(SAMPLE - rows.len()) {
                let mut words = vec![None; width];
                for (at, column) in places.iter().zip(&columns) {
                    words.get_mut(*at).into_iter().for_each(|word| *word = column.cell(row).sample());
                }
                rows.push(words);
            }
            Ok(rows.len() < SAMPLE)
        })?;
        Ok(rows)
    }

    pub(super) fn rows(mut self, picked: &[usize], take: &mut Take<'_>) -> Result<()> {
        if let Some(at) = picked.iter().find(|at| !self.reads(**at)) {
            let field = self.file.schema.fields().get(*at);
            let of = field.map_or_else(String::new, |field| field.data_type().to_string());
            let why = "a column of the Arrow file is of a type that is not read: write it as numbers, texts or times, or the table as Parquet";
            return Err(Error::new(Code::DataInvalid, why)
                .with("path", self.path.display())
                .with("column", self.header.get(*at).map_or_else(String::new, |name| short(name)))
                .with("type", short(&of)));
        }
        // Of a column that is picked twice there is one.
        let mut places = picked.to_vec();
        places.sort_unstable();
        places.dedup();
        let from: Vec<usize> = picked.iter().filter_map(|at| places.binary_search(at).ok()).collect();
        let (path, most) = (self.path.clone(), self.most);
        let (mut number, mut handed) = (0, 0_u64);
        self.file.batches(&places, &mut |batch| {
            let columns = columns(&path, batch)?;
            for row in 0..batch.num_rows() {
                number += 1;
                let place = Place { path: &path, unit: "row", number };
                let mut cells = Cells::new(from.len());
                for (cell, column) in cells.places().iter_mut().zip(from.iter().filter_map(|at| columns.get(*at))) {
                    *cell = column.cell(row);
                    if let Cell::Text(text) = cell {
                        handed += text.len() as u64;
                    }
                }
                if handed > most {
                    return Err(place.bad("the table holds more bytes than --max-read-bytes allows").with("limit", most));
                }
                take(cells.all(), &place)?;
            }
            Ok(true)
        })
    }
}

/// The columns of a batch.
fn columns<'a>(path: &Path, batch: &'a RecordBatch) -> Result<Vec<Column<'a>>> {
    let all = batch.columns().iter().map(|array| Column::of(array.as_ref()));
    all.collect::<Option<_>>().ok_or_else(|| reading(path).error(0, &"a column is not of the type that it says"))
}

#[cfg(test)]
mod tests;
