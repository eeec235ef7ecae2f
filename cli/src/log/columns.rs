//! Which columns of a log hold what: by option, by a known export, or guessed by name and first rows.

use super::args::LogArgs;
use super::kinds::Words;
use super::names::{DAYS, INVOICES, VISITORS, aliases, layout, plain, usual};
use super::role::{ROLES, Role};
use crate::read::notes::Note;
use crate::read::value::cell::{Cell, listed, short};
use crate::read::{FEW, Table};
use nearhand::{Code, Error, EventKind, Result};

/// Minutes without an event that end a visitor's session, as in the engine.
const VISITOR_IDLE_MINUTES: u64 = nearhand::session::DEFAULT_IDLE_TIMEOUT_MS / 60_000;

/// A column of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Place in the table.
    pub at: usize,
    /// Name in the table.
    pub name: String,
}

/// The columns of one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// By role; several of a session or time are one.
    roles: [Vec<Found>; ROLES.len()],
    /// A known export's name.
    pub layout: Option<&'static str>,
    /// Kind of the export's events, where it has but one.
    pub kind: Option<EventKind>,
    /// What was understood beyond the options.
    pub notes: Vec<Note>,
}

impl Columns {
    /// Finds the columns of a table. Session, item and time must be there.
    ///
    /// # Errors
    /// `data-invalid` with the missing column and those there are.
    pub(crate) fn find(table: &Table, args: &LogArgs, words: &Words) -> Result<Self> {
        let finder = Finder { table, header: table.header(), words };
        let known = layout(finder.header);
        let mut columns = Self { layout: known.map(|l| l.name), kind: known.and_then(|l| l.kind), ..Self::default() };
        let mut missing = Vec::new();
        for (role, option, needed) in ROLES {
            let asked = match role {
                Role::Session => &args.session_col,
                Role::Item => &args.event_item_col,
                Role::Time => &args.time_col,
                Role::Kind => &args.kind_col,
                Role::Title => &args.event_title_col,
                Role::Price => &args.event_price_col,
                Role::Quantity => &args.quantity_col,
                Role::Dwell => &args.dwell_col,
                Role::Visitor | Role::Status => &None,
            };
            let layout = known.and_then(|l| l.roles.iter().find(|(of, _)| *of == role)).map(|(_, names)| *names);
            let found = match (asked, layout) {
                (Some(none), _) if none.is_empty() => Vec::new(),
                (Some(asked), _) => finder.named(asked, option)?,
                (None, Some(names)) => finder.first_full(names).into_iter().collect(),
                (None, None) => finder.guess(role).map(|found| finder.alone(found, option)).transpose()?.into_iter().collect(),
            };
            if found.is_empty() && needed {
                missing.push(option);
            }
            if let Some(slot) = columns.roles.get_mut(role as usize) {
                *slot = found;
            }
        }
        if !missing.is_empty() {
            return Err(finder.missing(&missing));
        }
        columns.join_visitor(&finder);
        columns.join_day(&finder, args);
        columns.settle_visitor();
        let picked = columns.picked().0.len();
        if picked > FEW {
            let why = format!("{picked} columns are to be read, at most {FEW} can be: name fewer with --session-col");
            return Err(finder.refuse(why));
        }
        Ok(columns)
    }

    /// GA4 numbers sessions within a visitor: the two are the key.
    fn join_visitor(&mut self, finder: &Finder<'_>) {
        let [session] = self.of(Role::Session) else { return };
        let ga = aliases(&session.name).iter().any(|name| name == "gasessionid");
        let Some(visitor) = finder.full("userpseudoid").filter(|visitor| ga && visitor.at != session.at) else { return };
        let note = "session ids of Google Analytics count within a visitor: both columns are the key";
        self.notes.push(Note::new("session-and-visitor", note).with("columns", format!("{},{}", visitor.name, session.name)));
        if let Some(slot) = self.roles.get_mut(Role::Session as usize) {
            slot.insert(0, visitor);
        }
    }

    /// A column of times of day stands beside one of days.
    fn join_day(&mut self, finder: &Finder<'_>, args: &LogArgs) {
        let [time] = self.of(Role::Time) else { return };
        if args.time_format != Default::default() || !finder.all(time.at, is_time_of_day) {
            return;
        }
        let days = DAYS.iter().filter_map(|name| finder.full(name));
        let day = days.into_iter().find(|day| day.at != time.at && finder.all(day.at, |v| !v.contains(':')));
        if let (Some(day), Some(slot)) = (day, self.roles.get_mut(Role::Time as usize)) {
            slot.insert(0, day);
        }
    }

