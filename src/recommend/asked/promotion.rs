//! A shop's own rules: boost, bury, pin and hide, each with when and where it holds. Plain data, checked once.

use super::chance::bucket;
use super::placement::MAX_PLACE;
use super::placement::Placement;
use crate::catalog::Where;
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Multiplies the score: above 1, at most 100.
    Boost(f32),
    /// Multiplies the score: above 0, below 1.
    Bury(f32),
    /// Puts the first of its items that may be shown at this place; 1 is first.
    Pin(usize),
    /// Never shows them.
    Hide,
}

/// Holds for the visitors of one bucket of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestBucket {
    /// The test's name.
    pub name: String,
    /// Number of buckets, 2 to 1000.
    pub buckets: u32,
    /// The bucket, from 0.
    pub bucket: u32,
}

impl Decode for TestBucket {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let test = Self { name: of.take("name"), buckets: of.take("buckets"), bucket: of.take("bucket") };
        of.end();
        test
    }
}

/// One rule of the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// A name for `explain`. Default empty.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// Items it is about. Unknown ids are ignored.
    pub items: Vec<String>,
    /// Conditions on the items it is about, besides or instead of ids. Not with a pin.
    pub r#where: Where,
    /// Holds from this time, Unix milliseconds.
    pub from: Option<u64>,
    /// Holds before this time, Unix milliseconds.
    pub until: Option<u64>,
    /// Placements where it holds. Empty is everywhere.
    pub on: Vec<Placement>,
    /// Conditions on the page's item. Without such an item the rule does not hold.
    pub source: Option<Where>,
    /// The bucket where it holds. Default all.
    pub test: Option<TestBucket>,
}

impl Decode for Rule {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let (boost, bury): (Option<f32>, Option<f32>) = (of.take("boost"), of.take("bury"));
        let (pin, hide): (Option<usize>, Option<bool>) = (of.take("pin"), of.take("hide"));
        let action = match (boost, bury, pin, hide) {
            (Some(factor), None, None, None) => Action::Boost(factor),
            (None, Some(factor), None, None) => Action::Bury(factor),
            (None, None, Some(place), None) => Action::Pin(place),
            (None, None, None, Some(true)) => Action::Hide,
            _ => {
                of.fault("exactly one of boost, bury, pin and hide: true is needed");
                Action::Hide
            }
        };
        let mut rule = Self {
            name: String::new(),
            action,
            items: Vec::new(),
            r#where: Where::default(),
            from: None,
            until: None,
            on: Vec::new(),
            source: None,
            test: None,
        };
        of.fill("name", &mut rule.name);
        of.fill("items", &mut rule.items);
        of.fill("where", &mut rule.r#where);
        of.fill("from", &mut rule.from);
        of.fill("until", &mut rule.until);
        of.fill("on", &mut rule.on);
        of.fill("source", &mut rule.source);
        of.fill("test", &mut rule.test);
        of.end();
        rule
    }
}

/// Where and when a slate is asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::recommend) struct Occasion<'a> {
    pub now_ms: u64,
    pub placement: Option<Placement>,
    pub visitor: Option<&'a str>,
}

/// Whether a rule holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recommend) enum Standing {
    Holds,
    Expired,
    NotYet,
    /// Another placement, another page's item, another bucket.
    Elsewhere,
    /// It asks for a bucket, and the request names no visitor.
    NoVisitor,
}

