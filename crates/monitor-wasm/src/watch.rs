//! One bundle, watched.

use crate::alert::alerts;
use crate::counter::Counter;
use crate::{Js, raise, value};
use js_sys::{Array, Float64Array};
use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{Bins, LEVELS, Ledger, Monitor, Reference, Report, Role, Settings, Staleness, Tally, Value, slate_key};
use nearhand_thrown::record;
use wasm_bindgen::prelude::*;

/// Sources that are told apart when reports of others are taken in.
const MOST_SOURCES: usize = 65_536;

/// Occasions of a rate that are bet on of those that come at once: of more, so many that are drawn.
const MOST_OCCASIONS: u64 = 20_000;

/// Watches one bundle, and counts beside it for whoever sums: one crossing for both.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Watch {
    monitor: Monitor,
    settings: Settings,
    /// Whether streams are bet on.
    bets: bool,
    ledger: Ledger,
    counter: Counter,
    /// Whether what is observed is counted.
    counts: bool,
    /// Of streams of names, those that have a bin.
    names: Vec<Vec<String>>,
    /// Streams whose changes of level are looked for.
    changes: Vec<usize>,
    /// For the order of occasions that come at once.
    lots: SplitMix64,
}

/// In the order of [`Settings`]; NaN for what is left out, and an age as made, warned after, expires.
fn settings(from: &[f64]) -> Settings {
    let at = |place: usize| from.get(place).copied().unwrap_or(f64::NAN);
    let levels = |place: usize, usual: [f64; LEVELS]| {
        let mut levels = usual;
        for (offset, level) in levels.iter_mut().enumerate() {
            let told = at(place + offset);
            if !told.is_nan() {
                *level = told;
            }
        }
        levels
    };
    let told = |value: f64| Some(value).filter(|value| !value.is_nan());
    let usual = Settings::default();
    let staleness = told(at(15)).map(|made| {
        let age = Staleness::of(made as i64);
        Staleness {
            warn_after: told(at(16)).map_or(age.warn_after, |ms| ms as i64),
            expires: told(at(17)).map(|ms| ms as i64),
            ..age
        }
    });
    Settings {
        alpha: told(at(0)).unwrap_or(usual.alpha),
        least: told(at(1)).map_or(usual.least, |least| least as u64),
        tolerances: levels(2, usual.tolerances),
        rate_tolerances: levels(5, usual.rate_tolerances),
        slow_after: told(at(8)).map(|micros| micros as u64),
        slow_shares: levels(9, usual.slow_shares),
        same_shares: levels(12, usual.same_shares),
        staleness,
    }
}

#[wasm_bindgen]
impl Watch {
    /// Watches against a reference; streams as well where there are bets.
    ///
    /// # Errors
    /// As [`Reference::from_bytes`] and [`Monitor::new`].
    #[wasm_bindgen(constructor)]
    pub fn open(reference: &[u8], told: &[f64], bets: bool) -> Js<Self> {
        let reference = Reference::from_bytes(reference).map_err(raise)?;
        let names = reference.streams().iter().map(|stream| match stream.bins() {
            Bins::Named(names) => names.clone(),
            _ => Vec::new(),
        });
        let (settings, names, counter) = (settings(told), names.collect(), Counter::of(reference.clone()));
        let monitor = Monitor::new(reference, settings.clone()).map_err(raise)?;
        Ok(Self {
            monitor,
            settings,
            bets,
            ledger: Ledger::new(MOST_SOURCES),
            counter,
            counts: false,
            names,
            changes: Vec::new(),
            lots: SplitMix64::new(0),
        })
    }

    /// A number of a stream; NaN is a missing one. Whether a look is due.
    ///
    /// # Errors
    /// As [`Monitor::observe`].
    pub fn number(&mut self, stream: usize, value: f64) -> Js<bool> {
        let value = value::number(self.monitor.reference(), stream, value);
        self.observe(stream, value)
    }

