//! A transaction as a list, each name with its value behind it: as scripts hand rows over, without an object on the way.

use crate::error::{Code, Error, Result};
use crate::value::Value;

/// The row of a list `[name, value, name, value, …]`, as an object of named fields. A name that comes twice stays there twice: who reads the row
/// refuses it.
///
/// # Errors
/// `transaction-invalid` for what is no list, a name that is no text (`details.at`, its place in the list) and a name without a value
/// (`details.field`).
pub fn row_of(list: Value) -> Result<Value> {
    let no = |why: &str| Error::new(Code::TransactionInvalid, "a transaction is no list of names and values").with("why", why);
    let Value::List(all) = list else { return Err(no("no list")) };
    let mut entries = Vec::with_capacity(all.len() / 2);
    let mut all = all.into_iter().enumerate();
    while let Some((at, name)) = all.next() {
        let Value::Text(name) = name else { return Err(no("a name is no text").with("at", at)) };
        let Some((_, value)) = all.next() else { return Err(no("a name has no value").with("field", name)) };
        entries.push((name, value));
    }
    Ok(Value::Map(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Value> {
        row_of(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn names_have_their_values_behind_them() {
        let row = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(read("[]").unwrap(), row("{}"));
        let list = r#"["id", "t1", "amount", {"minor": "1299"}, "declined", null, "lines", ["id", 1]]"#;
        assert_eq!(
            read(list).unwrap(),
            row(r#"{"id": "t1", "amount": {"minor": "1299"}, "declined": null, "lines": ["id", 1]}"#)
        );
        let Value::Map(twice) = read(r#"["id", "a", "id", "b"]"#).unwrap() else { panic!() };
        assert_eq!(twice.len(), 2, "the reader of rows refuses it, so it is kept");
    }

    /// Nothing of a list is left out in silence, wherever it is broken.
    #[test]
    fn broken_lists_are_refused() {
        for (json, why, place) in [
            (r#"{"id": "t1"}"#, "no list", None),
            (r#""id""#, "no list", None),
            ("null", "no list", None),
            (r#"["id"]"#, "a name has no value", Some(("field", "id"))),
            (r#"["id", "t1", "amount"]"#, "a name has no value", Some(("field", "amount"))),
            (r#"[1, "t1"]"#, "a name is no text", Some(("at", "0"))),
            (r#"["id", "t1", null, 3, "amount", 5]"#, "a name is no text", Some(("at", "2"))),
            (r#"["id", "t1", 7]"#, "a name is no text", Some(("at", "2"))),
            (r#"["id", "t1", ["amount", 5]]"#, "a name is no text", Some(("at", "2"))),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.code(), Code::TransactionInvalid, "{json}");
            let told = |name: &str| error.details().iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string());
            assert_eq!(told("why").as_deref(), Some(why), "{json}");
            if let Some((name, value)) = place {
                assert_eq!(told(name).as_deref(), Some(value), "{json}");
            }
        }
    }
}
