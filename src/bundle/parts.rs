//! The parts of a bundle, and the reader of each.

use super::files::Files;
use super::header::{Dtype, Part};
use super::manifest::{Manifest, TableSpec};
use super::stored::{StoredTable, StoredVectors};
use super::{codes, half};
use crate::catalog::{Catalog, Columns, FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};
use nearhand_monitor::MOST_BYTES;
use nearhand_onnx::tensor::shape_text;

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
    /// What was usual of its slates when it was packed, for a monitor: a reference as `nearhand-monitor` writes it. At most 128 KiB;
    /// it is looked into by who counts on it.
    pub reference: Option<Vec<u8>>,
}

/// The part of a reference.
pub(super) const REFERENCE: &str = "monitor.reference";

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

/// Reads parts out of the files they stand in.
pub(super) struct Reader<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) parts: &'a [Part],
}

impl<'a> Reader<'a> {
    fn part(&self, name: &str, dtypes: &[Dtype], shape: &[usize]) -> Result<&'a Part> {
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

    fn any(&self, name: &str) -> Result<&'a Part> {
        let found = self.parts.iter().find(|p| p.name == name);
        found.ok_or_else(|| Error::new(Code::BundlePartInvalid, "a bundle part is missing").with("part", name))
    }

    fn data(&self, part: &Part) -> &'a [u8] {
        let file = if part.apart { self.files.model().unwrap_or_default() } else { &self.files.bundle };
        file.get(part.place.clone()).unwrap_or_default()
    }

    /// The bytes of a part of this type and shape.
    fn raw(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8]> {
        Ok(self.data(self.part(name, &[dtype], shape)?))
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&'a [u8]> {
        let len = self.any(name)?.shape.first().copied().unwrap_or(0);
        self.raw(name, Dtype::U8, &[len])
    }

    /// Stored in 16 bits where all values fit.
    pub(super) fn u32s(&self, name: &str, shape: &[usize]) -> Result<Vec<u32>> {
        let part = self.part(name, &[Dtype::U16, Dtype::U32], shape)?;
        Ok(match part.dtype {
            Dtype::U16 => chunks(self.data(part)).map(|b| u32::from(u16::from_le_bytes(b))).collect(),
            _ => chunks(self.data(part)).map(u32::from_le_bytes).collect(),
        })
    }

    pub(super) fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        Ok(chunks(self.raw(name, Dtype::F32, shape)?).map(f32::from_le_bytes).collect())
    }

    #[cfg(feature = "assess")]
    pub(super) fn f64s(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        Ok(chunks(self.raw(name, Dtype::F64, shape)?).map(f64::from_le_bytes).collect())
    }

    /// Stored in codes, which say their own scales, or in 8 bits.
    pub(super) fn vectors(&self, n: usize, dim: usize) -> Result<StoredVectors> {
        let part = self.any("items.vectors")?;
        let bytes = part.shape.last().copied().filter(|_| part.dtype == Dtype::U8);
        if let Some(bits) = bytes.and_then(|bytes| codes::width(dim, bytes)) {
            return Ok(codes::unpack(self.raw("items.vectors", Dtype::U8, &[n, dim * bits / 8])?, dim, bits));
        }
        let rows = self.raw("items.vectors", Dtype::I8, &[n, dim])?.iter().map(|b| b.cast_signed()).collect();
        Ok(StoredVectors { dim, rows, scales: self.scales(n)? })
    }

    /// Stored in half precision where that is exact.
    fn scales(&self, n: usize) -> Result<Vec<f32>> {
        let part = self.part("items.scales", &[Dtype::F16, Dtype::F32], &[n])?;
        Ok(match part.dtype {
            Dtype::F16 => chunks(self.data(part)).map(|b| half::widen(u16::from_le_bytes(b))).collect(),
            _ => chunks(self.data(part)).map(f32::from_le_bytes).collect(),
        })
    }

    /// Successors and weights: stored row by row, or without the unused places behind the counts.
    pub(super) fn table(&self, spec: Option<&TableSpec>, n: usize, names: TableNames) -> Result<Option<StoredTable>> {
        let Some(&TableSpec { successors, .. }) = spec else { return Ok(None) };
        if !self.has(names.counts) {
            let shape = [n, successors];
            let weights = self.raw(names.weights, Dtype::U8, &shape)?.to_vec();
            return Ok(Some(StoredTable { successors, counts: Vec::new(), next: self.u32s(names.next, &shape)?, weights }));
        }
        let counts = self.raw(names.counts, Dtype::U8, &[n])?;
        let used = counts.iter().map(|c| usize::from(*c)).sum();
        if counts.iter().max().map(|c| usize::from(*c)) != Some(successors) {
            return Err(Error::new(Code::BundlePartInvalid, "the longest row of a table is not as long as the manifest says")
                .with("part", names.counts)
                .with("longest", counts.iter().max().unwrap_or(&0))
                .with("wanted", successors));
        }
        // Left as they are: filled up, a table without successors would be five hundred times its counts.
        let (next, weights) = (self.u32s(names.next, &[used])?, self.raw(names.weights, Dtype::U8, &[used])?.to_vec());
        Ok(Some(StoredTable { successors, counts: counts.to_vec(), next, weights }))
    }

    /// The reference, where there is one: no manifest tells of it, so that builds from before pass it over.
    pub(super) fn reference(&self) -> Result<Option<Vec<u8>>> {
        if !self.has(REFERENCE) {
            return Ok(None);
        }
        let bytes = self.bytes(REFERENCE)?;
        if bytes.len() > MOST_BYTES {
            return Err(Error::new(
                Code::BundleTooLarge,
                "a reference is larger than allowed: make it of fewer streams or categories",
            )
            .with("part", REFERENCE)
            .with("bytes", bytes.len())
            .with("limit", MOST_BYTES));
        }
        Ok(Some(bytes.to_vec()))
    }

    fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|p| p.name == name)
    }

    fn text(&self, part: &'static str, len: usize) -> Result<TextColumn> {
        TextColumn::parse(part, self.bytes(part)?, len)
    }

    fn facet(&self, part: &'static str, names: &'static str, len: usize) -> Result<FacetColumn> {
        let codes = chunks(self.raw(part, Dtype::U16, &[len])?).map(u16::from_le_bytes).collect();
        let bytes = self.bytes(names)?;
        let count = if bytes.is_empty() { 0 } else { bytes.iter().filter(|b| **b == b'\n').count() + 1 };
        FacetColumn::new(part, TextColumn::parse(names, bytes, count)?, codes)
    }

    /// Ids, and titles, which are the ids where the bundle has none.
    pub(super) fn names(&self, n: usize, columns: &mut Columns) -> Result<()> {
        columns.ids = self.text("catalog.ids", n)?;
        columns.titles = if self.has("catalog.titles") { self.text("catalog.titles", n)? } else { columns.ids.clone() };
        Ok(())
    }

    /// A further column by its name.
    pub(super) fn column(&self, name: &str, n: usize, columns: &mut Columns) -> Result<()> {
        match name {
            "price" => columns.price = Some(self.f32s("catalog.price", &[n])?),
            "category" => columns.category = Some(self.facet("catalog.category", "catalog.category.names", n)?),
            "brand" => columns.brand = Some(self.facet("catalog.brand", "catalog.brand.names", n)?),
            "image" => columns.image = Some(self.text("catalog.image", n)?),
            "url" => columns.url = Some(self.text("catalog.url", n)?),
            "group" => columns.group = Some(self.text("catalog.group", n)?),
            "stock" => {
                let stock = self.raw("catalog.stock", Dtype::I32, &[n])?;
                columns.stock = Some(chunks(stock).map(i32::from_le_bytes).collect());
            }
            other => {
                return Err(
                    Error::new(Code::ManifestInvalid, "the manifest names an unknown catalog column").with("column", other)
                );
            }
        }
        Ok(())
    }
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}