    /// A name of a stream, by its place among those that have a bin; beyond them, another one. Whether a look is due.
    ///
    /// # Errors
    /// As [`Monitor::observe`].
    pub fn name(&mut self, stream: usize, place: u32) -> Js<bool> {
        let Self { monitor, counter, names, bets, counts, .. } = self;
        let name = names.get(stream).and_then(|names| names.get(place as usize));
        // An index is none of the names.
        let value = name.map_or(Value::Index(u32::MAX), |name| Value::Name(name));
        if *bets {
            monitor.observe(stream, value).map_err(raise)?;
        }
        if *counts {
            counter.add(stream, value)?;
        }
        Ok(monitor.urgent())
    }

    fn observe(&mut self, stream: usize, value: Value<'_>) -> Js<bool> {
        if self.bets {
            self.monitor.observe(stream, value).map_err(raise)?;
        }
        if self.counts {
            self.counter.add(stream, value)?;
        }
        Ok(self.monitor.urgent())
    }

    /// An occasion of a rate.
    ///
    /// # Errors
    /// As [`Monitor::occasion`].
    pub fn occasion(&mut self, rate: usize, happened: bool) -> Js<()> {
        self.monitor.occasion(rate, happened).map_err(raise)?;
        if self.counts { self.counter.occasion(rate, happened) } else { Ok(()) }
    }

    /// So many occasions of a rate at once, of which nobody knows the order.
    ///
    /// # Errors
    /// As [`Monitor::occasion`].
    pub fn occasions(&mut self, rate: usize, events: u32, of: u32) -> Js<()> {
        self.draw(rate, events.into(), of.into(), self.counts)
    }

    /// In an order drawn by lot: who bets on what comes one after the other would take those that happened, all at the head, for a change.
    fn draw(&mut self, rate: usize, events: u64, of: u64, counts: bool) -> Js<()> {
        let mut events = events.min(of);
        for left in (of - of.min(MOST_OCCASIONS) + 1..=of).rev() {
            let happened = self.lots.bits() % left < events;
            events -= u64::from(happened);
            self.monitor.occasion(rate, happened).map_err(raise)?;
            if counts {
                self.counter.occasion(rate, happened)?;
            }
        }
        Ok(())
    }

    /// How long a call took, microseconds.
    pub fn took(&mut self, micros: f64) {
        self.monitor.took(micros as u64);
        if self.counts {
            self.counter.took(micros);
        }
    }

    /// Looks for changes of a stream's level as well; false where it has none.
    pub fn changes(&mut self, stream: usize) -> bool {
        self.changes.push(stream);
        self.monitor.watch_changes(stream)
    }

    /// Whether what is observed is counted from now on.
    pub fn count(&mut self, counts: bool) {
        self.counts = counts;
    }

    /// Counts an occasion, and does not watch it: it is told otherwise than it was.
    ///
    /// # Errors
    /// As [`Counter::occasion`].
    pub fn tell(&mut self, rate: usize, happened: bool) -> Js<()> {
        self.counter.occasion(rate, happened)
    }

    /// As [`Counter::report`].
    pub fn report(&mut self, source: f64) -> Option<Vec<u8>> {
        self.counter.report(source)
    }

    /// Forgets what was counted, and what was watched as well if that is said. Reports go on with their numbers.
    ///
    /// # Errors
    /// As [`Monitor::new`], never of settings that were taken before.
    pub fn forget(&mut self, all: bool) -> Js<()> {
        self.counter.forget();
        if all {
            self.monitor = Monitor::new(self.monitor.reference().clone(), self.settings.clone()).map_err(raise)?;
            for stream in &self.changes {
                self.monitor.watch_changes(*stream);
            }
        }
        Ok(())
    }

    /// A slate, by texts for what it answers and for what is in it.
    pub fn slate(&mut self, context: &str, items: &str) {
        let key = |text: &str| slate_key(&text.bytes().map(u32::from).collect::<Vec<u32>>());
        self.monitor.slate(key(context), key(items));
    }

