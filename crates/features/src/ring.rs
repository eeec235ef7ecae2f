//! The events of one value of a key, oldest first, each a few words in one piece of memory.

/// Word of a record: its time.
pub(crate) const TIME: usize = 0;
/// Word of a record: its number, by order of arrival.
pub(crate) const NUMBER: usize = 1;
/// Word of a record: flags in the low half, the label above.
pub(crate) const BITS: usize = 2;
/// Words before amounts and hashes.
pub(crate) const FIRST: usize = 3;
/// Bit of [`BITS`]: the label is known.
pub(crate) const KNOWN: i64 = 1 << 32;
/// Bit of [`BITS`]: it is true.
pub(crate) const FRAUD: i64 = 1 << 33;

/// The bits of a label.
pub(crate) const fn label_bits(fraud: bool) -> i64 {
    if fraud { KNOWN | FRAUD } else { KNOWN }
}

/// Records of one length, in order of their times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    words: Vec<i64>,
    /// Words of a record.
    stride: usize,
    /// Records there is room for: a power of two, or none.
    room: usize,
    head: usize,
    len: usize,
    /// The time of the last record, kept at hand: most events come behind it.
    latest: i64,
}

impl Ring {
    pub(crate) fn new(stride: usize) -> Self {
        Self { stride, ..Self::default() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    fn start(&self, at: usize) -> usize {
        ((self.head + at) & self.room.wrapping_sub(1)) * self.stride
    }

    /// A record; of one that is not there, no words.
    pub(crate) fn record(&self, at: usize) -> &[i64] {
        let start = self.start(at);
        if at < self.len { self.words.get(start..start + self.stride).unwrap_or(&[]) } else { &[] }
    }

    /// A word of a record; 0 of one that is not there.
    pub(crate) fn word(&self, at: usize, word: usize) -> i64 {
        if at < self.len { self.words.get(self.start(at) + word).copied().unwrap_or(0) } else { 0 }
    }

    /// The time of a record.
    pub(crate) fn time(&self, at: usize) -> i64 {
        self.word(at, TIME)
    }

    /// Reads the first record, and where the next one will be.
    pub(crate) fn look(&self) -> i64 {
        self.time(0) ^ self.words.get(self.start(self.len)).copied().unwrap_or(0)
    }

    /// Sets a word of a record.
    pub(crate) fn set(&mut self, at: usize, word: usize, value: i64) {
        let start = self.start(at);
        if at < self.len
            && let Some(place) = self.words.get_mut(start + word)
        {
            *place = value;
        }
    }

    /// How many records are at or before a time.
    pub(crate) fn until(&self, time: i64) -> usize {
        let (mut low, mut high) = (0, self.len);
        // Nearly always all of them.
        if high == 0 || self.latest <= time {
            return high;
        }
        // Events come evenly enough that the place is near where the time says: from there in steps that double, until it is between two.
        let (first, last) = (self.time(0), self.latest);
        let share = (time - first) as f64 / (last - first).max(1) as f64;
        let mut at = ((share * high as f64) as usize).min(high - 1);
        let mut step = 1;
        if self.time(at) <= time {
            while at < high && self.time(at) <= time {
                (low, at, step) = (at + 1, at + step, step * 2);
            }
            high = high.min(at);
        } else {
            while low < high && self.time(at) > time {
                (high, at, step) = (at, at.saturating_sub(step), step * 2);
            }
            low = if high > 0 { at + 1 } else { 0 };
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.time(middle) <= time { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Puts a record at a place; those from there on move back by one.
    pub(crate) fn insert(&mut self, at: usize, record: &[i64]) {
        if self.len == self.room {
            self.resize((self.room * 2).max(2));
        }
        self.len += 1;
        if at + 1 == self.len {
            self.latest = record.get(TIME).copied().unwrap_or(0);
        }
        for later in (at + 1..self.len).rev() {
            let (from, to) = (self.start(later - 1), self.start(later));
            self.words.copy_within(from..from + self.stride, to);
        }
        let start = self.start(at);
        if let Some(place) = self.words.get_mut(start..start + self.stride).filter(|place| place.len() == record.len()) {
            place.copy_from_slice(record);
        }
    }

    /// Drops the oldest record.
    pub(crate) fn drop_first(&mut self) {
        if self.len > 0 {
            self.head = (self.head + 1) & (self.room - 1);
            self.len -= 1;
            // A burst's memory is given back.
            if self.room > 16 && self.len * 4 <= self.room {
                self.resize(self.room / 2);
            }
        }
    }

    fn resize(&mut self, room: usize) {
        let mut words = Vec::with_capacity(room * self.stride);
        (0..self.len).for_each(|at| words.extend_from_slice(self.record(at)));
        words.resize(room * self.stride, 0);
        (self.words, self.room, self.head) = (words, room, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_with_an_end_to_drop_from() {
        let (mut ring, mut list, mut state) = (Ring::new(2), Vec::<[i64; 2]>::new(), 3_u64);
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Grows to a hundred, then shrinks, again and again.
            if (state >> 60 < 11) == (step / 200 % 2 == 0) {
                let time = (state >> 33) as i64 % 1000;
                let at = ring.until(time);
                assert_eq!(at, list.partition_point(|record| record[0] <= time));
                ring.insert(at, &[time, step]);
                list.insert(at, [time, step]);
            } else if !list.is_empty() {
                ring.drop_first();
                list.remove(0);
            }
            assert_eq!(ring.len(), list.len());
        }
        assert!((0..list.len()).all(|at| ring.record(at) == list[at]));
        assert_eq!((ring.record(list.len()), ring.word(list.len(), 0)), (&[][..], 0));
        ring.set(0, 1, -7);
        assert_eq!(ring.word(0, 1), -7);
    }
}
