//! Opening: from bytes to checked parts.

use super::header::{self, Dtype, Part};
use super::{Limits, Manifest, TableSpec, digest};
use crate::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};
use crate::tensor::shape_text;

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
    /// Places a row.
    pub successors: usize,
    /// Successor indices, row-major.
    pub next: Vec<u32>,
    /// Weights, row-major: 255 stands for 1, 0 for an unused place.
    pub weights: Vec<u8>,
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

/// Opens a bundle: size, digest, header, manifest, parts.
///
/// # Errors
/// Any `bundle-…`, `manifest-invalid`, `catalog-…` code.
pub fn open(bytes: &[u8], expected_digest: Option<&str>, limits: &Limits) -> Result<Parts> {
    open_hashed(bytes, None, expected_digest, limits)
}

/// As [`open`], with the digest of `bytes` where the caller has computed it and vouches for it.
///
/// # Errors
/// As [`open`].
pub fn open_hashed(bytes: &[u8], computed_digest: Option<&str>, expected_digest: Option<&str>, limits: &Limits) -> Result<Parts> {
    if bytes.len() > limits.bytes {
        return Err(Error::new(Code::BundleTooLarge, "the bundle is larger than allowed")
            .with("bytes", bytes.len())
            .with("limit", limits.bytes));
    }
    let digest = digest::verify(bytes, computed_digest, expected_digest)?;
    let (json, parts) = header::read(bytes, limits)?;
    let manifest = Manifest::parse(&json)?;
    let n = manifest.catalog.items;
    if n > limits.items {
        return Err(Error::new(Code::BundleTooLarge, "the catalog is larger than allowed")
            .with("items", n)
            .with("limit", limits.items));
    }
    let read = Reader { parts };
    let vectors = match &manifest.items {
        None => None,
        Some(spec) => {
            let rows = read.part("items.vectors", &[Dtype::I8], &[n, spec.dim])?.data.iter().map(|b| b.cast_signed()).collect();
            Some(StoredVectors { dim: spec.dim, rows, scales: read.f32s("items.scales", &[n])? })
        }
    };
    let table = read.table(manifest.table.as_ref(), n, ["table.next", "table.weights"])?;
    let bought = read.table(manifest.serving.bought.as_ref(), n, ["bought.next", "bought.weights"])?;
    let recent = manifest.serving.recent.then(|| read.u32s("items.recent", &[n])).transpose()?;
    let popularity = read.u32s("items.popularity", &[n])?;
    let (onnx, golden_outputs) = match &manifest.model {
        None => (None, Vec::new()),
        Some(model) => {
            (Some(read.bytes("model.onnx")?.to_vec()), read.f32s("golden.query", &[manifest.goldens.len(), model.output.width])?)
        }
    };
    let catalog = read.catalog(&manifest)?;
    Ok(Parts { digest, bytes: bytes.len(), catalog, vectors, table, bought, popularity, recent, onnx, golden_outputs, manifest })
}

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

    fn text(&self, part: &'static str, len: usize) -> Result<TextColumn> {
        TextColumn::parse(part, self.bytes(part)?, len)
    }

    fn facet(&self, part: &'static str, names: &'static str, len: usize) -> Result<FacetColumn> {
        let codes = chunks(self.part(part, &[Dtype::U16], &[len])?.data).map(u16::from_le_bytes).collect();
        let bytes = self.bytes(names)?;
        let count = if bytes.is_empty() { 0 } else { bytes.iter().filter(|b| **b == b'\n').count() + 1 };
        FacetColumn::new(part, TextColumn::parse(names, bytes, count)?, codes)
    }

    fn table(&self, spec: Option<&TableSpec>, n: usize, [next, weights]: [&str; 2]) -> Result<Option<StoredTable>> {
        let Some(spec) = spec else { return Ok(None) };
        let shape = [n, spec.successors];
        let next = self.u32s(next, &shape)?;
        let weights = self.part(weights, &[Dtype::U8], &shape)?.data.to_vec();
        Ok(Some(StoredTable { successors: spec.successors, next, weights }))
    }

    fn catalog(&self, manifest: &Manifest) -> Result<Catalog> {
        let n = manifest.catalog.items;
        let mut columns =
            Columns { ids: self.text("catalog.ids", n)?, titles: self.text("catalog.titles", n)?, ..Columns::default() };
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
