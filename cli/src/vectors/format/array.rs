//! Elements of arrays as files have them, made floats or ids.

use crate::vectors::given::bad;
use nearhand::Result;
use nearhand_onnx::file::f16_to_f32;
use std::path::Path;

/// An array that can be vectors or ids.
#[derive(Debug)]
pub(super) struct Array {
    pub name: String,
    /// What it was written as.
    pub dtype: String,
    pub shape: Vec<usize>,
    pub data: Data,
}

/// Elements, row by row.
#[derive(Debug)]
pub(super) enum Data {
    Floats(Vec<f32>),
    /// Texts or whole numbers.
    Ids(Vec<String>),
    /// What is neither, and what to do about it.
    Neither(&'static str),
}

impl Array {
    /// Name, type and shape in a word.
    pub(super) fn told(&self) -> String {
        let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        format!("{} {} [{}]", self.name, self.dtype, shape.join(","))
    }
}

/// The kinds of floats.
#[derive(Clone, Copy, Debug)]
pub(super) enum Float {
    F16,
    Bf16,
    F32,
    F64,
}

impl Float {
    /// Makes them 32 bits wide; what is beyond becomes infinite, which is refused later with its row.
    pub(super) fn read(self, bytes: &[u8], big_endian: bool) -> Vec<f32> {
        fn all<const N: usize>(bytes: &[u8], big: bool, value: fn([u8; N]) -> f32) -> Vec<f32> {
            let turned = |chunk: &[u8; N]| {
                let mut chunk = *chunk;
                if big {
                    chunk.reverse();
                }
                value(chunk)
            };
            bytes.as_chunks::<N>().0.iter().map(turned).collect()
        }
        match self {
            Self::F16 => all(bytes, big_endian, |b| f16_to_f32(u16::from_le_bytes(b))),
            Self::Bf16 => all(bytes, big_endian, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
            Self::F32 => all(bytes, big_endian, f32::from_le_bytes),
            Self::F64 => all(bytes, big_endian, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

/// Of several arrays the vectors, and the ids beside them: by the names asked for, or the only ones that can be.
///
/// # Errors
/// `data-invalid` with all arrays where none or several can be, and for a type that is none of floats.
pub(super) fn choose(
    path: &Path,
    mut arrays: Vec<Array>,
    ids: Option<&str>,
    vectors: Option<&str>,
    items: usize,
) -> Result<(Array, Option<Vec<String>>)> {
    let told: Vec<String> = arrays.iter().map(Array::told).collect();
    let refuse = |why: String| told.iter().take(20).fold(bad(path, why), |error, array| error.with("array", array));
    let is_matrix = |a: &Array| a.shape.len() == 2;
    let position = |name: &str| arrays.iter().position(|a| a.name == name);
    let at = match vectors {
        Some(name) => position(name).ok_or_else(|| refuse(format!("the file has no array {name}: see --vector-name")))?,
        None => {
            let floats = |a: &Array| is_matrix(a) && matches!(a.data, Data::Floats(_));
            let mut able: Vec<usize> = arrays.iter().enumerate().filter(|(_, a)| floats(a)).map(|(at, _)| at).collect();
            if able.len() > 1 {
                able.retain(|at| arrays.get(*at).is_some_and(|a| a.shape.first() == Some(&items)));
            }
            match (able.as_slice(), arrays.len()) {
                ([at], _) => *at,
                ([], 1) => 0,
                ([], _) => return Err(refuse("the file has no matrix of floats with a row an item".to_owned())),
                _ => return Err(refuse("several arrays can be the vectors: name one with --vector-name".to_owned())),
            }
        }
    };
    let array = arrays.swap_remove(at);
    let rows = array.shape.first().copied();
    let ids = match ids {
        Some(name) => {
            let found = arrays.into_iter().find(|a| a.name == name);
            Some(found.ok_or_else(|| refuse(format!("the file has no array {name}: see --vector-name")))?)
        }
        None => {
            // A list of ids that is of other rows must not be passed over: the rows would be taken in the list's order.
            let named =
                |a: &&Array| a.shape.len() == 1 && matches!(a.name.as_str(), "ids" | "id" | "keys" | "items" | "item_ids");
            if let Some(other) = arrays.iter().find(|a| named(a) && a.shape.first().copied() != rows) {
                let why =
                    "the file has another number of ids than of vectors: which is whose? Name the vectors with --vector-name";
                return Err(bad(path, why).with("ids", other.told()).with("vectors", array.told()));
            }
            let able = |a: &Array| a.shape.len() == 1 && a.shape.first().copied() == rows && !matches!(a.data, Data::Floats(_));
            let mut able: Vec<Array> = arrays.into_iter().filter(able).collect();
            if able.len() > 1 {
                let why = "several arrays can be the ids: name ids and vectors with --vector-name IDS,VECTORS";
                return Err(refuse(why.to_owned()));
            }
            able.pop()
        }
    };
    let ids = match ids.map(|a| (a.told(), a.data)) {
        None => None,
        Some((_, Data::Ids(ids))) => Some(ids),
        Some((told, Data::Floats(_))) => return Err(bad(path, "ids are texts or whole numbers").with("array", told)),
        Some((told, Data::Neither(why))) => return Err(bad(path, format!("the ids cannot be read: {why}")).with("array", told)),
    };
    if let Data::Neither(why) = array.data {
        return Err(bad(path, format!("the vectors cannot be read: {why}")).with("array", array.told()));
    }
    if matches!(array.data, Data::Ids(_)) {
        return Err(bad(path, "vectors are floats: save them with .astype('float32')").with("array", array.told()));
    }
    if !is_matrix(&array) {
        return Err(bad(path, "vectors are a matrix, one row an item").with("array", array.told()));
    }
    Ok((array, ids))
}