impl Rule {
    /// Checks ranges.
    ///
    /// # Errors
    /// `invalid-option` with the rule's number and the offending value.
    pub(in crate::recommend) fn check(&self, at: usize) -> Result<()> {
        let bad = |why: &'static str| Err(Error::new(Code::OptionInvalid, why).with("rule", at).with("name", &self.name));
        match self.action {
            Action::Boost(factor) if !(factor > 1.0 && factor <= 100.0) => return bad("boost is above 1 and at most 100"),
            Action::Bury(factor) if !(factor > 0.0 && factor < 1.0) => return bad("bury is above 0 and below 1"),
            Action::Pin(place) if !(1..=MAX_PLACE).contains(&place) => return bad("pin is a place from 1 to 1000"),
            Action::Pin(_) if self.items.is_empty() || !self.r#where.is_empty() => {
                return bad("a pin names its items, and has no where");
            }
            _ => {}
        }
        if self.items.is_empty() && self.r#where.is_empty() {
            return bad("a rule needs items or where: without them it would be about everything");
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return bad("a rule holds from a time that is before its until");
        }
        match &self.test {
            Some(test) if !(2..=1000).contains(&test.buckets) || test.bucket >= test.buckets => {
                bad("a test has 2 to 1000 buckets, counted from 0")
            }
            _ => Ok(()),
        }
    }

    /// Whether it changes scores by conditions alone.
    pub(in crate::recommend) fn is_wide(&self) -> bool {
        matches!(self.action, Action::Boost(_) | Action::Bury(_)) && self.items.is_empty()
    }

    /// Whether it holds, apart from its condition on the page's item.
    pub(in crate::recommend) fn standing(&self, occasion: &Occasion<'_>) -> Standing {
        if self.until.is_some_and(|until| until <= occasion.now_ms) {
            return Standing::Expired;
        }
        if self.from.is_some_and(|from| from > occasion.now_ms) {
            return Standing::NotYet;
        }
        if !self.on.is_empty() && !occasion.placement.is_some_and(|p| self.on.contains(&p)) {
            return Standing::Elsewhere;
        }
        match (&self.test, occasion.visitor) {
            (Some(_), None) => Standing::NoVisitor,
            (Some(test), Some(visitor)) if bucket(&test.name, visitor, test.buckets) != test.bucket => Standing::Elsewhere,
            _ => Standing::Holds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> std::result::Result<Rule, String> {
        let rule: Rule = serde_json::from_str::<Value>(json).unwrap().read().map_err(|e| e.to_string())?;
        rule.check(0).map_err(|e| e.to_string()).map(|()| rule)
    }

    #[test]
    fn rules_are_read_and_checked() {
        let rule = read(r#"{"boost":1.5,"where":{"brand":"Acme"},"until":5,"on":["home"],"name":"week"}"#).unwrap();
        assert_eq!((rule.action, rule.on.as_slice(), rule.until), (Action::Boost(1.5), &[Placement::Home][..], Some(5)));
        assert_eq!(read(r#"{"pin":2,"items":["a","b"]}"#).unwrap().action, Action::Pin(2));
        assert_eq!(read(r#"{"hide":true,"items":["a"]}"#).unwrap().action, Action::Hide);
        for bad in [
            r#"{"items":["a"]}"#,
            r#"{"hide":false,"items":["a"]}"#,
            r#"{"boost":2,"bury":0.5,"items":["a"]}"#,
            r#"{"boost":1,"items":["a"]}"#,
            r#"{"boost":101,"items":["a"]}"#,
            r#"{"bury":1,"items":["a"]}"#,
            r#"{"bury":0,"items":["a"]}"#,
            r#"{"pin":0,"items":["a"]}"#,
            r#"{"pin":1001,"items":["a"]}"#,
            r#"{"pin":1,"where":{"brand":"x"}}"#,
            r#"{"hide":true}"#,
            r#"{"hide":true,"items":["a"],"from":5,"until":5}"#,
            r#"{"hide":true,"items":["a"],"on":["attic"]}"#,
            r#"{"hide":true,"items":["a"],"test":{"name":"t","buckets":2,"bucket":2}}"#,
            r#"{"hide":true,"items":["a"],"more":1}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_holds_in_its_time_place_and_bucket() {
        let rule =
            read(r#"{"hide":true,"items":["a"],"from":10,"until":20,"on":["home"],"test":{"name":"t","buckets":2,"bucket":1}}"#)
                .unwrap();
        let visitor = (0..).map(|i: u32| i.to_string()).find(|v| bucket("t", v, 2) == 1).unwrap();
        let other = (0..).map(|i: u32| i.to_string()).find(|v| bucket("t", v, 2) == 0).unwrap();
        let at = |now_ms, placement, visitor| rule.standing(&Occasion { now_ms, placement, visitor });
        let home = Some(Placement::Home);
        assert_eq!(at(10, home, Some(&visitor)), Standing::Holds);
        assert_eq!(at(9, home, Some(&visitor)), Standing::NotYet);
        assert_eq!(at(20, home, Some(&visitor)), Standing::Expired);
        assert_eq!(at(15, Some(Placement::Cart), Some(&visitor)), Standing::Elsewhere);
        assert_eq!(at(15, None, Some(&visitor)), Standing::Elsewhere);
        assert_eq!(at(15, home, Some(&other)), Standing::Elsewhere);
        assert_eq!(at(15, home, None), Standing::NoVisitor);
    }
}
