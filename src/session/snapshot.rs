//! The session as bytes: at most 1 KB for 50 events, versioned, with a checksum.
//!
//! ```text
//! "NHS" version:u8                                  version 2
//! events:varint items:varint newest_ms:u48-le
//! forgot_ms:u48-le stated_ms:u48-le                 0: never; not in version 1
//! items × key:6 bytes
//! events, newest first:
//!   head:u8      kind (bits 0-2), has dwell (bit 3), has quantity (bit 4)
//!   item:varint  place in the list of keys
//!   back:varint  milliseconds before the event that follows it in time (0 for the newest)
//!   dwell:varint, quantity:varint                   where the head says so
//! check:u32-le   FNV-1a 32 of all before
//! ```
//! A varint is unsigned LEB128 of at most 7 bytes. A dwell takes 4, and a view has no quantity. Worst case:
//! 4 + 8 + 12 + 50 × 6 + 50 × (1 + 1 + 7 + 4) + 4 = 978 bytes. Version 1 is read as well; it knows no statements of the cart,
//! its times between events are cut at 49 days, and what reads it alone refuses version 2: `snapshot-unsupported-version`.

use super::events::{Consent, Held, MAX_EVENTS, StoredEvent};
use super::state::SessionState;
use crate::error::{Code, Error, Result};
use crate::event::{EventKind, MAX_DWELL_MS};
use crate::ids::ItemKey;

const MAGIC: &[u8; 3] = b"NHS";
const VERSION: u8 = 2;

impl SessionState {
    /// The session as bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let Held { events, forgot_ms, stated_ms } = &self.held;
        let mut keys: Vec<ItemKey> = Vec::with_capacity(events.len());
        for event in events {
            if let Err(at) = keys.binary_search(&event.item) {
                keys.insert(at, event.item);
            }
        }
        let mut out = Vec::with_capacity(48 + keys.len() * 6 + events.len() * 8);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        put_varint(&mut out, events.len() as u64);
        put_varint(&mut out, keys.len() as u64);
        let newest = events.last().map_or(0, |e| e.at_ms);
        for time in [newest, *forgot_ms, *stated_ms] {
            out.extend_from_slice(&time.to_le_bytes()[..6]);
        }
        for key in &keys {
            out.extend_from_slice(&key.to_bytes());
        }
        let mut later = newest;
        for event in events.iter().rev() {
            let (dwell, quantity) = (event.dwell_ms > 0, event.quantity > 0);
            out.push(event.kind.code() | u8::from(dwell) << 3 | u8::from(quantity) << 4);
            put_varint(&mut out, keys.partition_point(|k| *k < event.item) as u64);
            put_varint(&mut out, later - event.at_ms);
            if dwell {
                put_varint(&mut out, event.dwell_ms.into());
            }
            if quantity {
                put_varint(&mut out, event.quantity.into());
            }
            later = event.at_ms;
        }
        let check = fnv32(&out);
        out.extend_from_slice(&check.to_le_bytes());
        out
    }

    /// Replaces the session by a snapshot's; what of it counts no longer goes. A snapshot from ahead of the clock (it was
    /// set back) is shifted so that its newest time is just before now.
    ///
    /// # Errors
    /// `snapshot-foreign`, `snapshot-unsupported-version`, `snapshot-malformed`; the session is unchanged then.
    pub fn restore(&mut self, bytes: &[u8], now_ms: u64) -> Result<()> {
        let held = decode(bytes)?;
        if self.consent != Consent::None {
            self.held = held;
            self.put_back_ms = 0;
            self.keep(now_ms);
        }
        Ok(())
    }
}

