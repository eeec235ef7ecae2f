//! Normal forms by the host, who says what a text becomes and not where each character went.

use crate::text::Edit;
use crate::unicode::is_mark;

/// A normal form by the host, who has tables of his own: the form's name (`NFC`, `NFD`, `NFKC`, `NFKD`), a text, and what it becomes.
pub type Forms = fn(&'static str, &str) -> String;

/// Places at which a part is tried to be cut, nearest its middle.
const TRIES: usize = 6;

/// Writes the normal form of a text. ASCII is of every form, unless something that may join it follows.
pub(crate) fn normalize(by: impl Fn(&str) -> String, old: &str, new: &mut Edit<'_>) {
    let plain = |at: usize| old.as_bytes().get(at).is_none_or(u8::is_ascii);
    let mut at = 0;
    while at < old.len() {
        let from = at;
        while at < old.len() && plain(at) && plain(at + 1) {
            at += 1;
        }
        new.keep(from, at);
        let from = at;
        while at < old.len() && !(plain(at) && plain(at + 1)) {
            at += 1;
        }
        if from < at {
            let part = old.get(from..at).unwrap_or("");
            write(&by, part, &by(part), from, new);
        }
    }
}

/// Writes a part, which begins at a place of the text. Where places are told, halves that become the same by themselves are told by
/// themselves, and their halves: n · log n characters are asked about. The text is that of the whole part, whatever comes of it.
fn write(by: &impl Fn(&str) -> String, part: &str, normal: &str, start: usize, new: &mut Edit<'_>) {
    let end = start + part.len();
    if normal == part {
        return new.keep(start, end);
    }
    let middle = part.len() / 2;
    let near = (0..=middle).flat_map(|away| [middle + away, middle.wrapping_sub(away + 1)]);
    let cuts =
        near.filter_map(|at| part.split_at_checked(at).filter(|(left, right)| !left.is_empty() && !right.starts_with(is_mark)));
    for (left, right) in cuts.filter(|(_, right)| !right.is_empty()).take(if new.tracks() { TRIES } else { 0 }) {
        let (one, other) = (by(left), by(right));
        // What begins with a mark in its normal form belongs to what is before it, composed or not.
        if normal.strip_prefix(&*one) == Some(&*other) && !other.starts_with(is_mark) {
            write(by, left, &one, start, new);
            return write(by, right, &other, start + left.len(), new);
        }
    }
    new.push(normal, start, end);
}
