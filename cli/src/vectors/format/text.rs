//! word2vec's formats, text and binary, and the same text without its first line (GloVe): `id v1 v2 …`, blanks between.
//!
//! Values are taken from the right end of a line, so an id may have blanks: gensim writes such lines, and refuses to read
//! them. The first line is `count dim`.

use super::Asked;
use crate::read::value::cell::short;
use crate::vectors::given::{Given, bad, truncated};
use nearhand::Result;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows with separators, or objects.
    Table,
    /// Rows of words.
    Blanks,
}

/// The first line of word2vec's formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    count: usize,
    dim: usize,
    /// Bytes of the line.
    length: usize,
}

/// Bytes that tell whether a file is a text.
const LOOKED_AT: usize = 64 << 10;

/// The kind of a text; none for what is no text.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let text = match str::from_utf8(start) {
        Ok(text) => text,
        // Cut within a letter.
        Err(e) if e.error_len().is_none() => str::from_utf8(start.get(..e.valid_up_to())?).ok()?,
        Err(_) if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") => return Some(Kind::Table),
        Err(_) => return None,
    };
    if text.contains('\0') {
        return None;
    }
    let line = text.trim_start_matches('\u{feff}').trim_start().lines().next()?;
    let table = line.starts_with(['{', '[']) || line.contains([',', ';', '\t', '|']);
    Some(if table { Kind::Table } else { Kind::Blanks })
}

/// The first line, where it is word2vec's.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let line = bytes.iter().take(64).position(|b| *b == b'\n')?;
    let mut words = str::from_utf8(bytes.get(..line)?).ok()?.split_whitespace();
    let (count, dim) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (words.next().is_none() && dim > 0).then_some(Header { count, dim, length: line + 1 })
}

/// Reads word2vec's text or binary.
pub(super) fn word2vec(asked: &Asked<'_>, bytes: &[u8], header: Header) -> Result<Given> {
    let body = bytes.get(header.length..).unwrap_or_default();
    if is_text(body) {
        return lines(asked, body, Some(header), "word2vec text");
    }
    binary(asked, body, header)
}

/// Whether the rows are lines of text: floats are full of bytes that no text has.
fn is_text(body: &[u8]) -> bool {
    let start = body.get(..LOOKED_AT).unwrap_or(body);
    !start.iter().any(|b| *b < b' ' && !matches!(b, b'\n' | b'\r' | b'\t'))
}

/// Reads the same without its first line.
pub(super) fn blanks(asked: &Asked<'_>, bytes: &[u8]) -> Result<Given> {
    lines(asked, bytes, None, "text")
}

fn lines(asked: &Asked<'_>, bytes: &[u8], header: Option<Header>, format: &str) -> Result<Given> {
    let path = asked.path;
    let first = usize::from(header.is_some()) + 1;
    let text = str::from_utf8(bytes).map_err(|e| {
        let line = bytes.get(..e.valid_up_to()).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
        bad(path, "the file is no UTF-8").with("line", first + line)
    })?;
    // Lines end at a line feed alone: Unicode knows others, which ids may hold.
    let text = text.trim_start_matches('\u{feff}').split('\n').map(|line| line.trim_end_matches([' ', '\t', '\r']));
    let rows: Vec<(usize, &str)> = (first..).zip(text).filter(|(_, line)| !line.is_empty()).collect();
    let words = |line: &str| line.split([' ', '\t']).filter(|word| !word.is_empty()).count();
    let least = || rows.iter().map(|(_, line)| words(line).saturating_sub(1)).min().unwrap_or(0);
    let dim = header.map_or_else(least, |header| header.dim);
    if let Some(header) = header {
        if rows.len() < header.count {
            return Err(truncated(path, "lines of vectors", header.count, rows.len()));
        }
        if rows.len() > header.count {
            let error = bad(path, "the file has more vectors than its first line says");
            return Err(error.with("said", header.count).with("have", rows.len()));
        }
    }
    let (mut ids, mut values) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len() * dim));
    let mut own = Vec::with_capacity(dim);
    for (number, line) in rows {
        own.clear();
        let mut rest = line;
        while own.len() < dim {
            let (before, word) = rest.rsplit_once([' ', '\t']).ok_or_else(|| {
                bad(path, "a line has too few values").with("line", number).with("values", own.len()).with("dim", dim)
            })?;
            rest = before.trim_end_matches([' ', '\t']);
            if word.is_empty() {
                continue;
            }
            own.push(word.parse::<f32>().map_err(|_| {
                bad(path, "a value is no number").with("line", number).with("id", short(id_of(line))).with("value", short(word))
            })?);
        }
        values.extend(own.iter().rev());
        ids.push(rest.to_owned());
    }
    if rows_of_numbers(&ids, header) {
        let why = "every line begins with a number that is no whole one: ids are missing, or the first column is a value";
        return Err(bad(path, why).with("value", short(ids.first().map_or("", String::as_str))));
    }
    Given::new(path, format, Some(ids), dim, values)
}

/// Whether what stands for ids are values, as `numpy.savetxt` writes a matrix.
fn rows_of_numbers(ids: &[String], header: Option<Header>) -> bool {
    let fraction = |id: &String| id.contains(['.', 'e']) && id.parse::<f64>().is_ok_and(|v| v.fract() != 0.0);
    header.is_none() && !ids.is_empty() && ids.iter().all(fraction)
}

fn id_of(line: &str) -> &str {
    line.split([' ', '\t']).next().unwrap_or_default()
}

fn binary(asked: &Asked<'_>, body: &[u8], header: Header) -> Result<Given> {
    let Header { count, dim, .. } = header;
    let path = asked.path;
    let wide = dim.checked_mul(4).ok_or_else(|| bad(path, "a vector has 1 to 4096 values").with("values", dim))?;
    let (mut ids, mut values) = (Vec::new(), Vec::new());
    let mut rest = body;
    for row in 0..count {
        while let Some((b'\n', more)) = rest.split_first() {
            rest = more;
        }
        let space = rest.iter().position(|b| *b == b' ').ok_or_else(|| truncated(path, "vectors", count, row))?;
        let id = str::from_utf8(rest.get(..space).unwrap_or_default());
        let id = id.map_err(|_| {
            bad(path, "an id is no UTF-8: the file is damaged, or ids have blanks, which this format cannot hold")
                .with("row", row)
        })?;
        ids.push(id.to_owned());
        let bytes = rest.get(space + 1..space + 1 + wide);
        let bytes = bytes.ok_or_else(|| truncated(path, "vectors", count, row))?;
        values.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)));
        rest = rest.get(space + 1 + wide..).unwrap_or_default();
    }
    let left = rest.trim_ascii().len();
    if left > 0 {
        let error = bad(path, "the file goes on behind its last vector");
        return Err(error.with("said", count).with("bytes_left", left));
    }
    Given::new(path, "word2vec binary", Some(ids), dim, values)
}
