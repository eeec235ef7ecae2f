//! The session as bytes: at most 1 KB for 50 events, versioned, with a checksum.
//!
//! ```text
//! "NHS" version:u8                                  version 1
//! events:varint items:varint newest_ms:u48-le
//! items × key:6 bytes
//! events, newest first:
//!   head:u8      kind (bits 0-2), has dwell (bit 3), has quantity (bit 4)
//!   item:varint  place in the list of keys
//!   back:varint  milliseconds before the event that follows it in time (0 for the newest)
//!   dwell:varint, quantity:varint                   where the head says so
//! check:u32-le   FNV-1a 32 of all before
//! ```
//! A varint is unsigned LEB128 of at most 5 bytes. Worst case: 4 + 8 + 50 × 6 + 50 × 12 + 4 = 916 bytes.

use super::{Consent, MAX_EVENTS, SessionState, StoredEvent};
use crate::error::{Code, Error, Result};
use crate::event::{EventKind, MAX_AHEAD_MS, MAX_DWELL_MS};
use crate::ids::ItemKey;

const MAGIC: &[u8; 3] = b"NHS";
const VERSION: u8 = 1;

impl SessionState {
    /// The session as bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut keys: Vec<ItemKey> = self.events.iter().map(|e| e.item).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut out = Vec::with_capacity(32 + keys.len() * 6 + self.events.len() * 8);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        put_varint(&mut out, self.events.len() as u32);
        put_varint(&mut out, keys.len() as u32);
        let newest = self.events.last().map_or(0, |e| e.at_ms);
        out.extend_from_slice(&newest.to_le_bytes()[..6]);
        for key in &keys {
            out.extend_from_slice(&key.to_bytes());
        }
        let mut later = newest;
        for event in self.events.iter().rev() {
            let (dwell, quantity) = (event.dwell_ms > 0, event.quantity > 0);
            out.push(event.kind.code() | u8::from(dwell) << 3 | u8::from(quantity) << 4);
            put_varint(&mut out, keys.partition_point(|k| *k < event.item) as u32);
            // A cart carried over from an older session may lie far back: 49 days are kept exactly.
            put_varint(&mut out, u32::try_from(later - event.at_ms).unwrap_or(u32::MAX));
            if dwell {
                put_varint(&mut out, event.dwell_ms);
            }
            if quantity {
                put_varint(&mut out, u32::from(event.quantity));
            }
            later = event.at_ms;
        }
        let check = fnv32(&out);
        out.extend_from_slice(&check.to_le_bytes());
        out
    }

    /// Replaces the session by a snapshot's. A session that ended meanwhile by the idle timeout restores to its
    /// cart. A snapshot from ahead of the clock (it was set back) is shifted so that its newest event is now.
    ///
    /// # Errors
    /// `snapshot-foreign`, `snapshot-unsupported-version`, `snapshot-malformed`; the session is unchanged then.
    pub fn restore(&mut self, bytes: &[u8], now_ms: u64) -> Result<()> {
        let events = decode(bytes, now_ms)?;
        if self.consent != Consent::None {
            self.events = events;
            self.end_if_idle(now_ms);
        }
        Ok(())
    }
}

/// Reads a snapshot's events, oldest first.
///
/// # Errors
/// As [`SessionState::restore`].
pub(crate) fn decode(bytes: &[u8], now_ms: u64) -> Result<Vec<StoredEvent>> {
    let mut events = parse(bytes)?;
    let ahead = events.last().map_or(0, |e| e.at_ms.saturating_sub(now_ms));
    if ahead > MAX_AHEAD_MS {
        for event in &mut events {
            event.at_ms = event.at_ms.saturating_sub(ahead);
        }
    }
    Ok(events)
}

fn parse(bytes: &[u8]) -> Result<Vec<StoredEvent>> {
    let Some((&version, _)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
        return Err(Error::new(Code::SnapshotForeign, "these bytes are not a nearhand session").with("bytes", bytes.len()));
    };
    if version != VERSION {
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
    let t = take::<6>(&mut rest).ok_or_else(|| malformed("time"))?;
    let mut at_ms = u64::from_le_bytes([t[0], t[1], t[2], t[3], t[4], t[5], 0, 0]);
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
        at_ms = at_ms.checked_sub(u64::from(back)).ok_or_else(|| malformed("back"))?;
        let dwell_ms = if head & 8 == 0 { 0 } else { take_varint(&mut rest).ok_or_else(|| malformed("dwell"))? };
        let quantity = if head & 16 == 0 { 0 } else { take_varint(&mut rest).ok_or_else(|| malformed("quantity"))? };
        let quantity = u16::try_from(quantity).map_err(|_| malformed("quantity"))?;
        if dwell_ms > MAX_DWELL_MS {
            return Err(malformed("dwell"));
        }
        out.push(StoredEvent { at_ms, item, kind, dwell_ms, quantity });
    }
    if !rest.is_empty() {
        return Err(malformed("end"));
    }
    out.reverse();
    Ok(out)
}

fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let [byte] = take::<1>(rest)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return u32::try_from(value).ok();
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

    fn full() -> SessionState {
        let mut s = SessionState::new(Consent::Memory, 86_400_000).unwrap();
        for i in 0..MAX_EVENTS as u64 {
            let event = match i % 3 {
                0 => Event { kind: EventKind::CartAdd, quantity: Some(u16::MAX), ..Event::view(format!("item-{i}")) },
                _ => Event { dwell_ms: Some(MAX_DWELL_MS), ..Event::view(format!("item-{i}")) },
            };
            s.observe(&event, NOW + i * 86_400_000).unwrap();
        }
        s
    }

    fn restored(bytes: &[u8], now: u64) -> Result<SessionState> {
        let mut s = SessionState::new(Consent::Memory, 86_400_000).unwrap();
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
        bytes[3] = 2;
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
    fn ended_by_idle_restores_the_cart_only() {
        let mut s = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        s.observe(&Event { kind: EventKind::CartAdd, ..Event::view("a") }, NOW).unwrap();
        s.observe(&Event::view("b"), NOW).unwrap();
        let bytes = s.snapshot();
        s.restore(&bytes, NOW + DEFAULT_IDLE_TIMEOUT_MS + 1).unwrap();
        assert_eq!(s.events().len(), 1);
        assert_eq!(s.events()[0].item, ItemKey::of("a"));
    }

    #[test]
    fn a_clock_set_back_shifts_the_snapshot() {
        let mut s = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        s.observe(&Event::view("a"), NOW - 5000).unwrap();
        s.observe(&Event::view("b"), NOW).unwrap();
        let bytes = s.snapshot();
        s.restore(&bytes, NOW - 86_400_000).unwrap();
        assert_eq!(s.events()[1].at_ms, NOW - 86_400_000);
        assert_eq!(s.events()[0].at_ms, NOW - 86_400_000 - 5000);
    }
}
