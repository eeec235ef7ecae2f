//! A query log: who typed what, and when.

use crate::log::time;
use crate::read::Table;
use crate::read::options::Options;
use crate::read::value::cell::{Cell, listed, short};
use crate::read::value::number::Marks;
use crate::read::value::title::clean;
use clap::Args;
use nearhand::{Code, Error, Result};
use std::collections::HashMap;
use std::path::PathBuf;

/// Where the columns of a query log stand.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct QueryArgs {
    /// Query log: text with a header, JSON lines, Parquet or Arrow; a file, a folder, a pattern in quotes, or - for standard input
    #[arg(long)]
    pub queries: Option<PathBuf>,
    /// Column with the query [default: query, search_term, keyword, q and the like]
    #[arg(long, value_name = "NAME")]
    pub query_col: Option<String>,
    /// Column with how often the row was asked; '' for none [default: count, searches, frequency]
    #[arg(long, value_name = "NAME")]
    pub query_count_col: Option<String>,
    /// Column with the visitor; '' for none [default: visitor_id, user_id and the like, else session_id: whoever comes back counts
    /// again then]
    #[arg(long, value_name = "NAME")]
    pub query_visitor_col: Option<String>,
    /// Column with the time; '' for none [default: time, timestamp, date and the like]
    #[arg(long, value_name = "NAME")]
    pub query_time_col: Option<String>,
    /// What times of the query log look like: as --time-format
    #[arg(long, value_parser = time::Format::named, default_value = "auto", value_name = "FORMAT")]
    pub query_time_format: time::Format,
    /// Column with pieces; rows with zero or fewer are returns and are left out [default: none]
    #[arg(long, value_name = "NAME")]
    pub query_quantity_col: Option<String>,
}

/// A row of a query log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub text: String,
    pub count: u64,
    /// Visitors, numbered as they appear; none without a column of them, or where the row has none.
    pub visitor: Option<u32>,
    pub at_ms: Option<u64>,
}

/// Who counts for a query to be asked by many. Somebody who asks for the same on three days is one visitor, and three sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum By {
    /// A column tells who asked.
    Visitors,
    /// A column tells in which session it was asked.
    Sessions,
    /// There is no such column: each time counts.
    #[default]
    Times,
}

impl By {
    /// As the line of `suggest-index` has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Visitors => "visitors",
            Self::Sessions => "sessions",
            Self::Times => "times",
        }
    }
}

/// What a query log says, row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queries {
    pub rows: Vec<Query>,
    /// Who counts.
    pub by: By,
    /// Rows without a query, and those of returns.
    pub empty: u64,
}

/// A column's name without case and marks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

const QUERY: &[&str] = &[
    "query",
    "searchquery",
    "searchterm",
    "searchterms",
    "searchkeyword",
    "searchphrase",
    "keyword",
    "keywords",
    "term",
    "q",
    "search",
];
const COUNT: &[&str] = &["count", "searches", "frequency", "freq", "total", "hits", "n"];
const VISITOR: &[&str] = &[
    "visitorid",
    "visitor",
    "anonymousid",
    "userpseudoid",
    "clientid",
    "userid",
    "user",
    "customerid",
    "customer",
    "cookieid",
    "deviceid",
];
const SESSION: &[&str] = &["sessionid", "session"];
const TIME: &[&str] = &["time", "timestamp", "ts", "eventtime", "createdat", "datetime", "date", "querytime", "searchedat"];

/// The place of a column: the one that is asked for, else the first that has a usual name.
fn find(table: &Table, option: &'static str, asked: Option<&String>, usual: &[&str]) -> Result<Option<usize>> {
    let header = table.header();
    match asked {
        Some(name) if name.is_empty() => Ok(None),
        Some(name) => match header.iter().position(|other| other.trim().eq_ignore_ascii_case(name)) {
            Some(at) => Ok(Some(at)),
            None => {
                let why = format!("the query log has no column {}: see {option}", short(name));
                Err(listed(Error::new(Code::DataInvalid, why).with("path", table.path().display()), "columns", " ", header))
            }
        },
        None => Ok(usual.iter().find_map(|name| header.iter().position(|other| plain(other) == *name))),
    }
}

