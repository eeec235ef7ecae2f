//! Event logs: from a shop's files to sessions.
//!
//! `file → columns → rows → events → cut at gaps → too rare items out → too short sessions out → Log`

mod cell;
mod columns;
mod csv;
mod cut;
mod jsonl;
mod kinds;
mod parquet;
mod rows;
pub(crate) mod time;
mod visits;
mod votes;

pub(crate) use columns::LogArgs;
pub(crate) use visits::{Told, Visits};

use crate::items::{ItemArgs, ItemList};
use nearhand::{Code, Error, EventKind, Result};

/// An event log.
#[derive(Debug)]
pub(crate) struct Log {
    /// By the time of the last event; among equals by first appearance.
    pub sessions: Vec<LoggedSession>,
    /// The items of the sessions: numbers in their order, then words in theirs.
    pub items: ItemList,
    /// Whether training takes dwell times from the gaps between events: the log has no column of them.
    pub derives_dwell: bool,
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

/// Reads a log. What was read and what was left out goes to standard error in one line.
///
/// # Errors
/// `invalid-option` when no log is named or its kind of file is unknown; `io`; `data-invalid` with path, line or row,
/// column and value; `data-invalid` when nothing remains.
pub(crate) fn load(args: &LogArgs) -> Result<Log> {
    let path = args.events.as_deref().ok_or_else(|| Error::new(Code::OptionInvalid, "name the event log with --events FILE"))?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let rows = match extension.as_str() {
        "parquet" => parquet::read(path, args)?,
        "jsonl" | "ndjson" => jsonl::read(path, args)?,
        "csv" | "tsv" | "txt" => csv::read(path, args)?,
        _ => {
            return Err(Error::new(Code::OptionInvalid, "an event log is a .parquet, .jsonl, .csv, .tsv or .txt")
                .with("events", path.display()));
        }
    };
    let (read, dropped) = (rows.events.len(), rows.dropped);
    let log = cut::sessions(rows, args);
    let events: usize = log.sessions.iter().map(|s| s.events.len()).sum();
    let times = || log.sessions.iter().flat_map(|s| &s.events).map(|e| e.at_ms);
    eprintln!(
        "log {} sessions={} events={events} items={} from={} to={} left_out: returns={} no_session={} no_item={} skipped={} filters={}",
        path.display(),
        log.sessions.len(),
        log.items.rows.len(),
        times().min().map(time::format).unwrap_or_default().replace(' ', "T"),
        times().max().map(time::format).unwrap_or_default().replace(' ', "T"),
        dropped.returns,
        dropped.no_session,
        dropped.no_item,
        dropped.skipped,
        read - events,
    );
    if log.sessions.is_empty() {
        return Err(
            Error::new(Code::DataInvalid, "no session of the log remains: see what was left out").with("path", path.display())
        );
    }
    Ok(log)
}

impl Log {
    /// The item list to work with: the file of `args` if there is one, else the log's own, with its departments.
    ///
    /// # Errors
    /// As [`ItemList::load`].
    pub(crate) fn take_items(&mut self, args: &ItemArgs) -> Result<ItemList> {
        match &args.items {
            Some(_) => ItemList::load(args, std::iter::empty()),
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

    fn shape(log: &Log) -> Vec<String> {
        let items = |s: &LoggedSession| s.events.iter().map(|e| e.item.as_str()).collect::<Vec<_>>().join(" ");
        log.sessions.iter().map(|s| format!("{}: {}", s.key, items(s))).collect()
    }

    #[test]
    fn sorts_by_time_then_input_order() {
        let log =
            read("sorted.tsv", "SessionId\tItemId\tTime\nb\tx\t30.0\nb\ty\t10\na\tz\t20\na\tw\t20\nc\tv\t20\n", &[]).unwrap();
        assert_eq!(shape(&log), ["a: z w", "c: v", "b: y x"]);
        assert_eq!(log.sessions[2].events[1].at_ms, 30_000);
    }

    #[test]
    fn semicolons_quotes_and_a_byte_order_mark() {
        let text = "\u{feff}session;item;time;title;price\n1;a;10;\"one; \"\"two\"\"\";2.5\n1;b;11;;\n";
        let log = read("semicolon.csv", text, &[]).unwrap();
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
        let log = read("rare.csv", text, &["--min-item-count", "2", "--min-session-length", "2"]).unwrap();
        assert_eq!(shape(&log), ["1: a b", "2: a b"]);
        assert_eq!(log.items.rows.len(), 2);
        assert_eq!(shape(&read("rare.csv", text, &["--since", "3", "--before", "6"]).unwrap()), ["2: a c b"]);
        assert_eq!(read("rare.csv", text, &["--min-item-count", "9"]).unwrap_err().code(), Code::DataInvalid);
    }

    fn listed(ids: &[(&str, u32)]) -> ItemList {
        ItemList { by_key: ids.iter().map(|(id, row)| ((*id).to_owned(), *row)).collect(), ..ItemList::default() }
    }

    /// Kind, seconds and dwell of each visit.
    fn told(told: &Told) -> Vec<(EventKind, u64, u32)> {
        told.visits.iter().map(|v| (v.kind, v.at_ms / 1000, v.dwell_ms)).collect()
    }

    #[test]
    fn training_sees_visits() {
        let text = "session,item,time,type,dwell_ms\n1,a,1,view,5200\n1,a,2,addtocart,\n1,b,3,impression,\n1,b,4,view,\n1,b,5,view,\n\
            1,a,6,dismiss,\n2,c,6,view,\n";
        let log = read("visits.csv", text, &[]).unwrap();
        assert_eq!(log.sessions[0].events[0].dwell_ms, Some(5200));
        let visits = log.into_visits(&listed(&[("a", 7), ("b", 8)]));
        assert_eq!(visits.sessions, [[7, 8, 8]]);
        assert_eq!(told(&visits.told[0]), [(EventKind::CartAdd, 1, 5200), (EventKind::View, 4, 0), (EventKind::View, 5, 0)]);
        assert_eq!(visits.told[0].dismissed, [(6000, 7)]);
    }

    #[test]
    fn a_log_without_dwell_times_tells_gaps() {
        // a is looked at until b, cart included; b until it is viewed anew; then 31 minutes pass, and the last has no end.
        let text = "session,item,time,type\n1,a,0,view\n1,a,20,addtocart\n1,b,50,view\n1,b,57,view\n1,c,1918,view\n";
        let list = listed(&[("a", 0), ("b", 1), ("c", 2)]);
        let dwell = |flags: &[&str]| {
            let visits = read("gaps.csv", text, flags).unwrap().into_visits(&list);
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
        ("time.csv", "session,item,time\n1,a,1\n1,b,12/1/2010 8:26\n", ["3", "time", "12/1/2010 8:26"]),
        ("no-time.csv", "session,item,time\n1,a,\n", ["2", "time", ""]),
        ("kind.csv", "session,item,time,event\n1,a,1,refund\n", ["2", "event", "refund"]),
        ("quantity.csv", "session,item,time,qty\n1,a,1,six\n", ["2", "qty", "six"]),
        ("price.csv", "session,item,time,price\n1,a,1,£2\n", ["2", "price", "£2"]),
        ("infinite.csv", "session,item,time,price\n1,a,1,inf\n", ["2", "price", "inf"]),
        ("dwell.csv", "session,item,time,dwell\n1,a,1,-5\n", ["2", "dwell", "-5"]),
        ("control.csv", "session,item,time\n1,a\u{7}b,1\n", ["2", "item", "a\\x07b"]),
        ("kind.jsonl", "{\"session\":1,\"events\":[{\"aid\":5,\"ts\":1,\"type\":\"wish\"}]}", ["1", "type", "wish"]),
    ];

    #[test]
    fn malformed_values_are_named() {
        for (name, text, want) in MALFORMED {
            let error = read(name, text, &[]).unwrap_err();
            assert_eq!(error.code(), Code::DataInvalid, "{name}");
            assert!(error.details()[0].1.ends_with(name));
            assert_eq!(error.details()[1..].iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(), want, "{name}");
        }
    }

    #[test]
    fn an_id_that_is_too_long_is_refused() {
        let text = format!("session,item,time\n1,{},1\n", "x".repeat(257));
        assert_eq!(read("long.csv", &text, &[]).unwrap_err().details()[1].1, "2");
    }

    #[test]
    fn a_line_with_too_few_fields_is_refused() {
        assert_eq!(read("few.csv", "session,item,time\n1,a,1\n1,b\n", &[]).unwrap_err().details()[1], ("line", "3".to_owned()));
    }

    #[test]
    fn a_text_that_is_not_utf8_is_refused() {
        let path = temp("latin1.csv", b"session,item,time\n1,caf\xe9,1\n");
        let error = load(&log_args(&["--events", path.to_str().unwrap()])).unwrap_err();
        assert_eq!(error.details()[1], ("line", "2".to_owned()));
    }

    #[test]
    fn broken_json_is_refused() {
        let error = read("broken.jsonl", "{\"session\":1,\"events\":[]}\n{\"session\":1,", &[]).unwrap_err();
        assert_eq!(error.details()[1], ("line", "2".to_owned()));
    }

    #[test]
    fn other_files_and_none_are_refused() {
        assert_eq!(read("log.xlsx", "", &[]).unwrap_err().code(), Code::OptionInvalid);
        assert_eq!(load(&log_args(&[])).unwrap_err().code(), Code::OptionInvalid);
        assert_eq!(load(&log_args(&["--events", "/no/such.csv"])).unwrap_err().code(), Code::Io);
        assert_eq!(read("empty.csv", "session,item,time\n", &[]).unwrap_err().code(), Code::DataInvalid);
    }
}
