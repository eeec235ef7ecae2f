//! A time zone as a table: from which instant on clocks are how far from UTC.

/// Offsets from UTC by instant. The crate has no tz database: whoever packs a specification makes the table of an IANA name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// The name it was made of; empty for UTC.
    pub name: String,
    /// Seconds before the first change.
    pub offset: i32,
    /// Instants, Unix milliseconds, ascending, with the seconds from then on.
    pub changes: Vec<(i64, i32)>,
}

/// Hour and weekday of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// 0 to 23.
    pub hour: u8,
    /// 0 Monday to 6 Sunday.
    pub weekday: u8,
}

impl Zone {
    /// What clocks show at an instant.
    pub(crate) fn local(&self, ms: i64) -> Local {
        let after = self.changes.partition_point(|(instant, _)| *instant <= ms);
        let offset = after.checked_sub(1).and_then(|at| self.changes.get(at)).map_or(self.offset, |(_, offset)| *offset);
        let shown = ms.saturating_add(i64::from(offset) * 1000);
        // 1970-01-01 was a Thursday.
        let (day, within) = (shown.div_euclid(86_400_000), shown.rem_euclid(86_400_000));
        Local { hour: (within / 3_600_000) as u8, weekday: (day + 3).rem_euclid(7) as u8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let utc = Zone::default();
        // 2018-04-01 00:00:31, a Sunday; 1969-12-31 23:00, a Wednesday.
        assert_eq!(utc.local(1_522_540_831_000), Local { hour: 0, weekday: 6 });
        assert_eq!(utc.local(-3_600_000), Local { hour: 23, weekday: 2 });
        // Berlin, 2018-03-25 01:00 UTC: from 2 to 3 o'clock.
        let berlin = Zone { name: "Europe/Berlin".into(), offset: 3600, changes: vec![(1_521_939_600_000, 7200)] };
        assert_eq!(berlin.local(1_521_939_599_999), Local { hour: 1, weekday: 6 });
        assert_eq!(berlin.local(1_521_939_600_000), Local { hour: 3, weekday: 6 });
    }
}
