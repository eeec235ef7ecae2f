//! What Unicode says of characters: general category, white space, and (with the feature `forms`) the normal forms.
//!
//! `table.rs` and `form_table.rs` are made by `tools/unicode_tables.py`; they say of which version.

mod category;
#[cfg(feature = "forms")]
mod form_table;
#[cfg(feature = "forms")]
mod forms;
mod table;
mod varint;

pub use category::UNICODE;
pub(crate) use category::{LETTER, NUMBER_DECIMAL, category_mask, is_mark, is_space, is_word, mask};
#[cfg(feature = "forms")]
pub(crate) use forms::{Form, normalize};