/// Reads a snapshot.
///
/// # Errors
/// As [`SessionState::restore`].
pub(super) fn decode(bytes: &[u8]) -> Result<Held> {
    let Some((&version, _)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
        return Err(Error::new(Code::SnapshotForeign, "these bytes are not a nearhand session").with("bytes", bytes.len()));
    };
    if !(1..=VERSION).contains(&version) {
        return Err(Error::new(Code::SnapshotUnsupportedVersion, "the snapshot is of another version").with("version", version));
    }
    let (body, check) = bytes.split_last_chunk::<4>().ok_or_else(|| malformed("length"))?;
    if fnv32(body) != u32::from_le_bytes(*check) {
        return Err(malformed("checksum"));
    }
    let mut rest = body.get(4..).ok_or_else(|| malformed("header"))?;
    let events = take_varint(&mut rest).ok_or_else(|| malformed("events"))? as usize;
    let items = take_varint(&mut rest).ok_or_else(|| malformed("items"))? as usize;
    if events > MAX_EVENTS || items > events {
        return Err(malformed("counts"));
    }
    let mut time = || take::<6>(&mut rest).map(|t| u64::from_le_bytes([t[0], t[1], t[2], t[3], t[4], t[5], 0, 0]));
    let mut at_ms = time().ok_or_else(|| malformed("time"))?;
    let others = if version == 1 { Some((0, 0)) } else { time().zip(time()) };
    let (forgot_ms, stated_ms) = others.ok_or_else(|| malformed("time"))?;
    let mut keys = Vec::with_capacity(items);
    for _ in 0..items {
        keys.push(ItemKey::from_bytes(take::<6>(&mut rest).ok_or_else(|| malformed("keys"))?));
    }
    let mut out = Vec::with_capacity(events);
    for _ in 0..events {
        let [head] = take::<1>(&mut rest).ok_or_else(|| malformed("head"))?;
        let kind = EventKind::from_code(head & 7).filter(|_| head < 32).ok_or_else(|| malformed("kind"))?;
        let item = take_varint(&mut rest).and_then(|i| keys.get(i as usize).copied()).ok_or_else(|| malformed("item"))?;
        let back = take_varint(&mut rest).ok_or_else(|| malformed("back"))?;
        at_ms = at_ms.checked_sub(back).ok_or_else(|| malformed("back"))?;
        let dwell = if head & 8 == 0 { 0 } else { take_varint(&mut rest).ok_or_else(|| malformed("dwell"))? };
        let quantity = if head & 16 == 0 { 0 } else { take_varint(&mut rest).ok_or_else(|| malformed("quantity"))? };
        let quantity = u16::try_from(quantity).map_err(|_| malformed("quantity"))?;
        let dwell_ms = u32::try_from(dwell).ok().filter(|ms| *ms <= MAX_DWELL_MS).ok_or_else(|| malformed("dwell"))?;
        out.push(StoredEvent { dwell_ms, quantity, ..StoredEvent::new(kind, item, at_ms) });
    }
    if !rest.is_empty() {
        return Err(malformed("end"));
    }
    out.reverse();
    Ok(Held { events: out, forgot_ms, stated_ms })
}

fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28, 35, 42] {
        let [byte] = take::<1>(rest)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[inline(never)]
fn malformed(what: &'static str) -> Error {
    Error::new(Code::SnapshotMalformed, "the session snapshot is damaged").with("at", what)
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use crate::event::Event;

    const NOW: u64 = 1_700_000_000_000;

    /// Fifty events, each as long as can be: times far apart, a key each, the longest dwells.
    fn full() -> SessionState {
        let mut s = lasting();
        for i in 0..MAX_EVENTS as u64 {
            let event = match i % 3 {
                0 => Event { kind: EventKind::CartAdd, quantity: Some(u16::MAX), ..Event::view(format!("item-{i}")) },
                _ => Event { dwell_ms: Some(MAX_DWELL_MS), ..Event::view(format!("item-{i}")) },
            };
            s.observe(&event, NOW + i * 86_400_000).unwrap();
        }
        s
    }

    fn lasting() -> SessionState {
        let year = 31_536_000_000;
        let lifetimes = Lifetimes { viewed_ms: year, dismissed_ms: year, cart_ms: year, ..Lifetimes::default() };
        SessionState::with(Consent::Memory, lifetimes).unwrap()
    }

    fn restored(bytes: &[u8], now: u64) -> Result<SessionState> {
        let mut s = lasting();
        s.restore(bytes, now)?;
        Ok(s)
    }

    #[test]
    fn fifty_worst_events_fit_one_kilobyte_and_come_back() {
        let s = full();
        let bytes = s.snapshot();
        assert!(bytes.len() <= 1024, "{} bytes", bytes.len());
        let back = restored(&bytes, NOW + 49 * 86_400_000).unwrap();
        assert_eq!(back.events(), s.events());
    }

    #[test]
    fn empty_comes_back() {
        let s = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        assert!(restored(&s.snapshot(), NOW).unwrap().events().is_empty());
    }

    #[test]
    fn every_truncation_and_bit_flip_is_refused() {
        let bytes = full().snapshot();
        for end in 0..bytes.len() {
            assert!(restored(&bytes[..end], NOW).is_err(), "cut at {end}");
        }
        for i in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[i / 8] ^= 1 << (i % 8);
            assert!(restored(&flipped, NOW).is_err(), "bit {i}");
        }
    }

    #[test]
    fn newer_version_is_told_apart() {
        let mut bytes = full().snapshot();
        bytes[3] = 3;
        assert_eq!(restored(&bytes, NOW).unwrap_err().code(), Code::SnapshotUnsupportedVersion);
        assert_eq!(restored(b"hello", NOW).unwrap_err().code(), Code::SnapshotForeign);
    }

    #[test]
    fn a_refused_snapshot_leaves_the_session() {
        let mut s = full();
        assert!(s.restore(b"NHS\x01garbage", NOW).is_err());
        assert_eq!(s.events().len(), MAX_EVENTS);
    }

    #[test]
    fn no_session_is_longer_than_one_kilobyte() {
        // Beyond what any clock says: every time as far before the next as seven bytes can tell.
        let far = (1 << 48) - 1;
        let event = |i: u64| StoredEvent {
            dwell_ms: MAX_DWELL_MS,
            ..StoredEvent::new(EventKind::View, ItemKey::of(&i.to_string()), far / 50 * i)
        };
        let mut s = lasting();
        s.held = Held { events: (0..50).map(event).collect(), forgot_ms: far, stated_ms: far };
        let bytes = s.snapshot();
        assert!((950..=978).contains(&bytes.len()), "{} bytes", bytes.len());
        assert_eq!(decode(&bytes).unwrap().events, s.held.events);
    }

    #[test]
    fn times_of_forgetting_and_of_the_cart_come_back() {
        let mut s = full();
        s.forget(NOW + 1);
        s.set_cart(&[Event { kind: EventKind::CartAdd, quantity: Some(2), ..Event::view("a") }], NOW + 100 * 86_400_000).unwrap();
        let back = restored(&s.snapshot(), NOW + 100 * 86_400_000).unwrap();
        assert_eq!((back.held.forgot_ms, back.held.stated_ms), (s.held.forgot_ms, s.held.stated_ms));
        assert!(back.held.forgot_ms > NOW && back.in_cart(ItemKey::of("a")));
    }

    #[test]
    fn version_1_is_read() {
        // View "a" with 5 s at NOW, 2 pieces of "b" put into the cart a second later.
        let mut old = b"NHS\x01\x02\x02".to_vec();
        old.extend_from_slice(&(NOW + 1000).to_le_bytes()[..6]);
        let mut keys = [ItemKey::of("a"), ItemKey::of("b")];
        keys.sort_unstable();
        keys.iter().for_each(|key| old.extend_from_slice(&key.to_bytes()));
        let place = |id| u8::from(keys[0] != ItemKey::of(id));
        old.extend_from_slice(&[1 | 16, place("b"), 0, 2, 8, place("a"), 0xe8, 0x07, 0x88, 0x27]);
        old.extend_from_slice(&fnv32(&old).to_le_bytes());
        let s = restored(&old, NOW + 2000).unwrap();
        let events: Vec<_> = s.events().iter().map(|e| (e.kind, e.item, e.at_ms, e.dwell_ms, e.quantity)).collect();
        let [a, b] = ["a", "b"].map(ItemKey::of);
        assert_eq!(events, [(EventKind::View, a, NOW, 5000, 0), (EventKind::CartAdd, b, NOW + 1000, 0, 2)]);
        assert_eq!(restored(&s.snapshot(), NOW + 2000).unwrap().events(), s.events());
    }

    #[test]
    fn after_the_idle_time_the_cart_speaks_alone() {
        let mut s = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        s.observe(&Event { kind: EventKind::CartAdd, ..Event::view("a") }, NOW).unwrap();
        s.observe(&Event::view("b"), NOW).unwrap();
        let bytes = s.snapshot();
        s.restore(&bytes, NOW + DEFAULT_IDLE_TIMEOUT_MS + 1).unwrap();
        let speaking: Vec<_> = s.events().iter().filter(|e| s.speaks(e)).map(|e| e.item).collect();
        assert_eq!((speaking, s.events().len()), (vec![ItemKey::of("a")], 2));
    }

    #[test]
    fn a_clock_set_back_shifts_the_snapshot() {
        let mut s = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        s.observe(&Event::view("a"), NOW - 5000).unwrap();
        s.observe(&Event::view("b"), NOW).unwrap();
        let bytes = s.snapshot();
        s.restore(&bytes, NOW - 86_400_000).unwrap();
        assert_eq!(s.events()[1].at_ms, NOW - 86_400_000 - 10_001);
        assert_eq!(s.events()[0].at_ms, NOW - 86_400_000 - 15_001);
    }
}
