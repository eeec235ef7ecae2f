//! Bins, frozen when a reference is made: every observation falls into one, whatever it is.

/// What is observed of one stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number. NaN is missing; an infinity is beyond all edges.
    Number(f64),
    /// A category by its name.
    Name(&'a str),
    /// A category by its number, such as a bucket of popularity or a place.
    Index(u32),
    /// Nothing was there.
    Missing,
}

/// How a stream's values are sorted into bins. Behind the bins of values come one for others (named and indexed) and, last, one
/// for what is missing.
#[derive(Clone, Debug, PartialEq)]
pub enum Bins {
    /// Numbers by ascending edges: bin i holds the values above edge i − 1 and up to edge i.
    Numeric(Vec<f64>),
    /// Categories by name, the most frequent first.
    Named(Vec<String>),
    /// Categories 0 to n − 1, whose order means something.
    Indexed(u32),
}

impl Bins {
    /// Edges by the quantiles of a sample, for at most `most` bins (at least 1) of values that were seen, and one on either
    /// side for values beyond them. A value that is frequent enough to fill a bin has one of its own, so that the others are
    /// still told apart when most are zero. What is not finite is left out.
    #[must_use]
    pub fn of_numbers(sample: &[f64], most: usize) -> Self {
        // -0 is 0.
        let mut values: Vec<f64> = sample.iter().filter(|v| v.is_finite()).map(|v| v + 0.0).collect();
        values.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (values.first().copied(), values.last().copied()) else {
            return Self::Numeric(Vec::new());
        };
        let mut edges = vec![first.next_down()];
        let (mut left, mut bins) = (values.len() as f64, most.max(1) as f64);
        let (mut filled, mut before) = (0.0, first);
        let mut close = |edge: f64, filled: &mut f64, left: &mut f64, bins: &mut f64| {
            edges.push(edge);
            *left -= *filled;
            *bins -= 1.0;
            *filled = 0.0;
        };
        for group in values.chunk_by(|a, b| a == b) {
            let (value, count) = (group.first().copied().unwrap_or(last), group.len() as f64);
            let share = left / bins;
            // Before a value that would overfill the bin by more than it lacks, or that fills one by itself.
            if filled > 0.0 && bins > 1.0 && (count >= share || filled + count - share > share - filled) {
                close(before, &mut filled, &mut left, &mut bins);
            }
            filled += count;
            if bins > 1.0 && filled >= left / bins && value < last {
                close(value, &mut filled, &mut left, &mut bins);
            }
            before = value;
        }
        edges.push(last);
        Self::Numeric(edges)
    }

