//! The temperature of the model's part: how far its values lie apart.
//!
//! ```text
//! temperature = median over sessions of (largest x − median x) / 6
//! ```
//! The part of an item is exp((x − largest x) / temperature): so whatever the scale of the values, the middle item has
//! e⁻⁶ = 0.0025 of the best one's, and what tells two items apart lies above the popularity part, 10⁻⁶.

/// The median item is so many temperatures below the best.
const DEPTH: f32 = 6.0;

/// The temperature for the values of some sessions; 1 where nothing tells them apart.
pub(super) fn temperature(sessions: &[Vec<f32>]) -> f32 {
    let mut spreads: Vec<f32> = sessions.iter().filter_map(|values| spread(values)).collect();
    spreads.sort_unstable_by(f32::total_cmp);
    let typical = spreads.get(spreads.len() / 2).copied().unwrap_or(0.0);
    if typical > 0.0 && typical.is_finite() { (typical / DEPTH).max(f32::MIN_POSITIVE) } else { 1.0 }
}

/// The distance of the largest value from the median one.
fn spread(values: &[f32]) -> Option<f32> {
    let mut sorted = values.to_vec();
    let middle = sorted.len() / 2;
    if sorted.is_empty() {
        return None;
    }
    let (_, median, above) = sorted.select_nth_unstable_by(middle, f32::total_cmp);
    Some(above.iter().copied().fold(*median, f32::max) - *median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Medians 2 and 20, largest 14 and 140: spreads 12 and 120.
        let values = |scale: f32| [0.0, 1.0, 2.0, 5.0, 14.0].map(|v| v * scale).to_vec();
        assert_eq!(temperature(&[values(1.0)]), 2.0);
        assert_eq!(temperature(&[values(1.0), values(10.0), values(10.0)]), 20.0);
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
