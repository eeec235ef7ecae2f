//! Which columns of a log hold the fields of a specification.

use super::args::SourceArgs;
use crate::read::Table;
use crate::read::value::cell::{listed, short};
use nearhand::{Code, Error, Result};
use nearhand_features::Spec;

/// Fields of a specification and the columns that hold them. Places are those of the picked columns.
#[derive(Debug)]
pub(super) struct Columns {
    /// Columns that are read, by their places in the table.
    pub picked: Vec<usize>,
    /// Their names.
    pub names: Vec<String>,
    pub time: usize,
    pub id: Option<usize>,
    pub keys: Vec<usize>,
    pub amounts: Vec<usize>,
    pub flags: Vec<usize>,
    pub currency: Option<usize>,
    pub label: Option<usize>,
    pub label_time: Option<usize>,
}

/// A column by its name, however its case where none has it as it is.
fn find(table: &Table, name: &str) -> Result<Option<usize>> {
    match table.column(name, |column| column == name)? {
        Some(at) => Ok(Some(at)),
        None => table.column(name, |column| column.eq_ignore_ascii_case(name)),
    }
}

impl Columns {
    /// # Errors
    /// `invalid-option` for a `--col` of an unknown field; `data-invalid` with the columns that are missing and those that are there, or with
    /// the places of several of one name.
    pub(super) fn find(table: &Table, spec: &Spec, args: &SourceArgs) -> Result<Self> {
        let mut said: Vec<(&str, &str)> = Vec::new();
        for option in &args.cols {
            let Some(pair) = option.split_once('=') else {
                return Err(refused("--col is FIELD=COLUMN", option));
            };
            said.push(pair);
        }
        let mut of = Found {
            table,
            said,
            used: Vec::new(),
            fields: Vec::new(),
            picked: Vec::new(),
            names: Vec::new(),
            missing: Vec::new(),
        };
        let time = of.field(spec.time())?;
        let id = spec.id().map(|id| of.field(id)).transpose()?;
        let keys = spec.keys().iter().map(|key| of.field(key)).collect::<Result<_>>()?;
        let amounts = spec.amounts().iter().map(|amount| of.field(&amount.name)).collect::<Result<_>>()?;
        let flags = spec.flags().iter().map(|flag| of.field(flag)).collect::<Result<_>>()?;
        let currency = spec.currency().map(|currency| of.field(&currency.name)).transpose()?;
        // A log of today has no labels yet.
        let label = spec.label().map(|label| of.maybe(&label.name)).transpose()?.flatten();
        if label.is_none()
            && let Some(name) = &args.label_time_col
        {
            let why = "there is no column of labels whose times these could be: name it with --col FIELD=COLUMN";
            return Err(Error::new(Code::OptionInvalid, why).with("option", "--label-time-col").with("value", short(name)));
        }
        let label_time = args.label_time_col.as_deref().map(|name| of.column(name)).transpose()?;
        if let Some((field, _)) = of.said.iter().find(|(field, _)| !of.used.contains(field)) {
            return Err(refused("--col names a field that the specification does not have", field)
                .with("fields", short(&of.fields.join(" "))));
        }
        if !of.missing.is_empty() {
            let why = "the log lacks columns of the specification's fields: name them with --col FIELD=COLUMN";
            let error = Error::new(Code::DataInvalid, why).with("path", table.path().display());
            let error = listed(error, "missing", " ", &of.missing);
            return Err(listed(error, "columns", " ", table.header()));
        }
        let Found { picked, names, .. } = of;
        Ok(Self { picked, names, time, id, keys, amounts, flags, currency, label, label_time })
    }
}

fn refused(why: &'static str, value: &str) -> Error {
    Error::new(Code::OptionInvalid, why).with("option", "--col").with("value", short(value))
}

struct Found<'a> {
    table: &'a Table,
    said: Vec<(&'a str, &'a str)>,
    used: Vec<&'a str>,
    fields: Vec<String>,
    picked: Vec<usize>,
    names: Vec<String>,
    missing: Vec<String>,
}

impl Found<'_> {
    /// The place of a field that may have no column.
    fn maybe(&mut self, field: &str) -> Result<Option<usize>> {
        self.fields.push(field.to_owned());
        let said = self.said.iter().find(|(name, _)| *name == field).copied();
        if let Some((name, _)) = said {
            self.used.push(name);
        }
        if said.is_none() && find(self.table, field)?.is_none() {
            return Ok(None);
        }
        self.column(said.map_or(field, |(_, column)| column)).map(Some)
    }

    fn field(&mut self, field: &str) -> Result<usize> {
        match self.maybe(field)? {
            Some(at) => Ok(at),
            None => self.column(field),
        }
    }

    fn column(&mut self, name: &str) -> Result<usize> {
        match find(self.table, name)? {
            Some(at) => self.picked.push(at),
            None => {
                self.missing.push(name.to_owned());
                self.picked.push(usize::MAX);
            }
        }
        self.names.push(name.to_owned());
        Ok(self.picked.len() - 1)
    }
}
