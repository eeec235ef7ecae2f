//! Which column of a log holds what: by option, or guessed by name.

use super::cell::Cell;
use super::{kinds, time};
use clap::Args;
use nearhand::{Code, Error, EventKind, Result};
use std::path::{Path, PathBuf};

/// An event log and how to read it. Item list options (`--items`, `--item-col`, …) stand beside these.
#[derive(Args, Clone, Debug)]
pub(crate) struct LogArgs {
    /// Event log: .parquet, .jsonl in OTTO's shape, or text with a header separated by commas, semicolons or tabs
    #[arg(long)]
    pub events: Option<PathBuf>,
    /// Column with the session, basket or visitor [default: SessionId, InvoiceNo, visitorid, CustomerID and the like]
    #[arg(long)]
    pub session_col: Option<String>,
    /// Column of the log with the item id [default: ItemId, StockCode, aid, product_id and the like]
    #[arg(long)]
    pub event_item_col: Option<String>,
    /// Column with the time: Unix time or YYYY-MM-DD HH:MM:SS [default: Time, timestamp, ts, InvoiceDate and the like]
    #[arg(long)]
    pub time_col: Option<String>,
    /// Column with the kind of event; '' for none [default: type, event, kind and the like]
    #[arg(long)]
    pub kind_col: Option<String>,
    /// Column of the log with the item's title [default: Description, title, name]
    #[arg(long)]
    pub event_title_col: Option<String>,
    /// Column of the log with the item's price [default: UnitPrice, price]
    #[arg(long)]
    pub event_price_col: Option<String>,
    /// Column with the pieces; rows with zero or fewer are returns and are left out [default: Quantity, qty]
    #[arg(long)]
    pub quantity_col: Option<String>,
    /// Column with the visible time in milliseconds; without one, `train` takes the gaps between events, with '' no dwell at
    /// all [default: dwell_ms]
    #[arg(long)]
    pub dwell_col: Option<String>,
    /// Kind of events that no kind column tells
    #[arg(long, default_value = "view", value_parser = kinds::parse)]
    pub kind: EventKind,
    /// What a word of the kind column means: WORD=KIND, or WORD=skip to leave such rows out
    #[arg(long = "kind-word", value_name = "WORD=KIND")]
    pub kind_words: Vec<String>,
    /// Leave out items with fewer events
    #[arg(long, default_value_t = 1)]
    pub min_item_count: u32,
    /// Leave out sessions with fewer events
    #[arg(long, default_value_t = 1)]
    pub min_session_length: usize,
    /// Cut at gaps longer than this [default: 30 where the session column is named like a visitor, none elsewhere]
    #[arg(long)]
    pub idle_minutes: Option<u64>,
    /// Keep sessions whose last event is at or after this time
    #[arg(long, value_parser = when)]
    pub since: Option<u64>,
    /// Keep sessions whose last event is before this time
    #[arg(long, value_parser = when)]
    pub before: Option<u64>,
}

fn when(text: &str) -> std::result::Result<u64, String> {
    time::parse(text).ok_or_else(|| "a time is YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or Unix time".to_owned())
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Session,
    Item,
    Time,
    Kind,
    Title,
    Price,
    Quantity,
    Dwell,
}

/// Number of roles.
const ROLES: usize = 8;

/// A row's values by role.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row<'a>([Cell<'a>; ROLES]);

impl<'a> Row<'a> {
    pub(crate) fn get(&self, role: Role) -> Cell<'a> {
        self.0.get(role as usize).copied().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, role: Role, cell: Cell<'a>) {
        if let Some(slot) = self.0.get_mut(role as usize) {
            *slot = cell;
        }
    }
}

/// Names that a column of the role usually has, without case and marks; the first found is taken.
const fn usual(role: Role) -> &'static [&'static str] {
    match role {
        Role::Session => &[
            "sessionid",
            "session",
            "usersession",
            "invoiceno",
            "invoice",
            "basketid",
            "basket",
            "orderid",
            "visitorid",
            "visitor",
            "userid",
            "user",
            "customerid",
            "customer",
        ],
        Role::Item => &["itemid", "item", "stockcode", "aid", "productid", "product", "sku", "articleid", "asin"],
        Role::Time => &["time", "timestamp", "ts", "datetime", "eventtime", "invoicedate", "orderdate", "createdat", "date"],
        Role::Kind => &["type", "event", "kind", "eventtype", "eventkind", "eventname", "action", "behavior"],
        Role::Title => &["title", "name", "description", "itemtitle", "itemname", "producttitle", "productname"],
        Role::Price => &["price", "unitprice", "itemprice"],
        Role::Quantity => &["quantity", "qty", "pieces"],
        Role::Dwell => &["dwellms", "dwell"],
    }
}

/// Session columns with these names hold visitors: their events are cut at idle gaps.
const VISITORS: [&str; 6] = ["visitorid", "visitor", "userid", "user", "customerid", "customer"];
/// Session columns with these names hold invoices: those that begin with `C` are cancellations.
const INVOICES: [&str; 2] = ["invoiceno", "invoice"];

/// Minutes without an event that end a visitor's session, as in the engine.
const VISITOR_IDLE_MINUTES: u64 = nearhand::session::DEFAULT_IDLE_TIMEOUT_MS / 60_000;