/// Reads a query log. Blanks within a query are one each, control characters go.
///
/// # Errors
/// `io`; `data-invalid` with path, line or row, column and value.
pub(crate) fn read(path: &std::path::Path, args: &QueryArgs, options: &Options) -> Result<Queries> {
    let table = Table::open(path, options)?;
    let Some(query) = find(&table, "--query-col", args.query_col.as_ref(), QUERY)? else {
        let why = if table.looks_headless() {
            "the first line is taken for the header, and it looks like data: name the columns with --columns query,count"
        } else {
            "the query log needs a column of queries: name it with --query-col"
        };
        return Err(listed(Error::new(Code::DataInvalid, why).with("path", path.display()), "columns", " ", table.header()));
    };
    // A session is taken where nothing better is there: it still tells more than how often something was asked.
    let visitor = find(&table, "--query-visitor-col", args.query_visitor_col.as_ref(), &[VISITOR, SESSION].concat())?;
    let others = [
        find(&table, "--query-count-col", args.query_count_col.as_ref(), COUNT)?,
        visitor,
        find(&table, "--query-time-col", args.query_time_col.as_ref(), TIME)?,
        find(&table, "--query-quantity-col", args.query_quantity_col.as_ref(), &[])?,
    ];
    let others = others.map(|at| at.filter(|at| *at != query));
    let picked: Vec<usize> = std::iter::once(query).chain(others.iter().flatten().copied()).collect();
    let name = |at: Option<usize>| at.and_then(|at| table.header().get(at)).cloned().unwrap_or_default();
    let names = others.map(name);
    let mut places = [None; 4];
    let mut next = 1;
    for (place, at) in places.iter_mut().zip(others) {
        *place = at.map(|_| {
            next += 1;
            next - 1
        });
    }
    let by = match others[1].and_then(|at| table.header().get(at)) {
        None => By::Times,
        Some(name) if SESSION.contains(&&*plain(name)) => By::Sessions,
        Some(_) => By::Visitors,
    };
    let mut queries = Queries { by, ..Queries::default() };
    let mut visitors: HashMap<String, u32> = HashMap::new();
    let done = table.rows(&picked, 0, &mut |cells, place| {
        let of =
            |what: usize| places.get(what).copied().flatten().and_then(|at: usize| cells.get(at)).copied().unwrap_or_default();
        let bad = |what: usize, why| place.error(why, names.get(what).map_or("", String::as_str), of(what));
        let text = cells.first().and_then(|cell| cell.word()).map(|text| clean(&text)).unwrap_or_default();
        let number = |what: usize| match of(what) {
            Cell::Empty => Ok(1.0),
            cell => cell.number(Marks::default()).ok_or_else(|| bad(what, "a count is a number: see --query-count-col")),
        };
        let (count, pieces) = (number(0)?, number(3)?);
        if !(0.0..1e15).contains(&count) {
            return Err(bad(0, "a count is not negative, and below 10^15"));
        }
        if text.is_empty() || pieces <= 0.0 {
            queries.empty += 1;
            return Ok(());
        }
        let at_ms = match of(2) {
            Cell::Empty => None,
            cell => Some(cell.time_ms(&args.query_time_format).ok_or_else(|| bad(2, args.query_time_format.wanted()))?),
        };
        let visitor = of(1).word().map(|who| match visitors.get(&*who) {
            Some(number) => *number,
            None => {
                let number = visitors.len() as u32;
                visitors.insert(who.into_owned(), number);
                number
            }
        });
        queries.rows.push(Query { text, count: count.round() as u64, visitor, at_ms });
        Ok(())
    })?;
    done.notes.iter().for_each(|note| eprintln!("{note}"));
    Ok(queries)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Reads a log that is made here.
    pub(crate) fn queries(name: &str, text: &str, args: &QueryArgs) -> Result<Queries> {
        let path = std::env::temp_dir().join(format!("nearhand-queries-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let read = read(&path, args, &Options::default());
        std::fs::remove_file(&path).unwrap();
        read
    }

    #[test]
    fn columns_by_name_and_by_option() {
        let log = queries(
            "a",
            "Search Term\tcount\tvisitor_id\ttime\n red  mug \t2\tv1\t2026-01-02\n\t1\tv1\t\ncup\t\tv2\t\n",
            &QueryArgs::default(),
        )
        .unwrap();
        assert_eq!((log.by, log.empty, log.rows.len()), (By::Visitors, 1, 2));
        let first = Query { text: "red mug".into(), count: 2, visitor: Some(0), at_ms: Some(1_767_312_000_000) };
        assert_eq!(log.rows[0], first);
        assert_eq!(log.rows[1], Query { text: "cup".into(), count: 1, visitor: Some(1), at_ms: None });
        let asked = QueryArgs {
            query_col: Some("b".into()),
            query_quantity_col: Some("n".into()),
            query_count_col: Some(String::new()),
            ..QueryArgs::default()
        };
        let log = queries("b", "a,b,n\nx,tin,-1\nx,can,2\n", &asked).unwrap();
        assert_eq!(log.rows, [Query { text: "can".into(), count: 1, visitor: None, at_ms: None }]);
    }

    #[test]
    fn a_session_is_no_visitor() {
        let by = |header: &str, asked: Option<&str>| {
            let args = QueryArgs { query_visitor_col: asked.map(Into::into), ..QueryArgs::default() };
            let log = queries("d", &format!("query,{header}\nmug,1,2\n"), &args).unwrap();
            (log.by, log.rows[0].visitor)
        };
        assert_eq!(by("session_id,n2", None), (By::Sessions, Some(0)));
        assert_eq!(by("session_id,user_id", None), (By::Visitors, Some(0)));
        assert_eq!(by("Session,n2", Some("Session")).0, By::Sessions);
        assert_eq!(by("session_id,who", Some("who")).0, By::Visitors);
        assert_eq!(by("session_id,n2", Some("")), (By::Times, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, args, word) in [
            ("a,b\n1,2\n", QueryArgs::default(), "--query-col"),
            ("query,b\nx,2\n", QueryArgs { query_time_col: Some("when".into()), ..QueryArgs::default() }, "--query-time-col"),
            ("query,count\nx,many\n", QueryArgs::default(), "--query-count-col"),
            ("query,count\nx,-3\n", QueryArgs::default(), "not negative"),
            ("query,time\nx,soon\n", QueryArgs::default(), "no time"),
        ] {
            let error = queries("c", text, &args).unwrap_err();
            assert_eq!(error.code(), Code::DataInvalid);
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
