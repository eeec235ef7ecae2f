//! Rows of a request log, as `nearhand/request-log` writes them: every field is read or refused by its place.

use crate::read::value::cell::{Place, short};
use nearhand::session::{Lifetimes, MAX_EVENTS, StoredEvent};
use nearhand::value::Value;
use nearhand::{Error, EventKind, ItemKey, Request, Result, Tier};

/// The version that is read.
const VERSION: u64 = 1;
/// Most slates of one request, and items of a slate.
const MOST_SLATES: usize = 16;
const MOST_ITEMS: usize = 100;
/// An event may be dated so far ahead of the clock, and no session is older than what a snapshot can tell.
const MOST_AHEAD_MS: i64 = 60_000;

/// What was answered to one of a page's requests.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub source: String,
    /// The model did not answer, and the table did in its place.
    pub failed: bool,
    pub items: Vec<String>,
    pub scores: Vec<f64>,
}

/// An event of the session, and as what it counted.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub event: StoredEvent,
    /// Whether the catalog had the item; its id is told then.
    pub known: bool,
    pub counts: String,
}

/// A row of slates.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub id: String,
    /// Digest of the bundle that answered; empty where there was none.
    pub bundle: String,
    /// None where no engine answered.
    pub tier: Option<Tier>,
    /// Why its slates are not those of bundle and session alone.
    pub apart: Vec<String>,
    pub lifetimes: Lifetimes,
    /// The clock: that of the row where rules go by it, else one for all.
    pub now_ms: u64,
    /// When the shop stated the cart last; 0 for never.
    pub stated_ms: u64,
    pub session: Vec<Counted>,
    pub requests: Vec<Request>,
    pub slates: Vec<Answer>,
}

/// The fields of an object, with the way to it for whoever reads the error.
struct Fields<'a, 'b> {
    of: &'b [(String, Value)],
    way: String,
    place: &'a Place<'a>,
}

impl<'b> Fields<'_, 'b> {
    fn value(&self, key: &str) -> Option<&'b Value> {
        self.of.iter().find(|(name, value)| name == key && *value != Value::Null).map(|(_, value)| value)
    }

    fn bad(&self, key: &str, wanted: &str) -> Error {
        self.place.bad(format!("{}{key} must be {wanted}", self.way))
    }

    fn object(&self, key: &str) -> Result<Fields<'_, 'b>> {
        match self.value(key) {
            Some(Value::Map(of)) => Ok(Fields { of, way: format!("{}{key}.", self.way), place: self.place }),
            _ => Err(self.bad(key, "an object")),
        }
    }

    fn list(&self, key: &str, most: usize) -> Result<&'b [Value]> {
        match self.value(key) {
            Some(Value::List(list)) if list.len() <= most => Ok(list),
            _ => Err(self.bad(key, &format!("a list of at most {most}"))),
        }
    }

    fn text(&self, key: &str) -> Result<&'b str> {
        match self.value(key) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(self.bad(key, "a text")),
        }
    }

    fn natural(&self, key: &str, most: u64) -> Result<Option<u64>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Natural(n)) if *n <= most => Ok(Some(*n)),
            Some(_) => Err(self.bad(key, &format!("a whole number to {most}"))),
        }
    }

    fn texts(&self, key: &str, most: usize) -> Result<Vec<String>> {
        let text = |value: &Value| match value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(self.bad(key, "a list of texts")),
        };
        self.list(key, most)?.iter().map(text).collect()
    }
}

/// Reads a row; none for one of an assessor, as one log may hold both. `start_ms` is the clock of rows that have none.
///
/// # Errors
/// `data-invalid` with path, line and the way to what does not fit.
pub(super) fn row(value: &Value, place: &Place<'_>, start_ms: u64) -> Result<Option<Row>> {
    let Value::Map(of) = value else { return Err(place.bad("a row is an object")) };
    let all = Fields { of, way: String::new(), place };
    let head = all.object("nearhand").map_err(|_| {
        place.bad(
            "the row is not of nearhand/request-log: without --bundle tables of features are compared, by --spec or --recomputed",
        )
    })?;
    match head.text("row")? {
        "slates" => {}
        "assess" => return Ok(None),
        other => return Err(head.bad("row", "slates").with("value", short(other))),
    }
    match head.natural("version", u64::MAX)? {
        Some(VERSION) => {}
        version => {
            let why = "the row is of another version of the format: a release that writes it reads it, and --bad-rows skip leaves it out";
            return Err(place.bad(why).with("version", version.unwrap_or(0)).with("reads", VERSION));
        }
    }
    let now_ms = head.natural("now", (1 << 48) - 1)?.unwrap_or(start_ms);
    let row = Row {
        id: if all.value("id").is_some() { all.text("id")?.to_owned() } else { String::new() },
        bundle: head.text("bundle")?.to_owned(),
        tier: tier(&head)?,
        apart: if head.value("apart").is_some() { head.texts("apart", 16)? } else { Vec::new() },
        lifetimes: lifetimes(&head)?,
        now_ms,
        stated_ms: if all.value("stated").is_some() { before(&all, "stated", now_ms)? } else { 0 },
        session: session(&all, now_ms)?,
        requests: requests(&all)?,
        slates: slates(&all)?,
    };
    if row.requests.is_empty() || row.requests.len() != row.slates.len() {
        return Err(place.bad("there are as many slates as requests, one at least"));
    }
    Ok(Some(row))
}

