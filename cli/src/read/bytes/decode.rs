//! From the encoding of a text to UTF-8.

use super::unread::unread;
use crate::read::options::Options;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use nearhand::{Code, Error, Result};
use std::io::Read;
use std::path::Path;

/// The name of the encoding, and the text in UTF-8 without a mark. UTF-8 itself goes through as it is: its reader says which
/// line is none.
///
/// By the asked encoding, else by the mark, else by where the zero bytes of the head are: text in UTF-16 is mostly those.
///
/// # Errors
/// `data-invalid` for UTF-32.
pub(super) fn utf8(bytes: Box<dyn Read>, head: &[u8], asked: Option<&str>, path: &Path) -> Result<(&'static str, Box<dyn Read>)> {
    if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(Error::new(Code::DataInvalid, "the text is UTF-32: save it as UTF-8").with("path", path.display()));
    }
    let encoding = asked.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or_else(|| guess(head));
    let marked = Encoding::for_bom(head).map_or(encoding, |(marked, _)| marked);
    if marked == UTF_8 {
        // As it is: what is no UTF-8 must not be mended in silence.
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut bytes = bytes;
        std::io::copy(&mut bytes.by_ref().take(mark), &mut std::io::sink()).map_err(|e| unread(path, &e))?;
        return Ok((UTF_8.name(), bytes));
    }
    let reader = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).strip_bom(true).build(bytes);
    Ok((marked.name(), Box::new(reader)))
}

fn guess(head: &[u8]) -> &'static Encoding {
    let pairs = head.as_chunks::<2>().0;
    let pairs = pairs.get(..pairs.len().min(512)).unwrap_or_default();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair.get(at) == Some(&0)).count();
    let (first, second) = (zeros(0), zeros(1));
    if second * 10 > pairs.len() * 6 && first * 10 < pairs.len() && !pairs.is_empty() {
        UTF_16LE
    } else if first * 10 > pairs.len() * 6 && second * 10 < pairs.len() && !pairs.is_empty() {
        UTF_16BE
    } else {
        UTF_8
    }
}

/// That a text is not UTF-8 after all, and what to say.
pub(crate) fn not_utf8(options: &Options) -> String {
    format!("the text is not UTF-8: name its encoding with {} windows-1252 or another", options.flag("encoding"))
}
