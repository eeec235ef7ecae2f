//! Times as logs write them, to and from Unix milliseconds.
//!
//! A shop's events lie between 1995 and the end of next year. In that span no number can be meant in two ways: seconds,
//! milliseconds, microseconds, nanoseconds, `YYYYMMDD` with or without the time of day, and a spreadsheet's days since 1900
//! all have their own magnitude. What lies outside is refused, not read.

use std::sync::OnceLock;

/// 1995-01-01.
const EARLIEST_MS: i64 = 788_918_400_000;
const DAY_MS: i64 = 86_400_000;

/// How a column of times is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// By the value itself.
    #[default]
    Auto,
    /// Numbers of so many nanoseconds since 1970.
    Unix(i64),
    /// A spreadsheet's days since 1899-12-30.
    Serial,
    /// Numbers whose order alone counts: each a second after 2000-01-01 at 0.
    Order,
    /// As strptime has it.
    Pattern(String),
}

impl Format {
    /// From the command line: a name, or a pattern with `%`.
    ///
    /// # Errors
    /// A sentence for clap.
    pub(crate) fn named(word: &str) -> Result<Self, String> {
        Ok(match word {
            "auto" => Self::Auto,
            "s" => Self::Unix(1_000_000_000),
            "ms" => Self::Unix(1_000_000),
            "us" => Self::Unix(1_000),
            "ns" => Self::Unix(1),
            "excel" => Self::Serial,
            "order" => Self::Order,
            pattern if pattern.contains('%') => Self::Pattern(pattern.to_owned()),
            _ => return Err("a time format is auto, s, ms, us, ns, excel, order or a pattern like %d.%m.%Y %H:%M".to_owned()),
        })
    }

    /// Unix milliseconds of a number, if they are of our time.
    pub(crate) fn number(&self, value: f64) -> Option<u64> {
        match self {
            Self::Auto => from_number(value),
            Self::Unix(ns) => of_our_time(value * *ns as f64 / 1e6),
            Self::Serial => of_our_time(serial(value)),
            Self::Order => {
                (value.is_finite() && (0.0..4e9).contains(&value)).then(|| ((946_684_800.0 + value) * 1e3).round() as u64)
            }
            // 20260131 under %Y%m%d.
            Self::Pattern(_) => self.text(&value.to_string()),
        }
    }

    /// Unix milliseconds of a text.
    pub(crate) fn text(&self, text: &str) -> Option<u64> {
        match self {
            Self::Auto => parse(text),
            Self::Pattern(pattern) => by_pattern(pattern, text),
            _ => self.number(text.parse().ok().filter(|_| !text.contains(['e', 'E']))?),
        }
    }

    /// A time that the file marks as one.
    pub(crate) fn known(&self, ms: i64) -> Option<u64> {
        of_our_time(ms as f64)
    }

    /// What a time looks like under this format, for a refusal.
    pub(crate) fn wanted(&self) -> &'static str {
        match self {
            Self::Auto => {
                "no time between 1995 and next year: Unix time, YYYY-MM-DD HH:MM:SS with or without a zone, YYYYMMDD, DD.MM.YYYY \
                 or a spreadsheet's days; say another form with --time-format '%m/%d/%Y %H:%M', and --time-format order where \
                 numbers tell the order alone"
            }
            Self::Unix(_) | Self::Serial => "no time between 1995 and next year under --time-format",
            Self::Order => "no number from 0 below 4,000,000,000: --time-format order takes such",
            Self::Pattern(_) => "no time of --time-format between 1995 and next year",
        }
    }
}

/// The end of next year, by the clock, once a run.
fn latest_ms() -> i64 {
    static LATEST: OnceLock<i64> = OnceLock::new();
    *LATEST.get_or_init(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let (year, ..) = civil_from_days((now / 86_400).cast_signed());
        days_from_civil(year.max(2026) + 2, 1, 1) * DAY_MS
    })
}

fn of_our_time(ms: f64) -> Option<u64> {
    (ms >= EARLIEST_MS as f64 && ms < latest_ms() as f64).then(|| ms.round() as u64)
}

/// Unix milliseconds of a spreadsheet's days.
fn serial(days: f64) -> f64 {
    // 1899-12-30: spreadsheets take 1900 for a leap year.
    ((days - 25_569.0) * 86_400.0).round() * 1e3
}

