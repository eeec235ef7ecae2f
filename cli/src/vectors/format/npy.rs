//! `.npy` (numpy.lib.format 1.0, 2.0 and 3.0): a magic word, a header that is a Python literal, and the elements.

use super::Asked;
use super::array::{Array, Data, Float, choose};
use crate::vectors::given::{Given, bad, truncated};
use nearhand::Result;
use std::path::Path;

/// What a file begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a file of one array.
pub(super) fn read(asked: &Asked<'_>, bytes: &[u8]) -> Result<Given> {
    let array = array(asked.path, String::new(), bytes)?;
    let (array, _) = choose(asked.path, vec![array], None, None, asked.items)?;
    given(asked.path, "npy", array, None)
}

/// Chosen vectors.
pub(super) fn given(path: &Path, format: &str, array: Array, ids: Option<Vec<String>>) -> Result<Given> {
    let format = format!("{format} {}", array.dtype);
    let dim = array.shape.get(1).copied().unwrap_or(0);
    let Data::Floats(values) = array.data else { return Err(bad(path, "vectors are floats")) };
    Given::new(path, format, ids, dim, values)
}

/// Reads an array.
///
/// # Errors
/// `data-invalid` for a header that is none, a type with fields, and another number of bytes than the shape says.
pub(super) fn array(path: &Path, name: String, bytes: &[u8]) -> Result<Array> {
    let malformed = |why: &'static str| bad(path, "the .npy header is malformed").with("why", why);
    let (header, data) = split(bytes).ok_or_else(|| truncated(path, "header", "a .npy header", bytes.len()))?;
    let header = str::from_utf8(header).map_err(|_| malformed("it is not text"))?;
    let dtype = after(header, "descr").ok_or_else(|| malformed("no descr"))?;
    let quote = dtype.chars().next().filter(|c| *c == '\'' || *c == '"');
    let Some(quote) = quote else {
        return Err(bad(path, "the array has fields of different types: save the vectors alone as a float32 matrix"));
    };
    let dtype = dtype.get(1..).and_then(|d| d.split(quote).next()).ok_or_else(|| malformed("descr"))?.to_owned();
    let fortran = after(header, "fortran_order").ok_or_else(|| malformed("no fortran_order"))?.starts_with("True");
    let shape = after(header, "shape").and_then(|s| s.strip_prefix('(')?.split(')').next());
    let shape = shape.ok_or_else(|| malformed("no shape"))?.split(',').map(str::trim).filter(|n| !n.is_empty());
    let shape: Option<Vec<usize>> = shape.map(|n| n.trim_end_matches('L').parse().ok()).collect();
    let shape = shape.ok_or_else(|| malformed("shape"))?;
    let count = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).ok_or_else(|| malformed("shape"))?;
    let big = dtype.starts_with('>');
    let kind = dtype.trim_start_matches(['<', '>', '=', '|']);
    if kind.starts_with('O') {
        let why = "the array is of Python objects, which are pickled: save it with .astype('float32'), ids with .astype('U')";
        return Ok(Array { name, dtype: "object".to_owned(), shape, data: Data::Neither(why) });
    }
    let size = width(kind).ok_or_else(|| bad(path, "the array's type is not read").with("dtype", &dtype))?;
    let wanted = count.checked_mul(size).ok_or_else(|| malformed("shape"))?;
    if data.len() < wanted {
        return Err(truncated(path, "bytes of the array", wanted, data.len()).with("array", format!("{shape:?}")));
    }
    if data.len() > wanted {
        let error = bad(path, "the file goes on behind its array: save one array a file, or use .npz");
        return Err(error.with("wanted", wanted).with("have", data.len()));
    }
    let float = match kind {
        "f2" => Some(Float::F16),
        "f4" => Some(Float::F32),
        "f8" => Some(Float::F64),
        _ => None,
    };
    let data = match float {
        Some(float) => Data::Floats(rows(float.read(data, big), &shape, fortran)),
        None => ids(kind, size, data, big),
    };
    Ok(Array { name, dtype, shape, data })
}

/// Header and elements.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (major, rest) = (*bytes.get(6)?, bytes.get(8..)?);
    let (length, rest) = match major {
        1 => (usize::from(u16::from_le_bytes(*rest.first_chunk()?)), rest.get(2..)?),
        2 | 3 => (usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?, rest.get(4..)?),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What stands behind a key of the header.
fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let at = quoted.iter().find_map(|key| header.find(key.as_str()).map(|at| at + key.len()))?;
    header.get(at..)?.trim_start().strip_prefix(':').map(str::trim_start)
}

/// Bytes an element.
fn width(kind: &str) -> Option<usize> {
    let (letter, number) = kind.split_at_checked(1)?;
    let number: usize = number.parse().ok().filter(|n| (1..=1 << 20).contains(n))?;
    match letter {
        "f" | "i" | "u" | "S" | "b" | "c" => Some(number),
        "U" => number.checked_mul(4),
        _ => None,
    }
}

/// Values row by row, where the file has them column by column.
fn rows(values: Vec<f32>, shape: &[usize], fortran: bool) -> Vec<f32> {
    let (true, [rows, columns]) = (fortran, shape) else { return values };
    (0..rows * columns).filter_map(|at| values.get(at % columns * rows + at / columns).copied()).collect()
}

/// Texts and whole numbers.
fn ids(kind: &str, size: usize, data: &[u8], big: bool) -> Data {
    let chunks = data.chunks_exact(size);
    let text = |letters: String| letters.trim_end_matches('\0').to_owned();
    let number = |chunk: &[u8], signed: bool| {
        let mut wide = [0; 8];
        let negative = signed && (if big { chunk.first() } else { chunk.last() }).is_some_and(|b| b & 0x80 > 0);
        if negative {
            wide = [0xFF; 8];
        }
        let little: Vec<u8> = if big { chunk.iter().rev().copied().collect() } else { chunk.to_vec() };
        wide.iter_mut().zip(little).for_each(|(w, b)| *w = b);
        if signed { i64::from_le_bytes(wide).to_string() } else { u64::from_le_bytes(wide).to_string() }
    };
    match kind.split_at_checked(1) {
        Some(("S", _)) => Data::Ids(chunks.map(|chunk| text(String::from_utf8_lossy(chunk).into_owned())).collect()),
        Some(("U", _)) => {
            let letter = |b: &[u8; 4]| char::from_u32(if big { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) });
            let word = |chunk: &[u8]| chunk.as_chunks().0.iter().map(|b| letter(b).unwrap_or('\u{fffd}')).collect();
            Data::Ids(chunks.map(|chunk| text(word(chunk))).collect())
        }
        Some((letter @ ("i" | "u"), _)) if size <= 8 => Data::Ids(chunks.map(|chunk| number(chunk, letter == "i")).collect()),
        _ => Data::Neither("an array of this type is neither floats nor ids: save it with .astype('float32')"),
    }
}
