//! Opening: from bytes to checked parts.

use super::header::{self, Dtype, Part};
use super::{Limits, Manifest, ModelFileSpec, TableSpec, codes, digest, half};
use crate::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};
use nearhand_onnx::tensor::shape_text;

/// Item vectors as stored: row i stands for `scales[i] · rows[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVectors {
    /// Values a row.
    pub dim: usize,
    /// The int8 values, row-major.
    pub rows: Vec<i8>,
    /// One scale a row.
    pub scales: Vec<f32>,
}

/// The transition table as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTable {
    /// Places a row, at most.
    pub successors: usize,
    /// Places of each row; empty where every row has all.
    pub counts: Vec<u8>,
    /// Successor indices, row by row.
    pub next: Vec<u32>,
    /// Weights, row by row: 255 stands for 1, 0 for an unused place.
    pub weights: Vec<u8>,
}

impl StoredTable {
    /// Successors and weights of each item.
    pub fn rows(&self) -> impl Iterator<Item = (&[u32], &[u8])> {
        let rows = if self.counts.is_empty() { self.next.len() / self.successors.max(1) } else { self.counts.len() };
        let mut end = 0;
        (0..rows).map(move |row| {
            let start = end;
            end += self.counts.get(row).map_or(self.successors, |count| usize::from(*count));
            (self.next.get(start..end).unwrap_or_default(), self.weights.get(start..end).unwrap_or_default())
        })
    }
}

/// The parts of a bundle: of the types and shapes that the manifest says.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// Size of the file.
    pub bytes: usize,
    /// The catalog.
    pub catalog: Catalog,
    /// Item vectors.
    pub vectors: Option<StoredVectors>,
    /// Transition table.
    pub table: Option<StoredTable>,
    /// Table of what was bought together.
    pub bought: Option<StoredTable>,
    /// Training events an item.
    pub popularity: Vec<u32>,
    /// The same in the newest tenth of the training sessions.
    pub recent: Option<Vec<u32>>,
    /// The ONNX bytes.
    pub onnx: Option<Vec<u8>>,
    /// Recorded model outputs, one row a golden.
    pub golden_outputs: Vec<f32>,
}

/// The bytes of a bundle, and what the caller knows of them and vouches for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// The bundle.
    pub bundle: &'a [u8],
    /// Its SHA-256 with its own digits as zeros, where the caller has computed it.
    pub computed_digest: Option<&'a str>,
    /// The model's own file, where the bundle has one and it is at hand.
    pub model: Option<&'a [u8]>,
    /// Its SHA-256, where the caller has computed it.
    pub computed_model_digest: Option<&'a str>,
}

/// Opens a bundle in one file: size, digest, header, manifest, parts.
///
/// # Errors
/// Any `bundle-…`, `manifest-invalid`, `catalog-…` code.
pub fn open(bytes: &[u8], expected_digest: Option<&str>, limits: &Limits) -> Result<Parts> {
    open_files(&Files { bundle: bytes, ..Files::default() }, expected_digest, limits)
}

/// Opens a bundle. Without the model's own file, where there is one, what it holds is left out of the parts.
///
/// # Errors
/// As [`open`].
pub fn open_files(files: &Files<'_>, expected_digest: Option<&str>, limits: &Limits) -> Result<Parts> {
    let bytes = files.bundle;
    let size = bytes.len().saturating_add(files.model.map_or(0, <[u8]>::len));
    if size > limits.bytes {
        return Err(Error::new(Code::BundleTooLarge, "the bundle is larger than allowed")
            .with("bytes", size)
            .with("limit", limits.bytes));
    }
    let digest = digest::verify(bytes, files.computed_digest, expected_digest)?;
    let (json, mut parts) = header::read(bytes, limits)?;
    let manifest = Manifest::parse(&json)?;
    let n = manifest.catalog.items;
    if n > limits.items {
        return Err(Error::new(Code::BundleTooLarge, "the catalog is larger than allowed")
            .with("items", n)
            .with("limit", limits.items));
    }
    match (&manifest.model_file, files.model) {
        (Some(spec), Some(model)) => parts.extend(second(model, files.computed_model_digest, spec, limits)?),
        (None, Some(_)) => {
            return Err(Error::new(Code::BundlePartInvalid, "the bundle is one file: it has no model file"));
        }
        (_, None) => {}
    }
    let whole = manifest.model_file.is_none() || files.model.is_some();
    let read = Reader { parts };
    let vectors = match manifest.items.as_ref().filter(|_| whole) {
        None => None,
        Some(spec) => Some(read.vectors(n, spec.dim)?),
    };
    let table = read.table(manifest.table.as_ref(), n, TABLE)?;
    let bought = read.table(manifest.serving.bought.as_ref(), n, BOUGHT)?;
    let recent = manifest.serving.recent.then(|| read.u32s("items.recent", &[n])).transpose()?;
    let popularity = read.u32s("items.popularity", &[n])?;
    let (onnx, golden_outputs) = match manifest.model.as_ref().filter(|_| whole) {
        None => (None, Vec::new()),
        Some(model) => {
            (Some(read.bytes("model.onnx")?.to_vec()), read.f32s("golden.query", &[manifest.goldens.len(), model.output.width])?)
        }
    };
    let catalog = read.catalog(&manifest)?;
    Ok(Parts { digest, bytes: size, catalog, vectors, table, bought, popularity, recent, onnx, golden_outputs, manifest })
}

