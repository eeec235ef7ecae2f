//! Sessions of a caller: lists of item ids, or of events with their times.

use crate::error::{raise, refuse};
use crate::json::{decode, parse};
use nearhand::session::DEFAULT_IDLE_TIMEOUT_MS;
use nearhand::value::Value;
use nearhand::{Consent, Event, SessionState};
use pyo3::prelude::*;

/// Where the clock stands for sessions that tell no times: as in `nearhand eval`, so that slates are the same.
const START_MS: u64 = 1_600_000_000_000;

/// A session, and what the clock says when it is asked about.
pub(crate) struct Asked {
    pub session: SessionState,
    pub now_ms: u64,
}

/// Reads a list of sessions. Of a list of ids each is a view, a second after the one before. Of a list of events each has its time
/// (`at`), and the clock says that of the last.
pub(crate) fn sessions(json: &str) -> PyResult<Vec<Asked>> {
    let Value::List(all) = parse(json, "sessions")? else {
        return Err(refuse("invalid-option", "sessions must be a list of sessions", "sessions"));
    };
    all.into_iter().enumerate().map(|(at, value)| asked(value, &format!("sessions[{at}]"))).collect()
}

fn asked(value: Value, name: &str) -> PyResult<Asked> {
    let Value::List(entries) = value else {
        return Err(refuse("invalid-option", &format!("{name} must be a list of item ids or of events"), name));
    };
    let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).map_err(|error| raise(&error))?;
    let (mut last, mut bare) = (None, 0_u64);
    for (at, entry) in entries.into_iter().enumerate() {
        let (event, clock) = match entry {
            Value::Text(id) => {
                bare += 1;
                (Event::view(id), START_MS + (bare - 1) * 1000)
            }
            entry => {
                let place = format!("{name}[{at}]");
                let event: Event = decode(entry, &place)?;
                let clock = event.at_ms.ok_or_else(|| refuse("invalid-option", &format!("{place}.at must be given"), &place))?;
                last = last.max(Some(clock));
                (event, clock)
            }
        };
        if bare > 0 && last.is_some() {
            let why = format!("{name} has ids and events: give all of them as events, with their times");
            return Err(refuse("invalid-option", &why, name));
        }
        session.observe(&event, clock).map_err(|error| raise(&error.with("session", name)))?;
    }
    let now_ms = last.unwrap_or(START_MS);
    session.settle(now_ms);
    Ok(Asked { session, now_ms })
}
