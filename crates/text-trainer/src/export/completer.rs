//! `completer.json`: what nearhand/complete is given, a model's files with their digests and what the files do not tell.

use crate::bpe::END_NAME;
use crate::error::{Code, Error, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The file's name.
pub(crate) const COMPLETER: &str = "completer.json";

/// Characters of a name at most, and of a note.
const LONGEST: usize = 64;
const NOTE: usize = 1024;

/// A file beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// What stands in it for people; control characters are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes<'a> {
    pub(crate) name: &'a str,
    pub(crate) license: Option<&'a str>,
    pub(crate) about: Option<&'a str>,
}

/// The file.
pub(crate) fn completer(notes: Notes<'_>, model: File<'_>, tokenizer: File<'_>, context: usize) -> String {
    let cut = |text: &str, most: usize| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
    let file = |file: File<'_>| json!({ "file": file.name, "bytes": file.bytes.len(), "sha256": digest(file.bytes) });
    let mut whole = json!({
        "format": 1, "name": cut(notes.name, LONGEST), "model": file(model), "tokenizer": file(tokenizer),
        "context": context, "begin": END_NAME, "ends": [END_NAME],
    });
    for (key, note) in [("license", notes.license), ("about", notes.about)] {
        if let (Some(fields), Some(note)) = (whole.as_object_mut(), note) {
            fields.insert(key.to_owned(), json!(cut(note, NOTE)));
        }
    }
    format!("{whole:#}\n")
}

/// A model as its folder's file describes it.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) model: Vec<u8>,
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) context: usize,
}

impl Described {
    /// Reads the file and those that it names, and holds them against their digests.
    ///
    /// # Errors
    /// `io`; `data-invalid`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(COMPLETER);
        let read = |path: &Path| std::fs::read(path).map_err(|e| Error::file(path, &e));
        let bad = |why: &str| {
            Error::new(Code::DataInvalid, "completer.json is not as train-text writes it")
                .with("file", path.display())
                .with("why", why)
        };
        let whole: Value = serde_json::from_slice(&read(&path)?).map_err(|e| bad(&e.to_string()))?;
        let held = |part: &str| {
            let text = |name: &str| whole.get(part).and_then(|of| of.get(name)).and_then(Value::as_str);
            let file = folder.join(text("file").ok_or_else(|| bad("it names no model, or no tokenizer"))?);
            let bytes = read(&file)?;
            match text("sha256") {
                Some(wanted) if digest(&bytes) != wanted => {
                    let message = "a file is another than completer.json says: train again, or copy the folder whole";
                    Err(Error::new(Code::DataInvalid, message).with("file", file.display()))
                }
                _ => Ok(bytes),
            }
        };
        let context = whole.get("context").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let context = context.ok_or_else(|| bad("it says no context"))?;
        Ok(Self { model: held("model")?, tokenizer: held("tokenizer")?, context })
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn named(name: &str) -> Notes<'_> {
        Notes { name, license: None, about: None }
    }

    #[test]
    fn files_are_told_by_size_and_digest() {
        let model = File { name: "model.onnx", bytes: b"abc" };
        let text = completer(named("my\nshop"), model, File { name: "tokenizer.json", bytes: b"" }, 256);
        let whole: Value = serde_json::from_str(&text).unwrap();
        let end = "<|endoftext|>";
        // Of "abc" and of nothing, from FIPS 180-4's examples.
        let wanted = json!({
            "format": 1, "name": "myshop",
            "model": { "file": "model.onnx", "bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
            "tokenizer": {
                "file": "tokenizer.json", "bytes": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            },
            "context": 256, "begin": end, "ends": [end],
        });
        assert_eq!(whole, wanted);
        assert_eq!(completer(named(&"é".repeat(100)), model, model, 8).matches('é').count(), LONGEST);
        let notes = Notes { license: Some("CC BY\n4.0"), about: Some(&"ü".repeat(2000)), ..named("x") };
        let whole: Value = serde_json::from_str(&completer(notes, model, model, 8)).unwrap();
        assert_eq!((&whole["license"], &whole["about"]), (&json!("CC BY4.0"), &json!("ü".repeat(NOTE))));
    }

    #[test]
    fn a_folder_is_read_as_it_was_written_and_strangers_are_told() {
        let folder = std::env::temp_dir().join(format!("nearhand-completer-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        let file = |name, bytes| File { name, bytes };
        put(COMPLETER, completer(named("x"), file("m.onnx", b"model"), file("t.json", b"tokens"), 64).as_bytes());
        assert_eq!(Described::read(&folder).unwrap_err().code(), Code::Io);
        put("m.onnx", b"model");
        put("t.json", b"tokens");
        let found = Described::read(&folder).unwrap();
        assert_eq!((found.model.as_slice(), found.tokenizer.as_slice(), found.context), (&b"model"[..], &b"tokens"[..], 64));
        put("t.json", b"others");
        let error = Described::read(&folder).unwrap_err();
        assert!(error.code() == Code::DataInvalid && error.to_string().contains("t.json"), "{error}");
        for bad in [&b"no"[..], b"{}", b"{\"context\": 8}", b"{\"context\": -8, \"model\": {\"file\": 3}}"] {
            put(COMPLETER, bad);
            assert_eq!(Described::read(&folder).unwrap_err().code(), Code::DataInvalid);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
