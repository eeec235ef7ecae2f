//! What a golden asks, as the model reads it: a text, or what a user says, written as the `template` of completer.json has turns, up to where the answer begins;
//! `www/lib/src/complete/asked/template.ts` does the same.

use nearhand::{Code, Error, Result};
use serde_json::Value;
use std::ops::Range;

/// UTF-16 units of a text in a template.
const MOST: usize = 1024;
const ROLES: [&str; 3] = ["system", "user", "assistant"];
/// Where completer.json has none: a line a turn.
const USER: [&str; 2] = ["User: ", "\n"];
const ASSISTANT: [&str; 2] = ["Assistant: ", "\n"];

/// What a prompt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Names of special tokens in it are read as those tokens.
    Specials,
    /// What a user says, to be written as the template has turns.
    Turn,
}

/// A prompt as the model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) text: String,
    /// Its parts in which names of special tokens are read, in bytes.
    pub(super) marked: Vec<Range<usize>>,
    /// Texts that end an answer.
    pub(super) stop: Vec<String>,
}

impl Asked {
    /// `described`: the completer.json.
    ///
    /// # Errors
    /// `manifest-invalid` for a template that is none.
    pub(super) fn of(described: &Value, prompt: &str, kind: Kind) -> Result<Self> {
        let marked = match kind {
            Kind::Turn => return written(described, prompt),
            Kind::Specials => std::iter::once(0..prompt.len()).collect(),
            Kind::Text => Vec::new(),
        };
        Ok(Self { text: prompt.to_owned(), marked, stop: Vec::new() })
    }
}

/// JavaScript's white space.
const fn blank(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// A turn's texts: in front of what is said, and behind it.
fn around<'a>(described: &'a Value, role: &str, usual: [&'a str; 2]) -> Result<[&'a str; 2]> {
    let bad = |place: String, why: &'static str| Err(Error::new(Code::ManifestInvalid, why).with("place", place));
    let template = match described.get("template") {
        None | Some(Value::Null) => return Ok(usual),
        Some(Value::Object(template)) => template,
        Some(_) => return bad("template".to_owned(), "the template is no object of turns"),
    };
    if let Some(other) = template.keys().find(|key| !ROLES.contains(&key.as_str())) {
        let place = format!("template.{}", other.chars().take(64).collect::<String>());
        return bad(place, "the template has turns of system, user and assistant alone");
    }
    let Some(given) = template.get(role) else { return Ok(usual) };
    let texts: Option<Vec<&str>> = given.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    match texts.as_deref() {
        Some([before, after]) if [before, after].iter().all(|text| text.encode_utf16().count() <= MOST) => Ok([before, after]),
        _ => bad(format!("template.{role}"), "a turn of the template is not two texts: before and after what is said"),
    }
}

/// A line's end, with the white space around it, as a blank.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find(blank) {
        let (before, white) = rest.split_at(from);
        let (white, behind) = white.split_at(white.find(|c| !blank(c)).unwrap_or(white.len()));
        out.push_str(before);
        out.push_str(if white.contains('\n') { " " } else { white });
        rest = behind;
    }
    out + rest
}

/// What is asked where a user says this.
///
/// # Errors
/// `manifest-invalid` for a turn that is none.
fn written(described: &Value, said: &str) -> Result<Asked> {
    let [before, after] = around(described, "user", USER)?;
    let [answer, end] = around(described, "assistant", ASSISTANT)?;
    // It is not written here; a page would refuse the file for it.
    around(described, "system", ["", "\n"])?;
    let (mut text, mut marked) = (String::new(), Vec::new());
    let has_marks = described.get("template").is_some();
    let mut put = |text: &mut String, mark: &str| {
        if has_marks && !mark.is_empty() {
            marked.push(text.len()..text.len() + mark.len());
        }
        text.push_str(mark);
    };
    put(&mut text, before);
    // Where a line's end is all that ends a turn, a line in it would be a turn of whoever it names.
    text.push_str(&if after.trim_matches(blank).is_empty() { one_line(said) } else { said.to_owned() });
    put(&mut text, after);
    put(&mut text, answer.trim_end_matches(' '));
    let mut stop: Vec<String> = Vec::new();
    let end = match end.trim_end_matches(blank) {
        "" => end,
        trimmed => trimmed,
    };
    for one in [end, before.trim_matches(blank)] {
        if !one.is_empty() && stop.iter().all(|other| other != one) {
            stop.push(one.to_owned());
        }
    }
    Ok(Asked { text, marked, stop })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(template: Option<Value>, said: &str) -> (String, Vec<String>, Vec<String>) {
        let described = template.map_or(json!({}), |template| json!({ "template": template }));
        let Asked { text, marked, stop } = written(&described, said).unwrap();
        let marks = marked.iter().map(|range| text[range.clone()].to_owned()).collect();
        (text, marks, stop)
    }

    #[test]
    fn turns_are_written_as_pages_write_them() {
        let text = |text: &str| text.to_owned();
        // Lines: one in what is said is a blank, whatever white space stands around it.
        let lines = of(None, "a \t\n\u{feff}\n b\u{85}c  d");
        assert_eq!(lines, (text("User: a b\u{85}c  d\nAssistant:"), vec![], vec![text("\n"), text("User:")]));
        let chat = json!({ "user": ["<u>\n", "</u>\n"], "assistant": ["<a>  ", "</a>\n"] });
        let told = of(Some(chat), "a\nb");
        let marks = vec![text("<u>\n"), text("</u>\n"), text("<a>")];
        assert_eq!(told, (text("<u>\na\nb</u>\n<a>"), marks, vec![text("</a>"), text("<u>")]));
        let own = of(Some(json!({ "user": ["", "\n"] })), "x");
        assert_eq!(own, (text("x\nAssistant:"), vec![text("\n"), text("Assistant:")], vec![text("\n")]));
    }

    #[test]
    fn a_template_that_pages_refuse_is_refused() {
        let refused = |template: Value| {
            let error = written(&json!({ "template": template }), "x").unwrap_err();
            let place = error.details().iter().find(|(name, _)| *name == "place").map(|(_, value)| value.clone());
            (error.code(), place.unwrap_or_default())
        };
        let far = ["x".repeat(1025), String::new()];
        let cases = [
            (json!("User: "), "template"),
            (json!([["User: ", ""]]), "template"),
            (json!({ "usr": ["User: ", ""] }), "template.usr"),
            (json!({ "user": null }), "template.user"),
            (json!({ "user": ["User: "] }), "template.user"),
            (json!({ "assistant": ["", 1] }), "template.assistant"),
            (json!({ "assistant": far }), "template.assistant"),
            (json!({ "system": "" }), "template.system"),
        ];
        for (template, place) in cases {
            assert_eq!(refused(template), (Code::ManifestInvalid, place.to_owned()));
        }
        assert_eq!(of(Some(Value::Null), "x").0, "User: x\nAssistant:");
    }
}