/// The time that a field tells in whole milliseconds before the request.
fn before(of: &Fields<'_, '_>, key: &str, now_ms: u64) -> Result<u64> {
    let ago = match of.value(key) {
        Some(Value::Natural(ago)) => i64::try_from(*ago).ok(),
        Some(Value::Negative(ago)) => Some(*ago).filter(|ago| *ago >= -MOST_AHEAD_MS),
        _ => None,
    };
    let at_ms = ago.and_then(|ago| now_ms.checked_add_signed(-ago)).filter(|at_ms| *at_ms < 1 << 48);
    at_ms.ok_or_else(|| of.bad(key, "whole milliseconds before the request"))
}

fn tier(head: &Fields<'_, '_>) -> Result<Option<Tier>> {
    match head.text("tier")? {
        "lite" => Ok(Some(Tier::Lite)),
        "full" => Ok(Some(Tier::Full)),
        "none" => Ok(None),
        _ => Err(head.bad("tier", "lite, full or none")),
    }
}

fn lifetimes(head: &Fields<'_, '_>) -> Result<Lifetimes> {
    let mut read = Lifetimes::default();
    if head.value("lifetimes").is_some() {
        let of = head.object("lifetimes")?;
        for (key, place) in [
            ("idleTimeoutMs", &mut read.idle_ms),
            ("viewedMs", &mut read.viewed_ms),
            ("dismissedMs", &mut read.dismissed_ms),
            ("cartMs", &mut read.cart_ms),
        ] {
            *place = of.natural(key, u64::from(u32::MAX) * 8)?.unwrap_or(*place);
        }
    }
    Ok(read)
}

fn session(all: &Fields<'_, '_>, now_ms: u64) -> Result<Vec<Counted>> {
    let mut events = Vec::new();
    for (at, value) in all.list("session", MAX_EVENTS)?.iter().enumerate() {
        let Value::Map(of) = value else { return Err(all.bad(&format!("session[{at}]"), "an object")) };
        let of = Fields { of, way: format!("session[{at}]."), place: all.place };
        let kind: EventKind =
            of.text("kind").map(|word| Value::Text(word.to_owned()))?.read().map_err(|_| of.bad("kind", "a kind of event"))?;
        let at_ms = before(&of, "ago", now_ms)?;
        // The session does not tell an item that the catalog does not hold: each is one that nobody has.
        let id = of.text("item")?;
        let item = if id.is_empty() { ItemKey::of(&format!("\0{at}")) } else { ItemKey::of(id) };
        let event = StoredEvent {
            dwell_ms: of.natural("dwellMs", 86_400_000)?.unwrap_or(0) as u32,
            quantity: of.natural("quantity", u64::from(u16::MAX))?.unwrap_or(0) as u16,
            ..StoredEvent::new(kind, item, at_ms)
        };
        events.push(Counted { event, known: !id.is_empty(), counts: of.text("counts")?.to_owned() });
    }
    Ok(events)
}

fn requests(all: &Fields<'_, '_>) -> Result<Vec<Request>> {
    let read = |(at, value): (usize, &Value)| {
        value.clone().read::<Request>().map_err(|why| all.place.bad(why.told(&format!("requests[{at}]"))))
    };
    all.list("requests", MOST_SLATES)?.iter().enumerate().map(read).collect()
}

fn slates(all: &Fields<'_, '_>) -> Result<Vec<Answer>> {
    let mut slates = Vec::new();
    for (at, value) in all.list("slates", MOST_SLATES)?.iter().enumerate() {
        let Value::Map(of) = value else { return Err(all.bad(&format!("slates[{at}]"), "an object")) };
        let of = Fields { of, way: format!("slates[{at}]."), place: all.place };
        let score = |value: &Value| {
            let told = match value {
                Value::Float(x) => *x,
                Value::Natural(n) => *n as f64,
                Value::Negative(n) => *n as f64,
                _ => f64::NAN,
            };
            // Nine digits are a single float.
            let score = told as f32;
            if score.is_finite() { Ok(f64::from(score)) } else { Err(of.bad("scores", "a list of numbers")) }
        };
        let (items, scores) = (of.texts("items", MOST_ITEMS)?, of.list("scores", MOST_ITEMS)?);
        let scores: Vec<f64> = scores.iter().map(score).collect::<Result<_>>()?;
        if scores.len() != items.len() {
            return Err(of.bad("scores", "as many as items"));
        }
        let failed = of.texts("notes", 64)?.iter().any(|note| note == "model-failed");
        slates.push(Answer { source: of.text("source")?.to_owned(), failed, items, scores });
    }
    Ok(slates)
}
