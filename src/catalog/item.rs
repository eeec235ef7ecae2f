//! One row of the catalog.

use super::columns::Column;
use crate::error::{Code, Error, Result};
use crate::event::MAX_ID_BYTES;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// One item as the host sees it. Absent values are unknown. Texts are owned, or borrowed from a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Item<S = String> {
    /// The shop's id.
    pub item: S,
    /// Title for people.
    pub title: S,
    /// Price in the catalog's currency.
    pub price: Option<f64>,
    /// Category.
    pub category: Option<S>,
    /// Brand.
    pub brand: Option<S>,
    /// Image address.
    pub image: Option<S>,
    /// Page address. Written out only where it is relative, or of http or https.
    pub url: Option<S>,
    /// Pieces in stock.
    pub stock: Option<u32>,
    /// What its variants have in common: colours and sizes of one thing share a group.
    pub group: Option<S>,
}

/// Whether an address is a page's: relative, or of http or https. A host puts it into a link, where one of `javascript:` is a
/// program. The scheme is read as browsers do, who skip blanks and control characters before it, and tabs and line ends in it.
#[inline(never)]
fn is_page(url: &str) -> bool {
    // As a number; of a long one the last eight bytes.
    let mut scheme = 0u64;
    for byte in url.bytes().skip_while(|byte| *byte <= b' ') {
        match byte {
            b'\t' | b'\n' | b'\r' => {}
            b':' => return scheme == 0x6874_7470 || scheme == 0x68_7474_7073,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.' => {
                scheme = scheme << 8 | u64::from(byte.to_ascii_lowercase());
            }
            _ => break,
        }
    }
    true
}

impl<S: Serialize + AsRef<str>> Item<S> {
    /// Writes what is known as fields of a larger whole: serde's own `flatten` makes a map of it, whose keys JavaScript
    /// would have to read anew each time.
    pub(crate) fn write<F: SerializeStruct>(&self, fields: &mut F) -> std::result::Result<(), F::Error> {
        fields.serialize_field("item", &self.item)?;
        fields.serialize_field("title", &self.title)?;
        if let Some(price) = &self.price {
            fields.serialize_field("price", price)?;
        }
        let url = self.url.as_ref().filter(|url| is_page(url.as_ref()));
        let texts =
            [("category", self.category.as_ref()), ("brand", self.brand.as_ref()), ("image", self.image.as_ref()), ("url", url)];
        for (name, text) in texts {
            if let Some(text) = text {
                fields.serialize_field(name, text)?;
            }
        }
        if let Some(stock) = &self.stock {
            fields.serialize_field("stock", stock)?;
        }
        if let Some(group) = &self.group {
            fields.serialize_field("group", group)?;
        }
        Ok(())
    }
}

impl<S: Serialize + AsRef<str>> Serialize for Item<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> std::result::Result<T::Ok, T::Error> {
        let mut fields = serializer.serialize_struct("Item", 9)?;
        self.write(&mut fields)?;
        fields.end()
    }
}

impl<S: AsRef<str>> Item<S> {
    /// The same with every text told otherwise.
    pub fn map<'a, T>(&'a self, mut text: impl FnMut(&'a str) -> T) -> Item<T> {
        let mut maybe = |of: &'a Option<S>| of.as_ref().map(|t| text(t.as_ref()));
        let (category, brand, image) = (maybe(&self.category), maybe(&self.brand), maybe(&self.image));
        let (url, group) = (maybe(&self.url), maybe(&self.group));
        let (item, title) = (text(self.item.as_ref()), text(self.title.as_ref()));
        Item { item, title, price: self.price, category, brand, image, url, stock: self.stock, group }
    }
}

impl Item<&str> {
    /// With texts of its own.
    #[inline(never)]
    pub(super) fn owned(&self) -> Item {
        self.map(str::to_owned)
    }
}

impl Item {
    /// With its texts where they are.
    #[inline(never)]
    pub(super) fn borrowed(&self) -> Item<&str> {
        self.map(|text| text)
    }

    /// The name in a facet; none for the columns that are no facets.
    pub(super) fn facet(&self, column: Column) -> Option<&str> {
        match column {
            Column::Category => self.category.as_deref(),
            Column::Brand => self.brand.as_deref(),
            Column::Group => self.group.as_deref(),
            Column::Price | Column::Stock => None,
        }
    }

    /// Checks ranges: id of 1 to 256 bytes, texts of at most 4096 bytes without control characters, price finite and ≥ 0.
    ///
    /// # Errors
    /// `catalog-invalid` with the item and field.
    pub fn check(&self) -> Result<()> {
        let bad = |field: &'static str| {
            Error::new(Code::CatalogInvalid, "a catalog value is out of range").with("item", &self.item).with("field", field)
        };
        if self.item.is_empty() || self.item.len() > MAX_ID_BYTES {
            return Err(bad("item"));
        }
        let texts = [
            ("item", Some(&self.item)),
            ("title", Some(&self.title)),
            ("category", self.category.as_ref()),
            ("brand", self.brand.as_ref()),
            ("image", self.image.as_ref()),
            ("url", self.url.as_ref()),
            ("group", self.group.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|t| t.len() > 4096 || t.chars().any(char::is_control)) {
                return Err(bad(field));
            }
        }
        if self.price.is_some_and(|p| !p.is_finite() || p < 0.0) {
            return Err(bad("price"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_no_page_is_not_written() {
        let written = |url: &str| {
            let item = Item { item: "a", title: "t", url: Some(url), ..Item::default() };
            serde_json::to_value(item).unwrap().get("url").is_some()
        };
        for url in [
            "//host",
            "/p/1",
            "?x",
            "#a",
            "",
            "p/1",
            "p/a:b",
            "?a=b:c",
            "https://host/x",
            "HTTP://host",
            " https://host",
            ".",
            "é:x",
        ] {
            assert!(written(url), "{url:?}");
        }
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "\u{1} \u{1f}javascript:alert(1)",
            "java\tscript:alert(1)",
            "j\na\rvascript\t:alert(1)",
            "data:text/html,x",
            "blob:https://host/x",
            "vbscript:x",
            "mailto:a@b",
            "httpss:x",
        ] {
            assert!(!written(url), "{url:?}");
        }
    }
}
