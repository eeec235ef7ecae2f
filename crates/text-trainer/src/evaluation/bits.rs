//! Bits a byte: what a text would take if the model wrote it down.

use super::engine::Model;
use crate::bpe::END;
use crate::error::Result;
use crate::text::pick;

/// What a text takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bits {
    /// −Σ log2 of every token's share, over the bytes of the text.
    pub per_byte: f64,
    /// Bytes that were measured.
    pub bytes: usize,
    /// Tokens of those.
    pub tokens: usize,
}

/// Measures a text: its documents (parted by blank lines), or, of a text beyond `most` bytes, parts of 16 KiB spread evenly over it.
///
/// Each begins with the end of a text, which is given, not counted. The model sees a window of its context; where a document is
/// longer, the next window begins half a context later, so that every token but a document's first has at least half a context before it.
/// Every byte counts, line ends and blank lines too.
///
/// # Errors
/// `model-failed`.
pub fn bits(model: &mut Model, text: &str, most: usize) -> Result<Bits> {
    let (mut nats, mut count, mut bytes) = (0.0, 0, 0);
    for document in pick(text, most) {
        let mut tokens = vec![END];
        model.tokenizer.encode(&document, &mut tokens);
        bytes += document.len();
        count += tokens.len() - 1;
        let (context, step) = (model.context, model.context / 2);
        let mut seen = 0;
        while seen + 1 < tokens.len() {
            // The window's last token is what is predicted, not fed.
            let from = if seen == 0 { 0 } else { (seen + step).saturating_sub(context) };
            let to = (from + context).min(tokens.len() - 1);
            let window = tokens.get(from..to).unwrap_or_default();
            let mut state = model.state();
            let logits = model.feed(&mut state, window)?;
            for (row, at) in logits.chunks_exact(model.vocabulary()).zip(from..to).filter(|(_, at)| *at >= seen) {
                let wanted = tokens.get(at + 1).and_then(|t| row.get(*t as usize)).copied().unwrap_or(f32::NEG_INFINITY);
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let sum: f64 = row.iter().map(|v| f64::from(v - top).exp()).sum();
                nats += sum.ln() + f64::from(top - wanted);
            }
            seen = to;
        }
    }
    Ok(Bits { per_byte: nats / std::f64::consts::LN_2 / bytes.max(1) as f64, bytes, tokens: count })
}
