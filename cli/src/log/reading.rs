//! How a log was read, in words by name: parts of one log are counted together only if all were read alike.

use super::args::LogArgs;
use super::role::{ROLES, Role};
use super::rows::Rows;
use crate::read::value::id;
use crate::read::value::time;
use nearhand::EventKind;
use std::collections::BTreeMap;

/// The roles whose columns make sessions.
const TELLING: [Role; 6] = [Role::Session, Role::Item, Role::Time, Role::Kind, Role::Quantity, Role::Status];

/// What sessions follow from beside the rows. What the rows leave undecided is not there. `floats` is the number of ids that
/// were taken for whole numbers.
pub(super) fn reading(rows: &Rows, args: &LogArgs, floats: usize, kind: EventKind) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for (role, ..) in ROLES.iter().filter(|(role, ..)| TELLING.contains(role)) {
        told.insert(format!("{}_column", role.name()), rows.columns.name(*role));
    }
    let mut words: Vec<&str> = args.kind_words.iter().map(String::as_str).collect();
    words.sort_unstable();
    let when = |ms: Option<u64>| ms.map_or_else(|| "none".to_owned(), time::format);
    let idle = rows.columns.idle_ms(args).map_or_else(|| "none".to_owned(), |ms| (ms / 60_000).to_string());
    for (name, value) in [
        ("kind", format!("{kind:?}")),
        ("kind_words", words.join(",")),
        ("time_format", format!("{:?}", args.time_format)),
        ("idle_minutes", idle),
        ("min_session_length", args.min_session_length.to_string()),
        ("since", when(args.since)),
        ("before", when(args.before)),
    ] {
        told.insert(name.to_owned(), value);
    }
    let kept = || (0..rows.items.len() as u32).any(|item| id::as_whole(rows.items.name(item)).is_some());
    if floats > 0 {
        told.insert("ids".to_owned(), "floats as whole numbers".to_owned());
    } else if kept() {
        told.insert("ids".to_owned(), "floats as they are".to_owned());
    }
    told
}
