//! A specification of its JSON.

use super::fields::{Fields, name, whole, wrong};
use super::kinds::{At, Feature, Kind};
use super::zone::Zone;
use super::{Amount, Currency, Label, Limits, MOST_AMOUNTS, MOST_KEYS, MOST_UNITS, Spec};
use crate::error::{Code, Error, Result, digits};
use crate::hash::sip;
use crate::json::{self, Value, at};
use crate::number::{quotient, units};

/// The version of the format that this crate reads.
const VERSION: i64 = 1;
const MOST_FLAGS: usize = 32;
const MOST_FEATURES: usize = 1024;
const MOST_EDGES: usize = 64;
const MOST_CHANGES: usize = 4096;
const DAY: i64 = 86_400_000;
/// What the kinds of features are called.
const KINDS: [&str; 20] = [
    "amount", "flag", "hour", "weekday", "night", "weekend", "since", "count", "sum", "mean", "min", "max", "to_mean", "zscore",
    "entropy", "share", "distinct", "frauds", "risk", "ratio",
];

impl Spec {
    /// Reads a specification. docs/features.md describes its keys.
    ///
    /// # Errors
    /// [`Code::SpecInvalid`](crate::Code::SpecInvalid) with the `place` (`features[3].window`) and, for an unknown key or word, those that
    /// are `allowed`; [`Code::ZoneUnknown`](crate::Code::ZoneUnknown) for a zone without a table;
    /// [`Code::TooLarge`](crate::Code::TooLarge) beyond 1 MiB.
    pub fn from_json(text: &str) -> Result<Self> {
        spec(text, &|_| None)
    }

    /// Reads a specification whose zone may be a name: `zones` gives its table, of whatever database the host has. The specification is
    /// the one that has that table in it, with its digest.
    ///
    /// # Errors
    /// As [`Spec::from_json`]; [`Code::ZoneUnknown`](crate::Code::ZoneUnknown) where `zones` has none of that name.
    pub fn from_json_with(text: &str, zones: &dyn Fn(&str) -> Option<Zone>) -> Result<Self> {
        spec(text, zones)
    }

    /// The same specification with those of its features alone that the windows of some keys give, and the event itself: for a state that counts
    /// cards beside another one that counts terminals. An event has all its fields there as well, and each feature has the value that the whole
    /// specification gives it: an event that comes in order has the same bits. A ratio is there where both its sides are.
    ///
    /// # Errors
    /// [`Code::SpecInvalid`](crate::Code::SpecInvalid) for a key that is not declared, and where no feature is left.
    pub fn of_keys(&self, keys: &[&str]) -> Result<Self> {
        if let Some(unknown) = keys.iter().find(|key| !self.keys().iter().any(|own| own == *key)) {
            return Err(Error::spec("one of the declared keys is wanted here", "keys")
                .with("value", unknown)
                .with("allowed", &self.keys().join(", ")));
        }
        let is_counted = |key: usize| self.keys().get(key).is_some_and(|own| keys.contains(&own.as_str()));
        let mut left: Vec<bool> = Vec::new();
        for feature in self.features() {
            let is_left = |at: &usize| left.get(*at).copied().unwrap_or(false);
            let stays = match &feature.kind {
                Kind::Ratio(over, under) => is_left(over) && is_left(under),
                kind => kind.key().is_none_or(is_counted),
            };
            left.push(stays);
        }
        if left.iter().all(|left| *left) {
            return Ok(self.clone());
        }
        let mut value = json::read(self.to_json())?;
        if let Value::Map(map) = &mut value {
            for (_, features) in map.iter_mut().filter(|(key, _)| key == "features") {
                if let Value::List(list) = features {
                    let mut left = left.iter();
                    list.retain(|_| left.next().is_some_and(|left| *left));
                }
            }
        }
        let mut text = String::new();
        value.write(&mut text);
        spec(&text, &|_| None)
    }
}

