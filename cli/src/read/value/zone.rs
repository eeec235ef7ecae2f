//! Time zones by their names: tables of offsets, for whoever has no database of them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nearhand_features::Zone;

/// The end of a zone's table, 2100-01-01, seconds.
const END: i64 = 4_102_444_800;

/// The table of a zone: its offset in 1970, and every change until 2100.
pub(crate) fn table(name: &str) -> Option<Zone> {
    let zone = TimeZone::get(name).ok()?;
    let from = Timestamp::UNIX_EPOCH;
    let changes = zone.following(from).take_while(|change| change.timestamp().as_second() < END);
    Some(Zone {
        name: name.to_owned(),
        offset: zone.to_offset(from).seconds(),
        changes: changes.map(|change| (change.timestamp().as_millisecond(), change.offset().seconds())).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_its_table() {
        let berlin = table("Europe/Berlin").unwrap();
        assert_eq!(berlin.offset, 3600);
        assert!([(1_521_939_600_000, 7200), (1_540_688_400_000, 3600)].iter().all(|change| berlin.changes.contains(change)));
        assert!((200..300).contains(&berlin.changes.len()), "{}", berlin.changes.len());
        let kolkata = Zone { name: "Asia/Kolkata".into(), offset: 19_800, changes: Vec::new() };
        assert_eq!(table("Asia/Kolkata"), Some(kolkata));
        assert_eq!(table("Mars/Olympus"), None);
    }
}
