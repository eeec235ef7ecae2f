//! The temperature of the model's part: how far its values lie apart.
//!
//! ```text
//! spread      = largest x − x at place max(n / 2, min(n, 50)) of the n items
//! temperature = largest spread of any session / 6
//! ```
//! The part of an item is exp((x − largest x) / temperature): so whatever the scale of the values, the middle item has at least
//! e⁻⁶ = 0.0025 of the best one's, and what tells two items apart lies above the popularity part, 10⁻⁶.

/// The item at that place is at most so many temperatures below the best.
const DEPTH: f32 = 6.0;
/// Places that count in a small catalog.
const PLACES: usize = 50;

/// The temperature for the values of some sessions; 1 where nothing tells them apart.
pub(crate) fn temperature(sessions: &[Vec<f32>]) -> f32 {
    let widest = sessions.iter().filter_map(|values| spread(values)).fold(0.0, f32::max);
    if widest > 0.0 && widest.is_finite() { (widest / DEPTH).max(f32::MIN_POSITIVE) } else { 1.0 }
}

/// The distance of the largest value from that of the last place that counts.
pub(crate) fn spread(values: &[f32]) -> Option<f32> {
    let mut sorted = values.to_vec();
    let last = (sorted.len() / 2).max(sorted.len().min(PLACES)).checked_sub(1)?;
    let (above, low, _) = sorted.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
    Some(above.iter().copied().fold(*low, f32::max) - *low)
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
        // Of 200 the middle: 199 − 100.
        assert_eq!(temperature(&[(0..200).map(|i| i as f32).collect()]), 16.5);
        assert_eq!(temperature(&[vec![3.0; 4]]), 1.0, "all alike");
        assert_eq!(temperature(&[]), 1.0);
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
