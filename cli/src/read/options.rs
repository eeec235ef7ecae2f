//! How a table is read: what the command line says, and how much is read at most.

use clap::Args;
use std::cell::Cell;
use std::rc::Rc;

/// What to do with a row that has too many or too few values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BadRows {
    /// Stop and say which.
    #[default]
    Refuse,
    /// Leave it out and count it.
    Skip,
}

/// How to read a log. Lists have the same without the limits.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReadArgs {
    /// The file has no header: these are its columns, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME,NAME,…")]
    pub columns: Vec<String>,
    /// Encoding of a text that is not Unicode, like windows-1252
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<String>,
    /// Rows with too many or too few values
    #[arg(long, value_enum, default_value_t)]
    pub bad_rows: BadRows,
    /// Most rows read
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows)]
    pub max_rows: u64,
    /// Most bytes of one value
    #[arg(long, value_name = "N", default_value_t = Limits::default().cell)]
    pub max_cell_bytes: usize,
    /// Most bytes of one row
    #[arg(long, value_name = "N", default_value_t = Limits::default().row)]
    pub max_row_bytes: usize,
    /// Most bytes read, after unpacking
    #[arg(long, value_name = "N", default_value_t = Limits::default().bytes)]
    pub max_read_bytes: u64,
}

/// For clap.
pub(crate) fn encoding(name: &str) -> Result<String, String> {
    match encoding_rs::Encoding::for_label(name.as_bytes()) {
        Some(_) => Ok(name.to_owned()),
        None => {
            Err("no encoding of that name: utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis, gb18030 and the like".into())
        }
    }
}

/// What keeps a hostile or mistaken file from filling the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Rows.
    pub rows: u64,
    /// Bytes of one value.
    pub cell: usize,
    /// Bytes of one row.
    pub row: usize,
    /// Bytes of all files, unpacked.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 20_000_000, cell: 1 << 20, row: 16 << 20, bytes: 16 << 30 }
    }
}

/// How a table is read, whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Column names of a file without a header; empty where it has one.
    pub columns: Vec<String>,
    /// The encoding's label, where it is said.
    pub encoding: Option<String>,
    /// Ragged rows.
    pub bad_rows: BadRows,
    /// Limits.
    pub limits: Limits,
    /// A file may be as logs lie about: cut while it was written, so that it ends in the middle of an object, or with zero bytes in front. What
    /// is left out is told. Else it is refused.
    pub cut_off: bool,
    /// Bytes of objects that are looked at for their columns.
    pub look: usize,
    /// Bytes that may still be read, of all files of a table together.
    pub left: Rc<Cell<u64>>,
    /// What flags of lists begin with: `--items-encoding`, not `--encoding`.
    pub flags: &'static str,
}

/// Bytes of objects that are looked at for their columns before more are asked for.
const LOOK: usize = 8 << 20;

impl Default for Options {
    fn default() -> Self {
        let limits = Limits::default();
        let left = Rc::new(Cell::new(limits.bytes));
        Self {
            columns: Vec::new(),
            encoding: None,
            bad_rows: BadRows::Refuse,
            limits,
            cut_off: false,
            look: LOOK,
            left,
            flags: "",
        }
    }
}

impl Options {
    /// What a limit allows, with its flag where the asker has one.
    pub(crate) fn allows(&self, name: &str) -> String {
        if self.flags.is_empty() { format!("--{name} allows") } else { "an item list may have".to_owned() }
    }

    /// A flag by its name, as the asker spells it.
    pub(crate) fn flag(&self, name: &str) -> String {
        format!("--{}{name}", self.flags)
    }
}

impl From<&ReadArgs> for Options {
    fn from(args: &ReadArgs) -> Self {
        Self {
            columns: args.columns.clone(),
            encoding: args.encoding.clone(),
            bad_rows: args.bad_rows,
            limits: Limits {
                rows: args.max_rows,
                cell: args.max_cell_bytes,
                row: args.max_row_bytes,
                bytes: args.max_read_bytes,
            },
            left: Rc::new(Cell::new(args.max_read_bytes)),
            ..Self::default()
        }
    }
}
