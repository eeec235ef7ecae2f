//! What the table, the session and the model say for the few items that are kept apart.

/// The parts that few items have.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::recommend) struct Few {
    pub(in crate::recommend) table: f32,
    pub(in crate::recommend) repeat: f32,
    /// Whether it is in the session.
    pub(in crate::recommend) seen: bool,
    /// The model's value, where it answered.
    pub(in crate::recommend) x: f32,
}
