//! What a part that is written holds.

/// A part to be written.
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// U8 `[n]`.
    Bytes(&'a [u8]),
    /// U16 `[n]` where all fit, else U32.
    Counts(&'a [u32]),
    /// F32 of a shape.
    F32(&'a [f32], Vec<usize>),
    /// F64 of a shape.
    F64(&'a [f64], Vec<usize>),
}