/// The parts of the model's own file.
fn second<'a>(bytes: &'a [u8], computed: Option<&str>, spec: &ModelFileSpec, limits: &Limits) -> Result<Vec<Part<'a>>> {
    let computed = computed.map_or_else(|| digest::sha256_hex(bytes), str::to_ascii_lowercase);
    if bytes.len() != spec.bytes || !spec.sha256.eq_ignore_ascii_case(&computed) {
        return Err(Error::new(Code::BundleDigestMismatch, "the model file is not the one of this bundle: fetch both again")
            .with("stated", &spec.sha256)
            .with("computed", computed)
            .with("bytes", bytes.len()));
    }
    Ok(header::read(bytes, limits)?.1)
}

/// Names of the parts of a table.
#[derive(Clone, Copy)]
pub(super) struct TableNames {
    pub(super) next: &'static str,
    pub(super) weights: &'static str,
    pub(super) counts: &'static str,
}

/// What follows what.
pub(super) const TABLE: TableNames = TableNames { next: "table.next", weights: "table.weights", counts: "table.counts" };
/// What was bought together.
pub(super) const BOUGHT: TableNames = TableNames { next: "bought.next", weights: "bought.weights", counts: "bought.counts" };

struct Reader<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Reader<'a> {
    fn part(&self, name: &str, dtypes: &[Dtype], shape: &[usize]) -> Result<&Part<'a>> {
        let part = self.any(name)?;
        if !dtypes.contains(&part.dtype) || part.shape != shape {
            return Err(Error::new(Code::BundlePartInvalid, "a bundle part has another type or shape than the manifest says")
                .with("part", name)
                .with("dtype", part.dtype)
                .with("shape", shape_text(&part.shape))
                .with("wanted", shape_text(shape)));
        }
        Ok(part)
    }

    fn any(&self, name: &str) -> Result<&Part<'a>> {
        let found = self.parts.iter().find(|p| p.name == name);
        found.ok_or_else(|| Error::new(Code::BundlePartInvalid, "a bundle part is missing").with("part", name))
    }

    fn bytes(&self, name: &str) -> Result<&'a [u8]> {
        let len = self.any(name)?.shape.first().copied().unwrap_or(0);
        Ok(self.part(name, &[Dtype::U8], &[len])?.data)
    }

    /// Stored in 16 bits where all values fit.
    fn u32s(&self, name: &str, shape: &[usize]) -> Result<Vec<u32>> {
        let part = self.part(name, &[Dtype::U16, Dtype::U32], shape)?;
        Ok(match part.dtype {
            Dtype::U16 => chunks(part.data).map(|b| u32::from(u16::from_le_bytes(b))).collect(),
            _ => chunks(part.data).map(u32::from_le_bytes).collect(),
        })
    }

    fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        Ok(chunks(self.part(name, &[Dtype::F32], shape)?.data).map(f32::from_le_bytes).collect())
    }

    /// Stored in codes, which say their own scales, or in 8 bits.
    fn vectors(&self, n: usize, dim: usize) -> Result<StoredVectors> {
        let part = self.any("items.vectors")?;
        let bytes = part.shape.last().copied().filter(|_| part.dtype == Dtype::U8);
        if let Some(bits) = bytes.and_then(|bytes| codes::width(dim, bytes)) {
            let codes = self.part("items.vectors", &[Dtype::U8], &[n, dim * bits / 8])?;
            return Ok(codes::unpack(codes.data, dim, bits));
        }
        let rows = self.part("items.vectors", &[Dtype::I8], &[n, dim])?.data.iter().map(|b| b.cast_signed()).collect();
        Ok(StoredVectors { dim, rows, scales: self.scales(n)? })
    }

    /// Stored in half precision where that is exact.
    fn scales(&self, n: usize) -> Result<Vec<f32>> {
        let part = self.part("items.scales", &[Dtype::F16, Dtype::F32], &[n])?;
        Ok(match part.dtype {
            Dtype::F16 => chunks(part.data).map(|b| half::widen(u16::from_le_bytes(b))).collect(),
            _ => chunks(part.data).map(f32::from_le_bytes).collect(),
        })
    }

    /// Successors and weights: stored row by row, or without the unused places behind the counts.
    fn table(&self, spec: Option<&TableSpec>, n: usize, names: TableNames) -> Result<Option<StoredTable>> {
        let Some(&TableSpec { successors, .. }) = spec else { return Ok(None) };
        if !self.has(names.counts) {
            let shape = [n, successors];
            let weights = self.part(names.weights, &[Dtype::U8], &shape)?.data.to_vec();
            return Ok(Some(StoredTable { successors, counts: Vec::new(), next: self.u32s(names.next, &shape)?, weights }));
        }
        let counts = self.part(names.counts, &[Dtype::U8], &[n])?.data;
        let used = counts.iter().map(|c| usize::from(*c)).sum();
        if counts.iter().max().map(|c| usize::from(*c)) != Some(successors) {
            return Err(Error::new(Code::BundlePartInvalid, "the longest row of a table is not as long as the manifest says")
                .with("part", names.counts)
                .with("longest", counts.iter().max().unwrap_or(&0))
                .with("wanted", successors));
        }
        // Left as they are: filled up, a table without successors would be five hundred times its counts.
        let (next, weights) = (self.u32s(names.next, &[used])?, self.part(names.weights, &[Dtype::U8], &[used])?.data.to_vec());
        Ok(Some(StoredTable { successors, counts: counts.to_vec(), next, weights }))
    }

    fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|p| p.name == name)
    }

    fn text(&self, part: &'static str, len: usize) -> Result<TextColumn> {
        TextColumn::parse(part, self.bytes(part)?, len)
    }

    fn facet(&self, part: &'static str, names: &'static str, len: usize) -> Result<FacetColumn> {
        let codes = chunks(self.part(part, &[Dtype::U16], &[len])?.data).map(u16::from_le_bytes).collect();
        let bytes = self.bytes(names)?;
        let count = if bytes.is_empty() { 0 } else { bytes.iter().filter(|b| **b == b'\n').count() + 1 };
        FacetColumn::new(part, TextColumn::parse(names, bytes, count)?, codes)
    }

    fn catalog(&self, manifest: &Manifest) -> Result<Catalog> {
        let n = manifest.catalog.items;
        let ids = self.text("catalog.ids", n)?;
        let titles = if self.has("catalog.titles") { self.text("catalog.titles", n)? } else { ids.clone() };
        let mut columns = Columns { ids, titles, ..Columns::default() };
        for column in &manifest.catalog.columns {
            match column.as_str() {
                "price" => columns.price = Some(self.f32s("catalog.price", &[n])?),
                "category" => columns.category = Some(self.facet("catalog.category", "catalog.category.names", n)?),
                "brand" => columns.brand = Some(self.facet("catalog.brand", "catalog.brand.names", n)?),
                "image" => columns.image = Some(self.text("catalog.image", n)?),
                "url" => columns.url = Some(self.text("catalog.url", n)?),
                "group" => columns.group = Some(self.text("catalog.group", n)?),
                "stock" => {
                    let stock = self.part("catalog.stock", &[Dtype::I32], &[n])?;
                    columns.stock = Some(chunks(stock.data).map(i32::from_le_bytes).collect());
                }
                other => {
                    return Err(
                        Error::new(Code::ManifestInvalid, "the manifest names an unknown catalog column").with("column", other)
                    );
                }
            }
        }
        Catalog::new(columns)
    }
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}
