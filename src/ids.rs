//! Names of things. An external id never reaches a model, a dense index never reaches the host.

/// Dense position of an item in the catalog: 0 to n − 1. Stable for the life of a loaded bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemIdx(pub u32);

impl ItemIdx {
    /// As an array index.
    #[must_use]
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// 48-bit hash of an external item id.
///
/// Sessions keep keys instead of ids, so that a snapshot stays small, holds no readable id, and survives a
/// bundle whose items are in another order. FNV-1a 64 (Fowler, Noll, Vo; draft-eastlake-fnv) folded to 48 bits:
/// among a million items two share a key with probability 0.2 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(u64);

impl ItemKey {
    /// Number of bytes in a snapshot.
    pub const BYTES: usize = 6;

    /// The key of an external id.
    #[must_use]
    pub fn of(id: &str) -> Self {
        Self::of_bytes(id.bytes())
    }

    /// The same of any bytes.
    pub(crate) fn of_bytes(bytes: impl Iterator<Item = u8>) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in bytes {
            hash ^= u64::from(byte);
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
        Self((hash >> 48) ^ (hash & 0xffff_ffff_ffff))
    }

    /// Little-endian bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::BYTES] {
        let b = self.0.to_le_bytes();
        [b[0], b[1], b[2], b[3], b[4], b[5]]
    }

    /// The inverse of [`ItemKey::to_bytes`].
    #[must_use]
    pub const fn from_bytes(b: [u8; Self::BYTES]) -> Self {
        Self(u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], 0, 0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_follows_fnv_1a() {
        // FNV-1a 64 of "a" is af63dc4c8601ec8c: folded 0xaf63 ^ 0xdc4c8601ec8c.
        assert_eq!(ItemKey::of("a").0, 0xdc4c_8601_ec8c ^ 0xaf63);
    }

    #[test]
    fn key_survives_bytes() {
        let key = ItemKey::of("85123A");
        assert_eq!(ItemKey::from_bytes(key.to_bytes()), key);
    }
}