/// Unix milliseconds of a number, by its magnitude; `None` outside our time.
pub(crate) fn from_number(value: f64) -> Option<u64> {
    let whole = |v: f64| (v.fract() == 0.0).then_some(v as i64);
    match value {
        v if !v.is_finite() || v < 0.0 => None,
        v if v < 1e6 => of_our_time(serial(v)),
        // 19950101 to 20281231: as seconds that would be 1970.
        v if v < 1e8 => day(whole(v)?).and_then(|ms| of_our_time(ms as f64)),
        v if v < 1e11 => of_our_time(v * 1e3),
        // 199501010000 to 202812312359.
        v if v < 3e11 => {
            let v = whole(v)?;
            of_our_time((day(v / 10_000)? + hours(v % 10_000 * 100)?) as f64)
        }
        v if v < 1e13 => of_our_time(v),
        // 19950101000000 to 20281231235959.
        v if v < 1e14 => {
            let v = whole(v)?;
            of_our_time((day(v / 1_000_000)? + hours(v % 1_000_000)?) as f64)
        }
        v if v < 1e16 => of_our_time(v / 1e3),
        v => of_our_time(v / 1e6),
    }
}

/// Milliseconds of a `YYYYMMDD`.
fn day(digits: i64) -> Option<i64> {
    date(digits / 10_000, digits / 100 % 100, digits % 100)
}

/// Milliseconds of an `HHMMSS`.
fn hours(digits: i64) -> Option<i64> {
    let (hour, minute, second) = (digits / 10_000, digits / 100 % 100, digits % 100);
    (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// Milliseconds of a day that exists.
fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let in_month = match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=in_month).contains(&day).then(|| days_from_civil(year, month, day) * DAY_MS)
}

/// Unix milliseconds of a number, or of `YYYY-MM-DD`, `YYYY/MM/DD` or `DD.MM.YYYY`, then optionally a blank or `T`, `HH:MM`,
/// `:SS`, `.fff`, then optionally `Z`, ` UTC`, `±HH`, `±HHMM` or `±HH:MM`, the name of a place in brackets after it; or of
/// `YYYYMMDDTHHMMSSZ`. Without a zone the time is taken as UTC.
pub(crate) fn parse(text: &str) -> Option<u64> {
    // Not 1.7676E+12: a spreadsheet has rounded it to days.
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain(text)
        && let Ok(number) = text.parse::<f64>()
    {
        return from_number(number);
    }
    // A spreadsheet's days with a decimal comma.
    if let Some((days, part)) = text.split_once(',')
        && days.len() == 5
        && plain(days)
        && plain(part)
    {
        return from_number(format!("{days}.{part}").parse().ok()?);
    }
    let mut rest = Rest(text);
    let first = rest.digits(2)?;
    let (year, month, day) = if rest.after('.').is_some() {
        let month = rest.digits(2)?;
        (rest.after('.')?.digits(4)?, month, first)
    } else {
        let year = first * 100 + rest.digits(2)?;
        match ['-', '/'].into_iter().find(|mark| rest.after(*mark).is_some()) {
            Some(mark) => (year, rest.digits(2)?, rest.after(mark)?.digits(2)?),
            None => (year, rest.digits(2)?, rest.digits(2)?),
        }
    };
    let mut ms = date(year, month, day)?;
    if !rest.0.is_empty() {
        ms += rest.clock()? - rest.zone()?;
    }
    if rest.0.is_empty() { of_our_time(ms as f64) } else { None }
}

