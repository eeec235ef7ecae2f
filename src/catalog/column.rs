//! Columns as the bundle stores them.

use crate::error::{Code, Error, Result};

/// Texts, stored as UTF-8 joined by line feeds.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    text: String,
    ends: Vec<u32>,
}

impl TextColumn {
    /// From texts without line feeds (a line feed becomes a space).
    #[must_use]
    pub fn of(texts: &[&str]) -> Self {
        let mut column = Self::default();
        for (i, text) in texts.iter().enumerate() {
            if i > 0 {
                column.text.push('\n');
            }
            column.text.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
            column.ends.push(column.text.len() as u32);
        }
        column
    }

    /// From stored bytes that hold `len` texts.
    ///
    /// # Errors
    /// `catalog-invalid` when the bytes are no UTF-8, hold a control character, or another number of texts.
    pub fn parse(name: &'static str, bytes: &[u8], len: usize) -> Result<Self> {
        let bad = |why: &'static str| {
            Error::new(Code::CatalogInvalid, "a catalog text column is malformed").with("column", name).with("why", why)
        };
        let text = std::str::from_utf8(bytes).map_err(|_| bad("not UTF-8"))?;
        if u32::try_from(text.len()).is_err() {
            return Err(bad("longer than 4 GiB"));
        }
        // One pass over bytes, as this is most of what opening a bundle does once its digest is known. In UTF-8 the
        // control characters are the bytes below 0x20, 0x7f, and 0x80 to 0x9f after 0xc2.
        let mut ends = Vec::with_capacity(len);
        let mut before = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' {
                ends.push(at as u32);
            } else if byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte < 0xa0) {
                return Err(bad("control character"));
            }
            before = byte;
        }
        if len > 0 {
            ends.push(text.len() as u32);
        }
        if ends.len() != len {
            return Err(bad("number of texts"));
        }
        Ok(Self { text: text.to_owned(), ends })
    }

    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at a position; empty beyond the end.
    #[must_use]
    pub fn get(&self, at: usize) -> &str {
        let Some(&end) = self.ends.get(at) else { return "" };
        let start = at.checked_sub(1).and_then(|p| self.ends.get(p)).map_or(0, |e| *e as usize + 1);
        self.text.get(start..end as usize).unwrap_or("")
    }

    /// The stored form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// A facet: few distinct names, one 16-bit code an item.
#[derive(Clone, Debug, Default)]
pub struct FacetColumn {
    names: TextColumn,
    codes: Vec<u16>,
}

/// The code of an item without the facet.
pub(crate) const NO_FACET: u16 = u16::MAX;

impl FacetColumn {
    /// From one optional name an item. Codes follow the order of first appearance.
    ///
    /// # Errors
    /// `catalog-invalid` beyond 65 535 names.
    pub fn of(values: &[Option<String>]) -> Result<Self> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            codes.push(match value {
                None => NO_FACET,
                Some(name) => {
                    let next = u16::try_from(seen.len()).ok().filter(|c| *c != NO_FACET);
                    match (seen.get(name.as_str()), next) {
                        (Some(code), _) => *code,
                        (None, Some(code)) => {
                            seen.insert(name.as_str(), code);
                            names.push(name);
                            code
                        }
                        (None, None) => return Err(Error::new(Code::CatalogInvalid, "a facet has at most 65 535 names")),
                    }
                }
            });
        }
        Ok(Self { names: TextColumn::of(&names), codes })
    }

    /// From stored parts.
    ///
    /// # Errors
    /// `catalog-invalid` when a code has no name.
    pub fn new(name: &'static str, names: TextColumn, codes: Vec<u16>) -> Result<Self> {
        if let Some(code) = codes.iter().find(|c| **c != NO_FACET && usize::from(**c) >= names.len()) {
            return Err(Error::new(Code::CatalogInvalid, "a facet code has no name").with("column", name).with("code", code));
        }
        Ok(Self { names, codes })
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The name at a position.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        let code = self.codes.get(at).copied().filter(|c| *c != NO_FACET)?;
        Some(self.names.get(usize::from(code)))
    }

    /// All names.
    #[must_use]
    pub const fn names(&self) -> &TextColumn {
        &self.names
    }

    /// The codes.
    #[must_use]
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for texts in [vec![], vec![""], vec!["a"], vec!["a", "", "ü c"], vec!["", ""]] {
            let column = TextColumn::of(&texts);
            let back = TextColumn::parse("t", column.as_bytes(), texts.len()).unwrap();
            assert_eq!((0..texts.len()).map(|i| back.get(i)).collect::<Vec<_>>(), texts);
            assert_eq!(back.get(texts.len()), "");
        }
        assert!(TextColumn::parse("t", b"a\nb", 3).is_err());
        for c in (0..=0x3000).filter_map(char::from_u32).filter(|c| *c != '\n') {
            assert_eq!(TextColumn::parse("t", format!("a{c}b").as_bytes(), 1).is_err(), c.is_control(), "{c:?}");
        }
        assert!(TextColumn::parse("t", b"\xff", 1).is_err());
    }

    #[test]
    fn facets_round_trip() {
        let values = [Some("x".to_owned()), None, Some("y".to_owned()), Some("x".to_owned())];
        let column = FacetColumn::of(&values).unwrap();
        assert_eq!(column.codes(), [0, NO_FACET, 1, 0]);
        assert_eq!((column.get(0), column.get(1), column.get(2)), (Some("x"), None, Some("y")));
        assert!(FacetColumn::new("c", TextColumn::of(&["x"]), vec![1]).is_err());
    }
}