    /// A visitor's column tells nothing where it is the session's.
    fn settle_visitor(&mut self) {
        let own = self.of(Role::Visitor).first().is_some_and(|v| self.of(Role::Session).iter().any(|s| s.at == v.at));
        if own && let Some(slot) = self.roles.get_mut(Role::Visitor as usize) {
            slot.clear();
        }
    }

    /// The columns of a role.
    pub(crate) fn of(&self, role: Role) -> &[Found] {
        self.roles.get(role as usize).map_or(&[], Vec::as_slice)
    }

    /// The names of a role's columns in the file; empty when there is none.
    pub(crate) fn name(&self, role: Role) -> String {
        self.of(role).iter().map(|found| found.name.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Places of all columns in the table, role by role; where those of each role begin; and which is the item's.
    pub(crate) fn picked(&self) -> (Vec<usize>, [std::ops::Range<usize>; ROLES.len()], usize) {
        let mut picked = Vec::new();
        let ranges = ROLES.map(|(role, ..)| {
            let from = picked.len();
            picked.extend(self.of(role).iter().map(|found| found.at));
            from..picked.len()
        });
        let item = ranges.get(Role::Item as usize).map_or(0, |range| range.start);
        (picked, ranges, item)
    }

    /// Whether sessions are invoices.
    pub(crate) fn has_invoices(&self) -> bool {
        self.of(Role::Session).iter().any(|found| INVOICES.contains(&plain(&found.name).as_str()))
    }

    /// Whether sessions are visitors.
    pub(crate) fn has_visitors(&self) -> bool {
        let visitor = |found: &Found| aliases(&found.name).iter().any(|name| VISITORS.contains(&name.as_str()));
        !self.of(Role::Session).is_empty() && self.of(Role::Session).iter().all(visitor)
    }

    /// The gap at which a session is cut, milliseconds.
    pub(crate) fn idle_ms(&self, args: &LogArgs) -> Option<u64> {
        args.idle_minutes.or(self.has_visitors().then_some(VISITOR_IDLE_MINUTES)).map(|minutes| minutes.saturating_mul(60_000))
    }
}

/// A time of day without a day: `08:26`, `8:26:00.5`.
fn is_time_of_day(text: &str) -> bool {
    text.len() <= 15 && text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
}

struct Finder<'a> {
    table: &'a Table,
    header: &'a [String],
    words: &'a Words,
}

impl Finder<'_> {
    fn found(&self, at: usize) -> Option<Found> {
        self.header.get(at).map(|name| Found { at, name: name.clone() })
    }

    /// The column of that usual name in full.
    fn full(&self, name: &str) -> Option<Found> {
        self.header.iter().position(|h| plain(h) == name).and_then(|at| self.found(at))
    }

    /// The first of some columns that holds anything, or the first there is.
    fn first_full(&self, names: &[&str]) -> Option<Found> {
        let mut there = names.iter().filter_map(|name| self.full(name));
        let filled = there.clone().find(|found| self.table.sample(found.at).next().is_some());
        filled.or_else(|| there.next())
    }

    /// By a usual name: of whole columns first, of the ends of nested ones then.
    fn guess(&self, role: Role) -> Option<Found> {
        let names = usual(role);
        let answers: Vec<[String; 3]> = self.header.iter().map(|name| aliases(name)).collect();
        let position = |name: &str, alias: usize| answers.iter().position(|a| a.get(alias).is_some_and(|a| a == name));
        let by_alias = (0..3).flat_map(|alias| names.iter().filter_map(move |name| position(name, alias)));
        let there: Vec<usize> = match role {
            // A nested session is a better key than a visitor beside it.
            Role::Session => names.iter().flat_map(|name| (0..3).filter_map(move |alias| position(name, alias))).collect(),
            _ => by_alias.collect(),
        };
        // A log may have a type of product as well, or a column that tells no more than that something happened: a column of
        // kinds has words for them.
        let has = |is: fn(Option<EventKind>) -> bool| {
            let holds = move |at: &&usize| self.table.sample(**at).any(|word| self.words.find(word).is_some_and(is));
            there.iter().find(holds)
        };
        let filled = || there.iter().find(|at| self.table.sample(**at).next().is_some());
        let at = match role {
            Role::Kind => has(|kind| kind.is_some()).or_else(|| has(|_| true)).or_else(filled),
            // Whole times rather than times of day, which a column of days completes.
            Role::Time => {
                let day = |at: usize| self.header.get(at).is_some_and(|name| DAYS.contains(&plain(name).as_str()));
                let whole = |at: usize| move |v: &str| !is_time_of_day(v) && (!day(at) || v.contains(':'));
                there.iter().find(|at| self.table.sample(**at).any(whole(**at))).or_else(filled)
            }
            _ => filled(),
        };
        let at = at.or_else(|| there.first());
        at.and_then(|at| self.found(*at))
    }

