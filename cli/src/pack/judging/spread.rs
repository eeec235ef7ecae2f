//! How far a model's values lie apart, and the temperature of its part that follows.
//!
//! ```text
//! reach       = the values from the largest down to place max(n / 2, min(n, 50)) of the n items, or to a gap more than 1,000
//!               times as wide as what lies above it and below it together, and as the largest x: what is behind is masked
//! spread      = second largest x − last x of the reach
//! temperature = largest (largest x − last x of the reach) of any session / 6
//! ```
//! The part of an item is exp((x − largest x) / temperature): so whatever the scale of the values, the middle item has at least
//! e⁻⁶ = 0.0025 of the best one's, and what tells two items apart lies above the popularity part, 10⁻⁶.

/// The last item is at most so many temperatures below the best.
const DEPTH: f32 = 6.0;
/// Places that count in a small catalog.
const PLACES: usize = 50;
/// A gap of so many times what lies on its two sides is a mask's.
const DROP: f32 = 1e3;

/// The temperature for the values of some sessions; 1 where nothing tells them apart.
pub(crate) fn temperature(sessions: &[Vec<f32>]) -> f32 {
    let width = |values: &Vec<f32>| reach(values).map(|reach| reach.first - reach.last);
    let widest = sessions.iter().filter_map(width).fold(0.0, f32::max);
    if widest > 0.0 && widest.is_finite() { (widest / DEPTH).max(f32::MIN_POSITIVE) } else { 1.0 }
}

/// What lies between the second largest value and the last that counts: one that is far above all others says nothing of these.
pub(crate) fn spread(values: &[f32]) -> f32 {
    reach(values).map_or(0.0, |reach| if reach.places > 2 { reach.second - reach.last } else { reach.first - reach.last })
}

struct Reach {
    first: f32,
    second: f32,
    last: f32,
    places: usize,
}

fn reach(values: &[f32]) -> Option<Reach> {
    let mut sorted = values.to_vec();
    let places = (sorted.len() / 2).max(sorted.len().min(PLACES));
    let by = |a: &f32, b: &f32| b.total_cmp(a);
    sorted.select_nth_unstable_by(places.checked_sub(1)?, by);
    sorted.truncate(places);
    sorted.sort_unstable_by(by);
    let (first, second) = (*sorted.first()?, sorted.get(1).or_else(|| sorted.first()).copied()?);
    let low = *sorted.last()?;
    let masked = |(above, below): (f32, f32)| above - below > DROP * ((first - above) + (below - low)).max(first.abs());
    let pairs = sorted.iter().copied().zip(sorted.iter().copied().skip(1)).skip(1);
    let end = pairs.into_iter().position(masked).map_or(sorted.len(), |at| at + 2);
    Some(Reach { first, second, last: sorted.get(end - 1).copied()?, places: end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Five items: all count. 14 − 2 and 140 − 20.
        let values = |scale: f32| [2.0, 3.0, 4.0, 5.0, 14.0].map(|v| v * scale).to_vec();
        assert_eq!(temperature(&[values(1.0)]), 2.0);
        assert_eq!(temperature(&[values(1.0), values(10.0)]), 20.0);
        // Of 200 the middle: 199 − 100; between the second and it 98.
        let many: Vec<f32> = (0..200).map(|i| i as f32).collect();
        assert_eq!((temperature(std::slice::from_ref(&many)), spread(&many)), (16.5, 98.0));
        assert_eq!(temperature(&[vec![3.0; 4]]), 1.0, "all alike");
        assert_eq!(temperature(&[]), 1.0);
        assert_eq!((spread(&[]), spread(&[1.0]), spread(&[1.0, 3.0])), (0.0, 0.0, 2.0));
    }

    #[test]
    fn what_is_masked_does_not_count() {
        for mask in [-1e9, -65_504.0, -1e4] {
            assert_eq!(temperature(&[vec![1.0, 7.0, mask, 3.0, mask, mask]]), 1.0, "{mask}");
            assert_eq!(spread(&[1.0, 7.0, mask, 3.0, mask, mask]), 2.0);
            assert_eq!(spread(&[0.5, 0.5, 0.5, mask]), 0.0, "ties");
        }
        // Close ones at the top are no mask's.
        assert_eq!(temperature(&[vec![5.0, 4.999_999, -1.0, 1.0]]), 1.0);
        // One far above all others: their own spread stays small.
        assert_eq!(spread(&[1e6, 1.0, 2.0, 3.0]), 2.0);
    }

    #[test]
    fn the_scale_of_the_values_is_nothing() {
        let part = |scale: f32| {
            let values: Vec<f32> = (0..100).map(|i| (i as f32 * 0.7).sin() * scale).collect();
            let t = temperature(std::slice::from_ref(&values));
            values.iter().map(|x| ((x - scale) / t).exp()).collect::<Vec<_>>()
        };
        for (a, b) in part(1.0).iter().zip(part(1000.0)) {
            assert!((a - b).abs() < 1e-4 * a.abs().max(1e-6));
        }
    }
}
