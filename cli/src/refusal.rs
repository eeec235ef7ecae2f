//! An error as `--json` prints it.

use nearhand::Error;
use serde_json::{Map, Value, json};

/// `{ok: false, error: {code, message, details}}`.
pub(crate) fn json(error: &Error) -> Value {
    let mut details = Map::new();
    for (name, value) in error.details() {
        // A list goes over several details of one name.
        match details.get_mut(*name) {
            Some(Value::String(before)) => *before = format!("{before} {value}"),
            _ => drop(details.insert((*name).to_owned(), json!(value))),
        }
    }
    json!({ "ok": false, "error": { "code": error.code().as_str(), "message": error.message(), "details": details } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand::Code;

    #[test]
    fn details_of_one_name_are_a_list() {
        let error = Error::new(Code::DataInvalid, "no").with("line", 3).with("column", "a").with("column", "b");
        let details = json!({ "line": "3", "column": "a b" });
        let wanted = json!({ "ok": false, "error": { "code": "data-invalid", "message": "no", "details": details } });
        assert_eq!(json(&error), wanted);
    }
}
