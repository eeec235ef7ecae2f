//! What is done before the first step: texts read, the tokenizer learnt, tokens made, and all checked that can be.

use super::checkpoint::{self, Checkpoint};
use super::options::Options;
use super::room::{put, remove, room};
use super::stream::{Stream, Windows};
use crate::bpe::Tokenizer;
use crate::error::{Code, Error, Result};
use crate::export::{COMPLETER, FLOATS, MODEL, TOKENIZER};
use crate::text::{Documents, Kind, Source, read};

/// Windows of what is held out that a measurement takes.
const MEASURED: usize = 256;
/// A document counts once for the tokenizer at this weight.
const COUNTED: f32 = 64.0;

/// What a run learns from.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) stream: Stream,
    pub(super) held: Windows,
    /// Bytes that the targets of what is held out stand for.
    pub(super) held_bytes: usize,
    pub(super) data: String,
    /// Where a run goes on from.
    pub(super) before: Option<Checkpoint>,
}

/// Reads and checks everything.
///
/// # Errors
/// `invalid-option`, `io`, `data-invalid`, `checkpoint-invalid`.
pub(super) fn prepare(options: &Options, say: &mut dyn FnMut(String)) -> Result<Prepared> {
    options.check()?;
    for path in options.sources.iter().map(|s| &s.path).chain(&options.held) {
        std::fs::File::open(path).map_err(|e| Error::file(path, &e))?;
    }
    let before = options.resume.then(|| checkpoint::load(&options.out.join(checkpoint::NAME))).transpose()?;
    if let Some(before) = &before {
        before.place.same(&options.shape, &options.recipe)?;
    }
    // Two checkpoints, as one is written beside the other, and the models.
    room(&options.out, 2 * checkpoint::bytes(options.shape.weights()) + 5 * options.shape.weights() as u64)?;
    // In whatever order kinds of files are given, they are read in one.
    let mut sources = options.sources.clone();
    sources.sort_by_key(|s| s.kind);
    let mut documents = Documents::read(&sources)?;
    let held = match &options.held {
        Some(path) => {
            read(path)?;
            Documents::read(&[Source { path: path.clone(), kind: Kind::Text, weight: 1.0 }])?
        }
        None => documents.hold_out(0.01, options.recipe.seed),
    };
    if documents.bytes() == 0 {
        return Err(Error::new(Code::DataInvalid, "there is no text to learn from"));
    }
    say(format!("read {} documents, {} bytes; held out {} bytes", documents.texts.len(), documents.bytes(), held.bytes()));
    let mut tokenizer = tokenizer(options, &documents)?;
    let stream = Stream::of(&documents, &mut tokenizer);
    let held = Stream::of(&held, &mut tokenizer);
    say(format!(
        "{} tokens of a vocabulary of {}: {:.2} bytes a token",
        stream.len(),
        tokenizer.len(),
        stream.bytes as f64 / stream.len().max(1) as f64
    ));
    let held = Windows::whole(held.plain(), options.shape.context).spread(MEASURED);
    let (mut tokens, mut targets) = (Vec::new(), Vec::new());
    (0..held.count()).for_each(|n| held.window(n, &mut tokens, &mut targets));
    let held_bytes = targets.iter().map(|t| tokenizer.piece(*t).len()).sum();
    let data = stream.digest();
    if let Some(before) = &before {
        before.place.same_data(&data)?;
    }
    Ok(Prepared { stream, held, held_bytes, data, before })
}

/// The tokenizer of the folder where a run goes on, else one learnt from the texts and put there.
fn tokenizer(options: &Options, documents: &Documents) -> Result<Tokenizer> {
    let path = options.out.join(TOKENIZER);
    if options.resume {
        let text = std::fs::read_to_string(&path).map_err(|e| Error::file(&path, &e))?;
        return Tokenizer::from_json(&text).map_err(|e| e.with("file", path.display()));
    }
    // What stands there is of another tokenizer.
    for name in [COMPLETER, MODEL, FLOATS] {
        remove(&options.out.join(name))?;
    }
    let texts = documents.texts.iter().zip(&documents.weights).map(|(t, w)| (t.as_str(), (w * COUNTED).round().max(1.0) as u64));
    let tokenizer = Tokenizer::learn(texts, options.shape.vocabulary)?;
    put(&path, tokenizer.to_json().as_bytes())?;
    Ok(tokenizer)
}
