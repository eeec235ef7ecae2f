//! Transactions counted and judged, one at a time.

use super::answers::{Answers, Kept, Told};
use super::fields::Fields;
use super::row::{Reader, Row};
use super::sources::Sources;
use super::state;
use crate::assess::assessing::{Assessor, Explain};
use crate::assess::judging::Transaction;
use crate::assess::spec::Deciding;
use crate::error::{Code, Error, Result};
use crate::value::Value;
use nearhand_features::{Amended, Counts, Event, Labelled, Outcome, Seen, Windows};

/// How an [`OnlineAssessor`] is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// Keys whose windows are counted here; `None`: all. None of them: nothing is counted, features of the event alone are computed.
    pub keys: Option<&'a [&'a str]>,
    /// Answers that are kept by id. Default 4,096.
    pub answers: usize,
    /// A seed of the host's chance, as [`Windows::seeded`] takes it.
    pub seed: (u64, u64),
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { keys: None, answers: 4096, seed: (0, 0) }
    }
}

/// An answer. Of a transaction that comes again it is the one of then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answered<'a> {
    /// The assessment.
    pub told: &'a Told,
    /// Features in the order of the declaration, as they were; none where the windows have none for it.
    pub features: &'a [f64],
    /// What became of it in the windows; `None` where there are none.
    pub outcome: Option<Outcome>,
    /// As [`Seen::capped`].
    pub capped: bool,
    /// Whether this is the kept answer of then. One that the windows alone know (`Duplicate`, `Repeated`) is judged now.
    pub repeated: bool,
}

/// Features of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted<'a> {
    /// What became of the event.
    pub seen: Seen,
    /// Features that are counted here, in order ([`OnlineAssessor::counted`]); none where the outcome has none.
    pub features: &'a [f64],
}

/// A bundle with its windows: transactions are counted and judged in one call.
///
/// Rows are objects of the fields that the bundle declares ([`OnlineAssessor::fields`]). What is refused has changed nothing.
#[derive(Debug)]
pub struct OnlineAssessor {
    assessor: Assessor,
    /// All that the bundle declares.
    whole: Option<nearhand_features::Spec>,
    windows: Option<Windows>,
    /// Whether events are recorded; else looked at.
    records: bool,
    fields: Fields,
    sources: Sources,
    amount_matters: bool,
    answers: Answers,
    seed: (u64, u64),
    /// Working memory: what the windows answer.
    counted: Vec<f64>,
    /// The last answer, where it is not the newest that is kept.
    last: Option<Kept>,
}

/// Why there are no features.
const fn failure(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Late => Code::EventTooOld.as_str(),
        Outcome::Ahead => Code::EventInFuture.as_str(),
        _ => "event-repeated",
    }
}

impl OnlineAssessor {
    /// Opens a bundle as [`Assessor::open`], with its windows.
    ///
    /// # Errors
    /// As [`Assessor::open`]; `features-…` for windows that cannot be counted, `invalid-option` for a key that they do not have.
    pub fn open(bundle: &[u8], digest: Option<&str>, max_bytes: usize, setup: &Setup<'_>) -> Result<Self> {
        let assessor = Assessor::open(bundle, digest, max_bytes)?;
        let spec = &assessor.manifest().spec;
        let whole = spec.windows.as_deref().map(nearhand_features::Spec::from_json).transpose()?;
        let known = whole.as_ref().map_or(&[][..], nearhand_features::Spec::keys);
        if let Some(unknown) = setup.keys.unwrap_or_default().iter().find(|key| !known.iter().any(|own| own == *key)) {
            return Err(Error::new(Code::OptionInvalid, "the bundle's windows have no key of this name")
                .with("key", unknown)
                .with("keys", known.join(", ")));
        }
        let part = match (&whole, setup.keys) {
            (Some(whole), Some(keys)) => whole.of_keys(keys).ok(),
            (whole, _) => whole.clone(),
        };
        let fields = Fields::of(spec, whole.as_ref())?;
        let sources = Sources::of(spec, whole.as_ref(), part.as_ref());
        let looked_at = |field: Option<&str>| field == Some("amount");
        let ruled = spec.rules.iter().flat_map(|rule| &rule.when).any(|condition| looked_at(condition.field.as_deref()));
        Ok(Self {
            amount_matters: ruled || spec.decide == Deciding::Costs,
            records: setup.keys.is_none_or(|keys| !keys.is_empty()),
            counted: vec![0.0; part.as_ref().map_or(0, |part| part.features().len())],
            windows: part.map(|part| Windows::seeded(part, setup.seed)),
            answers: Answers::new(setup.answers),
            last: None,
            seed: setup.seed,
            assessor,
            whole,
            fields,
            sources,
        })
    }

