//! Weights that an export keeps in other files are put inside: a bundle is one file, and a page opens no other.
//!
//! Source: onnx/docs/ExternalData.md: a tensor of `data_location` EXTERNAL names `location`, relative to the model's folder, `offset`
//! and `length`.

use super::wire::{copy, field, fields};
use nearhand::{Code, Error, Result};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The files beside a model, read once each.
pub(super) struct Files<'a> {
    folder: &'a Path,
    read: BTreeMap<String, Vec<u8>>,
}

impl<'a> Files<'a> {
    pub(super) const fn of(folder: &'a Path) -> Self {
        Self { folder, read: BTreeMap::new() }
    }

    /// All files that were read.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.read.keys().map(|location| self.folder.join(location)).collect()
    }

    /// A tensor with its values inside.
    pub(super) fn inside(&mut self, tensor: &[u8]) -> Result<Vec<u8>> {
        let all = fields(tensor)?;
        if !all.iter().any(|(at, value)| *at == 14 && value.int() == 1) {
            return Ok(tensor.to_vec());
        }
        let name = all.iter().find(|(at, _)| *at == 8).map_or("", |(_, value)| value.text());
        let (mut location, mut offset, mut length) = ("", 0, None);
        for (_, entry) in all.iter().filter(|(at, _)| *at == 13) {
            let entry = fields(entry.bytes())?;
            let of = |number: u64| entry.iter().find(|(at, _)| *at == number).map_or("", |(_, value)| value.text());
            let number =
                || of(2).parse::<usize>().map_err(|_| refuse("a place in another file is no number", name).with("value", of(2)));
            match of(1) {
                "location" => location = of(2),
                "offset" => offset = number()?,
                "length" => length = Some(number()?),
                _ => {}
            }
        }
        let file = self.file(location, name)?;
        let end = length.map_or(Some(file.len()), |length: usize| offset.checked_add(length));
        let values = end.and_then(|end| file.get(offset..end)).ok_or_else(|| {
            refuse("the file with the weights is shorter than the model says: is it another model's?", name)
                .with("location", location)
                .with("bytes", file.len())
                .with("offset", offset)
                .with("length", length.unwrap_or(0))
        })?;
        let mut out = Vec::with_capacity(values.len() + 128);
        for (at, value) in &all {
            if !matches!(at, 9 | 13 | 14) {
                copy(&mut out, *at, *value);
            }
        }
        field(&mut out, 9, values);
        Ok(out)
    }

    fn file(&mut self, location: &str, tensor: &str) -> Result<&[u8]> {
        // Elsewhere a hostile model would have files read that are none of its business.
        let inside = Path::new(location).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if location.is_empty() || !inside {
            return Err(refuse("the weights of a model stand in its own folder", tensor).with("location", location));
        }
        if !self.read.contains_key(location) {
            let path = self.folder.join(location);
            let bytes = std::fs::read(&path).map_err(|error| {
                refuse("the model keeps weights in another file, which cannot be read: put it beside the model", tensor)
                    .with("location", location)
                    .with("why", error)
            })?;
            self.read.insert(location.to_owned(), bytes);
        }
        Ok(self.read.get(location).map_or(&[], Vec::as_slice))
    }
}

fn refuse(why: &'static str, tensor: &str) -> Error {
    Error::new(Code::ModelExternalData, why).with("tensor", tensor)
}
