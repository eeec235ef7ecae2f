//! Writing a bundle. The counterpart of `open`; used by the command line and by tests.

#[cfg(feature = "assess")]
use super::content::Content;
use super::digest::{PLACEHOLDER, seal, sha256_hex};
use super::manifest::{Manifest, ModelFileSpec};
use super::parts::{BOUGHT, Parts, REFERENCE, TABLE, TableNames};
use super::stored::{StoredTable, StoredVectors};
use super::{codes, half};
use crate::catalog::{FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};
use safetensors::tensor::{Dtype, TensorView};

/// The file for these parts. `manifest.catalog.columns` names the catalog columns to be written; digest, size and
/// `model_file` are ignored. The same parts give the same bytes.
///
/// # Errors
/// `manifest-invalid`, `bundle-malformed`.
pub fn write(parts: &Parts) -> Result<Vec<u8>> {
    let mut out = model_list(parts);
    out.0.extend(shop_list(parts).0);
    sealed(&out, Manifest { model_file: None, ..parts.manifest.clone() })
}

/// As [`write()`], in two files: the bundle, which is enough for the lite tier, and the model's own.
///
/// # Errors
/// As [`write()`].
pub fn write_apart(parts: &Parts) -> Result<(Vec<u8>, Vec<u8>)> {
    let model = serialize(&model_list(parts), format!("model of {}", parts.manifest.name))?;
    let spec = ModelFileSpec { sha256: sha256_hex(&model), bytes: model.len() };
    let bundle = sealed(&shop_list(parts), Manifest { model_file: Some(spec), ..parts.manifest.clone() })?;
    Ok((bundle, model))
}

/// A file of another task's manifest and parts.
#[cfg(feature = "assess")]
pub(super) fn container(manifest: String, parts: &[(&'static str, Content<'_>)]) -> Result<Vec<u8>> {
    let mut out = List(Vec::new());
    for (name, content) in parts {
        match content {
            Content::Bytes(bytes) => out.put(name, Dtype::U8, &[bytes.len()], bytes.iter().copied()),
            Content::Counts(counts) => out.counts(name, counts),
            Content::F32(values, shape) => out.put(name, Dtype::F32, shape, values.iter().flat_map(|x| x.to_le_bytes())),
            Content::F64(values, shape) => out.put(name, Dtype::F64, shape, values.iter().flat_map(|x| x.to_le_bytes())),
        }
    }
    let mut bytes = serialize(&out, manifest)?;
    seal(&mut bytes)?;
    Ok(bytes)
}

fn sealed(list: &List, manifest: Manifest) -> Result<Vec<u8>> {
    let manifest = Manifest { sha256: PLACEHOLDER.to_owned(), ..manifest };
    let json = serde_json::to_string(&manifest)
        .map_err(|e| Error::new(Code::ManifestInvalid, "the manifest cannot be written").with("why", e))?;
    Manifest::parse(&json)?;
    let mut bytes = serialize(list, json)?;
    seal(&mut bytes)?;
    Ok(bytes)
}

fn serialize(list: &List, text: String) -> Result<Vec<u8>> {
    let malformed =
        |e: safetensors::SafeTensorError| Error::new(Code::BundleMalformed, "the bundle cannot be written").with("why", e);
    let views = list
        .0
        .iter()
        .map(|(name, dtype, shape, bytes)| TensorView::new(*dtype, shape.clone(), bytes).map(|view| (*name, view)))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(malformed)?;
    // One entry alone: with two, their order in the header, and with it the digest's place, would be left to chance.
    let metadata = std::iter::once(("nearhand".to_owned(), text)).collect();
    safetensors::serialize(views, Some(metadata)).map_err(malformed)
}

/// What the full tier alone needs.
fn model_list(parts: &Parts) -> List {
    let n = parts.catalog.base_len();
    let mut out = List(Vec::new());
    if let Some(v) = &parts.vectors {
        out.vectors(n, v);
    }
    if let (Some(onnx), Some(model)) = (&parts.onnx, &parts.manifest.model) {
        out.put("model.onnx", Dtype::U8, &[onnx.len()], onnx.iter().copied());
        let shape = [parts.manifest.goldens.len(), model.output.width];
        out.put("golden.query", Dtype::F32, &shape, parts.golden_outputs.iter().flat_map(|x| x.to_le_bytes()));
    }
    out
}

