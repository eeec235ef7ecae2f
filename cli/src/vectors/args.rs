//! What the command line says of vectors.

use super::exact::exact_model;
use super::format;
use super::given::Given;
use super::graph::query_model;
use super::place::{Placed, place};
use super::query::{Query, Score};
use super::stored::{Stored, stored};
use crate::files::readable;
use crate::items::ItemList;
use clap::Args;
use nearhand::bundle::ModelSpec;
use nearhand::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// Vectors that somebody else trained.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct VectorArgs {
    /// Item vectors: .npy, .npz, .safetensors, Parquet, CSV, JSON lines, word2vec text or binary, or bare little-endian f32;
    /// matched by their ids where the file has them, else one row an item in the order of --items
    #[arg(long, value_name = "FILE")]
    pub vectors: Option<PathBuf>,
    /// Ids of the rows of --vectors, one a line
    #[arg(long, value_name = "FILE")]
    pub vector_ids: Option<PathBuf>,
    /// Which tensor or columns of --vectors to read where there are several: the vectors', or the ids' and the vectors'
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub vector_name: Vec<String>,
    /// How the vectors of a session become one: mean, decay:0.6 (each event counts 0.6 of the next) or last. No graph is
    /// needed then
    #[arg(long, value_name = "QUERY")]
    pub query: Option<Query>,
    /// How vectors are compared: dot where long ones shall rank high, cosine where directions alone count [default: cosine
    /// with --query, dot with a graph]
    #[arg(long, value_enum)]
    pub score: Option<Score>,
    /// Bits a value: 1, 2, 4 or 8 for rows that are rounded; 16 or 32 for exact ones, which stand in the graph [default: 8
    /// where these answer 99.9 % of the sessions with the same 20 items in the same order, else 32]
    #[arg(long, value_name = "N")]
    pub bits: Option<usize>,
    /// Values a vector, where that is to be checked
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
}

/// What vectors become.
#[derive(Debug)]
pub(crate) struct Made {
    pub stored: Stored,
    /// A graph of ours.
    pub model: Option<(ModelSpec, Vec<u8>)>,
}

impl VectorArgs {
    /// The files that are read.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, &Path)> {
        let files = [("--vectors", &self.vectors), ("--vector-ids", &self.vector_ids)];
        files.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?))).collect()
    }

    /// How vectors are compared. Directions alone did better wherever we measured (docs/vectors.md); the vectors that
    /// another's graph was trained with are left as they are.
    pub(crate) fn score(&self) -> Score {
        self.score.unwrap_or(if self.query.is_some() { Score::Cosine } else { Score::Dot })
    }

    /// Bits a value.
    pub(crate) fn bits(&self) -> usize {
        self.bits.unwrap_or(8)
    }

    /// Refuses flags that say nothing or contradict each other, and files that cannot be read.
    ///
    /// # Errors
    /// `invalid-option` with option and value; `io`.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |option: &'static str, value: String, why: &'static str| {
            Err(Error::new(Code::OptionInvalid, why).with("option", option).with("value", value))
        };
        if ![1, 2, 4, 8, 16, 32].contains(&self.bits()) {
            return refuse("--bits", self.bits().to_string(), "vectors have 1, 2, 4, 8, 16 or 32 bits a value");
        }
        if self.dim == Some(0) {
            return refuse("--dim", "0".to_owned(), "a vector has at least one value");
        }
        if self.vectors.is_none() {
            let alone = [
                ("--vector-ids", self.vector_ids.is_some()),
                ("--vector-name", !self.vector_name.is_empty()),
                ("--query", self.query.is_some()),
                ("--score", self.score.is_some()),
                ("--bits", self.bits.is_some()),
                ("--dim", self.dim.is_some()),
            ];
            if let Some((option, _)) = alone.into_iter().find(|(_, said)| *said) {
                return Err(Error::new(Code::OptionInvalid, "the option is about vectors, and none are given: see --vectors")
                    .with("option", option));
            }
        }
        if self.vector_name.len() > 2 || self.vector_name.iter().any(String::is_empty) {
            let why = "one name is the vectors', two are the ids' and the vectors'";
            return refuse("--vector-name", self.vector_name.join(","), why);
        }
        self.inputs().into_iter().try_for_each(|(option, path)| readable(option, path))
    }

    /// Reads the vectors and puts them in the order of the item list; none where none are given.
    ///
    /// # Errors
    /// `io`; `data-invalid` with file and place; `item-unknown` where no id is the list's; `invalid-option` for another
    /// `--dim` than the file's.
    pub(crate) fn read(&self, items: &ItemList) -> Result<Option<Placed>> {
        let Some(path) = &self.vectors else { return Ok(None) };
        let given = self.given(path, items.rows.len())?;
        if let Some(dim) = self.dim.filter(|dim| *dim != given.dim) {
            return Err(Error::new(Code::OptionInvalid, "the vectors have another number of values than --dim says")
                .with("option", "--dim")
                .with("value", dim)
                .with("path", path.display())
                .with("values", given.dim)
                .with("rows", given.rows()));
        }
        place(path, given, items).map(Some)
    }

    /// What of it goes into a bundle: rows of at most 8 bits, which likeness and new items live on whatever the graph
    /// holds, and with `--query` a graph that looks at `window` events.
    ///
    /// # Errors
    /// As [`stored`] and [`exact_model`].
    pub(crate) fn make(&self, placed: &Placed, window: usize) -> Result<Made> {
        let (score, bits, dim) = (self.score(), self.bits(), placed.dim);
        let stored = stored(&placed.values, dim, bits.min(8), score)?;
        let model = match self.query {
            None => None,
            Some(query) if bits > 8 => Some(exact_model(query, score, &placed.values, dim, bits, window)?),
            Some(query) => Some(query_model(query, score, dim, window)),
        };
        Ok(Made { stored, model })
    }

    fn given(&self, path: &Path, items: usize) -> Result<Given> {
        let asked = format::Asked { path, names: &self.vector_name, dim: self.dim, items };
        let given = format::read(&asked)?;
        let Some(ids) = &self.vector_ids else { return Ok(given) };
        let lines = format::id_lines(ids)?;
        if given.ids.as_ref().is_some_and(|own| *own != lines) {
            return Err(Error::new(Code::OptionInvalid, "the vectors have ids of their own, and other ones")
                .with("option", "--vector-ids")
                .with("path", ids.display())
                .with("vectors", path.display()));
        }
        given.with_ids(ids, Some(lines))
    }
}
