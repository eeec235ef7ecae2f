//! Event logs: from a shop's files to sessions.
//!
//! `table → columns → rows → events → returns out → cut at gaps → too rare items out → too short sessions out → Log`

mod args;
mod columns;
mod cut;
mod kinds;
mod learn;
mod meet;
mod names;
mod numbered;
mod reading;
mod role;
mod rows;
pub(crate) mod summary;
mod visits;
mod votes;

pub(crate) use crate::read::value::time;
pub(crate) use args::LogArgs;
pub(crate) use cut::{Cut, Looks};
pub(crate) use learn::{Learnt, learn, learn_part};
pub(crate) use meet::{judge, share as share_of};
pub(crate) use rows::Example;
pub(crate) use visits::{Told, Visits};

use crate::items::{ItemArgs, ItemList};
use crate::read::notes::Note;
use crate::read::options::Options;
use crate::read::value::number::Marks;
use crate::read::{Done, Table};
use columns::Columns;
use nearhand::{Code, Error, EventKind, Result};
use role::Role;
use rows::{RawEvent, Rows};
use std::collections::BTreeMap;
use std::path::Path;

/// An event log.
#[derive(Debug)]
pub(crate) struct Log {
    /// By the time of the last event; among equals by first appearance.
    pub sessions: Vec<LoggedSession>,
    /// The items of the sessions: numbers in their order, then words in theirs.
    pub items: ItemList,
    /// Whether training takes dwell times from the gaps between events: the log has no column of them.
    pub derives_dwell: bool,
    /// Time of the first and the last event, Unix milliseconds; nothing where times are an order alone.
    #[cfg_attr(not(test), allow(dead_code, reason = "training has its own way"))]
    pub range: Option<(u64, u64)>,
}

/// What one visitor did in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoggedSession {
    /// As in the file; `visitor/2` for the second session of a visitor.
    pub key: String,
    /// By time; among equals as in the file.
    pub events: Vec<LoggedEvent>,
}

/// One event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoggedEvent {
    /// The item's id as in the file.
    pub item: String,
    /// What happened.
    pub kind: EventKind,
    /// Unix time, milliseconds.
    pub at_ms: u64,
    /// Pieces, for cart and purchase events.
    pub quantity: Option<u16>,
    /// Visible time, milliseconds, for views.
    pub dwell_ms: Option<u32>,
}

/// A log as it was read: what is to be known of it beside its sessions.
#[derive(Debug)]
pub(crate) struct Read {
    pub cut: Cut,
    pub done: Done,
    pub notes: Vec<Note>,
    /// Columns that are not read.
    pub unread: Vec<String>,
    /// How it was read, by name.
    reading: BTreeMap<String, String>,
}

/// Reads a log. What was read and what was left out goes to standard error in one line, what a person should know of it in a
/// line each.
///
/// # Errors
/// `invalid-option` when no log is named; `io`; `data-invalid` with path, line or row, column and value; `data-invalid` when
/// nothing remains.
pub(crate) fn load(args: &LogArgs) -> Result<Log> {
    Ok(read_aloud(args)?.into_log(args))
}

/// Reads a log and says what was read, as [`load`] does.
fn read_aloud(args: &LogArgs) -> Result<Read> {
    let read = read(args)?;
    eprintln!("{}", summary::line(&read, args));
    read.notes.iter().for_each(|note| eprintln!("{note}"));
    // A part may well hold nothing.
    if !args.part {
        read.check(args)?;
    }
    Ok(read)
}

