//! Normalizers: what a text becomes before it is cut.

use crate::error::Result;
use crate::hosted::{Forms, normalize};
use crate::pattern::Pattern;
use crate::text::Text;
use crate::unicode::{is_mark, is_space};

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Normal {
    #[cfg(feature = "forms")]
    Form(crate::unicode::Form),
    Host(&'static str, Forms),
    Lowercase,
    StripAccents,
    Strip {
        left: bool,
        right: bool,
    },
    Prepend(Box<str>),
    Replace(Pattern, Box<str>),
}

impl Normal {
    pub(crate) fn apply(&self, text: &mut Text<'_>, steps: &mut u64) -> Result<()> {
        match self {
            #[cfg(feature = "forms")]
            Self::Form(form) => text.edit(|old, new| {
                crate::unicode::normalize(*form, old, |part, start, end| {
                    // What stays keeps the places of its characters.
                    if old.get(start..end) == Some(part) { new.keep(start, end) } else { new.push(part, start, end) }
                })
            })?,
            Self::Host(form, by) => text.edit(|old, new| normalize(|part| by(form, part), old, new))?,
            // Letter by letter, as the reference does: a sigma at the end of a word is like any other.
            Self::Lowercase => text.edit(|old, new| {
                for (at, c) in old.char_indices() {
                    for lower in c.to_lowercase() {
                        new.push(lower.encode_utf8(&mut [0; 4]), at, at + c.len_utf8());
                    }
                }
            })?,
            Self::StripAccents => text.edit(|old, new| {
                for (at, c) in old.char_indices().filter(|(_, c)| !is_mark(*c)) {
                    new.keep(at, at + c.len_utf8());
                }
            })?,
            Self::Strip { left, right } => {
                let old = text.as_str();
                let start = if *left { old.len() - old.trim_start_matches(is_space).len() } else { 0 };
                let end = if *right { old.trim_end_matches(is_space).len() } else { old.len() };
                if (start, end) != (0, text.as_str().len()) {
                    text.edit(|_, new| new.keep(start, end.max(start)))?;
                }
            }
            Self::Prepend(before) => {
                if !text.as_str().is_empty() {
                    text.edit(|old, new| {
                        new.push(before, 0, 0);
                        new.keep(0, old.len());
                    })?;
                }
            }
            Self::Replace(pattern, with) => {
                let (mut found, mut from) = (Vec::new(), 0);
                while let Some((start, end)) = pattern.find(text.as_str(), from, steps)? {
                    found.push((start, end));
                    from = end;
                }
                // What replaces several characters is the last one's, as the reference has it.
                let several = |&(start, end): &(usize, usize)| {
                    start == 0 && text.as_str().chars().next().is_some_and(|c| c.len_utf8() < end)
                };
                if found.first().is_some_and(several) {
                    text.begins_later();
                }
                if !found.is_empty() {
                    text.edit(|old, new| {
                        let mut from = 0;
                        for (start, end) in found {
                            new.keep(from, start);
                            new.push(with, start, end);
                            from = end;
                        }
                        new.keep(from, old.len());
                    })?;
                }
            }
        }
        Ok(())
    }
}
