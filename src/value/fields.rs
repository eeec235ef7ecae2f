//! Objects, key by key.

use super::decode::{Decode, Faults, Step};
use super::mismatch::Why;
use super::nearest::nearest;
use super::tree::Value;

/// Most keys that a struct reads; the rest would not be listed.
const MOST_KEYS: usize = 24;

/// The keys of an object that nobody has taken yet.
pub(crate) struct Fields<'a> {
    left: Vec<(String, Value)>,
    /// The keys that were asked for, to be listed where one is unknown.
    known: [&'static str; MOST_KEYS],
    count: usize,
    faults: &'a mut Faults,
}

impl Value {
    /// The keys of an object, to be taken one by one.
    #[inline(never)]
    pub(crate) fn fields(self, faults: &mut Faults) -> Fields<'_> {
        let left = match self {
            Self::Map(left) => left,
            other => {
                faults.wanted("an object", &other);
                Vec::new()
            }
        };
        Fields { left, known: [""; MOST_KEYS], count: 0, faults }
    }
}

impl Fields<'_> {
    /// Takes a key. Apart from [`Fields::take`], so that not every type has a copy.
    #[inline(never)]
    fn enter(&mut self, key: &'static str, may_be_absent: bool) -> Value {
        self.known.get_mut(self.count).into_iter().for_each(|known| *known = key);
        self.count += 1;
        match self.left.iter().position(|(k, _)| k == key) {
            Some(at) => self.left.swap_remove(at).1,
            None => {
                if !may_be_absent {
                    self.faults.note(Why::Missing);
                }
                Value::Null
            }
        }
    }

    /// The value of a key that must be there, or whose type has a meaning for its absence.
    #[inline(never)]
    pub(crate) fn take<T: Decode>(&mut self, key: &'static str) -> T {
        let whole = self.faults.whole();
        let value = self.enter(key, T::MAY_BE_ABSENT);
        let read = T::decode(value, self.faults);
        self.faults.leave(whole, &Step::Key(key));
        read
    }

    /// Puts the value of a key into its place; what is there stays when the key is absent or has no value.
    #[inline(never)]
    pub(crate) fn fill<T: Decode>(&mut self, key: &'static str, place: &mut T) {
        let value = self.enter(key, true);
        if !value.is_null() {
            *place = self.faults.within(Step::Key(key), value);
        }
    }

    /// The value of a key, or `default` when the key is absent or has no value.
    pub(crate) fn take_or<T: Decode>(&mut self, key: &'static str, default: T) -> T {
        let mut value = default;
        self.fill(key, &mut value);
        value
    }

    /// Whether a key is there without a value.
    pub(crate) fn is_null(&self, key: &str) -> bool {
        self.left.iter().any(|(k, value)| k == key && value.is_null())
    }

    /// All keys that are left, with what each stands for.
    pub(crate) fn rest<T: Decode>(self) -> Vec<(String, T)> {
        let Self { left, faults, .. } = self;
        left.into_iter()
            .map(|(key, value)| {
                let read = faults.within(Step::Key(&key), value);
                (key, read)
            })
            .collect()
    }

    /// Notes that what was taken does not fit together.
    pub(crate) fn fault(&mut self, why: &'static str) {
        self.faults.note(Why::Unfit(why));
    }

    /// Refuses a key that nobody took. One without a value says nothing, and JavaScript makes them freely.
    #[inline(never)]
    pub(crate) fn end(self) {
        let Self { left, known, count, faults } = self;
        if let Some((key, _)) = left.into_iter().find(|(_, value)| !value.is_null()) {
            let allowed = known.get(..count).unwrap_or(&known).to_vec();
            let twice = allowed.contains(&key.as_str());
            let nearest = nearest(&key, &allowed);
            let whole = faults.whole();
            faults.note(if twice { Why::Unfit("it is there twice") } else { Why::Unknown { allowed, nearest } });
            faults.leave(whole, &Step::Key(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Row {
        name: String,
        count: Option<u16>,
        size: f32,
    }

    impl Decode for Row {
        fn decode(value: Value, faults: &mut Faults) -> Self {
            let mut of = value.fields(faults);
            let row = Self { name: of.take("name"), count: of.take("count"), size: of.take_or("size", 1.5) };
            of.end();
            row
        }
    }

    fn read(json: &str) -> Result<Vec<Row>, String> {
        let value: Value = serde_json::from_str(json).map_err(|e| e.to_string())?;
        value.read().map_err(|e| e.to_string())
    }

    #[test]
    fn reads_what_fits() {
        let row = |name: &str, count, size| Row { name: name.into(), count, size };
        assert_eq!(
            read(r#"[{"name":"a"},{"count":7,"name":"b","size":2}]"#),
            Ok(vec![row("a", None, 1.5), row("b", Some(7), 2.0)])
        );
        assert_eq!(read(r#"[{"name":"a","count":null,"size":null,"more":null}]"#), Ok(vec![row("a", None, 1.5)]));
    }

    #[test]
    fn says_where_and_why_not() {
        for (json, why) in [
            (r#"[{"name":"a"},{}]"#, "[1].name must be given"),
            (r#"[{"name":1}]"#, "[0].name must be a string, not number 1"),
            (r#"[{"name":null}]"#, "[0].name must be a string, not null"),
            (r#"[{"name":[]}]"#, "[0].name must be a string, not an array"),
            (r#"[{"name":"a","count":65536}]"#, "[0].count must be an integer from 0 to 65535, not number 65536"),
            (r#"[{"name":"a","count":-1}]"#, "[0].count must be an integer from 0 to 65535, not number -1"),
            (r#"[{"name":"a","count":0.5}]"#, "[0].count must be an integer from 0 to 65535, not number 0.5"),
            (r#"[{"name":"a","more":1}]"#, "[0] has no \"more\". Allowed: name, count, size"),
            (r#"[{"name":"a","Cuont":1}]"#, "[0] has no \"Cuont\"; did you mean \"count\"? Allowed: name, count, size"),
            (r#"[{"name":"a","name":"b"}]"#, "[0].name: it is there twice"),
            (r#"{}"#, " must be an array, not an object"),
        ] {
            assert_eq!(read(json), Err(why.to_owned()));
        }
        let long = format!(r#"[{{"name":"a","{}":1}}]"#, "x".repeat(1 << 20));
        assert!(read(&long).unwrap_err().len() < 200);
    }
}