    /// Counts a transaction and judges it. `given` are the features of [`OnlineAssessor::given`], `None` where whoever counts them has none
    /// for it; `id` is its id where the row has none; `received` the host's clock, Unix milliseconds, by which it may lie too far ahead.
    ///
    /// Where the windows, here or there, have no features for it (too late, ahead, repeated) rules decide, else the fallback, and the answer
    /// says so. It is not kept by its id then: the transaction may come again in time, or with features.
    ///
    /// # Errors
    /// `transaction-invalid`, `currency-unknown`, `schema-mismatch`, `feature-invalid`, `features-event-invalid`.
    pub fn assess(
        &mut self,
        row: &Value,
        given: Option<&[f64]>,
        explain: Explain,
        id: Option<&str>,
        received: Option<i64>,
    ) -> Result<Answered<'_>> {
        let Self { assessor, whole, windows, sources, .. } = self;
        let spec = &assessor.manifest().spec;
        let reader = Reader { fields: &self.fields, spec, windows: whole.as_ref(), amount_matters: self.amount_matters };
        let mut row = reader.read(row)?;
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            let refused = |why| Error::new(Code::TransactionInvalid, why).with("field", "id").with("value", id);
            if id.len() > nearhand_features::LONGEST_ID {
                return Err(refused("an id has at most 256 bytes"));
            }
            if row.id.is_empty() {
                row.id = id.into();
            } else if row.id != id {
                return Err(refused("a transaction has one id, and its row says another").with("row", &row.id));
            }
        }
        if self.answers.has(&row.id) {
            return self.answers.get(&row.id).map(|kept| answered(kept, true)).ok_or_else(gone);
        }
        let texts: Vec<(&str, &str)> = row.texts.iter().map(|(name, text)| (*name, text.as_ref())).collect();
        let transaction = Transaction { amount: row.amount, currency: row.currency.as_deref(), fields: &texts };
        assessor.check(&transaction)?;
        // Of none that are wanted, none are missing.
        let given = given.or_else(|| sources.given().is_empty().then_some(&[][..]));
        let elsewhere = given.is_none();
        let unknown = vec![f64::NAN; if elsewhere { sources.given().len() } else { 0 }];
        let given = given.unwrap_or(&unknown);
        if !elsewhere {
            sources.check(spec, given)?;
        }
        let mut features = Vec::new();
        let seen = match windows {
            None => None,
            Some(windows) => Some(with_event(&row, received, windows.spec().id().is_some(), |event| {
                if sources.may_refuse && !elsewhere || !self.records {
                    let answer = windows.peek(event)?;
                    if answer.seen.outcome.has_features() && !elsewhere {
                        sources.put(&answer.features, given, &mut features);
                        let mut cast = Vec::new();
                        crate::assess::judging::cast(spec, &features, &mut cast)?;
                    }
                    if !self.records {
                        return Ok(answer.seen);
                    }
                }
                let seen = windows.observe_into(event, &mut self.counted)?;
                if seen.outcome.has_features() && !elsewhere {
                    sources.put(&self.counted, given, &mut features);
                } else {
                    features.clear();
                }
                Ok(seen)
            })?),
        };
        let outcome = seen.map(|seen| seen.outcome);
        if outcome.is_none() && !elsewhere {
            sources.put(&[], given, &mut features);
        }
        let none = outcome.filter(|outcome| !outcome.has_features()).map(failure);
        let assessment = match none.or(elsewhere.then_some("features-unavailable")) {
            Some(failure) => assessor.assess_without(&transaction, failure)?,
            None => assessor.assess(&transaction, &features, explain)?,
        };
        let kept = Kept { told: Told::Made(assessment), features, outcome, capped: seen.is_some_and(|seen| seen.capped) };
        // What the windows could not place may come again in time.
        let keeps = !elsewhere && !outcome.is_some_and(|outcome| matches!(outcome, Outcome::Late | Outcome::Ahead));
        self.last = if keeps { self.answers.keep(&row.id, kept) } else { Some(kept) };
        self.last.as_ref().or_else(|| self.answers.newest()).map(|kept| answered(kept, false)).ok_or_else(gone)
    }

    /// Counts an event (`record`) or looks at it, and gives its features.
    ///
    /// # Errors
    /// `transaction-invalid`, `currency-unknown`, `features-event-invalid`; `invalid-option` where nothing is counted here.
    pub fn observe(&mut self, row: &Value, received: Option<i64>, record: bool) -> Result<Counted<'_>> {
        let spec = &self.assessor.manifest().spec;
        let reader = Reader { fields: &self.fields, spec, windows: self.whole.as_ref(), amount_matters: self.amount_matters };
        let row = reader.read(row)?;
        let Some(windows) = &mut self.windows else { return Err(nothing_counted()) };
        let record = record && self.records;
        let seen = with_event(&row, received, windows.spec().id().is_some(), |event| {
            if record {
                return Ok(windows.observe_into(event, &mut self.counted)?);
            }
            let answer = windows.peek(event)?;
            if answer.seen.outcome.has_features() {
                self.counted.clone_from(&answer.features);
            }
            Ok(answer.seen)
        })?;
        let features = if seen.outcome.has_features() { &self.counted[..] } else { &[] };
        Ok(Counted { seen, features })
    }

    /// Takes a label of a transaction, known from `at` on, as [`Windows::label`].
    ///
    /// # Errors
    /// `invalid-option` where nothing is counted here.
    pub fn label(&mut self, id: &str, fraud: bool, at: i64) -> Result<Labelled> {
        Ok(self.windows.as_mut().ok_or_else(nothing_counted)?.label(id, fraud, at))
    }

    /// Sets flags of a transaction that came out after it was counted, by their names.
    ///
    /// # Errors
    /// `transaction-invalid` for a flag that is not declared; `invalid-option` where nothing is counted here.
    pub fn amend(&mut self, id: &str, flags: &[(&str, bool)]) -> Result<Amended> {
        let windows = self.windows.as_mut().ok_or_else(nothing_counted)?;
        let (mut which, mut set) = (0_u32, 0_u32);
        for (name, truth) in flags {
            let Some(bit) = windows.spec().flags().iter().position(|own| own == name) else {
                return Err(Error::new(Code::TransactionInvalid, "the bundle's windows declare no flag of this name")
                    .with("field", name)
                    .with("flags", windows.spec().flags().join(", ")));
            };
            which |= 1 << bit;
            set |= u32::from(*truth) << bit;
        }
        Ok(windows.amend(id, which, set)?)
    }

    /// Windows and answers as bytes: the same for the same state.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        state::write(self.windows.as_ref(), &self.answers, &self.assessor.manifest().spec.features)
    }

    /// Goes on with a state of [`OnlineAssessor::snapshot`], of this bundle or another one with the same windows. Of a bundle that declares
    /// other features, or in another order, the kept answers are dropped: their values have no names here.
    ///
    /// # Errors
    /// `features-snapshot-malformed`, `features-snapshot-version`, `features-snapshot-other-spec`; the state is as before then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let spec = self.windows.as_ref().map(Windows::spec);
        let features = &self.assessor.manifest().spec.features;
        let (windows, answers) = state::read(bytes, spec, self.seed, self.answers.most(), features)?;
        (self.windows, self.answers) = (windows, answers);
        Ok(())
    }

    /// The assessor: its manifest, its lists.
    pub const fn assessor(&mut self) -> &mut Assessor {
        &mut self.assessor
    }

    /// How many features the bundle declares.
    #[must_use]
    pub fn features(&self) -> usize {
        self.assessor.manifest().spec.features.len()
    }

    /// Fields of a row.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Names of the features that the host gives, in order.
    #[must_use]
    pub fn given(&self) -> &[String] {
        self.sources.given()
    }

    /// The windows that the bundle declares.
    #[must_use]
    pub const fn declared(&self) -> Option<&nearhand_features::Spec> {
        self.whole.as_ref()
    }

    /// Those that are counted here.
    #[must_use]
    pub fn counted(&self) -> Option<&nearhand_features::Spec> {
        self.windows.as_ref().map(Windows::spec)
    }

    /// What has happened so far in the windows, and how many answers are kept.
    #[must_use]
    pub fn counts(&self) -> (Option<Counts>, usize) {
        (self.windows.as_ref().map(Windows::counts), self.answers.len())
    }
}

fn answered(kept: &Kept, repeated: bool) -> Answered<'_> {
    let Kept { told, features, outcome, capped } = kept;
    Answered { told, features, outcome: *outcome, capped: *capped, repeated }
}

/// The event of a row. A state whose windows have no ids is told none.
fn with_event<T>(row: &Row<'_>, received: Option<i64>, ids: bool, with: impl FnOnce(&Event<'_>) -> Result<T>) -> Result<T> {
    let keys: Vec<&str> = row.keys.iter().map(AsRef::as_ref).collect();
    with(&Event {
        time: row.time,
        id: if ids { &row.id } else { "" },
        keys: &keys,
        amounts: &row.amounts,
        flags: row.flags,
        currency: &row.currency_of_windows,
        received,
    })
}

/// An answer that was kept a moment ago always is.
#[cold]
fn gone() -> Error {
    Error::new(Code::DataInvalid, "an answer is not there")
}

#[cold]
fn nothing_counted() -> Error {
    Error::new(Code::OptionInvalid, "nothing is counted here: the bundle has no windows, or none of the chosen keys")
        .with("option", "keys")
}
