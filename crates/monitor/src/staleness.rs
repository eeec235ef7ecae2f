//! How old a bundle is, by a clock that is handed in.

/// When a bundle was made and until when it may serve, Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// When it was made.
    pub made: i64,
    /// The age in milliseconds at which somebody should know. Default: two days.
    pub warn_after: i64,
    /// When it may no longer serve, if ever.
    pub expires: Option<i64>,
}

/// What a clock says of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Neither old nor expired.
    Fresh,
    /// Older than it should be.
    Old,
    /// It may no longer serve.
    Expired,
    /// It was made more than a day after now: the clock is wrong, or the bundle's date.
    FromTheFuture,
}

const DAY: i64 = 86_400_000;

impl Staleness {
    /// Of a bundle that was made then.
    #[must_use]
    pub const fn of(made: i64) -> Self {
        Self { made, warn_after: 2 * DAY, expires: None }
    }

    /// Its age in milliseconds; below zero where it was made after now.
    #[must_use]
    pub const fn age(&self, now: i64) -> i64 {
        now.saturating_sub(self.made)
    }

    /// What it is now. An expiry counts whatever the age.
    #[must_use]
    pub fn freshness(&self, now: i64) -> Freshness {
        if self.expires.is_some_and(|expires| now >= expires) {
            Freshness::Expired
        } else if self.age(now) < -DAY {
            Freshness::FromTheFuture
        } else if self.age(now) > self.warn_after {
            Freshness::Old
        } else {
            Freshness::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let bundle = Staleness { expires: Some(10 * DAY), ..Staleness::of(DAY) };
        let at = |now| bundle.freshness(now);
        assert_eq!(
            [at(DAY), at(0), at(3 * DAY), at(3 * DAY + 1)],
            [Freshness::Fresh, Freshness::Fresh, Freshness::Fresh, Freshness::Old]
        );
        assert_eq!([at(10 * DAY - 1), at(10 * DAY), at(-1)], [Freshness::Old, Freshness::Expired, Freshness::FromTheFuture]);
        let wild = Staleness { expires: None, ..Staleness::of(i64::MIN) };
        assert_eq!((wild.age(i64::MAX), wild.freshness(i64::MAX)), (i64::MAX, Freshness::Old));
    }
}
