//! What changes a model's logits by what was read before it: adaptation without training is measured as it is used.

/// Adapts to what it is told, a token at a time. It is always asked about a token before it is told it.
pub trait Adapter {
    /// A text begins that has nothing to do with what came before: a document, or what a blank line or a line `---` parts from it.
    fn begin(&mut self) {}

    /// Changes the logits of what follows these tokens, the first of which begins the document.
    fn adapt(&mut self, before: &[u32], logits: &mut [f32]);

    /// Learns the token that followed; `logits` are the model's own.
    fn learn(&mut self, before: &[u32], logits: &[f32], token: u32);
}

/// The model as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Adapter for Plain {
    fn adapt(&mut self, _: &[u32], _: &mut [f32]) {}

    fn learn(&mut self, _: &[u32], _: &[f32], _: u32) {}
}
