//! Times as logs write them, to and from Unix milliseconds.
//!
//! Numbers are told apart by size: below 10¹¹ seconds, below 10¹⁴ milliseconds, below 10¹⁷ microseconds, else
//! nanoseconds. That reads every time from 1973 on as what it is, and seconds from 1970 on.

/// Unix milliseconds of a number; `None` when negative or not finite.
pub(crate) fn from_number(value: f64) -> Option<u64> {
    let ms = match value {
        v if !v.is_finite() || v < 0.0 => return None,
        v if v < 1e11 => v * 1e3,
        v if v < 1e14 => v,
        v if v < 1e17 => v / 1e3,
        v => v / 1e6,
    };
    Some(ms.round() as u64)
}

/// Unix milliseconds of a number, or of `YYYY-MM-DD`, then optionally a blank or `T`, `HH:MM`, `:SS`, `.fff`, then
/// optionally `Z`, ` UTC`, `±HH`, `±HHMM` or `±HH:MM`. Without a zone the time is taken as UTC.
pub(crate) fn parse(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse::<f64>() {
        return from_number(number);
    }
    let mut rest = Rest(text);
    let (year, month, day) = (rest.digits(4)?, rest.after('-')?.digits(2)?, rest.after('-')?.digits(2)?);
    let in_month = match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=in_month).contains(&day) {
        return None;
    }
    let mut ms = days_from_civil(year, month, day) * 86_400_000;
    if !rest.0.is_empty() {
        ms += rest.clock()? - rest.zone()?;
    }
    if rest.0.is_empty() { u64::try_from(ms).ok() } else { None }
}

/// `YYYY-MM-DD HH:MM:SS` in UTC.
pub(crate) fn format(ms: u64) -> String {
    let seconds = ms / 1000;
    let (year, month, day) = civil_from_days((seconds / 86_400).cast_signed());
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// What is still to be read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, tail) = self.0.split_at_checked(count)?;
        let number = head.bytes().all(|b| b.is_ascii_digit()).then(|| head.parse().ok())??;
        self.0 = tail;
        Some(number)
    }

    fn after(&mut self, mark: char) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(mark)?;
        Some(self)
    }

    /// Milliseconds since midnight.
    fn clock(&mut self) -> Option<i64> {
        self.0 = self.0.strip_prefix([' ', 'T', 't'])?;
        // One digit is common for hours below ten.
        let one = self.0.as_bytes().get(1) == Some(&b':');
        let (hour, minute) = (self.digits(if one { 1 } else { 2 })?, self.after(':')?.digits(2)?);
        let second = match self.after(':') {
            Some(rest) => rest.digits(2)?,
            None => 0,
        };
        let mut ms = 0;
        if self.after('.').is_some() {
            let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let fraction = self.0.get(..count).filter(|f| !f.is_empty())?;
            ms = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
            self.0 = self.0.get(count..)?;
        }
        let whole = hour < 24 && minute < 60 && second < 60;
        whole.then_some(((hour * 60 + minute) * 60 + second) * 1000 + ms)
    }

    /// Milliseconds that the zone is ahead of UTC.
    fn zone(&mut self) -> Option<i64> {
        self.0 = self.0.trim_start();
        if matches!(self.0, "" | "Z" | "z" | "UTC" | "GMT") {
            self.0 = "";
            return Some(0);
        }
        let sign = if self.after('-').is_some() { -1 } else { self.after('+').map(|_| 1)? };
        let hour = self.digits(2)?;
        let colon = self.after(':').is_some();
        let minute = if self.0.is_empty() && !colon { 0 } else { self.digits(2)? };
        (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute) * 60_000)
    }
}

/// Days since 1970-01-01. H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse: year, month, day. Same source, `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_apart_by_size() {
        for text in ["1291191960", "1291191960.0", "1291191960000", "1291191960000000", "1291191960000000000", "2010-12-01 08:26"]
        {
            assert_eq!(parse(text), Some(1_291_191_960_000), "{text}");
        }
        assert_eq!(parse("1659304800025"), Some(1_659_304_800_025));
        assert_eq!(parse("-1"), None);
        assert_eq!(parse("NaN"), None);
    }

    #[test]
    fn dates_in_their_usual_forms() {
        let want = Some(1_291_191_960_000);
        for text in [
            "2010-12-01 08:26:00",
            "2010-12-01 8:26",
            "2010-12-01T08:26:00Z",
            "2010-12-01 08:26:00 UTC",
            "2010-12-01T09:26:00+01:00",
            "2010-12-01T03:26:00.000-0500",
            "2010-12-01T09:26+01",
        ] {
            assert_eq!(parse(text), want, "{text}");
        }
        assert_eq!(parse("2010-12-01"), Some(1_291_161_600_000));
        assert_eq!(parse("2010-12-01 08:26:00.1239"), Some(1_291_191_960_123));
    }

    #[test]
    fn no_dates() {
        for text in [
            "",
            "yesterday",
            "12/1/2010 8:26",
            "2010-13-01",
            "2010-02-29",
            "2010-12-01 24:00",
            "2010-12-01 08:26:00 CET",
            "2010-12-01 08",
            "2010-12-01 08:26:00x",
            "1960-01-01",
            "2010-12-01 08:26:00.",
            "2010-12-01T09:26+01:",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_round_trip() {
        for days in (0..60_000).step_by(17) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(format(951_782_399_000), "2000-02-28 23:59:59");
        assert_eq!(parse("2000-02-29"), Some(951_782_400_000));
    }
}
