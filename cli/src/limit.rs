//! How large a bundle and its graph may be. What is opened here is one's own, so nothing but memory bounds it; a page has
//! bounds, and `--limit` checks by them.

use clap::Args;
use nearhand::Settings;
use nearhand::bundle::Limits;

/// The bound of a page.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct LimitArgs {
    /// Refuse what a page refuses that takes bundles of so many bytes (`maxBytes` of `load`) [default: no bound, but a word
    /// above the 67,108,864 bytes that a page takes where it says nothing]
    #[arg(long, value_name = "BYTES")]
    pub limit: Option<usize>,
}

impl LimitArgs {
    /// Settings of an engine that opens a bundle within the bound.
    pub(crate) fn settings(self) -> Settings {
        Settings { max_bytes: self.limit.unwrap_or(usize::MAX), ..Settings::default() }
    }

    /// The bounds of the parts.
    pub(crate) fn limits(self) -> Limits {
        self.limit.map_or_else(Limits::none, Limits::within)
    }

    /// Says what a page needs to take a bundle of so many bytes, where that is more than usual and nothing was said.
    pub(crate) fn warn(self, bytes: usize) {
        if let Some(line) = self.warning(bytes) {
            eprintln!("{line}");
        }
    }

    fn warning(self, bytes: usize) -> Option<String> {
        let usual = Limits::default().bytes;
        (self.limit.is_none() && bytes > usual).then(|| {
            format!("warning: the bundle has {bytes} bytes: a page refuses more than {usual} unless `load` has maxBytes: {bytes} or more")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::tests::bundle;
    use nearhand::{Code, Engine};

    #[test]
    fn what_is_said_bounds_and_what_is_usual_warns() {
        let bytes = bundle();
        let open = |limit| Engine::open(&bytes, &LimitArgs { limit }.settings());
        assert!(open(None).is_ok() && open(Some(bytes.len())).is_ok());
        let error = open(Some(bytes.len() - 1)).unwrap_err();
        let (size, limit) = (bytes.len().to_string(), (bytes.len() - 1).to_string());
        assert_eq!((error.code(), error.details()), (Code::BundleTooLarge, &[("bytes", size), ("limit", limit)][..]));
        let says = |limit, bytes| LimitArgs { limit }.warning(bytes).is_some();
        assert!(!says(None, 64 << 20) && says(None, (64 << 20) + 1) && !says(Some(1), 1 << 40));
        assert!(LimitArgs::default().limits().bytes == usize::MAX && LimitArgs { limit: Some(7) }.limits().bytes == 7);
    }
}
