//! How many times larger or smaller numbers are than the reference's, and whether that is what units differ by.

use crate::bins::Bins;
use crate::reference::Stream;

/// Fewer numbers have no median that could be told from others.
pub(super) const FEWEST: usize = 5;

/// What units differ by: nano, micro and milli; days, hours and minutes in seconds; hundredths; hours of a day. Nothing smaller, as what
/// is two or ten times as large may be so for many reasons.
const KNOWN: [f64; 8] = [1e9, 1e6, 86_400.0, 3600.0, 1000.0, 100.0, 60.0, 24.0];

/// How far the ratio of the medians may be from what it is named.
const NEAR: f64 = 1.5;

/// Such an interval says nothing.
const WIDE: f64 = 10.0;

/// The ratio of the numbers' median to the reference's; and the factor of [`KNOWN`], or 1 / that, by which they differ, where it is the
/// only one in the interval of that ratio. That interval is from the order statistics n/2 ∓ 1.1 √n, between which the median of what comes lies with
/// probability 0.94 at least, divided by the edges of the bin that has the reference's median. `None` of few numbers, where most are
/// one value, and where the medians are not above 0.
pub(super) fn factor(stream: &Stream, numbers: &[f64]) -> Option<(f64, Option<f64>)> {
    let Bins::Numeric(edges) = stream.bins() else { return None };
    let counts = stream.counts().get(..=edges.len())?;
    let half = counts.iter().sum::<u64>() as f64 / 2.0;
    let mut below = 0;
    let median = counts.iter().position(|count| {
        below += count;
        below as f64 >= half
    })?;
    let (low, high) = (*edges.get(median.checked_sub(1)?)?, *edges.get(median)?);
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let rank = n as f64 / 2.0 - 1.1 * libm::sqrt(n as f64);
    if n < FEWEST || rank < 0.0 {
        return None;
    }
    let at = rank as usize;
    let (least, middle, most) = (*sorted.get(at)?, *sorted.get(n / 2)?, *sorted.get(n - 1 - at)?);
    // One value for most is a default or a sentinel, but where the reference's is one too.
    if low <= 0.0 || least <= 0.0 || (least == most && low.next_up() < high) {
        return None;
    }
    let (from, to, ratio) = (least / high, most / low, middle / libm::sqrt(low * high));
    let (mut only, mut fitting) = (0.0, 0);
    for known in KNOWN {
        for named in [known, 1.0 / known] {
            if from <= named && named <= to {
                (only, fitting) = (named, fitting + 1);
            }
        }
    }
    let near = only <= ratio * NEAR && ratio <= only * NEAR && to <= from * WIDE;
    Some((ratio, (fitting == 1 && near).then_some(only)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Value;
    use crate::reference::Role;
    use nearhand_kernels::random::SplitMix64;

    fn stream(sample: &[f64]) -> Stream {
        let mut stream = Stream::new("x", Role::Input, 1.0, Bins::of_numbers(sample, 10)).unwrap();
        sample.iter().for_each(|x| stream.add(Value::Number(*x)));
        stream
    }

    fn named(reference: &Stream, numbers: &[f64]) -> Option<f64> {
        factor(reference, numbers).and_then(|(_, named)| named)
    }

    fn normal(random: &mut SplitMix64) -> f64 {
        (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
    }

    #[test]
    fn by_hand() {
        // The median bin of 1 to 100 is (40, 50]; of 16 numbers the fourth and thirteenth count.
        let of: Vec<f64> = (1..=100).map(f64::from).collect();
        let hundreds: Vec<f64> = (0..16).map(|at| 4000.0 + 100.0 * f64::from(at)).collect();
        assert_eq!(named(&stream(&of), &hundreds), Some(100.0), "4300 / 50 = 86 to 5200 / 40 = 130");
        let (ratio, _) = factor(&stream(&of), &hundreds).unwrap();
        assert!((ratio - 4800.0 / 2000_f64.sqrt()).abs() < 1e-9);
        assert_eq!(factor(&stream(&of), &hundreds[..4]), None, "too few");
        let between: Vec<f64> = hundreds.iter().map(|x| 0.7 * x).collect();
        assert_eq!(named(&stream(&of), &between), None, "60.2 to 91 times");
        assert_eq!(factor(&stream(&of), &[4500.0; 16]), None, "one value");
        assert_eq!(named(&stream(&[45.0; 9]), &[4500.0; 16]), Some(100.0), "but where it was one");
        assert_eq!(factor(&stream(&of), &[-4500.0; 16]), None);
        assert_eq!(factor(&stream(&[0.0; 9]), &hundreds), None);
        assert_eq!(factor(&stream(&[f64::NAN; 9]), &hundreds), None);
        assert_eq!(named(&stream(&of), &of[40..56]), None, "as it was");
    }

    /// Log-normal numbers in another unit. Where the spread allows it the factor is named; a wrong one is named to hardly anybody.
    #[test]
    fn a_wrong_factor_is_hardly_ever_named() {
        let mut random = SplitMix64::new(3);
        for (spread, least) in [(0.1, 950), (0.3, 900), (1.0, 0)] {
            for unit in [0.001, 1.0 / 60.0, 0.5, 7.0, 24.0, 100.0, 1000.0, 3600.0] {
                let known = ![0.5, 7.0].contains(&unit);
                let (mut right, mut wrong) = (0, 0);
                for _ in 0..10 {
                    let sample: Vec<f64> = (0..1000).map(|_| (spread * normal(&mut random)).exp()).collect();
                    let reference = stream(&sample);
                    for _ in 0..100 {
                        let numbers: Vec<f64> = (0..16).map(|_| unit * (spread * normal(&mut random)).exp()).collect();
                        match named(&reference, &numbers) {
                            Some(factor) if known && (factor / unit - 1.0).abs() < 1e-9 => right += 1,
                            Some(_) => wrong += 1,
                            None => (),
                        }
                    }
                }
                assert!(wrong <= 30 && (!known || right >= least), "{spread} {unit}: {right} right, {wrong} wrong of 1000");
            }
        }
    }
}
