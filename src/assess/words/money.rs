//! Amounts in minor units, and shares in parts per million: integers, so that costs are compared exactly.

use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use serde::{Serialize, Serializer};

/// Largest amount, minor units: 10¹⁵.
pub const MAX_AMOUNT: u64 = 1_000_000_000_000_000;

/// Parts of a whole.
pub(in crate::assess) const MILLION: u64 = 1_000_000;

/// A share in parts per million; written as a decimal of six places at most, 0 to 10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// Most parts: ten times the whole.
    const MOST: f64 = 10e6;

    /// Of parts per million.
    #[must_use]
    pub const fn of_millionths(parts: u32) -> Self {
        Self(parts)
    }

    /// Parts per million.
    #[must_use]
    pub const fn millionths(self) -> u64 {
        self.0 as u64
    }
}

impl Decode for Share {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let shown = value.clone();
        let parts = f64::decode(value, faults) * 1e6;
        let whole = libm::round(parts);
        if !(0.0..=Self::MOST).contains(&whole) || (parts - whole).abs() > 1e-3 {
            faults.wanted("a share from 0 to 10 of at most six decimals", &shown);
            return Self::default();
        }
        Self(whole as u32)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1e6)
    }
}

/// An amount within bounds.
///
/// # Errors
/// `transaction-invalid` below 0 and above [`MAX_AMOUNT`].
pub(in crate::assess) fn amount(minor: i64) -> Result<u64> {
    u64::try_from(minor).ok().filter(|amount| *amount <= MAX_AMOUNT).ok_or_else(|| {
        let why = "the amount is no whole number of minor units from 0 to 10^15: give a refund its own way, it is no purchase";
        Error::new(Code::TransactionInvalid, why).with("amount", minor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_exactly_or_refused() {
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap().read::<Share>().map_err(|e| e.to_string());
        for (json, parts) in [("0", 0), ("1", 1_000_000), ("0.03", 30_000), ("0.000001", 1), ("10", 10_000_000), ("0.7", 700_000)]
        {
            assert_eq!(read(json), Ok(Share(parts)));
            assert_eq!(read(&serde_json::to_string(&Share(parts)).unwrap()), Ok(Share(parts)));
        }
        for json in ["-0.1", "10.1", "0.0000001", "1e300", "\"0.1\""] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn amounts_have_bounds() {
        assert_eq!((amount(0), amount(1_000_000_000_000_000)), (Ok(0), Ok(MAX_AMOUNT)));
        for bad in [-1, i64::MIN, i64::MAX, 1_000_000_000_000_001] {
            let error = amount(bad).unwrap_err();
            assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::TransactionInvalid, bad.to_string().as_str()));
        }
    }
}