/// Reads a log without a word.
///
/// # Errors
/// As [`load`], but an empty log is one.
pub(crate) fn read(args: &LogArgs) -> Result<Read> {
    let path = path(args)?;
    let words = kinds::Words::of(&args.kind_words)?;
    let mut table = Table::open(path, &Options::from(&args.read))?;
    let mut columns = Columns::find(&table, args, &words);
    if columns.is_err() {
        // The first lines of a log may all be of pages without an item.
        table = table.look_further(path)?;
        columns = Columns::find(&table, args, &words);
    }
    let columns = columns?;
    let marks = match args.decimal_mark {
        Some(mark) => [Some(mark); 2],
        None => [marks(&table, &columns, Role::Price)?, marks(&table, &columns, Role::Quantity)?],
    };
    let (picked, _, item) = columns.picked();
    let mut notes = columns.notes.clone();
    let unread = table.unread(&picked);
    let mut rows = Rows::new(columns, args, words, marks);
    let mut done = table.rows(&picked, item, &mut |cells, place| rows.push(cells, place))?;
    notes.append(&mut done.notes);
    rows.check_words(path)?;
    let floats = rows.settle_floats();
    if floats > 0 {
        let why = "ids are whole numbers that a program wrote as floats (5863.0): they are read as the whole numbers";
        notes.push(Note::new("ids-as-floats", why).with("ids", floats));
    }
    if rows.carried > 0 {
        let why = "rows without a time, as later lines of an order are, have that of the row before them in their session";
        notes.push(Note::new("times-carried", why).with("rows", rows.carried));
    }
    let titles = rows.votes.too_long();
    if titles > 0 {
        notes.push(Note::new("titles-cut", "titles longer than 4,096 bytes are cut").with("titles", titles));
    }
    if !args.part {
        each_its_own(&rows, path)?;
    }
    let reading = reading::reading(&rows, args, floats, rows.kind);
    let cut = cut::cut(rows, args, &mut notes);
    summary::notes(&cut, args, &mut notes);
    Ok(Read { cut, done, notes, unread, reading })
}

/// What marks the decimals of a column, as far as its first rows tell.
fn marks(table: &Table, columns: &Columns, role: Role) -> Result<Option<Marks>> {
    let found = || columns.of(role).iter();
    Marks::of(found().flat_map(|found| table.sample(found.at))).map_err(|value| {
        let why = "all numbers of the first rows can be read in two ways: say what marks decimals with --decimal-mark . or ,";
        let column = found().find(|found| table.sample(found.at).any(|v| v == value)).map_or("", |found| &found.name);
        Error::new(Code::DataInvalid, why).with("path", table.path().display()).with("column", column).with("value", value)
    })
}

fn path(args: &LogArgs) -> Result<&Path> {
    args.events.as_deref().ok_or_else(|| Error::new(Code::OptionInvalid, "name the event log with --events FILE"))
}

/// Rows from which on a column whose values are all different is no column of sessions or items.
const MANY: usize = 50;

/// A session or an item for every row is a number of the row.
fn each_its_own(rows: &Rows, path: &Path) -> Result<()> {
    for (role, names, option, what) in
        [(Role::Session, &rows.sessions, "--session-col", "a session"), (Role::Item, &rows.items, "--event-item-col", "an item")]
    {
        if rows.events.len() >= MANY && names.len() == rows.events.len() {
            let why = format!("every row has {what} of its own: nothing follows anything; name another column with {option}");
            return Err(Error::new(Code::DataInvalid, why)
                .with("path", path.display())
                .with("column", rows.columns.name(role))
                .with("rows", rows.events.len()));
        }
    }
    Ok(())
}

impl Read {
    /// Whether anything is there to learn from.
    ///
    /// # Errors
    /// `data-invalid` with what was left out.
    pub(crate) fn check(&self, args: &LogArgs) -> Result<()> {
        if !self.cut.sessions.is_empty() {
            return Ok(());
        }
        let why = "no session of the log remains: see what was left out";
        Err(Error::new(Code::DataInvalid, why).with("path", path(args)?.display()).with("left_out", summary::left_out(&self.cut)))
    }

    fn into_log(self, args: &LogArgs) -> Log {
        let Cut { rows, sessions, .. } = self.cut;
        let mut items: Vec<u32> = Vec::new();
        let mut logged = Vec::with_capacity(sessions.len());
        for span in sessions {
            let key = rows.sessions.name(span.session);
            let key = if span.part == 1 { key.to_owned() } else { format!("{key}/{}", span.part) };
            let events = rows.events.get(span.events).unwrap_or_default();
            items.extend(events.iter().map(|e| e.item));
            let event = |e: &RawEvent| LoggedEvent {
                item: rows.items.name(e.item).to_owned(),
                kind: e.kind,
                at_ms: e.at_ms,
                quantity: e.quantity(),
                dwell_ms: e.dwell(),
            };
            logged.push(LoggedSession { key, events: events.iter().map(event).collect() });
        }
        items.sort_unstable();
        items.dedup();
        let derives_dwell = derives_dwell(&rows, args);
        let range = summary::span(&rows.events).filter(|_| args.time_format != time::Format::Order);
        let items = rows.votes.into_list(&rows.items, items);
        Log { sessions: logged, items, derives_dwell, range }
    }
}

