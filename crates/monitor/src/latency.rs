//! Times by a histogram that merges: whole microseconds, sixteen buckets to each power of two.

/// Buckets to a power of two, and its logarithm.
const PARTS: usize = 16;
const BITS: u32 = 4;
/// Powers of two beyond the first buckets: up to 2²⁷ µs, 134 seconds.
const OCTAVES: usize = 23;
/// Number of buckets.
pub(crate) const BUCKETS: usize = PARTS * (OCTAVES + 1);

/// How long calls took. Below 32 µs each microsecond has a bucket; above, a bucket is at most a sixteenth of its value wide, so
/// that a quantile is within 1/32 of one of the values. What takes longer than 134 seconds counts as that. Buckets as in
/// HdrHistogram (Tene).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    pub(crate) buckets: Vec<u64>,
}

impl Default for Latency {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS] }
    }
}

impl Latency {
    /// Counts a call of so many microseconds.
    pub fn add(&mut self, micros: u64) {
        if let Some(bucket) = self.buckets.get_mut(bucket_of(micros)) {
            *bucket = bucket.saturating_add(1);
        }
    }

    /// Adds all calls of another.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// Number of calls.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How many calls took at most so many microseconds, for a histogram of wider bins: those of the bound's own bucket count as longer
    /// unless it ends there.
    #[must_use]
    pub fn within(&self, micros: u64) -> u64 {
        let whole = |at: &usize| {
            let (low, width) = span(*at);
            low + width - 1 <= micros
        };
        let buckets = self.buckets.iter().enumerate().take_while(|(at, _)| whole(at));
        buckets.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// The time in microseconds within which a share `q` of all calls (0 to 1) has ended: the middle of its bucket. `None`
    /// without calls.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        // The call of this rank, from 1 on: nearest rank.
        let rank = (libm::ceil(q.clamp(0.0, 1.0) * count as f64) as u64).clamp(1, count.max(1));
        let mut seen = 0_u64;
        let at = self.buckets.iter().position(|count| {
            seen = seen.saturating_add(*count);
            seen >= rank
        })?;
        let (low, width) = span(at);
        Some(low as f64 + (width - 1) as f64 / 2.0)
    }
}

fn bucket_of(micros: u64) -> usize {
    if micros < PARTS as u64 {
        return micros as usize;
    }
    let octave = (micros.ilog2() - BITS) as usize;
    let part = (micros >> octave) as usize - PARTS;
    (PARTS * (octave + 1) + part).min(BUCKETS - 1)
}

/// The first value of a bucket and how many it has.
fn span(bucket: usize) -> (u64, u64) {
    if bucket < PARTS {
        return (bucket as u64, 1);
    }
    let octave = bucket / PARTS - 1;
    (((bucket % PARTS + PARTS) as u64) << octave, 1 << octave)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_lie_side_by_side() {
        let mut next = 0;
        for bucket in 0..BUCKETS {
            let (low, width) = span(bucket);
            assert_eq!((low, bucket_of(low), bucket_of(low + width - 1)), (next, bucket, bucket));
            assert!(width == 1 || width * 16 <= low, "{low} {width}");
            next = low + width;
        }
        assert_eq!((next, bucket_of(u64::MAX)), (1 << 27, BUCKETS - 1));
    }

    #[test]
    fn wider_bins_by_hand() {
        let mut all = Latency::default();
        [1, 5, 5, 40, 1000].into_iter().for_each(|micros| all.add(micros));
        // 40 lies in a bucket of 40 and 41; 1000 in one of 992 to 1023.
        assert_eq!([0, 1, 5, 40, 41, 1000, 1023, u64::MAX].map(|bound| all.within(bound)), [0, 1, 3, 3, 4, 4, 5, 5]);
    }

    #[test]
    fn quantiles_are_within_their_error_and_merging_is_adding() {
        let mut random = nearhand_kernels::random::SplitMix64::new(7);
        let (mut all, mut parts) = (Latency::default(), [Latency::default(), Latency::default()]);
        let mut values: Vec<u64> = (0..5000).map(|_| libm::exp(random.unit() * 18.0) as u64).collect();
        for (at, value) in values.iter().enumerate() {
            all.add(*value);
            parts[at % 2].add(*value);
        }
        let [mut first, second] = parts;
        first.merge(&second);
        assert_eq!(first, all);
        values.sort_unstable();
        for q in [0.0, 0.01, 0.5, 0.9, 0.99, 1.0] {
            let want = values[((q * 5000.0_f64).ceil() as usize).max(1) - 1] as f64;
            let have = all.quantile(q).unwrap();
            assert!((have - want).abs() <= want / 32.0, "{q} {have} {want}");
        }
        assert_eq!(Latency::default().quantile(0.5), None);
    }
}