    /// One column, or several separated by commas.
    fn named(&self, asked: &str, option: &str) -> Result<Vec<Found>> {
        let find = |name: &str| {
            let name = name.trim();
            let mut same = self.header.iter().enumerate().filter(|(_, h)| h.trim().eq_ignore_ascii_case(name)).map(|(at, _)| at);
            match (same.next(), same.next()) {
                (Some(at), None) => Ok(self.found(at)),
                (None, _) => Ok(None),
                (Some(_), Some(_)) => {
                    Err(self.refuse(format!("the log has two columns of the name {}: see {option}", short(name))))
                }
            }
        };
        let missing = |name: &str| self.refuse(format!("the log has no column {}: see {option}", short(name)));
        if let Some(found) = find(asked)? {
            return Ok(vec![found]);
        }
        let several = matches!(option, "--session-col" | "--time-col") && asked.contains(',');
        if !several {
            return Err(missing(asked));
        }
        asked.split(',').map(|name| find(name)?.ok_or_else(|| missing(name))).collect()
    }

    /// A guessed column, if no other has its name.
    fn alone(&self, found: Found, option: &str) -> Result<Found> {
        let same = self.header.iter().filter(|h| plain(h) == plain(&found.name)).count();
        // Items at two places of nested rows: either would lose the other's.
        let [_, _, end] = aliases(&found.name);
        let beside =
            self.header.iter().filter(|h| h.contains('.') && aliases(h)[2] == end && usual(Role::Item).contains(&end.as_str()));
        let beside: Vec<&String> = beside.filter(|h| h.split('.').next() != found.name.split('.').next()).collect();
        if let Some(other) = beside.first().filter(|_| option == "--event-item-col") {
            let (one, other) = (short(&found.name), short(other));
            return Err(self.refuse(format!("items stand at two places, {one} and {other}: name one with {option}")));
        }
        if same > 1 && !option.is_empty() {
            return Err(self.refuse(format!("the log has two columns of the name {}: see {option}", short(&found.name))));
        }
        Ok(found)
    }

    fn missing(&self, options: &[&str]) -> Error {
        if self.table.looks_headless() {
            let why = "the first line is taken for the header, and it looks like data: put a header in, or name the columns with --columns session,item,time";
            return self.refuse(why.to_owned());
        }
        let (columns, it) = if options.len() == 1 { ("a column", "it") } else { ("columns", "them") };
        let options = options.join(" and ");
        self.refuse(format!("the log needs {columns} for {options}, and none has a usual name: name {it}"))
    }

    fn refuse(&self, what: String) -> Error {
        let error = Error::new(Code::DataInvalid, what).with("path", self.table.path().display()).with("line", 1);
        listed(error, "columns", " ", self.header)
    }

