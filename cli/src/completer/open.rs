//! A completer, as its completer.json describes it (docs/complete.md).

use super::golden;
use crate::files::io;
use nearhand::bundle::sha256_hex;
use nearhand::complete::{Completer, Spec, Tokenized};
use nearhand::{Code, Error, Result};
use nearhand_onnx::ModelLimits;
use serde_json::Value;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// What is read of a completer.json at most, in bytes.
const MOST: usize = 1 << 20;
/// Tokens that a model sees, where its file does not say it.
const CONTEXT: u64 = 256;

/// One completer.
pub(crate) struct Model {
    pub completer: Completer,
    /// Its completer.json.
    pub described: Value,
    /// Digest of its tokenizer.
    pub tokenizer: String,
    /// Digests of its completer.json and both files, one behind the other.
    pub digests: String,
    /// Of its files.
    pub bytes: usize,
}

/// The completer.json of a path, if it names one: a folder, or the file itself.
pub(crate) fn described(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path.join("completer.json"));
    }
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")).then(|| path.to_owned())
}

/// The bytes of a completer.json; of a larger file no more than says so.
fn head(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| io(path, &e))?;
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(|e| io(path, &e))?;
    Ok(bytes)
}

/// A completer.json and the files that it names, as far as it can be read: none of them may be written over.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let told: Option<Value> = head(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let name = |part: &str| Some(told.as_ref()?.get(part)?.get("file")?.as_str()?.to_owned());
    let beside = ["model", "tokenizer", "prime"].into_iter().filter_map(name).map(|name| path.with_file_name(name));
    std::iter::once(path.to_owned()).chain(beside).collect()
}

impl Model {
    /// Opens a completer, as a page does: with its goldens answered once.
    ///
    /// # Errors
    /// Those of [`Model::unproved`]; `golden-mismatch`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut model = Self::unproved(path)?;
        for (at, golden) in golden::of(&model.described)?.iter().enumerate() {
            golden.prove(at, &mut model.completer)?;
        }
        model.completer.forget();
        Ok(model)
    }

    /// Opens a completer, whatever it was recorded to answer.
    ///
    /// # Errors
    /// `io`; `manifest-invalid` for a completer.json of another form or with files that do not lie beside it; `bundle-digest-mismatch` for files
    /// that are others; whatever the model and the tokenizer say.
    pub(crate) fn unproved(path: &Path) -> Result<Self> {
        let bytes = head(path)?;
        let bad = |why: &str| {
            Error::new(Code::ManifestInvalid, "the file is no completer.json").with("path", path.display()).with("why", why)
        };
        if bytes.len() > MOST {
            return Err(bad("it is larger than a megabyte"));
        }
        let described: Value = serde_json::from_slice(&bytes).map_err(|e| bad(&e.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = |part: &str| -> Result<Vec<u8>> {
            let text = |name: &str| described.get(part).and_then(|of| of.get(name)).and_then(Value::as_str);
            let name = text("file").ok_or_else(|| bad("it names no model, or no tokenizer"))?;
            let beside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            if name.contains("://") || !Path::new(name).components().all(beside) {
                return Err(bad("a file does not lie beside it").with("file", name));
            }
            let place = folder.join(name);
            let bytes = std::fs::read(&place).map_err(|e| io(&place, &e))?;
            let computed = sha256_hex(&bytes);
            match text("sha256") {
                Some(stated) if !stated.eq_ignore_ascii_case(&computed) => {
                    Err(Error::new(Code::BundleDigestMismatch, "the file is not the one that completer.json names")
                        .with("path", place.display())
                        .with("stated", stated)
                        .with("computed", computed))
                }
                _ => Ok(bytes),
            }
        };
        let (model, tokenizer) = (file("model")?, file("tokenizer")?);
        let words = Tokenized::from_json(&tokenizer, false)?;
        let context = described.get("context").map_or(Some(CONTEXT), Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let context = context.ok_or_else(|| bad("its context is no whole number"))?;
        let name = |value: &'_ Value| value.as_str().map(str::to_owned);
        let begin = described.get("begin").and_then(name);
        let ends: Vec<String> = described.get("ends").and_then(Value::as_array).into_iter().flatten().filter_map(name).collect();
        let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
        let padded = described.get("padded").and_then(Value::as_bool).unwrap_or(false);
        let spec = Spec { padded, ..Spec::named(&words, context, begin.as_deref(), &ends)? };
        let (size, digest) = (model.len() + tokenizer.len(), sha256_hex(&tokenizer));
        let digests = [&sha256_hex(&bytes), &sha256_hex(&model), &digest].map(String::as_str).concat();
        let completer = Completer::open(model, Box::new(words), spec, &ModelLimits::default())?;
        Ok(Self { completer, described, tokenizer: digest, digests, bytes: size })
    }

    /// As it calls itself.
    pub(crate) fn name(&self) -> String {
        self.described.get("name").and_then(Value::as_str).unwrap_or("completer").to_owned()
    }
}
