//! Pre-tokenizers: where a text is cut before the model sees its parts.

use crate::error::Result;
use crate::pattern::Pattern;
use crate::text::Text;

/// What becomes of what a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matched {
    Removed,
    Isolated,
    WithPrevious,
    WithNext,
    Contiguous,
}

/// Before which parts a space is put, where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prepend {
    Always,
    /// Before the part with which the whole text begins.
    First,
    Never,
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Cut {
    Split {
        pattern: Pattern,
        matched: Matched,
        invert: bool,
    },
    /// Something is put before a part that does not begin with it; with a replacement, it stands for spaces first.
    Prefix {
        text: Box<str>,
        instead_of: Option<char>,
        prepend: Prepend,
    },
}

/// Parts of a text.
pub(crate) type Parts = Vec<(usize, usize)>;

impl Cut {
    pub(crate) fn apply(&self, text: &mut Text<'_>, parts: &mut Parts, steps: &mut u64) -> Result<()> {
        match self {
            Self::Split { pattern, matched, invert } => {
                let mut cut = Parts::with_capacity(parts.len());
                for &(start, end) in &*parts {
                    let part = text.as_str().get(start..end).unwrap_or("");
                    split(part, start, pattern, *matched, *invert, steps, &mut cut)?;
                }
                *parts = cut;
            }
            Self::Prefix { text: with, instead_of, prepend } => {
                let (at_start, mut moved) = (text.starts(), Parts::with_capacity(parts.len()));
                text.edit(|old, new| {
                    let mut len = 0;
                    for &(start, end) in &*parts {
                        let from = len;
                        let part = old.get(start..end).unwrap_or("");
                        let begins = part.starts_with(&**with) || instead_of.is_some_and(|c| part.starts_with(c));
                        let wanted = match prepend {
                            Prepend::Always => true,
                            Prepend::First => at_start && start == 0,
                            Prepend::Never => false,
                        };
                        if wanted && !begins {
                            new.push(with, start, start);
                            len += with.len();
                        }
                        for (at, c) in part.char_indices() {
                            let place = (start + at, start + at + c.len_utf8());
                            if *instead_of == Some(c) {
                                new.push(with, place.0, place.1);
                                len += with.len();
                            } else {
                                new.keep(place.0, place.1);
                                len += c.len_utf8();
                            }
                        }
                        moved.push((from, len));
                    }
                })?;
                *parts = moved;
            }
        }
        Ok(())
    }
}

/// Cuts a part, which begins at a place, by the matches of a pattern. Parts that are empty are left out.
fn split(
    part: &str,
    base: usize,
    pattern: &Pattern,
    matched: Matched,
    invert: bool,
    steps: &mut u64,
    out: &mut Parts,
) -> Result<()> {
    let first = out.len();
    let mut before = false;
    let mut add = |start: usize, end: usize, found: bool| {
        if start == end {
            return;
        }
        let found = found != invert;
        let last = out.len();
        let previous = out.last_mut().filter(|_| last > first);
        match (matched, previous) {
            (Matched::Removed, _) if found => {}
            (Matched::WithPrevious, Some(previous)) if found && !before => previous.1 = base + end,
            (Matched::WithNext, Some(previous)) if !found && before => previous.1 = base + end,
            (Matched::Contiguous, Some(previous)) if found == before => previous.1 = base + end,
            _ => out.push((base + start, base + end)),
        }
        before = found;
    };
    let mut from = 0;
    while let Some((start, end)) = pattern.find(part, from, steps)? {
        add(from, start, false);
        add(start, end, true);
        from = end;
    }
    add(from, part.len(), false);
    Ok(())
}
