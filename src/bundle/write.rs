//! Writing a bundle. The counterpart of `open`; used by the command line and by tests.

use super::digest::{PLACEHOLDER, seal};
use super::{Manifest, Parts, StoredTable};
use crate::catalog::{FacetColumn, TextColumn};
use crate::error::{Code, Error, Result};
use safetensors::tensor::{Dtype, TensorView};

/// The file for these parts. `manifest.catalog.columns` names the catalog columns to be written; digest and size in
/// `parts` are ignored. The same parts give the same bytes.
///
/// # Errors
/// `manifest-invalid`, `bundle-malformed`.
pub fn write(parts: &Parts) -> Result<Vec<u8>> {
    let manifest = Manifest { sha256: PLACEHOLDER.to_owned(), ..parts.manifest.clone() };
    let json = serde_json::to_string(&manifest)
        .map_err(|e| Error::new(Code::ManifestInvalid, "the manifest cannot be written").with("why", e))?;
    Manifest::parse(&json)?;
    let n = parts.catalog.base_len();
    let mut out = List(Vec::new());
    if let Some(v) = &parts.vectors {
        out.put("items.vectors", Dtype::I8, &[n, v.dim], v.rows.iter().map(|x| x.cast_unsigned()));
        out.put("items.scales", Dtype::F32, &[n], v.scales.iter().flat_map(|x| x.to_le_bytes()));
    }
    out.table("table.next", "table.weights", n, parts.table.as_ref());
    out.table("bought.next", "bought.weights", n, parts.bought.as_ref());
    out.counts("items.popularity", &parts.popularity);
    if let Some(recent) = &parts.recent {
        out.counts("items.recent", recent);
    }
    if let (Some(onnx), Some(model)) = (&parts.onnx, &manifest.model) {
        out.put("model.onnx", Dtype::U8, &[onnx.len()], onnx.iter().copied());
        let shape = [manifest.goldens.len(), model.output.width];
        out.put("golden.query", Dtype::F32, &shape, parts.golden_outputs.iter().flat_map(|x| x.to_le_bytes()));
    }
    let columns = parts.catalog.base();
    out.text("catalog.ids", Some(&columns.ids));
    out.text("catalog.titles", Some(&columns.titles));
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
    let malformed =
        |e: safetensors::SafeTensorError| Error::new(Code::BundleMalformed, "the bundle cannot be written").with("why", e);
    let views = out
        .0
        .iter()
        .map(|(name, dtype, shape, bytes)| TensorView::new(*dtype, shape.clone(), bytes).map(|view| (*name, view)))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(malformed)?;
    // One entry alone: with two, their order in the header, and with it the digest's place, would be left to chance.
    let metadata = std::iter::once(("nearhand".to_owned(), json)).collect();
    let mut bytes = safetensors::serialize(views, Some(metadata)).map_err(malformed)?;
    seal(&mut bytes)?;
    Ok(bytes)
}

/// The parts in the making: name, type, shape, bytes.
struct List(Vec<(&'static str, Dtype, Vec<usize>, Vec<u8>)>);

impl List {
    fn put(&mut self, name: &'static str, dtype: Dtype, shape: &[usize], bytes: impl Iterator<Item = u8>) {
        self.0.push((name, dtype, shape.to_vec(), bytes.collect()));
    }

    fn table(&mut self, next: &'static str, weights: &'static str, n: usize, table: Option<&StoredTable>) {
        let Some(t) = table else { return };
        let shape = [n, t.successors];
        if n <= usize::from(u16::MAX) + 1 {
            self.put(next, Dtype::U16, &shape, t.next.iter().flat_map(|x| (*x as u16).to_le_bytes()));
        } else {
            self.put(next, Dtype::U32, &shape, t.next.iter().flat_map(|x| x.to_le_bytes()));
        }
        self.put(weights, Dtype::U8, &shape, t.weights.iter().copied());
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
