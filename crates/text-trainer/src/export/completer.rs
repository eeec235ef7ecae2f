//! `completer.json`: what nearhand/complete is given, a model's files with their digests and what the files do not tell.

use crate::bpe::END_NAME;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Characters of a name at most.
const LONGEST: usize = 64;

/// A file beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// The file. `name` is for people; control characters are left out of it.
pub(crate) fn completer(name: &str, model: File<'_>, tokenizer: File<'_>, context: usize) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let file = |file: File<'_>| json!({ "file": file.name, "bytes": file.bytes.len(), "sha256": digest(file.bytes) });
    let whole = json!({
        "format": 1, "name": name, "model": file(model), "tokenizer": file(tokenizer),
        "context": context, "begin": END_NAME, "ends": [END_NAME],
    });
    format!("{whole:#}\n")
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn files_are_told_by_size_and_digest() {
        let model = File { name: "model.onnx", bytes: b"abc" };
        let text = completer("my\nshop", model, File { name: "tokenizer.json", bytes: b"" }, 256);
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
        assert_eq!(completer(&"é".repeat(100), model, model, 8).matches('é').count(), LONGEST);
    }
}
