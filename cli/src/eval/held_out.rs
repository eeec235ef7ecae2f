//! What is asked, and what the baselines learn from: plain files, or a log cut at a day.

use super::args::Args;
use crate::log::{Log, LoggedSession, load, time};
use crate::sessions::{Named, Pair, PairFile, SessionFile};
use nearhand::{Code, Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Pairs and training sessions.
pub(super) struct HeldOut {
    pub pairs: PairFile,
    /// The session of each pair, from 0 on.
    pub sessions: Vec<u32>,
    /// Whether the visitor of each pair has been there before; only a log knows.
    pub returning: Option<Vec<bool>>,
    train: Train,
}

enum Train {
    None,
    File(SessionFile),
    Log(Vec<LoggedSession>),
}

/// Reads what the command line names.
///
/// # Errors
/// As the readers; `data-invalid` for a log without held-out sessions.
pub(super) fn read(args: &Args) -> Result<HeldOut> {
    let file = args.train.as_ref().map(|path| SessionFile::read("--train", path)).transpose()?;
    let log = args.log.events.is_some().then(|| load(&args.log)).transpose()?;
    let log = log.map(|Log { sessions, .. }| sessions);
    let train = |before: Option<u64>, log: Option<Vec<LoggedSession>>| match (file, log) {
        (Some(file), _) => Train::File(file),
        (None, Some(mut sessions)) => {
            let ended = |s: &LoggedSession| before.is_none_or(|from| s.events.last().is_some_and(|e| e.at_ms < from));
            sessions.retain(ended);
            if sessions.is_empty() { Train::None } else { Train::Log(sessions) }
        }
        (None, None) => Train::None,
    };
    if let Some(path) = &args.pairs {
        let pairs = PairFile::read("--pairs", path)?;
        let sessions = pairs.sessions();
        return Ok(HeldOut { pairs, sessions, returning: None, train: train(None, log) });
    }
    let (Some(path), Some(from), Some(log)) = (&args.log.events, args.from, log) else {
        return Err(Error::new(Code::OptionInvalid, "name the held-out pairs with --pairs, or a log with --events and --from"));
    };
    let (pairs, sessions, returning) = cut(&log, from, args.first.unwrap_or(usize::MAX));
    let pairs = PairFile::of_log("--events", path, pairs).map_err(|error| error.with("from", time::format(from)))?;
    Ok(HeldOut { pairs, sessions, returning: Some(returning), train: train(Some(from), Some(log)) })
}

impl HeldOut {
    /// The training sessions as indices, oldest first; nothing where none are given.
    ///
    /// # Errors
    /// `item-unknown` where none of their items is known.
    pub(super) fn train(&self, by_key: &HashMap<String, u32>) -> Result<Option<Vec<Vec<u32>>>> {
        match &self.train {
            Train::None => Ok(None),
            Train::File(file) => file.indices(by_key).map(Some),
            Train::Log(sessions) => {
                let known = |s: &LoggedSession| -> Vec<u32> {
                    let interest = s.events.iter().filter(|e| e.kind.is_interest());
                    interest.filter_map(|e| by_key.get(&e.item).copied()).collect()
                };
                let indices: Vec<Vec<u32>> = sessions.iter().map(known).filter(|s| !s.is_empty()).collect();
                if indices.is_empty() {
                    let item = sessions.iter().flat_map(|s| &s.events).map(|e| e.item.as_str()).next().unwrap_or_default();
                    let why = "the bundle has none of the items of the log's training sessions";
                    return Err(Error::new(Code::ItemUnknown, why)
                        .with("option", "--events")
                        .with("item", item)
                        .with("known", by_key.iter().min_by_key(|(_, at)| **at).map_or("", |(key, _)| key)));
                }
                Ok(Some(indices))
            }
        }
    }
}

/// How many of the held-out sessions with three known items and more are the beginning of a training session, and how many
/// there are: the same visits on both sides would be no test.
pub(super) fn seen_in_training(pairs: &[Pair], sessions: &[u32], train: &[Vec<u32>]) -> (usize, usize) {
    let mut sorted: Vec<&[u32]> = train.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    // The longest pair of each session holds all of it.
    let mut longest: BTreeMap<u32, &Pair> = BTreeMap::new();
    for (session, pair) in sessions.iter().zip(pairs) {
        let one = longest.entry(*session).or_insert(pair);
        if pair.prefix.len() > one.prefix.len() {
            *one = pair;
        }
    }
    let known = |named: &Named| match named {
        Named::Known(item) => Some(*item),
        Named::Unknown(_) => None,
    };
    let whole = |pair: &&Pair| -> Option<Vec<u32>> { pair.prefix.iter().chain([&pair.next]).map(known).collect() };
    let asked: Vec<Vec<u32>> = longest.values().filter_map(whole).filter(|items| items.len() >= 3).collect();
    let begins = |items: &&Vec<u32>| {
        let at = sorted.partition_point(|session| *session < items.as_slice());
        sorted.get(at).is_some_and(|session| session.starts_with(items))
    };
    (asked.iter().filter(begins).count(), asked.len())
}

/// Prefixes and their next items, the session of each, and whether its visitor has been there before.
type Cut = (Vec<(Vec<String>, String)>, Vec<u32>, Vec<bool>);

/// Cuts the sessions that begin at `from` or later into pairs. The next item is another than the one just visited, as nobody
/// asks for the page that is open. Of each session the `first` events count.
fn cut(log: &[LoggedSession], from: u64, first: usize) -> Cut {
    let (mut pairs, mut sessions, mut returning) = (Vec::new(), Vec::new(), Vec::new());
    let visitor = |session: &LoggedSession| session.key.split('/').next().unwrap_or_default().to_owned();
    let start = |session: &LoggedSession| session.events.first().map_or(0, |e| e.at_ms);
    let mut in_order: Vec<&LoggedSession> = log.iter().collect();
    in_order.sort_by_key(|session| start(session));
    let mut seen = BTreeSet::new();
    let mut number = 0;
    for session in in_order {
        let known = !seen.insert(visitor(session));
        if start(session) < from {
            continue;
        }
        let mut prefix: Vec<String> = Vec::new();
        for event in session.events.iter().filter(|e| e.kind.is_interest()).take(first) {
            if prefix.last().is_some_and(|last| *last != event.item) {
                pairs.push((prefix.clone(), event.item.clone()));
                sessions.push(number);
                returning.push(known);
            }
            prefix.push(event.item.clone());
        }
        number += u32::from(sessions.last() == Some(&number));
    }
    (pairs, sessions, returning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LoggedEvent;
    use nearhand::EventKind;

    fn session(key: &str, from: u64, items: &str) -> LoggedSession {
        let event = |(at, item): (u64, char)| LoggedEvent {
            item: item.to_string(),
            kind: if item == 'i' { EventKind::Impression } else { EventKind::View },
            at_ms: from + at,
            quantity: None,
            dwell_ms: None,
        };
        LoggedSession { key: key.into(), events: (0..).zip(items.chars()).map(event).collect() }
    }

    #[test]
    fn the_same_visits_on_both_sides_are_found() {
        let pair =
            |prefix: &[u32], next| Pair { prefix: prefix.iter().map(|i| Named::Known(*i)).collect(), next: Named::Known(next) };
        let pairs = [pair(&[1], 2), pair(&[1, 2], 3), pair(&[1], 2), pair(&[4, 5], 6), pair(&[7, 8], 9)];
        let train = [vec![4, 5, 7], vec![1, 2, 3, 9], vec![7, 8, 9], vec![1, 2, 2]];
        // The third has but two items.
        assert_eq!(seen_in_training(&pairs, &[0, 0, 1, 2, 3], &train), (2, 3));
    }

    #[test]
    fn a_log_is_cut_into_pairs() {
        let log = [session("v", 10, "ab"), session("v/2", 100, "abbic"), session("w", 100, "a"), session("u", 200, "ca")];
        let (pairs, sessions, returning) = cut(&log, 100, 9);
        let told: Vec<String> = pairs.iter().map(|(prefix, next)| format!("{}>{next}", prefix.concat())).collect();
        // Neither b after b nor what was but shown; w goes nowhere, and u is the next session.
        assert_eq!(told, ["a>b", "abb>c", "c>a"]);
        assert_eq!((sessions, returning), (vec![0, 0, 1], vec![true, true, false]));
        assert_eq!(cut(&log, 100, 3).0.len(), 2, "the fourth event of the first session is not asked");
        assert!(cut(&log, 300, 9).0.is_empty());
    }
}
