//! What a model is: its sizes, and where in one long row of numbers each of its weights lies.

use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The sizes of a decoder: RMSNorm, rotary positions, grouped queries, SwiGLU, embeddings that are the head too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Numbers a token is carried in: a multiple of 32, the size of a block of codes.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries; `width` is shared among them.
    pub heads: usize,
    /// Heads of keys and values, each for as many heads of queries.
    pub groups: usize,
    /// Numbers within a layer's gate: a multiple of 32.
    pub inner: usize,
    /// Tokens that are seen at once.
    pub context: usize,
}

impl Default for Shape {
    /// 4.5 million weights.
    fn default() -> Self {
        Self { vocabulary: 4096, width: 256, layers: 5, heads: 8, groups: 4, inner: 640, context: 256 }
    }
}

/// The weights of one layer, each a matrix of rows that are multiplied with, or a row of factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerAt {
    /// Factors of the norm before attention.
    pub(crate) norm: Range<usize>,
    /// Queries, keys and values: `[(heads + 2 groups) · depth, width]`.
    pub(crate) qkv: Range<usize>,
    /// Out of attention: `[width, heads · depth]`.
    pub(crate) out: Range<usize>,
    /// Factors of the norm before the gate.
    pub(crate) norm_inner: Range<usize>,
    /// Gate and value: `[2 inner, width]`.
    pub(crate) gate: Range<usize>,
    /// Back from the gate: `[width, inner]`.
    pub(crate) down: Range<usize>,
}

/// Where the weights lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) embedding: Range<usize>,
    pub(crate) layers: Vec<LayerAt>,
    pub(crate) norm: Range<usize>,
    pub(crate) len: usize,
}

impl Shape {
    /// Numbers of a head.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.width / self.heads
    }

    /// Numbers of queries, keys and values of a token.
    pub(crate) const fn qkv(&self) -> usize {
        (self.heads + 2 * self.groups) * self.depth()
    }

    /// Weights altogether.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.places().len
    }

    /// Refuses sizes that make no model, or one beyond 2^27 weights.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn check(&self) -> Result<()> {
        let bad = |name: &'static str, value: usize, must: &str| {
            Err(Error::new(Code::OptionInvalid, format!("the model cannot be of this size: {must}")).with(name, value))
        };
        if !(257..=65_536).contains(&self.vocabulary) {
            return bad("vocabulary", self.vocabulary, "257 to 65,536 tokens, as there are 256 bytes and the end of a text");
        }
        if self.width == 0 || !self.width.is_multiple_of(32) || self.width > 4096 {
            return bad("width", self.width, "the width is a multiple of 32 up to 4,096");
        }
        if self.inner == 0 || !self.inner.is_multiple_of(32) || self.inner > 16_384 {
            return bad("inner", self.inner, "the gate's width is a multiple of 32 up to 16,384");
        }
        if !(1..=64).contains(&self.layers) {
            return bad("layers", self.layers, "1 to 64 layers");
        }
        if self.heads == 0 || !self.width.is_multiple_of(self.heads) || !self.depth().is_multiple_of(8) {
            return bad("heads", self.heads, "the width is shared among heads of a multiple of 8 numbers");
        }
        if self.groups == 0 || !self.heads.is_multiple_of(self.groups) {
            return bad("groups", self.groups, "as many heads of queries for each head of keys");
        }
        if !(8..=4096).contains(&self.context) {
            return bad("context", self.context, "8 to 4,096 tokens are seen at once");
        }
        // What shares the heads' numbers in blocks of 32 codes.
        if self.weights() > 1 << 27 {
            return bad("weights", self.weights(), "at most 134,217,728 weights");
        }
        Ok(())
    }

    pub(crate) fn places(&self) -> Places {
        let mut len = 0;
        let mut take = |count: usize| {
            len += count;
            len - count..len
        };
        let embedding = take(self.vocabulary * self.width);
        let layers = (0..self.layers)
            .map(|_| LayerAt {
                norm: take(self.width),
                qkv: take(self.qkv() * self.width),
                out: take(self.width * self.width),
                norm_inner: take(self.width),
                gate: take(2 * self.inner * self.width),
                down: take(self.width * self.inner),
            })
            .collect();
        let norm = take(self.width);
        Places { embedding, layers, norm, len }
    }

    /// Every weight by name, with its shape and place. Norms are rows, all else matrices.
    pub(crate) fn named(&self) -> Vec<(String, Vec<usize>, Range<usize>)> {
        let places = self.places();
        let mut all = vec![("embedding".to_owned(), vec![self.vocabulary, self.width], places.embedding)];
        for (number, at) in places.layers.into_iter().enumerate() {
            let name = |part: &str| format!("layers.{number}.{part}");
            all.push((name("norm"), vec![self.width], at.norm));
            all.push((name("qkv"), vec![self.qkv(), self.width], at.qkv));
            all.push((name("out"), vec![self.width, self.width], at.out));
            all.push((name("norm_inner"), vec![self.width], at.norm_inner));
            all.push((name("gate"), vec![2 * self.inner, self.width], at.gate));
            all.push((name("down"), vec![self.width, self.inner], at.down));
        }
        all.push(("norm".to_owned(), vec![self.width], places.norm));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_lie_side_by_side_and_each_has_a_name() {
        let shape = Shape::default();
        shape.check().unwrap();
        let mut end = 0;
        for (name, dims, range) in shape.named() {
            assert_eq!((range.start, range.len()), (end, dims.iter().product()), "{name}");
            end = range.end;
        }
        assert_eq!((end, shape.weights()), (shape.weights(), 4_492_032));
    }

    #[test]
    fn sizes_that_make_no_model_are_refused() {
        let good = Shape::default();
        for bad in [
            Shape { vocabulary: 256, ..good },
            Shape { width: 100, ..good },
            Shape { inner: 0, ..good },
            Shape { layers: 0, ..good },
            Shape { heads: 7, ..good },
            Shape { groups: 3, ..good },
            Shape { context: 4, ..good },
            Shape { width: 4096, inner: 16_384, layers: 64, ..good },
        ] {
            assert_eq!(bad.check().unwrap_err().code(), Code::OptionInvalid, "{bad:?}");
        }
    }
}
