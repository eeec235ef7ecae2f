//! How the ids of a log and of an item list meet, and what hinders them where they hardly do.

use super::Log;
use crate::items::ItemList;
use crate::read::notes::Note;
use crate::read::value::cell::short;
use nearhand::{Code, Error, Result};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Below this share of events on listed items, list and log are said to hardly meet.
const HARDLY: f64 = 0.5;

/// How many events a log has on each item.
pub(crate) type Events = HashMap<String, u64>;

/// Refuses a list that has no item of the log, and says so where it has few of its events.
///
/// # Errors
/// `data-invalid` with an id of each side and what makes them meet, if anything does.
pub(super) fn check(events: &Events, list: &ItemList, path: &Path) -> Result<()> {
    if let Some(note) = judge(events, list, path)? {
        eprintln!("{note}");
    }
    Ok(())
}

/// The events of a log.
#[cfg_attr(not(test), allow(dead_code, reason = "training has its own way"))]
pub(super) fn events(log: &Log) -> Events {
    let mut events = Events::new();
    for event in log.sessions.iter().flat_map(|session| &session.events) {
        *events.entry(event.item.clone()).or_default() += 1;
    }
    events
}

/// The share of events on items of the list.
pub(crate) fn share(events: &Events, list: &ItemList) -> f64 {
    let known: u64 = events.iter().filter(|(id, _)| list.by_key.contains_key(*id)).map(|(_, n)| n).sum();
    known as f64 / (events.values().sum::<u64>() as f64).max(1.0)
}

/// A note where list and log hardly meet.
///
/// # Errors
/// As [`check`].
pub(crate) fn judge(events: &Events, list: &ItemList, path: &Path) -> Result<Option<Note>> {
    let share = share(events, list);
    if share >= HARDLY || events.is_empty() {
        return Ok(None);
    }
    let mut unknown: Vec<&String> = events.keys().filter(|id| !list.by_key.contains_key(*id)).collect();
    unknown.sort();
    let mut listed: Vec<&String> = list.by_key.keys().collect();
    listed.sort();
    let (guess, pair) = guess(&unknown, &listed);
    let example = |ids: &[&String]| ids.iter().take(3).map(|id| short(id)).collect::<Vec<_>>().join(", ");
    let (of_log, of_list) = match pair {
        Some((a, b)) => (short(&a), short(&b)),
        None => (example(&unknown), example(&listed)),
    };
    let advice = guess.map_or(String::new(), |guess| format!(": {guess}"));
    if share == 0.0 {
        let why =
            format!("no item of the log is in the item list{advice}; name the list's column of the log's ids with --key-col");
        return Err(Error::new(Code::DataInvalid, why)
            .with("path", path.display())
            .with("in_log", of_log)
            .with("in_list", of_list));
    }
    let why = format!("only {:.1} % of the events are on items of the list{advice}; see --key-col", 100.0 * share);
    Ok(Some(Note::new("ids-hardly-meet", why).with("in_log", of_log).with("in_list", of_list)))
}

/// A form that ids of both sides are brought to.
type Way = fn(&str) -> String;

/// What may have been done to the ids of one side, as a person would say it.
const WAYS: [(&str, Way); 6] = [
    ("one side has lost leading zeros", |id| id.trim_start_matches('0').to_owned()),
    ("one side has whole numbers as floats", |id| id.strip_suffix(".0").unwrap_or(id).to_owned()),
    ("the sides differ in case", |id| id.to_lowercase()),
    ("one side has a prefix before the last / or :", |id| id.rsplit(['/', ':']).next().unwrap_or(id).to_owned()),
    ("the sides differ in marks and blanks", |id| id.chars().filter(|c| c.is_alphanumeric()).collect()),
    ("one side has numbers alone", |id| {
        id.chars().filter(char::is_ascii_digit).collect::<String>().trim_start_matches('0').to_owned()
    }),
];

/// The change that makes half of the unknown ids meet, and an id of each side that then do.
fn guess(unknown: &[&String], listed: &[&String]) -> (Option<&'static str>, Option<(String, String)>) {
    for (what, way) in WAYS {
        let by_form: HashMap<String, &String> =
            listed.iter().map(|id| (way(id), *id)).filter(|(form, _)| !form.is_empty()).collect();
        let mut met = unknown.iter().take(1000).filter_map(|id| Some((*id, by_form.get(&way(id))?))).peekable();
        let first = met.peek().map(|(a, b)| ((*a).clone(), (**b).clone()));
        // By chance a few may meet; and a form that makes ids of one side the same tells nothing.
        let forms: HashSet<&String> = by_form.keys().collect();
        if met.count() * 2 >= unknown.len().min(1000) && first.is_some() && forms.len() * 2 >= listed.len() {
            return (Some(what), first);
        }
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(log: &[&str], list: &[&str]) -> Result<Option<Note>> {
        let events = log.iter().map(|id| ((*id).to_owned(), 1)).collect();
        let by_key = list.iter().zip(0..).map(|(id, row)| ((*id).to_owned(), row)).collect();
        judge(&events, &ItemList { by_key, ..ItemList::default() }, Path::new("items.csv"))
    }

    #[test]
    fn ids_that_hardly_meet_are_said_side_by_side() {
        assert!(met(&["a", "b"], &["a", "b", "c"]).unwrap().is_none());
        let error = met(&["00012", "00034"], &["12", "34"]).unwrap_err();
        assert!(error.message().contains("leading zeros") && error.message().contains("--key-col"), "{error}");
        assert_eq!(error.details()[1..], [("in_log", "00012".to_owned()), ("in_list", "12".to_owned())]);
        assert!(met(&["abc"], &["ABC", "D"]).unwrap_err().message().contains("case"));
        assert!(met(&["gid://shopify/Product/12"], &["12"]).unwrap_err().message().contains("prefix"));
        assert!(met(&["x", "y"], &["12"]).unwrap_err().details()[1].1.starts_with("x, y"));
        let note = met(&["a", "x", "y"], &["a"]).unwrap().unwrap();
        assert!(note.message.starts_with("only 33.3 %"), "{note}");
    }
}
