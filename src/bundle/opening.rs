//! Opening: from bytes to checked parts, step by step. A page's thread takes one step, sees what else there is to do, and takes
//! the next. The order of the steps is that of trust: size, digest, header, manifest, parts.

use super::digest;
use super::files::Files;
use super::header::{self, Part};
use super::limits::Limits;
use super::manifest::{Manifest, ModelFileSpec};
use super::parts::{BOUGHT, Parts, Reader, TABLE};
use crate::catalog::{Catalog, Columns};
use crate::error::{Code, Error, Result};

/// Opens a bundle in one file: size, digest, header, manifest, parts.
///
/// # Errors
/// Any `bundle-…`, `manifest-invalid`, `catalog-…` code.
pub fn open(bytes: &[u8], expected_digest: Option<&str>, limits: &Limits) -> Result<Parts> {
    let files = Files { bundle: bytes.into(), ..Files::default() };
    let mut opening = Opening::new(files, expected_digest.map(str::to_owned), *limits);
    loop {
        if let Some(parts) = opening.step()? {
            return Ok(*parts);
        }
    }
}

/// A bundle on its way into parts. Without the model's own file, where there is one, what it holds is left out.
#[derive(Debug)]
pub struct Opening<'a> {
    files: Files<'a>,
    expected: Option<String>,
    limits: Limits,
    /// Steps taken; none after an error.
    taken: usize,
    digest: String,
    /// The manifest as it stands there, and what stands where.
    json: String,
    places: Vec<Part>,
    columns: Columns,
    /// What is read so far.
    made: Option<Box<Parts>>,
}

impl<'a> Opening<'a> {
    /// Looks at nothing yet.
    #[must_use]
    pub fn new(files: Files<'a>, expected: Option<String>, limits: Limits) -> Self {
        let (digest, json, places, columns) = Default::default();
        Self { files, expected, limits, taken: 0, digest, json, places, columns, made: None }
    }

    /// Takes the next step; the parts, after the last one. What failed fails again.
    ///
    /// # Errors
    /// As [`open`].
    pub fn step(&mut self) -> Result<Option<Box<Parts>>> {
        let taken = std::mem::take(&mut self.taken);
        match taken {
            0 => self.digest = self.verify()?,
            1 => (self.json, self.places) = header::read(&self.files.bundle, &self.limits)?,
            2 => self.made = Some(self.manifest()?),
            _ => {
                let Some(made) = &mut self.made else { return Ok(None) };
                let read = Reader { files: &self.files, parts: &self.places };
                if part(&read, taken - 3, &mut self.columns, made)? {
                    made.catalog = Catalog::new(std::mem::take(&mut self.columns))?;
                    return Ok(self.made.take());
                }
            }
        }
        self.taken = taken + 1;
        Ok(None)
    }

    /// Whether the model's own file is at hand.
    #[must_use]
    pub(crate) const fn has_model(&self) -> bool {
        self.files.model.is_some()
    }

    /// The size of both files.
    fn size(&self) -> usize {
        self.files.bundle.len().saturating_add(self.files.model().map_or(0, <[u8]>::len))
    }

    fn verify(&self) -> Result<String> {
        let (size, limit) = (self.size(), self.limits.bytes);
        if size > limit {
            let error = Error::new(Code::BundleTooLarge, "the bundle is larger than allowed");
            return Err(error.with("bytes", size).with("limit", limit));
        }
        digest::verify(&self.files.bundle, self.files.computed_digest.as_deref(), self.expected.as_deref())
    }

    fn manifest(&mut self) -> Result<Box<Parts>> {
        let manifest = Manifest::parse(&self.json)?;
        let n = manifest.catalog.items;
        if n > self.limits.items {
            return Err(Error::new(Code::BundleTooLarge, "the catalog is larger than allowed")
                .with("items", n)
                .with("limit", self.limits.items));
        }
        match (&manifest.model_file, self.files.model()) {
            (Some(spec), Some(model)) => {
                self.places.extend(second(model, self.files.computed_model_digest.as_deref(), spec, &self.limits)?);
            }
            (None, Some(_)) => {
                return Err(Error::new(Code::BundlePartInvalid, "the bundle is one file: it has no model file"));
            }
            (_, None) => {}
        }
        Ok(Box::new(Parts {
            digest: std::mem::take(&mut self.digest),
            bytes: self.size(),
            manifest,
            catalog: Catalog::default(),
            vectors: None,
            table: None,
            bought: None,
            popularity: Vec::new(),
            recent: None,
            onnx: None,
            golden_outputs: Vec::new(),
            reference: None,
        }))
    }
}

/// Reads what comes after so many steps; whether nothing does.
fn part(read: &Reader<'_>, taken: usize, columns: &mut Columns, made: &mut Parts) -> Result<bool> {
    let manifest = &made.manifest;
    let n = manifest.catalog.items;
    let whole = manifest.model_file.is_none() || read.files.model().is_some();
    match taken {
        0 => {
            if let Some(spec) = manifest.items.as_ref().filter(|_| whole) {
                made.vectors = Some(read.vectors(n, spec.dim)?);
            }
        }
        1 => made.table = read.table(manifest.table.as_ref(), n, TABLE)?,
        2 => {
            made.bought = read.table(manifest.serving.bought.as_ref(), n, BOUGHT)?;
            if manifest.serving.recent {
                made.recent = Some(read.u32s("items.recent", &[n])?);
            }
            made.popularity = read.u32s("items.popularity", &[n])?;
            if let Some(model) = manifest.model.as_ref().filter(|_| whole) {
                made.onnx = Some(read.bytes("model.onnx")?.to_vec());
                made.golden_outputs = read.f32s("golden.query", &[manifest.goldens.len(), model.output.width])?;
            }
        }
        3 => {
            made.reference = read.reference()?;
            read.names(n, columns)?;
        }
        _ => match manifest.catalog.columns.get(taken - 4) {
            Some(column) => read.column(column, n, columns)?,
            None => return Ok(true),
        },
    }
    Ok(false)
}

/// The parts of the model's own file.
fn second(bytes: &[u8], computed: Option<&str>, spec: &ModelFileSpec, limits: &Limits) -> Result<Vec<Part>> {
    let computed = computed.map_or_else(|| digest::sha256_hex(bytes), str::to_ascii_lowercase);
    if bytes.len() != spec.bytes || !spec.sha256.eq_ignore_ascii_case(&computed) {
        return Err(Error::new(Code::BundleDigestMismatch, "the model file is not the one of this bundle: fetch both again")
            .with("stated", &spec.sha256)
            .with("computed", computed)
            .with("bytes", bytes.len()));
    }
    let mut parts = header::read(bytes, limits)?.1;
    parts.iter_mut().for_each(|part| part.apart = true);
    Ok(parts)
}