    /// An engine did not answer a golden as recorded any more.
    pub fn golden(&mut self) {
        self.monitor.golden_failed();
    }

    /// Alerts that have begun or risen since the last look.
    pub fn look(&mut self, now: f64) -> Array {
        alerts(&self.monitor.look(now as i64))
    }

    /// The highest level that stands.
    #[must_use]
    pub fn standing(&self) -> Option<String> {
        self.monitor.standing().map(|level| level.as_str().to_owned())
    }

    /// What is known of each stream, then of each rate.
    #[must_use]
    pub fn states(&self) -> Vec<String> {
        let reference = self.monitor.reference();
        let streams = (0..reference.streams().len()).map(|at| self.monitor.stream(at));
        let rates = (0..reference.rates().len()).map(|at| self.monitor.rate(at));
        streams.chain(rates).map(|state| state.as_str().to_owned()).collect()
    }

    /// Takes in a report, once; whether it was new.
    ///
    /// # Errors
    /// As [`Report::from_bytes`] and [`Ledger::admit`].
    pub fn absorb(&mut self, report: &[u8]) -> Js<bool> {
        let report = Report::from_bytes(self.monitor.reference(), report).map_err(raise)?;
        let new = self.ledger.admit(report.source, report.sequence).map_err(raise)?;
        if new {
            self.monitor.absorb(&report.tally).map_err(raise)?;
        }
        Ok(new)
    }

    /// Takes in what this monitor's own shop has counted on the reference's bins, as [`Tally::of`] has it. Streams are bet on where those of
    /// single observations are; `tell`: it is counted for others as well, where anything is.
    ///
    /// # Errors
    /// As [`Tally::of`].
    pub fn take(&mut self, bins: &[f64], rates: &[f64], tell: bool) -> Js<()> {
        let whole = |counts: &[f64]| counts.iter().map(|count| *count as u64).collect::<Vec<u64>>();
        let own = Tally::of(self.monitor.reference(), &whole(bins), &whole(rates)).map_err(raise)?;
        if self.bets {
            self.monitor.absorb(&own).map_err(raise)?;
        } else {
            for rate in 0..self.monitor.reference().rates().len() {
                let happened = own.happened(rate);
                self.draw(rate, happened.events, happened.of, false)?;
            }
        }
        if tell && self.counts { self.counter.merge(&own) } else { Ok(()) }
    }

    /// Streams and rates of the reference.
    #[must_use]
    pub fn told(&self) -> JsValue {
        told(self.monitor.reference())
    }
}

fn told(reference: &Reference) -> JsValue {
    let streams: Array = reference
        .streams()
        .iter()
        .enumerate()
        .map(|(at, stream)| {
            let role = match stream.role() {
                Role::Input => "input",
                Role::Score => "score",
                Role::Slate => "slate",
            };
            let (kind, bins): (&str, JsValue) = match stream.bins() {
                Bins::Numeric(edges) => ("numbers", Float64Array::from(edges.as_slice()).into()),
                Bins::Named(names) => ("names", names.iter().map(|name| JsValue::from_str(name)).collect::<Array>().into()),
                Bins::Indexed(count) => ("indexes", f64::from(*count).into()),
            };
            record(&[
                ("name", stream.name().into()),
                ("role", role.into()),
                ("weight", reference.weight(at).into()),
                ("kind", kind.into()),
                ("bins", bins),
                ("observations", (stream.total() as f64).into()),
            ])
        })
        .collect();
    let rates: Array = reference
        .rates()
        .iter()
        .map(|rate| {
            record(&[
                ("name", rate.name.as_str().into()),
                ("events", (rate.events as f64).into()),
                ("of", (rate.of as f64).into()),
            ])
        })
        .collect();
    record(&[("streams", streams.into()), ("rates", rates.into())])
}
