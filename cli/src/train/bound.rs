//! `--max-bytes` holds: too few are refused before the first epoch, with the least that works, and what a bundle takes more
//! than was planned the table gives back.

use crate::choosing::counting::Counts;
use crate::choosing::table::{Table, TableConfig, build};
use crate::train::args::Args;
use nearhand::{Code, Error, Result};

/// The bytes that a bundle may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// In all.
    pub(super) most: usize,
    /// Of these, for what training does not decide: catalog, popularity, purchases, card.
    rest: usize,
}

impl Bound {
    /// As said, for a bundle whose other parts take `rest` bytes. Where nothing is said, what is usual, or what it takes.
    pub(super) fn of(args: &Args, items: usize, rest: usize) -> Bound {
        Bound { most: args.max_bytes(items), rest }
    }

    /// Bytes for vectors, encoder and table.
    pub(super) fn room(&self) -> usize {
        self.most.saturating_sub(self.rest)
    }

    /// Refuses a bound that the smallest bundle of the plan does not keep; one that was not said is raised instead.
    ///
    /// # Errors
    /// `invalid-option` with the least that works.
    pub(super) fn check(&mut self, said: Option<usize>, least: usize) -> Result<()> {
        let least = self.rest + least;
        match said {
            Some(said) if said < least => {
                Err(Error::new(Code::OptionInvalid, "the bundle does not fit: give it the least bytes that work, or more")
                    .with("option", "--max-bytes")
                    .with("value", said)
                    .with("least", least))
            }
            Some(_) => Ok(()),
            None => {
                self.most = self.most.max(least);
                Ok(())
            }
        }
    }

    /// A table with which the bundle that `assemble` makes keeps the bound: the one of `config`, or one with fewer places,
    /// and the bundle.
    ///
    /// # Errors
    /// As `assemble`; `bundle-too-large` where a table of one place is still too much.
    pub(super) fn keep(
        &self,
        counts: &Counts,
        config: &TableConfig,
        assemble: impl Fn(&Table) -> Result<Vec<u8>>,
        spare: usize,
    ) -> Result<(Table, Vec<u8>)> {
        let mut table = build(counts, config)?;
        let planned = table.used();
        loop {
            let bytes = assemble(&table)?;
            let over = (bytes.len() + spare).saturating_sub(self.most);
            if over == 0 {
                if table.used() < planned {
                    println!("table cut from {planned} to {} places to keep within {} bytes", table.used(), self.most);
                }
                return Ok((table, bytes));
            }
            let used = table.used();
            if used <= 1 {
                return Err(Error::new(Code::BundleTooLarge, "the bundle does not fit even without a table: raise --max-bytes")
                    .with("bytes", bytes.len() + spare)
                    .with("max_bytes", self.most));
            }
            let kept = used.saturating_sub(over.div_ceil(PLACE)).max(1);
            // Half a place more, so that rounding takes none.
            table = build(counts, &TableConfig { mean: (kept as f64 + 0.5) / counts.items().max(1) as f64, ..*config })?;
        }
    }
}

/// Bytes of a place in a table, at most.
const PLACE: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choosing::counting::count;

    #[test]
    fn the_table_gives_back_what_is_too_much() {
        let sessions: Vec<Vec<u32>> = (0..50).map(|s| (0..8).map(|i| (s * 3 + i * i) % 40).collect()).collect();
        let config = TableConfig { mean: 10.0, ..TableConfig::default() };
        let counts = count(&sessions, 40, &config);
        let planned = build(&counts, &config).unwrap().used();
        let size = |table: &Table| Ok(vec![0; 1000 + 3 * table.used()]);
        let keep = |most: usize, spare: usize| Bound { most, rest: 0 }.keep(&counts, &config, size, spare);
        assert_eq!(keep(1000 + 3 * planned, 0).unwrap().0.used(), planned);
        for (most, spare) in [(999 + 3 * planned, 0), (1000 + 3 * planned, 20), (1100, 0), (1003, 0)] {
            let (table, bytes) = keep(most, spare).unwrap();
            assert!(table.used() >= 1 && table.used() < planned && bytes.len() + spare <= most, "{most} {spare}");
        }
        assert_eq!(keep(1002, 0).unwrap_err().code(), Code::BundleTooLarge);
    }

    #[test]
    fn what_is_said_is_refused_and_what_is_usual_is_raised() {
        let mut bound = Bound { most: 1000, rest: 900 };
        assert_eq!(bound.room(), 100);
        assert!(bound.check(Some(1000), 100).is_ok());
        let error = bound.check(Some(1000), 101).unwrap_err();
        assert!(error.details().contains(&("least", "1001".to_owned())), "{error}");
        assert!(bound.check(None, 101).is_ok());
        assert_eq!(bound.most, 1001);
    }
}