fn spec(text: &str, zones: &dyn Fn(&str) -> Option<Zone>) -> Result<Spec> {
    let mut value = json::read(text)?;
    if let Value::Map(map) = &mut value {
        for (_, zone) in map.iter_mut().filter(|(key, _)| key == "zone") {
            if let Value::Text(name) = zone
                && name != "UTC"
                && let Some(found) = zones(name)
            {
                *zone = table(&found);
            }
        }
    }
    let mut canonical = String::new();
    value.write(&mut canonical);
    let digest = sip((0, 0), canonical.as_bytes());
    let mut of = Fields::of(value, "")?;
    of.whole("version", VERSION, VERSION, VERSION)?;
    let mut spec = Spec {
        name: of.maybe_name("name")?.unwrap_or_default(),
        time: of.name("time")?,
        id: of.maybe_name("id")?,
        keys: names(&mut of, "keys", MOST_KEYS)?,
        amounts: amounts(&mut of)?,
        flags: names(&mut of, "flags", MOST_FLAGS)?,
        currency: None,
        label: None,
        zone: zone(of.take("zone"))?,
        lateness: of.duration("lateness", 0)?,
        skew: of.duration("skew", 60_000)?,
        repeats: of.duration("repeats", DAY)?,
        limits: Limits::default(),
        features: Vec::new(),
        canonical,
        digest,
    };
    if let Some(value) = of.take("currency") {
        let mut of = Fields::of(value, "currency")?;
        spec.currency = Some(Currency { name: of.name("name")?, is: of.name("is")? });
        of.end()?;
    }
    if let Some(value) = of.take("label") {
        if spec.id.is_none() {
            return Err(Error::spec("labels come by id: declare the field of the id as well", "id"));
        }
        let mut of = Fields::of(value, "label")?;
        spec.label = Some(Label { name: of.name("name")?, delay: of.duration("delay", 0)? });
        of.end()?;
    }
    if let Some(value) = of.take("limits") {
        spec.limits = limits(value)?;
    }
    let mut fields: Vec<&str> = vec![&spec.time];
    fields.extend(spec.id.iter().chain(&spec.keys).chain(&spec.flags).map(String::as_str));
    fields.extend(spec.amounts.iter().map(|amount| amount.name.as_str()));
    fields.extend(spec.currency.iter().map(|c| c.name.as_str()).chain(spec.label.iter().map(|l| l.name.as_str())));
    fields.sort_unstable();
    if let Some(twice) = fields.windows(2).find(|two| two.first() == two.last()).and_then(|two| two.first()) {
        return Err(Error::spec("a field is declared twice", "").with("value", twice));
    }
    let list = of.list("features", MOST_FEATURES)?;
    if list.is_empty() {
        return Err(Error::spec("a specification has at least one feature", "features"));
    }
    for (n, value) in list.into_iter().enumerate() {
        let feature = feature(&spec, value, &at("features", n))?;
        if spec.features.iter().any(|other| other.name == feature.name) {
            return Err(Error::spec("two features have one name", &at("features", n)).with("value", &feature.name));
        }
        spec.features.push(feature);
    }
    of.end()?;
    Ok(spec)
}

fn names(of: &mut Fields, key: &'static str, most: usize) -> Result<Vec<String>> {
    of.list(key, most)?.into_iter().enumerate().map(|(n, value)| name(value, &at(key, n))).collect()
}

fn amounts(of: &mut Fields) -> Result<Vec<Amount>> {
    let mut amounts = Vec::new();
    for (n, value) in of.list("amounts", MOST_AMOUNTS)?.into_iter().enumerate() {
        let mut of = Fields::of(value, &at("amounts", n))?;
        let (name, decimals) = (of.name("name")?, of.whole("decimals", 2, 0, 8)? as u8);
        let (mut least, mut most) = (0, MOST_UNITS);
        for (key, bound) in [("least", &mut least), ("most", &mut most)] {
            if let Some(value) = of.take(key) {
                *bound = decimal(&value, decimals, &of.place(key))?;
            }
        }
        if least > most {
            return Err(Error::spec("the smallest amount is larger than the largest", &of.place("least")));
        }
        of.end()?;
        amounts.push(Amount { name, decimals, least, most });
    }
    Ok(amounts)
}

