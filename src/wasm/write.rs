//! Plain values to JavaScript: serde's data model, each value written straight into its place, a key of an object or a
//! place of a list. A number or a text crosses once; keys and words once an instance.

use super::error::raise;
use crate::error::{Code, Error};
use js_sys::{Array, Object};
use serde::ser::{self, Impossible, Serialize};
use std::cell::RefCell;
use std::fmt;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// An object or a list.
    type Target;
    #[wasm_bindgen(method, indexing_getter)]
    fn get(this: &Target, key: &JsValue) -> JsValue;
    #[wasm_bindgen(method, indexing_setter)]
    fn set(this: &Target, key: &JsValue, value: &JsValue);
    #[wasm_bindgen(method, indexing_setter)]
    fn set_number(this: &Target, key: &JsValue, value: f64);
    #[wasm_bindgen(method, indexing_setter)]
    fn set_text(this: &Target, key: &JsValue, value: &str);
}

/// Makes a plain value; absent ones are undefined, or left out where the type says so.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let (root, key) = (list(), JsValue::from_f64(0.0));
    let written = value.serialize(Place { target: &root, key: &key });
    written.map_err(|_| raise(Error::new(Code::OptionInvalid, "an answer cannot cross to JavaScript")))?;
    Ok(root.get(&key))
}

fn list() -> Target {
    Array::new().unchecked_into()
}

thread_local! {
    /// Words by address, sorted. They are few, and those of the program's code alone.
    static WORDS: RefCell<Vec<((usize, usize), &'static JsValue)>> = const { RefCell::new(Vec::new()) };
}

/// A text of the program's code in JavaScript. It stays there as long as the instance.
fn word(text: &'static str) -> &'static JsValue {
    let address = (text.as_ptr().addr(), text.len());
    WORDS.with_borrow_mut(|words| {
        let at = words.binary_search_by_key(&address, |(at, _)| *at).unwrap_or_else(|at| {
            words.insert(at, (address, Box::leak(Box::new(JsValue::from_str(text)))));
            at
        });
        words[at].1
    })
}

/// Where a value goes.
struct Place<'a> {
    target: &'a Target,
    key: &'a JsValue,
}

impl Place<'_> {
    fn put(self, value: &JsValue) -> Written {
        self.target.set(self.key, value);
        Ok(())
    }

    fn object(self) -> Result<Record, Unwritable> {
        let object = Object::new().unchecked_into::<Target>();
        self.target.set(self.key, &object);
        Ok(Record { object, key: JsValue::UNDEFINED })
    }
}

/// What has no form in JavaScript here: nothing that crosses is of such a type.
#[derive(Debug)]
struct Unwritable;

type Written = Result<(), Unwritable>;

impl fmt::Display for Unwritable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Numbers, all of which JavaScript holds as floats.
macro_rules! numbers {
    ($($name:ident $type:ty)*) => {
        $(fn $name(self, number: $type) -> Written {
            self.target.set_number(self.key, number as f64);
            Ok(())
        })*
    };
}

impl ser::Serializer for Place<'_> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = List;
    type SerializeTuple = Impossible<(), Unwritable>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Record;
    type SerializeStruct = Record;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    numbers! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
        serialize_f32 f32 serialize_f64 f64
    }

    fn serialize_bool(self, truth: bool) -> Written {
        self.put(&JsValue::from_bool(truth))
    }

    fn serialize_char(self, _: char) -> Written {
        Err(Unwritable)
    }

    fn serialize_str(self, text: &str) -> Written {
        self.target.set_text(self.key, text);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(Unwritable)
    }

    fn serialize_none(self) -> Written {
        self.put(&JsValue::UNDEFINED)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.put(&JsValue::UNDEFINED)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.put(&JsValue::UNDEFINED)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.put(word(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Written {
        Err(Unwritable)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Unwritable> {
        let list = list();
        self.target.set(self.key, &list);
        Ok(List { list, len: 0 })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Record, Unwritable> {
        self.object()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Record, Unwritable> {
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable)
    }
}

struct List {
    list: Target,
    len: u32,
}

impl ser::SerializeSeq for List {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        let key = JsValue::from_f64(f64::from(self.len));
        self.len += 1;
        value.serialize(Place { target: &self.list, key: &key })
    }

    fn end(self) -> Written {
        Ok(())
    }
}

struct Record {
    object: Target,
    /// Of a map: of the value that comes next.
    key: JsValue,
}

impl ser::SerializeStruct for Record {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Written {
        value.serialize(Place { target: &self.object, key: word(key) })
    }

    fn end(self) -> Written {
        Ok(())
    }
}

impl ser::SerializeMap for Record {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.key = to_js(key).map_err(|_| Unwritable)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(Place { target: &self.object, key: &self.key })
    }

    fn end(self) -> Written {
        Ok(())
    }
}
