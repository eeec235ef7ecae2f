//! Ids and values of keys, short ones in place.

/// Bytes that are kept in place.
const SHORT: usize = 22;

/// A text. Most ids are short: those take no memory of their own, and no second look to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { len: text.len() as u8, bytes }
            }
            None => Self::Long(text.into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.bytes() == text.as_bytes()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for len in 0..40 {
            let text = "ü".repeat(len / 2) + &"x".repeat(len % 2);
            let name = Name::new(&text);
            assert!(name.is(&text) && name.text() == text && !name.is(&format!("{text}y")), "{text}");
            assert_eq!(matches!(name, Name::Short { .. }), text.len() <= SHORT);
        }
    }
}