/// Units of a number of the specification.
fn decimal(value: &Value, decimals: u8, place: &str) -> Result<i64> {
    let found = match value {
        Value::Number(text) => units(text, decimals).filter(|units| units.unsigned_abs() <= MOST_UNITS.unsigned_abs()),
        _ => None,
    };
    found.ok_or_else(|| {
        wrong("a number with no more decimals than the amount, and at most 10^14 of its units, is wanted here", place, value)
    })
}

/// A zone as a specification states it.
fn table(zone: &Zone) -> Value {
    let number = |value: i64| Value::Number(digits(value));
    let change = |(instant, offset): &(i64, i32)| Value::List(vec![number(*instant), number(i64::from(*offset))]);
    Value::Map(vec![
        ("name".to_owned(), Value::Text(zone.name.clone())),
        ("offset".to_owned(), number(i64::from(zone.offset))),
        ("changes".to_owned(), Value::List(zone.changes.iter().map(change).collect())),
    ])
}

fn zone(value: Option<Value>) -> Result<Zone> {
    match value {
        None => Ok(Zone::default()),
        Some(Value::Text(text)) if text == "UTC" => Ok(Zone::default()),
        Some(Value::Text(text)) => {
            let why = "a zone is UTC or a table of offsets, {\"name\", \"offset\", \"changes\"}: nearhand features makes it of an IANA name";
            Err(Error::new(Code::ZoneUnknown, why).with("place", "zone").with("value", &text))
        }
        Some(value) => {
            let mut of = Fields::of(value, "zone")?;
            let (name, offset) =
                (of.maybe_name("name")?.unwrap_or_default(), of.whole("offset", 0, -DAY / 1000, DAY / 1000)? as i32);
            let mut changes: Vec<(i64, i32)> = Vec::new();
            for (n, value) in of.list("changes", MOST_CHANGES)?.into_iter().enumerate() {
                let change = match &value {
                    Value::List(two) => match two.as_slice() {
                        [instant, offset] => whole(instant).zip(whole(offset).filter(|offset| offset.abs() <= DAY / 1000)),
                        _ => None,
                    },
                    _ => None,
                };
                let later = |instant: i64| changes.last().is_none_or(|(last, _)| *last < instant);
                match change.filter(|(instant, _)| later(*instant)) {
                    Some((instant, offset)) => changes.push((instant, offset as i32)),
                    None => {
                        let why =
                            "a change is [instant, offset]: Unix milliseconds, ascending, and seconds from UTC, at most a day";
                        return Err(wrong(why, &at("zone.changes", n), &value));
                    }
                }
            }
            of.end()?;
            Ok(Zone { name, offset, changes })
        }
    }
}

fn limits(value: Value) -> Result<Limits> {
    let mut of = Fields::of(value, "limits")?;
    let is = Limits::default();
    let mut one = |key: &'static str, default: u32, most: i64| of.whole(key, default.into(), 1, most).map(|n| n as u32);
    let limits = Limits {
        keys: one("keys", is.keys, 100_000_000)?,
        events_per_key: one("events_per_key", is.events_per_key, 65_536)?,
        events: one("events", is.events, 1_000_000_000)?,
        ids: one("ids", is.ids, 1_000_000_000)?,
        labels: one("labels", is.labels, 100_000_000)?,
    };
    of.end()?;
    Ok(limits)
}