/// Whether training takes dwell times from the gaps between events: the log has no column of them, and none was waved away.
fn derives_dwell(rows: &Rows, args: &LogArgs) -> bool {
    rows.columns.of(Role::Dwell).is_empty() && args.dwell_col.is_none()
}

impl Log {
    /// The item list to work with: the file of `args` if there is one, else the log's own, with its departments.
    ///
    /// # Errors
    /// As [`ItemList::load`].
    #[cfg_attr(not(test), allow(dead_code, reason = "training has its own way"))]
    pub(crate) fn take_items(&mut self, args: &ItemArgs) -> Result<ItemList> {
        match &args.items {
            Some(path) => {
                let mut list = ItemList::load(args, std::iter::empty())?;
                list.know_floats();
                meet::check(&meet::events(self), &list, path)?;
                Ok(list)
            }
            None => std::mem::take(&mut self.items).finish(args),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use clap::Parser;
    use std::path::PathBuf;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        log: LogArgs,
    }

    pub(crate) fn log_args(flags: &[&str]) -> LogArgs {
        Flags::try_parse_from(std::iter::once(&"test").chain(flags)).unwrap().log
    }

    /// A file of this test run.
    pub(crate) fn temp(name: &str, bytes: &[u8]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("nearhand-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn read(name: &str, text: &str, flags: &[&str]) -> Result<Log> {
        let path = temp(name, text.as_bytes());
        load(&log_args(&[&["--events", path.to_str().unwrap()], flags].concat()))
    }

    /// Times are numbers of which the order counts.
    fn ordered(name: &str, text: &str, flags: &[&str]) -> Result<Log> {
        read(name, text, &[&["--time-format", "order"], flags].concat())
    }

    fn shape(log: &Log) -> Vec<String> {
        let items = |s: &LoggedSession| s.events.iter().map(|e| e.item.as_str()).collect::<Vec<_>>().join(" ");
        log.sessions.iter().map(|s| format!("{}: {}", s.key, items(s))).collect()
    }

    #[test]
    fn sorts_by_time_then_input_order() {
        let log =
            ordered("sorted.tsv", "SessionId\tItemId\tTime\nb\tx\t30.0\nb\ty\t10\na\tz\t20\na\tw\t20\nc\tv\t20\n", &[]).unwrap();
        assert_eq!(shape(&log), ["a: z w", "c: v", "b: y x"]);
        assert_eq!(log.sessions[2].events[1].at_ms, 946_684_830_000);
    }

    #[test]
    fn semicolons_quotes_and_a_byte_order_mark() {
        let text = "\u{feff}session;item;time;title;price\n1;a;10;\"one; \"\"two\"\"\";2.5\n1;b;11;;\n";
        let log = ordered("semicolon.csv", text, &[]).unwrap();
        assert_eq!(shape(&log), ["1: a b"]);
        let rows = &log.items.rows;
        assert_eq!((rows[0].title.as_str(), rows[0].price), ("one; \"two\"", Some(2.5)));
        assert_eq!((rows[1].title.as_str(), rows[1].price), ("b", None));
    }

    #[test]
    fn returns_and_rows_of_nobody_are_left_out() {
        let text = "InvoiceNo,StockCode,Quantity,InvoiceDate\n1,a,6,2010-12-01 08:26\n1,b,-1,2010-12-01 08:26\nC2,c,1,2010-12-01 08:26\n\
            ,d,1,2010-12-01 08:26\n1,,1,2010-12-01 08:26\n1,e,80995,2010-12-01 08:26\n";
        let log = read("returns.csv", text, &["--kind", "purchase"]).unwrap();
        assert_eq!(shape(&log), ["1: a e"]);
        assert_eq!(log.sessions[0].events[0].quantity, Some(6));
        assert_eq!(log.sessions[0].events[1].quantity, Some(u16::MAX));
    }

    #[test]
    fn a_visitor_is_cut_at_gaps() {
        let text =
            "visitorid,itemid,timestamp,event\n7,a,1433221332117,view\n7,b,1433223132117,view\n7,c,1433224932118,addtocart\n";
        let log = read("visitor.csv", text, &[]).unwrap();
        assert_eq!(shape(&log), ["7: a b", "7/2: c"]);
        assert_eq!(log.sessions[1].events[0].kind, EventKind::CartAdd);
        assert_eq!(shape(&read("visitor.csv", text, &["--idle-minutes", "31"]).unwrap()), ["7: a b c"]);
    }

    #[test]
    fn rare_items_and_short_sessions_go() {
        let text = "session,item,time\n1,a,1\n1,b,2\n2,a,3\n2,c,4\n2,b,5\n3,a,6\n";
        let log = ordered("rare.csv", text, &["--min-item-count", "2", "--min-session-length", "2"]).unwrap();
        assert_eq!(shape(&log), ["1: a b", "2: a b"]);
        assert_eq!(log.items.rows.len(), 2);
        assert_eq!(
            shape(&ordered("rare.csv", text, &["--since", "2000-01-01 00:00:03", "--before", "2000-01-01 00:00:06"]).unwrap()),
            ["2: a c b"]
        );
        assert_eq!(ordered("rare.csv", text, &["--min-item-count", "9"]).unwrap_err().code(), Code::DataInvalid);
    }

    fn listed(ids: &[(&str, u32)]) -> ItemList {
        ItemList { by_key: ids.iter().map(|(id, row)| ((*id).to_owned(), *row)).collect(), ..ItemList::default() }
    }

    /// Kind, seconds and dwell of each visit.
    fn told(told: &Told) -> Vec<(EventKind, u64, u32)> {
        told.visits.iter().map(|v| (v.kind, v.at_ms / 1000 - 946_684_800, v.dwell_ms)).collect()
    }

    #[test]
    fn training_sees_visits() {
        let text = "session,item,time,type,dwell_ms\n1,a,1,view,5200\n1,a,2,addtocart,\n1,b,3,impression,\n1,b,4,view,\n1,b,5,view,\n\
            1,a,6,dismiss,\n2,c,6,view,\n";
        let log = ordered("visits.csv", text, &[]).unwrap();
        assert_eq!(log.sessions[0].events[0].dwell_ms, Some(5200));
        let visits = log.into_visits(&listed(&[("a", 7), ("b", 8)]));
        assert_eq!(visits.sessions, [[7, 8, 8]]);
        assert_eq!(told(&visits.told[0]), [(EventKind::CartAdd, 1, 5200), (EventKind::View, 4, 0), (EventKind::View, 5, 0)]);
        assert_eq!(visits.told[0].dismissed, [(946_684_806_000, 7)]);
    }

    #[test]
    fn a_log_without_dwell_times_tells_gaps() {
        // a is looked at until b, cart included; b until it is viewed anew; then 31 minutes pass, and the last has no end.
        let text = "session,item,time,type\n1,a,0,view\n1,a,20,addtocart\n1,b,50,view\n1,b,57,view\n1,c,1918,view\n";
        let list = listed(&[("a", 0), ("b", 1), ("c", 2)]);
        let dwell = |flags: &[&str]| {
            let visits = ordered("gaps.csv", text, flags).unwrap().into_visits(&list);
            visits.told[0].visits.iter().map(|v| v.dwell_ms).collect::<Vec<_>>()
        };
        assert_eq!(dwell(&[]), [50_000, 7_000, 0, 0]);
        assert_eq!(dwell(&["--dwell-col", ""]), [0, 0, 0, 0]);
    }

    #[test]
    fn otto_lines() {
        let text = "{\"session\":12,\"events\":[{\"aid\":5,\"ts\":1659304800025,\"type\":\"clicks\"},\
            {\"aid\":6,\"ts\":1659304904511,\"type\":\"orders\"}]}\n\n{\"session\":\"x\",\"events\":[]}\n";
        let log = read("otto.jsonl", text, &[]).unwrap();
        assert_eq!(shape(&log), ["12: 5 6"]);
        assert_eq!(log.sessions[0].events[1].kind, EventKind::Purchase);
    }

    /// File name, text, wanted: line, column, value.
    const MALFORMED: [(&str, &str, [&str; 3]); 9] = [
        ("time.csv", "session,item,time\n1,a,20260101\n1,b,12/1/2010 8:26\n", ["3", "time", "12/1/2010 8:26"]),
        ("time-1970.csv", "session,item,time\n1,a,5\n", ["2", "time", "5"]),
        ("quantity.csv", "session,item,time,qty\n1,a,20260101,six\n", ["2", "qty", "six"]),
        ("price.csv", "session,item,time,price\n1,a,20260101,on request\n", ["2", "price", "on request"]),
        ("infinite.csv", "session,item,time,price\n1,a,20260101,inf\n", ["2", "price", "inf"]),
        ("dwell.csv", "session,item,time,dwell\n1,a,20260101,-5\n", ["2", "dwell", "-5"]),
        ("control.csv", "session,item,time\n1,a\u{7}b,20260101\n", ["2", "item", "a\\x07b"]),
        ("lost.csv", "session,item,time\n1,4.00638E+12,20260101\n", ["2", "item", "4.00638E+12"]),
        (
            "lost.jsonl",
            "{\"session\":1,\"item\":123456789012345678901234,\"time\":20260101}",
            ["1", "item", "123456789012345670000000"],
        ),
    ];

    #[test]
    fn malformed_values_are_named() {
        for (name, text, want) in MALFORMED {
            let error = read(name, text, &[]).unwrap_err();
            assert_eq!(error.code(), Code::DataInvalid, "{name}");
            assert!(error.details()[0].1.ends_with(name));
            assert_eq!(error.details()[1..].iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(), want, "{name}");
            assert!(
                read(name, text, &["--bad-rows", "skip"]).is_err_and(|e| e.message().contains("remains")) || name == "time.csv"
            );
        }
    }

    #[test]
    fn unknown_words_are_told_all_at_once() {
        let text = "session,item,time,event\n1,a,20260101,gift\n1,b,20260101,view\n1,b,20260101,wish\n1,b,20260101,wish\n";
        let error = read("words.csv", text, &[]).unwrap_err();
        assert_eq!(error.details()[3], ("words", "wish (2), gift (1)".to_owned()));
        assert!(error.message().contains("--kind-word"), "{error}");
        let log = read("words.csv", text, &["--kind-word", "wish=cart-add", "--kind-word", "gift=skip"]).unwrap();
        assert_eq!(shape(&log), ["1: b b b"]);
        let none = read("no-kind.csv", "session,item,time,type\n1,a,20260101,Mug\n", &[]).unwrap_err();
        assert!(none.message().contains("--kind-col ''"), "{none}");
    }

    #[test]
    fn what_is_nothing_is_counted_and_left_out() {
        let text = "session,item,time\n\\N,a,20260101\n1,NULL,20260101\n1,b,20260101\n1,c,NaN\n2,d,NULL\n";
        let log = read("nothing.csv", text, &[]).unwrap();
        // A row without a time has that of the row before it in its session.
        assert_eq!(shape(&log), ["1: b c"]);
    }

    #[test]
    fn floats_are_their_whole_numbers_unless_some_are_not() {
        let log = read("floats.csv", "session,item,time\n1.0,5863.0,20260101\n1,5863,20260102\n1,A,20260103\n", &[]).unwrap();
        assert_eq!(shape(&log), ["1: 5863 5863 A"]);
        let log = read("points.csv", "session,item,time\n1,1.0,20260101\n1,1.5,20260102\n", &[]).unwrap();
        assert_eq!(shape(&log), ["1: 1.0 1.5"]);
    }

    #[test]
    fn returns_say_nothing_of_an_item_unless_they_are_none() {
        let text = "invoice,item,time,qty,price\n1,a,20260101,1,2\n1,a,20260102,-1,90\n2,a,20260103,1,4\n2,b,20260103,1,4\n";
        assert_eq!(read("votes.csv", text, &[]).unwrap().items.rows[0].price, Some(3.0));
        let most = text.replace(",1,4", ",0,4");
        assert_eq!(read("votes-kept.csv", &most, &[]).unwrap().items.rows[0].price, Some(4.0));
    }

    #[test]
    fn what_is_most_of_the_log_is_no_return() {
        let log = read("ch.csv", "invoice,item,time,qty\nC1,a,20260101,1\nC1,b,20260101,1\n2,c,20260102,1\n", &[]).unwrap();
        assert_eq!(shape(&log), ["C1: a b", "2: c"]);
        let log = read("ch-names.csv", "invoice,item,time\nCH-1,a,20260101\n2,c,20260102\n3,c,20260103\n", &[]).unwrap();
        assert_eq!(log.sessions.len(), 3);
        let log = read("zero.csv", "session,item,time,qty\n1,a,20260101,0\n1,b,20260101,0\n1,c,20260102,1\n", &[]).unwrap();
        assert_eq!(shape(&log), ["1: a b c"]);
    }

    #[test]
    fn orders_whose_first_line_has_the_time() {
        let text = "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n\
            #1001,a@b,2026-01-05 10:11:12 -0500,1,Mug,\"1,200.00\",M1\n#1001,,,2,Tray,3.50,T1\n#1002,,2026-01-06 10:00:00 -0500,1,Mug,1200,M1\n";
        let log = read("shopify.csv", text, &[]).unwrap();
        assert_eq!(shape(&log), ["#1001: M1 T1", "#1002: M1"]);
        assert_eq!((log.sessions[0].events[1].kind, log.sessions[0].events[1].quantity), (EventKind::Purchase, Some(2)));
        assert_eq!(log.items.rows[0].price, Some(1200.0));
    }

    #[test]
    fn orders_called_off_are_returns() {
        let text = "Name,Created at,Cancelled at,Lineitem quantity,Lineitem name,Lineitem sku\n\
            #1,2026-01-05 10:00:00 -0500,2026-01-06 10:00:00 -0500,1,Mug,M1\n#1,,,1,Tray,T1\n\
            #2,2026-01-06 10:00:00 -0500,,1,Mug,M1\n#2,,,1,Tray,T1\n#2,,,1,Pot,P1\n";
        assert_eq!(shape(&read("cancelled.csv", text, &[]).unwrap()), ["#2: M1 T1 P1"]);
    }

    #[test]
    fn sessions_of_two_columns() {
        let text = "user_pseudo_id,ga_session_id,item_id,event_timestamp\nu,1,a,1767225600000000\nv,1,b,1767225600000000\nv,1,c,1767225601000000\n";
        assert_eq!(shape(&read("ga4.csv", text, &[]).unwrap()), ["u/1: a", "v/1: b c"]);
    }

    #[test]
    fn a_row_number_is_no_session_and_no_item() {
        let rows = |session: fn(usize) -> usize, item: fn(usize) -> usize| {
            let row = |i| format!("{},{},{}\n", session(i), item(i), 1_767_225_600 + i);
            std::iter::once("session,item,time\n".to_owned()).chain((0..60).map(row)).collect::<String>()
        };
        let error = read("own-session.csv", &rows(|i| i, |i| i % 7), &[]).unwrap_err();
        assert!(error.message().contains("--session-col"), "{error}");
        let error = read("own-item.csv", &rows(|i| i / 4, |i| i), &[]).unwrap_err();
        assert!(error.message().starts_with("every row has an item of its own"), "{error}");
        assert!(error.message().contains("--event-item-col"), "{error}");
    }

    #[test]
    fn an_id_that_is_too_long_is_refused() {
        let text = format!("session,item,time\n1,{},20260101\n", "x".repeat(257));
        assert_eq!(read("long.csv", &text, &[]).unwrap_err().details()[1].1, "2");
    }

    #[test]
    fn a_line_with_too_few_fields_is_refused() {
        assert_eq!(
            read("few.csv", "session,item,time\n1,a,20260101\n1,b\n", &[]).unwrap_err().details()[1],
            ("line", "3".to_owned())
        );
    }

    #[test]
    fn a_text_that_is_not_utf8_is_refused() {
        let path = temp("latin1.csv", b"session,item,time\n1,caf\xe9,20260101\n");
        let error = load(&log_args(&["--events", path.to_str().unwrap()])).unwrap_err();
        assert_eq!(error.details()[1], ("line", "2".to_owned()));
    }

    #[test]
    fn broken_json_is_refused() {
        let error = read("broken.jsonl", "{\"session\":1,\"events\":[{\"aid\":5,\"ts\":1659304800025}]}\n{\"session\":1,", &[])
            .unwrap_err();
        assert_eq!(error.details()[1], ("line", "2".to_owned()));
    }

    #[test]
    fn other_files_and_none_are_refused() {
        assert!(read("log.xlsx", "PK\u{3}\u{4}", &[]).unwrap_err().message().contains(".xlsx"));
        assert_eq!(read("nothing.log", "", &[]).unwrap_err().code(), Code::DataInvalid);
        assert_eq!(load(&log_args(&[])).unwrap_err().code(), Code::OptionInvalid);
        assert_eq!(load(&log_args(&["--events", "/no/such.csv"])).unwrap_err().code(), Code::Io);
        assert_eq!(ordered("empty.csv", "session,item,time\n", &[]).unwrap_err().code(), Code::DataInvalid);
    }
}
