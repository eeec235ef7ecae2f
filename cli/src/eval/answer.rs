//! What a way answers to a pair, and all pairs asked on all of the machine's threads.

use crate::files::progress;
use crate::sessions::{Named, Pair};
use nearhand::rank::BitSet;
use nearhand::{ItemIdx, Result};

/// How an answer is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Cutoff.
    pub k: usize,
    /// The newest item of the session is never in the answer.
    pub without_newest: bool,
}

/// The target's rank among all, and among unseen items where the target is new to its session; and the slates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub rank: Option<usize>,
    pub best: Vec<ItemIdx>,
    pub explore: Option<(Option<usize>, Vec<ItemIdx>)>,
}

impl Answer {
    /// Asks with all items allowed, and again without those of the session where the target is none of them. `ask` gives the
    /// target's rank and the slate among the items allowed.
    pub(super) fn of(
        pair: &Pair,
        items: usize,
        rule: Rule,
        ask: impl Fn(&BitSet) -> Result<(Option<usize>, Vec<ItemIdx>)>,
    ) -> Result<Self> {
        let mut allowed = BitSet::full(items);
        if let Some(Named::Known(newest)) = pair.prefix.last().filter(|_| rule.without_newest) {
            allowed.remove(ItemIdx(*newest));
        }
        let (rank, best) = ask(&allowed)?;
        let mut explore = None;
        if !pair.prefix.contains(&pair.next) {
            for named in &pair.prefix {
                if let Named::Known(item) = named {
                    allowed.remove(ItemIdx(*item));
                }
            }
            explore = Some(ask(&allowed)?);
        }
        Ok(Self { rank, best, explore })
    }
}

/// Asks all pairs, in their order. `worker` makes what a thread needs; it answers one pair after the other.
pub(super) fn ask_all<W>(
    pairs: &[Pair],
    worker: impl Fn() -> Result<W> + Sync,
    one: impl Fn(&mut W, &Pair) -> Result<Answer> + Sync,
) -> Result<Vec<Answer>> {
    let bar = progress(pairs.len() as u64, "eval");
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let parts: Vec<Result<Vec<Answer>>> = std::thread::scope(|scope| {
        let (bar, worker, one) = (&bar, &worker, &one);
        let work = move |pairs: &[Pair]| {
            let mut worker = worker()?;
            let answer = |pair| {
                bar.inc(1);
                one(&mut worker, pair)
            };
            pairs.iter().map(answer).collect()
        };
        let chunks = pairs.chunks(pairs.len().div_ceil(threads).max(1));
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || work(chunk))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    bar.finish_and_clear();
    Ok(parts.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}