fn feature(spec: &Spec, value: Value, place: &str) -> Result<Feature> {
    let mut of = Fields::of(value, place)?;
    let name = of.name("name")?;
    let kind = of.one_of("kind", KINDS.into_iter())?;
    let mut missing = 0.0;
    let told = of.take("missing");
    let is_told = told.is_some();
    match told {
        None => {}
        Some(Value::Text(text)) if text == "nan" => missing = f64::NAN,
        Some(Value::Number(text)) if units(&text, 6).is_some() => {
            missing = quotient(units(&text, 6).unwrap_or(0).into(), 1_000_000);
        }
        Some(other) => {
            return Err(wrong("a number with at most six decimals, or \"nan\", is wanted here", &of.place("missing"), &other));
        }
    }
    let amount = |of: &mut Fields| of.one_of("of", spec.amounts.iter().map(|amount| amount.name.as_str()));
    let flag = |of: &mut Fields| of.one_of("of", spec.flags.iter().map(String::as_str));
    let key = |of: &mut Fields| of.one_of("key", spec.keys.iter().map(String::as_str));
    let kind = match KINDS.get(kind).copied().unwrap_or_default() {
        "amount" => Kind::Amount(amount(&mut of)?),
        "flag" => Kind::Flag(flag(&mut of)?),
        "hour" => Kind::Hour,
        "weekday" => Kind::Weekday,
        "night" => Kind::Night(of.whole("from", 0, 0, 23)? as u8, of.whole("until", 7, 1, 24)? as u8),
        "weekend" => Kind::Weekend,
        "since" => {
            if !is_told {
                return Err(Error::spec(
                    "say what the time since the last event is where there is none: a number, or \"nan\"",
                    &of.place("missing"),
                ));
            }
            Kind::Since(key(&mut of)?)
        }
        "ratio" => {
            let mut side = |side: &'static str| of.one_of(side, spec.features.iter().map(|feature| feature.name.as_str()));
            Kind::Ratio(side("over")?, side("under")?)
        }
        word => {
            let at = At {
                key: key(&mut of)?,
                window: of.duration("window", 0)?,
                delay: of.duration("delay", 0)?,
                current: of.truth("current", true)?,
            };
            if at.window == 0 {
                return Err(Error::spec("a window has a length above 0, like 1d", &of.place("window")));
            }
            match word {
                "sum" => Kind::Sum(at, amount(&mut of)?),
                "mean" => Kind::Mean(at, amount(&mut of)?),
                "min" => Kind::Min(at, amount(&mut of)?),
                "max" => Kind::Max(at, amount(&mut of)?),
                "to_mean" => Kind::ToMean(at, amount(&mut of)?),
                "zscore" => Kind::ZScore(at, amount(&mut of)?),
                "entropy" => {
                    let amount = amount(&mut of)?;
                    let decimals = spec.amounts.get(amount).map_or(0, |amount| amount.decimals);
                    Kind::Entropy(at, amount, edges(&mut of, decimals)?)
                }
                "share" => Kind::Share(at, flag(&mut of)?),
                "distinct" => {
                    let other = of.one_of("of", spec.keys.iter().map(String::as_str))?;
                    if other == at.key {
                        return Err(Error::spec("a value of a key has one value of that key: name another one", &of.place("of")));
                    }
                    Kind::Distinct(at, other)
                }
                "frauds" | "risk" => {
                    if spec.label.is_none() {
                        return Err(Error::spec("declare the label: {\"name\": …, \"delay\": …}", "label"));
                    }
                    let labelled = word == "risk" && of.one_of_or("of", &["all", "labelled"])? == 1;
                    if word == "risk" { Kind::Risk(at, labelled) } else { Kind::Frauds(at) }
                }
                _ => {
                    let flag = if of.has("of") { Some(flag(&mut of)?) } else { of.take("of").map(|_| 0) };
                    Kind::Count(at, flag)
                }
            }
        }
    };
    of.end()?;
    Ok(Feature { name, kind, missing })
}

fn edges(of: &mut Fields, decimals: u8) -> Result<Vec<i64>> {
    let place = of.place("edges");
    let mut edges: Vec<i64> = Vec::new();
    for (n, value) in of.list("edges", MOST_EDGES)?.into_iter().enumerate() {
        let edge = decimal(&value, decimals, &at(&place, n))?;
        if edges.last().is_some_and(|last| *last >= edge) {
            return Err(wrong("edges of bins ascend", &at(&place, n), &value));
        }
        edges.push(edge);
    }
    if edges.is_empty() {
        return Err(Error::spec("declare the edges of the bins", &place));
    }
    Ok(edges)
}