    /// The `most` most frequent names of a sample; of equally frequent ones the first in the order of their bytes.
    #[must_use]
    pub fn of_names<'a>(sample: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let mut all: Vec<&str> = sample.collect();
        all.sort_unstable();
        let mut names: Vec<&[&str]> = all.chunk_by(|a, b| a == b).collect();
        // Stable: names stay in their order.
        names.sort_by_key(|same| std::cmp::Reverse(same.len()));
        Self::Named(names.iter().take(most).filter_map(|same| same.first()).map(|name| (*name).to_owned()).collect())
    }

    /// Number of bins, those for others and for what is missing included.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Numeric(edges) => edges.len() + 2,
            Self::Named(names) => names.len() + 2,
            Self::Indexed(count) => *count as usize + 2,
        }
    }

    /// How many bins, from the first on, stand in an order that means something: 0 where names have none.
    #[must_use]
    pub fn ordered(&self) -> usize {
        match self {
            Self::Numeric(edges) => edges.len() + 1,
            Self::Named(_) => 0,
            Self::Indexed(count) => *count as usize,
        }
    }

    /// The bin of a value, below [`Bins::count`]. A value of another kind than the bins' is an other one; among numbers, missing.
    #[must_use]
    pub fn of(&self, value: Value<'_>) -> usize {
        let (missing, other) = (self.count() - 1, self.count() - 2);
        match (self, value) {
            (Self::Numeric(edges), Value::Number(number)) if !number.is_nan() => edges.partition_point(|edge| *edge < number),
            (Self::Numeric(edges), Value::Index(index)) => edges.partition_point(|edge| *edge < f64::from(index)),
            (Self::Numeric(_), _) | (_, Value::Missing) => missing,
            (Self::Named(names), Value::Name(name)) => names.iter().position(|known| known == name).unwrap_or(other),
            (Self::Indexed(count), Value::Index(index)) if index < *count => index as usize,
            (_, Value::Number(number)) if number.is_nan() => missing,
            _ => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(bins: &Bins, values: &[f64]) -> Vec<u64> {
        let mut out = vec![0; bins.count()];
        for value in values {
            out[bins.of(Value::Number(*value))] += 1;
        }
        out
    }

    #[test]
    fn quantiles_and_what_is_beyond_them() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let bins = Bins::of_numbers(&values, 4);
        assert_eq!(bins, Bins::Numeric(vec![1_f64.next_down(), 25.0, 50.0, 75.0, 100.0]));
        assert_eq!(counts(&bins, &values), [0, 25, 25, 25, 25, 0, 0]);
        let of = |value| bins.of(value);
        assert_eq!([of(Value::Number(0.0)), of(Value::Number(100.5)), of(Value::Number(f64::INFINITY))], [0, 5, 5]);
        assert_eq!([of(Value::Number(f64::NAN)), of(Value::Missing), of(Value::Name("a"))], [6, 6, 6]);
        assert_eq!([of(Value::Number(25.0)), of(Value::Number(25.5)), of(Value::Index(75))], [1, 2, 3]);
        assert_eq!((bins.count(), bins.ordered()), (7, 6));
    }

    /// Quantiles of such a sample fall together, and whoever drops the repeated ones sees two bins.
    #[test]
    fn a_frequent_value_has_a_bin_of_its_own() {
        let mut values = vec![0.0; 900];
        values.extend((1..=100).map(f64::from));
        let bins = Bins::of_numbers(&values, 5);
        assert_eq!(counts(&bins, &values), [0, 900, 25, 25, 25, 25, 0, 0]);
        values.extend([-0.0; 10]);
        assert_eq!(counts(&bins, &values)[1], 910);
        // In the middle as well.
        let values: Vec<f64> =
            (0..100).map(|i| if i < 40 { f64::from(i) } else { 50.0 }).chain((100..140).map(f64::from)).collect();
        let have = counts(&Bins::of_numbers(&values, 7), &values);
        assert!(have.contains(&60), "{have:?}");
    }

    #[test]
    fn a_constant_and_an_empty_sample() {
        let bins = Bins::of_numbers(&[3.0; 9], 10);
        assert_eq!(counts(&bins, &[2.9, 3.0, 3.1, f64::NAN]), [1, 1, 1, 1]);
        let bins = Bins::of_numbers(&[f64::NAN, f64::INFINITY], 10);
        assert_eq!(counts(&bins, &[2.9, f64::NAN]), [1, 1]);
    }

    #[test]
    fn every_bin_but_the_outer_ones_has_something_and_no_more_are_made() {
        let mut random = nearhand_kernels::random::SplitMix64::new(5);
        for case in 0..300 {
            let values: Vec<f64> = (0..1 + random.bits() % 200).map(|_| (random.bits() % (1 + case / 3)) as f64).collect();
            let bins = Bins::of_numbers(&values, 8);
            let have = counts(&bins, &values);
            let (inner, ends) = (&have[1..have.len() - 2], (have[0], have[have.len() - 2]));
            assert!(inner.len() <= 8 && inner.iter().all(|c| *c > 0) && ends == (0, 0), "{values:?} {have:?}");
        }
    }

    #[test]
    fn names_by_frequency_then_by_bytes() {
        let bins = Bins::of_names(["b", "a", "c", "a", "d"].into_iter(), 3);
        assert_eq!(bins, Bins::Named(["a", "b", "c"].map(str::to_owned).to_vec()));
        let of = |value| bins.of(value);
        assert_eq!([of(Value::Name("c")), of(Value::Name("d")), of(Value::Number(1.0)), of(Value::Missing)], [2, 3, 3, 4]);
        let bins = Bins::Indexed(3);
        assert_eq!([bins.of(Value::Index(2)), bins.of(Value::Index(3)), bins.of(Value::Missing)], [2, 3, 4]);
        assert_eq!((bins.ordered(), Bins::Named(Vec::new()).ordered()), (3, 0));
    }
}