fn shop_list(parts: &Parts) -> List {
    let n = parts.catalog.base_len();
    let mut out = List(Vec::new());
    out.table(TABLE, n, parts.table.as_ref());
    out.table(BOUGHT, n, parts.bought.as_ref());
    out.counts("items.popularity", &parts.popularity);
    if let Some(recent) = &parts.recent {
        out.counts("items.recent", recent);
    }
    let columns = parts.catalog.base();
    out.text("catalog.ids", Some(&columns.ids));
    // Items without titles are called by their ids.
    out.text("catalog.titles", Some(&columns.titles).filter(|t| t.as_bytes() != columns.ids.as_bytes()));
    out.text("catalog.image", columns.image.as_ref());
    out.text("catalog.url", columns.url.as_ref());
    out.text("catalog.group", columns.group.as_ref());
    out.facet("catalog.category", "catalog.category.names", columns.category.as_ref());
    out.facet("catalog.brand", "catalog.brand.names", columns.brand.as_ref());
    if let Some(price) = &columns.price {
        out.put("catalog.price", Dtype::F32, &[n], price.iter().flat_map(|x| x.to_le_bytes()));
    }
    if let Some(stock) = &columns.stock {
        out.put("catalog.stock", Dtype::I32, &[n], stock.iter().flat_map(|x| x.to_le_bytes()));
    }
    if let Some(reference) = &parts.reference {
        out.put(REFERENCE, Dtype::U8, &[reference.len()], reference.iter().copied());
    }
    out
}

/// The parts in the making: name, type, shape, bytes.
struct List(Vec<(&'static str, Dtype, Vec<usize>, Vec<u8>)>);

impl List {
    fn put(&mut self, name: &'static str, dtype: Dtype, shape: &[usize], bytes: impl Iterator<Item = u8>) {
        self.0.push((name, dtype, shape.to_vec(), bytes.collect()));
    }

    /// In codes where those say the same, or in 8 bits with scales.
    fn vectors(&mut self, n: usize, v: &StoredVectors) {
        if let Some((bits, codes)) = codes::pack(v) {
            return self.put("items.vectors", Dtype::U8, &[n, v.dim * bits / 8], codes.into_iter());
        }
        self.put("items.vectors", Dtype::I8, &[n, v.dim], v.rows.iter().map(|x| x.cast_unsigned()));
        match v.scales.iter().map(|x| half::exact(*x)).collect::<Option<Vec<u16>>>() {
            Some(halves) => self.put("items.scales", Dtype::F16, &[n], halves.iter().flat_map(|x| x.to_le_bytes())),
            None => self.put("items.scales", Dtype::F32, &[n], v.scales.iter().flat_map(|x| x.to_le_bytes())),
        }
    }

    /// Without the unused places where that is shorter, and where rows are filled from the left and one is full.
    fn table(&mut self, names: TableNames, n: usize, table: Option<&StoredTable>) {
        let Some(table) = table else { return };
        let counts: Vec<usize> = table.rows().map(|(_, row)| row.iter().filter(|w| **w > 0).count()).collect();
        let dense = table.rows().zip(&counts).all(|((_, row), count)| row.iter().take(*count).all(|w| *w > 0));
        let used: usize = counts.iter().sum();
        let width = if n <= usize::from(u16::MAX) + 1 { 2 } else { 4 };
        let packed = dense
            && counts.iter().max() == Some(&table.successors)
            && table.successors <= usize::from(u8::MAX)
            && n + used * (width + 1) < n * table.successors * (width + 1);
        let shape = if packed { vec![used] } else { vec![n, table.successors] };
        let (mut next, mut weights) = (Vec::new(), Vec::new());
        for ((row, row_weights), count) in table.rows().zip(&counts) {
            let places = if packed { *count } else { table.successors };
            next.extend(row.iter().take(places));
            weights.extend(row_weights.iter().take(places));
            if !packed {
                next.resize(next.len() + places - row.len().min(places), 0);
                weights.resize(next.len(), 0);
            }
        }
        if packed {
            self.put(names.counts, Dtype::U8, &[n], counts.iter().map(|c| *c as u8));
        }
        if width == 2 {
            self.put(names.next, Dtype::U16, &shape, next.iter().flat_map(|x: &u32| (*x as u16).to_le_bytes()));
        } else {
            self.put(names.next, Dtype::U32, &shape, next.iter().flat_map(|x| x.to_le_bytes()));
        }
        self.put(names.weights, Dtype::U8, &shape, weights.into_iter());
    }

    fn counts(&mut self, name: &'static str, counts: &[u32]) {
        let n = counts.len();
        if counts.iter().all(|x| u16::try_from(*x).is_ok()) {
            self.put(name, Dtype::U16, &[n], counts.iter().flat_map(|x| (*x as u16).to_le_bytes()));
        } else {
            self.put(name, Dtype::U32, &[n], counts.iter().flat_map(|x| x.to_le_bytes()));
        }
    }

    fn text(&mut self, name: &'static str, column: Option<&TextColumn>) {
        if let Some(column) = column {
            self.put(name, Dtype::U8, &[column.as_bytes().len()], column.as_bytes().iter().copied());
        }
    }

    fn facet(&mut self, codes: &'static str, names: &'static str, column: Option<&FacetColumn>) {
        if let Some(column) = column {
            self.text(names, Some(column.names()));
            self.put(codes, Dtype::U16, &[column.len()], column.codes().iter().flat_map(|x| x.to_le_bytes()));
        }
    }
}