    /// Whether all values of the first rows are such, and there is one.
    fn all(&self, at: usize, is: fn(&str) -> bool) -> bool {
        let mut values = self.table.sample(at).filter(|v| Cell::text(v) != Cell::Empty).peekable();
        values.peek().is_some() && values.all(is)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{log_args, temp};
    use super::*;
    use crate::read::options::Options;

    fn find(header: &str, row: &str, flags: &[&str]) -> Result<Columns> {
        let path = temp(&format!("columns-{:x}.csv", fingerprint(&[header, row])), format!("{header}\n{row}\n").as_bytes());
        let args = log_args(flags);
        Columns::find(&Table::open(&path, &Options::default()).unwrap(), &args, &Words::of(&args.kind_words).unwrap())
    }

    /// A name of its own for each text: tests run at once.
    fn fingerprint(texts: &[&str]) -> u64 {
        texts
            .iter()
            .flat_map(|t| t.bytes())
            .fold(14_695_981_039_346_656_037, |hash, b| (hash ^ u64::from(b)).wrapping_mul(1_099_511_628_211))
    }

    fn names(header: &str, row: &str) -> String {
        let columns = find(header, row, &[]).unwrap();
        let name = |(role, ..): (Role, &str, bool)| match columns.name(role) {
            name if name.is_empty() || matches!(role, Role::Visitor | Role::Status) => None,
            name => Some(format!("{role:?}={name}")),
        };
        ROLES.into_iter().filter_map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn well_known_logs_are_understood() {
        let retail = names("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", "");
        let want = "Session=InvoiceNo Item=StockCode Time=InvoiceDate Title=Description Price=UnitPrice Quantity=Quantity";
        assert_eq!(retail, want);
        assert_eq!(names("SessionId,ItemId,Time", ""), "Session=SessionId Item=ItemId Time=Time");
        let rocket = names("timestamp,visitorid,event,itemid,transactionid", "");
        assert_eq!(rocket, "Session=visitorid Item=itemid Time=timestamp Kind=event");
        let rees = names("event_time,event_type,product_id,category_id,brand,price,user_id,user_session", "");
        assert_eq!(rees, "Session=user_session Item=product_id Time=event_time Kind=event_type Price=price");
        assert_eq!(
            names("user_id:token,item_id:token,timestamp:float", ""),
            "Session=user_id:token Item=item_id:token Time=timestamp:float"
        );
        let shopify =
            names("Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku", "#1,a,b,1,Mug,2,M1");
        let want =
            "Session=Name Item=Lineitem sku Time=Created at Title=Lineitem name Price=Lineitem price Quantity=Lineitem quantity";
        assert_eq!(shopify, want);
    }

    #[test]
    fn the_column_of_kinds_has_a_word_for_one() {
        assert!(names("session,item,time,type,event", "1,a,1,Mug,view").ends_with("Kind=event"));
        assert!(names("session,item,time,type", "1,a,1,Mug").ends_with("Kind=type"));
    }

    #[test]
    fn keys_and_times_in_two_columns() {
        let ga4 = find("user_pseudo_id,ga_session_id,event_timestamp,event_name,item_id", "u,1,1,view_item,a", &[]).unwrap();
        assert_eq!(ga4.name(Role::Session), "user_pseudo_id,ga_session_id");
        assert_eq!(ga4.notes[0].code, "session-and-visitor");
        let day = find("session,item,date,time", "1,a,2026-01-01,08:26:00", &[]).unwrap();
        assert_eq!(day.name(Role::Time), "date,time");
        assert_eq!(find("session,item,date,time", "1,a,2026-01-01,2026-01-01 08:26", &[]).unwrap().name(Role::Time), "time");
        let asked = find("a,b,item,time", "", &["--session-col", "a, b"]).unwrap();
        assert_eq!(asked.name(Role::Session), "a,b");
    }

    #[test]
    fn visitors_are_cut_and_sessions_are_not() {
        let idle = |header: &str, flags: &[&str]| find(header, "", flags).unwrap().idle_ms(&log_args(flags));
        assert_eq!(idle("Customer ID,item,time", &[]), Some(1_800_000));
        assert_eq!(idle("anonymousId,item,time", &[]), Some(1_800_000));
        assert_eq!(idle("session,item,time", &[]), None);
        assert_eq!(idle("session,item,time", &["--idle-minutes", "5"]), Some(300_000));
    }

    #[test]
    fn missing_columns_are_named() {
        let error = find("session,thing,time", "", &[]).unwrap_err();
        assert!(error.message().contains("--event-item-col"), "{error}");
        assert_eq!(error.details()[2].1, "session thing time");
        let both = find("who,thing,time", "", &[]).unwrap_err();
        assert!(both.message().contains("columns for --session-col and --event-item-col"), "{both}");
        assert_eq!(find("session,thing,time", "", &["--event-item-col", "Thing"]).unwrap().name(Role::Item), "thing");
        assert!(find("session,item,time", "", &["--kind-col", "what"]).unwrap_err().message().contains("what"));
        assert!(find("1,2026-01-01T08:26:00Z,a", "", &[]).unwrap_err().message().contains("--columns"));
        let twice = find("session,item,time,Item", "", &["--event-item-col", "item"]).unwrap_err();
        assert!(twice.message().contains("two columns"), "{twice}");
    }

    #[test]
    fn more_columns_than_can_be_read_are_refused() {
        let names: Vec<String> = (0..20).map(|i| format!("k{i}")).collect();
        let header = format!("{},item,time", names.join(","));
        let error = find(&header, "", &["--session-col", &names.join(",")]).unwrap_err();
        assert!(error.message().contains("at most 16"), "{error}");
        assert!(find(&header, "", &["--session-col", &names[..14].join(",")]).is_ok());
    }

    #[test]
    fn an_empty_name_takes_no_column() {
        assert_eq!(find("session,item,time,type", "", &["--kind-col", ""]).unwrap().name(Role::Kind), "");
    }
}
