//! What a bundle may take of the host.

/// Bounds checked before and while a bundle is opened.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest bundle, bytes.
    pub bytes: usize,
    /// Longest header, which holds the manifest and its card, bytes: what it says takes ten times its length while it is read.
    pub header: usize,
    /// Largest catalog.
    pub items: usize,
    /// Most parts.
    pub parts: usize,
    /// Longest session window a model may ask for.
    pub window: usize,
}

impl Limits {
    /// Those of a host that takes bundles of so many bytes: the defaults up to 64 MiB, beyond in proportion.
    #[must_use]
    pub const fn within(bytes: usize) -> Self {
        let more = Self::more(bytes);
        let window = if more > 128 { 1 << 16 } else { 512 * more };
        Self {
            bytes,
            header: (16_usize << 20).saturating_mul(more),
            items: 4_000_000_usize.saturating_mul(more),
            parts: 256,
            window,
        }
    }

    /// Whatever memory holds: for the host's own files. Parts are as many as ever, a window is 65,536 events at most.
    #[must_use]
    pub const fn none() -> Self {
        Self::within(usize::MAX)
    }

    /// How many times the usual largest bundle is in so many bytes, rounded up.
    pub(crate) const fn more(bytes: usize) -> usize {
        match bytes.div_ceil(64 << 20) {
            0 => 1,
            more => more,
        }
    }
}

impl Default for Limits {
    /// 64 MiB, of which 16 MiB may be header, 4 million items, 256 parts, a window of 512 events.
    fn default() -> Self {
        Self::within(64 << 20)
    }
}
