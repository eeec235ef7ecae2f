//! What the command line says of a log.

use super::kinds;
use crate::read::options::ReadArgs;
use crate::read::value::number::Marks;
use crate::read::value::time;
use clap::Args;
use nearhand::EventKind;
use std::path::PathBuf;

/// An event log and how to read it. Item list options (`--items`, `--item-col`, …) stand beside these.
#[derive(Args, Clone, Debug)]
pub(crate) struct LogArgs {
    /// Event log: text with a header, JSON lines, Parquet or Arrow; a file, a folder, a pattern in quotes, or - for standard input;
    /// packed by gzip or zstd or not at all
    #[arg(long)]
    pub events: Option<PathBuf>,
    /// Column with the session, basket or visitor; several, separated by commas, are one key [default: SessionId, InvoiceNo,
    /// visitorid, CustomerID and the like]
    #[arg(long, value_name = "NAME[,NAME]")]
    pub session_col: Option<String>,
    /// Column of the log with the item id; of nested values the way to it, like productDetails.product.id [default: ItemId,
    /// StockCode, aid, product_id and the like]
    #[arg(long)]
    pub event_item_col: Option<String>,
    /// Column with the time, or two with date and time of day [default: Time, timestamp, ts, InvoiceDate and the like]
    #[arg(long, value_name = "NAME[,NAME]")]
    pub time_col: Option<String>,
    /// What times look like: auto, s, ms, us, ns, excel, order (numbers of which the order alone counts), or a pattern like
    /// '%d/%m/%Y %H:%M'
    #[arg(long, value_parser = time::Format::named, default_value = "auto", value_name = "FORMAT")]
    pub time_format: time::Format,
    /// Column with the kind of event; '' for none [default: type, event, kind and the like]
    #[arg(long)]
    pub kind_col: Option<String>,
    /// Column of the log with the item's title; '' for none [default: Description, title, name]
    #[arg(long)]
    pub event_title_col: Option<String>,
    /// Column of the log with the item's price; '' for none [default: UnitPrice, price]
    #[arg(long)]
    pub event_price_col: Option<String>,
    /// What marks the decimals of prices and quantities in texts: . or , [default: as the first rows have it]
    #[arg(long, value_parser = Marks::named)]
    pub decimal_mark: Option<Marks>,
    /// Column with the pieces; rows with zero or fewer are returns and are left out; '' for none [default: Quantity, qty]
    #[arg(long)]
    pub quantity_col: Option<String>,
    /// Column with the visible time in milliseconds; without one, `train` takes the gaps between events, with '' no dwell at
    /// all [default: dwell_ms]
    #[arg(long)]
    pub dwell_col: Option<String>,
    /// Kind of events that no kind column tells [default: purchase for orders of known exports, else view]
    #[arg(long, value_parser = kinds::parse)]
    pub kind: Option<EventKind>,
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
    #[command(flatten)]
    pub read: ReadArgs,
    /// Whether it is a part of a log: what only the whole tells is not judged.
    #[arg(skip)]
    pub part: bool,
}

fn when(text: &str) -> Result<u64, String> {
    time::parse(text).ok_or_else(|| "a time is YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or Unix time".to_owned())
}
