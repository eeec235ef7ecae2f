//! Models for tests: the story model that ships, those of the fixtures, and one that says what it is told to.

use crate::llama2c::Words;
use crate::onnx::{File, constant, int, node, port, weight};
use nearhand::complete::{Completed, Completer, Go, Options, Spec, Vocabulary};
use nearhand::error::Result;
use nearhand::onnx::ModelLimits;

pub(crate) const STORIES: &[u8] = include_bytes!("../../models/stories260k/stories260k.onnx");
pub(crate) const TOK512: &[u8] = include_bytes!("../../models/stories260k/tok512.bin");

pub(crate) fn stories() -> Completer {
    stories_within(512)
}

/// With a shorter context than it was trained for.
pub(crate) fn stories_within(context: usize) -> Completer {
    let spec = Spec { context, begin: Some(1), ends: vec![1, 2], padded: false };
    Completer::open(STORIES.to_vec(), Box::new(Words::read(TOK512)), spec, &ModelLimits::default()).unwrap()
}

/// Pieces by number; texts are written by the longest that fits. Those like `<s>` are no text.
#[derive(Clone)]
pub(crate) struct List(Vec<Vec<u8>>);

impl List {
    pub(crate) fn of<P: AsRef<[u8]>>(pieces: &[P]) -> Self {
        Self(pieces.iter().map(|p| p.as_ref().to_vec()).collect())
    }

    fn special_name(piece: &[u8]) -> bool {
        piece.starts_with(b"<") && piece.ends_with(b">")
    }

    pub(crate) fn id(&self, piece: &str) -> u32 {
        self.0.iter().position(|p| p == piece.as_bytes()).unwrap() as u32
    }
}

impl Vocabulary for List {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn piece(&self, id: u32) -> &[u8] {
        self.0.get(id as usize).filter(|p| !Self::special_name(p)).map_or(&[], Vec::as_slice)
    }

    fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let fits = |p: &Vec<u8>| rest.starts_with(p);
            let (id, piece) = self.0.iter().enumerate().filter(|(_, p)| fits(p)).max_by_key(|(_, p)| p.len()).expect("a piece");
            ids.push(id as u32);
            rest = &rest[piece.len()..];
        }
        Ok(())
    }

    fn special(&self, name: &str) -> Option<u32> {
        self.0.iter().position(|p| p == name.as_bytes() && Self::special_name(p)).map(|at| at as u32)
    }
}

/// Every byte, then `<s>` and `</s>`: the vocabulary of the fixtures.
pub(crate) fn bytes() -> List {
    let mut pieces: Vec<Vec<u8>> = (0..=255).map(|b| vec![b]).collect();
    pieces.extend([b"<s>".to_vec(), b"</s>".to_vec()]);
    List(pieces)
}

/// A graph without a cache whose logits behind a token are a row of a table.
pub(crate) fn table(columns: usize, rows: &[Vec<f32>]) -> Vec<u8> {
    let flat: Vec<f32> = rows.concat();
    File {
        version: 8,
        nodes: vec![node("Gather", "table input_ids", "logits", &[int("axis", 0)])],
        constants: vec![weight("table", &[rows.len() as i64, columns as i64], &flat)],
        inputs: vec![port("input_ids", 7, &[-1, -1])],
        outputs: vec![port("logits", 1, &[-1, -1, columns as i64])],
    }
    .bytes()
}

/// As [`table`], with caches that hold nothing of use, by name and heads of what goes in and comes out.
pub(crate) fn cached(tokens: usize, caches: &[(&str, &str, i64, i64)]) -> File {
    let rows: Vec<f32> = (0..tokens * tokens).map(|i| if i % tokens == (i / tokens + 1) % tokens { 3.0 } else { 0.0 }).collect();
    let mut file = File {
        version: 8,
        nodes: vec![
            node("Gather", "table input_ids", "logits", &[int("axis", 0)]),
            node("Cast", "input_ids", "new", &[int("to", 1)]),
        ],
        constants: vec![weight("table", &[tokens as i64, tokens as i64], &rows), constant("axes", 7, &[2], &axes(&[1, 3]))],
        inputs: vec![port("input_ids", 7, &[-1, -1])],
        outputs: vec![port("logits", 1, &[-1, -1, tokens as i64])],
    };
    file.nodes.push(node("Unsqueeze", "new axes", "row", &[]));
    for (past, present, heads, answered) in caches {
        file.inputs.push(port(past, 1, &[1, *heads, -1, 1]));
        file.outputs.push(port(present, 1, &[1, *answered, -1, 1]));
        file.nodes.push(node("Concat", &format!("{past} row"), present, &[int("axis", 2)]));
    }
    file
}

/// Whole numbers of 64 bits as a constant's bytes.
pub(crate) fn axes(values: &[i64]) -> Vec<u8> {
    crate::onnx::field(9, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>())
}

/// A model that writes these pieces one after the other: behind each of `says` the next one has the largest logit, 5, then what `else_` says.
pub(crate) fn says(pieces: &[&str], rules: &[(&str, &[(&str, f32)])], ends: &[&str]) -> Completer {
    let words = List::of(pieces);
    let rows: Vec<Vec<f32>> = pieces
        .iter()
        .map(|piece| {
            let mut row = vec![0.0; pieces.len()];
            for (_, after) in rules.iter().filter(|(p, _)| p == piece) {
                after.iter().for_each(|(next, logit)| row[words.id(next) as usize] = *logit);
            }
            row
        })
        .collect();
    let begin = pieces.contains(&"<s>").then_some("<s>");
    let spec = Spec::named(&words, 64, begin, ends).unwrap();
    Completer::open(table(pieces.len(), &rows), Box::new(words), spec, &ModelLimits::default()).unwrap()
}

pub(crate) fn run(completer: &mut Completer, prompt: &str, options: Options) -> Completed {
    completer.complete(prompt, options, &mut || Go::On, &mut |_| {}).unwrap()
}

pub(crate) fn some(max_tokens: usize) -> Options {
    Options { max_tokens, ..Options::default() }
}