/// Unix milliseconds of a text under a pattern of strptime; without a zone in UTC.
fn by_pattern(pattern: &str, text: &str) -> Option<u64> {
    let broken = jiff::fmt::strtime::parse(pattern, text).ok()?;
    let has = |codes: &[&str]| codes.iter().any(|code| pattern.contains(code));
    let ms = match broken.to_timestamp() {
        Ok(at) => at.as_millisecond(),
        // A zone that is not understood must not be passed over, nor a time of day.
        Err(_) if has(&["%z", "%:z", "%::z", "%Q", "%:Q", "%Z", "%s"]) => return None,
        Err(_) => {
            let day = broken.to_date().ok()?;
            let clock = has(&["%H", "%I", "%k", "%l", "%M", "%S", "%T", "%R", "%p", "%P", "%f"]);
            let time = if clock { broken.to_time().ok()? } else { jiff::civil::Time::midnight() };
            let hours = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
            date(i64::from(day.year()), i64::from(day.month()), i64::from(day.day()))?
                + hours * 1000
                + i64::from(time.millisecond())
        }
    };
    of_our_time(ms as f64)
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
        let after_t = self.0.starts_with(['T', 't']);
        self.0 = self.0.strip_prefix([' ', 'T', 't'])?;
        // One digit is common for hours below ten.
        let one = self.0.as_bytes().get(1) == Some(&b':');
        let hour = self.digits(if one { 1 } else { 2 })?;
        let colons = self.after(':').is_some();
        // 0826 alone is told from 000826 by the T before it alone.
        if !colons && !after_t && self.0.bytes().take_while(u8::is_ascii_digit).count() != 4 {
            return None;
        }
        let minute = self.digits(2)?;
        let more = if colons { self.after(':').is_some() } else { self.0.starts_with(|c: char| c.is_ascii_digit()) };
        let second = if more { self.digits(2)? } else { 0 };
        let mut ms = 0;
        if self.after('.').is_some() || self.after(',').is_some() {
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
        // 2026-01-01T10:00+01:00[Europe/Berlin]: the offset says it all.
        if let Some((offset, place)) = self.0.split_once('[').filter(|(_, place)| place.ends_with(']')) {
            self.0 = if offset.is_empty() && place != "UTC]" { return None } else { offset };
        }
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

    const WANT: Option<u64> = Some(1_291_191_960_000);

    #[test]
    fn numbers_are_told_apart_by_size() {
        for text in [
            "1291191960",
            "1291191960.0",
            "1291191960000",
            "1291191960000000",
            "1291191960000000000",
            "2010-12-01 08:26",
            "201012010826",
            "20101201082600",
            "40513.351388888",
            "40513,351388888",
        ] {
            assert_eq!(parse(text), WANT, "{text}");
        }
        assert_eq!(parse("1659304800025"), Some(1_659_304_800_025));
        assert_eq!(parse("20101201"), Some(1_291_161_600_000));
        assert_eq!(from_number(40_513.0), Some(1_291_161_600_000));
    }

    #[test]
    fn dates_in_their_usual_forms() {
        for text in [
            "2010-12-01 08:26:00",
            "2010-12-01 8:26",
            "2010-12-01T08:26:00Z",
            "2010-12-01 08:26:00 UTC",
            "2010-12-01T09:26:00+01:00",
            "2010-12-01T03:26:00.000-0500",
            "2010-12-01 03:26:00 -0500",
            "2010-12-01T09:26+01",
            "2010-12-01T09:26:00+01:00[Europe/Berlin]",
            "2010/12/01 08:26:00",
            "01.12.2010 08:26",
            "20101201T082600Z",
            "2010-12-01 08:26:00,000",
        ] {
            assert_eq!(parse(text), WANT, "{text}");
        }
        assert_eq!(parse("2010-12-01"), Some(1_291_161_600_000));
        assert_eq!(parse("2010-12-01 08:26:00.1239"), Some(1_291_191_960_123));
    }

    #[test]
    fn no_dates_and_dates_of_other_times() {
        for text in [
            "",
            "yesterday",
            "12/1/2010 8:26",
            "2010-13-01",
            "2010-02-29",
            "2010-12-01 24:00",
            "2010-12-01 08:26:00 CET",
            "2010-12-01T08:26:00[Europe/Berlin]",
            "2010-12-01 08",
            "2010-12-01 08:26:00x",
            "1960-01-01",
            "1970-01-01 00:00:00",
            "2063-04-05",
            "2010-12-01 08:26:00.",
            "2010-12-01T09:26+01:",
            "-1",
            "NaN",
            "inf",
            "1",
            "0",
            "20101332",
            "20101201246000",
            "4102444800",
            "1.7676E+12",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn other_formats_are_said() {
        let read = |format: &str, text: &str| Format::named(format).unwrap().text(text);
        assert_eq!(read("%m/%d/%Y %H:%M", "12/1/2010 8:26"), WANT);
        assert_eq!(read("%d/%b/%Y:%H:%M:%S %z", "01/Dec/2010:09:26:00 +0100"), WANT);
        assert_eq!(read("%m/%d/%Y", "12/1/2010"), Some(1_291_161_600_000));
        assert_eq!(read("s", "1291191960"), WANT);
        assert_eq!(read("ms", "1291191960"), None);
        assert_eq!(read("excel", "40513"), Some(1_291_161_600_000));
        assert_eq!((read("order", "1"), read("order", "x")), (Some(946_684_801_000), None));
        assert_eq!(read("%d/%m/%Y %H:%M %Q", "01/12/2010 09:26 Europe/Berlin"), None);
        assert_eq!(read("%d/%m/%Y %M", "01/12/2010 26"), None);
        assert!(Format::named("day first").is_err());
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