/// The columns of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Role, place in the file, name.
    pub found: Vec<(Role, usize, String)>,
}

impl Columns {
    /// Finds the columns in a file's header. Session, item and time must be there.
    ///
    /// # Errors
    /// `data-invalid` with the missing column and those there are.
    pub(crate) fn find(path: &Path, header: &[&str], args: &LogArgs) -> Result<Self> {
        let missing = |what: String| {
            Err(Error::new(Code::DataInvalid, what)
                .with("path", path.display())
                .with("line", 1)
                .with("columns", header.join(" ")))
        };
        let mut columns = Self::default();
        for (role, option, asked, needed) in [
            (Role::Session, "--session-col", &args.session_col, true),
            (Role::Item, "--event-item-col", &args.event_item_col, true),
            (Role::Time, "--time-col", &args.time_col, true),
            (Role::Kind, "--kind-col", &args.kind_col, false),
            (Role::Title, "--event-title-col", &args.event_title_col, false),
            (Role::Price, "--event-price-col", &args.event_price_col, false),
            (Role::Quantity, "--quantity-col", &args.quantity_col, false),
            (Role::Dwell, "--dwell-col", &args.dwell_col, false),
        ] {
            let at = match asked {
                None => usual(role).iter().find_map(|name| header.iter().position(|h| plain(h) == *name)),
                Some(none) if none.is_empty() => None,
                Some(name) => match header.iter().position(|h| h.trim().eq_ignore_ascii_case(name)) {
                    None => return missing(format!("the log has no column {name}: see {option}")),
                    at => at,
                },
            };
            match at {
                Some(at) => columns.found.push((role, at, header.get(at).map(|h| h.trim().to_owned()).unwrap_or_default())),
                None if needed => {
                    return missing(format!("the log needs a column for {option}, and none has a usual name: name it"));
                }
                None => {}
            }
        }
        Ok(columns)
    }

    /// The name of a role's column in the file; empty when there is none.
    pub(crate) fn name(&self, role: Role) -> &str {
        self.found.iter().find(|(r, ..)| *r == role).map_or("", |(_, _, name)| name)
    }

    /// Whether sessions are invoices.
    pub(crate) fn has_invoices(&self) -> bool {
        INVOICES.contains(&plain(self.name(Role::Session)).as_str())
    }

    /// The gap at which a session is cut, milliseconds.
    pub(crate) fn idle_ms(&self, args: &LogArgs) -> Option<u64> {
        let visitors = VISITORS.contains(&plain(self.name(Role::Session)).as_str());
        args.idle_minutes.or(visitors.then_some(VISITOR_IDLE_MINUTES)).map(|minutes| minutes.saturating_mul(60_000))
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::log_args;
    use super::*;

    fn find(header: &str, flags: &[&str]) -> Result<Columns> {
        Columns::find(Path::new("log.csv"), &header.split(',').collect::<Vec<_>>(), &log_args(flags))
    }

    fn names(header: &str) -> Vec<String> {
        let mut found = find(header, &[]).unwrap().found;
        found.sort_by_key(|(_, at, _)| *at);
        found.into_iter().map(|(role, _, name)| format!("{role:?}={name}")).collect()
    }

    #[test]
    fn well_known_logs_are_understood() {
        let retail = names("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country");
        let want = "Session=InvoiceNo Item=StockCode Title=Description Quantity=Quantity Time=InvoiceDate Price=UnitPrice";
        assert_eq!(retail.join(" "), want);
        assert_eq!(names("SessionId,ItemId,Time").join(" "), "Session=SessionId Item=ItemId Time=Time");
        let rocket = names("timestamp,visitorid,event,itemid,transactionid");
        assert_eq!(rocket.join(" "), "Time=timestamp Session=visitorid Kind=event Item=itemid");
        let rees = names("event_time,event_type,product_id,category_id,brand,price,user_id,user_session");
        assert_eq!(rees.join(" "), "Time=event_time Kind=event_type Item=product_id Price=price Session=user_session");
    }

    #[test]
    fn visitors_are_cut_and_sessions_are_not() {
        let idle = |header: &str, flags: &[&str]| find(header, flags).unwrap().idle_ms(&log_args(flags));
        assert_eq!(idle("Customer ID,item,time", &[]), Some(1_800_000));
        assert_eq!(idle("session,item,time", &[]), None);
        assert_eq!(idle("session,item,time", &["--idle-minutes", "5"]), Some(300_000));
    }

    #[test]
    fn missing_columns_are_named() {
        let error = find("session,thing,time", &[]).unwrap_err();
        assert!(error.message().contains("--event-item-col"), "{error}");
        assert_eq!(error.details()[2].1, "session thing time");
        assert_eq!(find("session,thing,time", &["--event-item-col", "Thing"]).unwrap().name(Role::Item), "thing");
        assert!(find("session,item,time", &["--kind-col", "what"]).unwrap_err().message().contains("what"));
    }

    #[test]
    fn an_empty_name_takes_no_column() {
        assert_eq!(find("session,item,time,type", &["--kind-col", ""]).unwrap().name(Role::Kind), "");
    }
}
