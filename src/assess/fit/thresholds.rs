//! Thresholds of a capacity.

/// The least score at which no more than `count` of these are as high or higher; `None` where that is none of them. Equal scores are never
/// torn apart: a capacity is kept, though less may be used.
#[must_use]
pub fn at_most(scores: &[f32], count: u64) -> Option<f32> {
    let mut sorted: Vec<f32> = scores.iter().copied().filter(|score| score.is_finite()).map(|score| score + 0.0).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut best = None;
    let mut taken = 0_u64;
    for same in sorted.chunk_by(|a, b| a == b) {
        taken += same.len() as u64;
        if taken > count {
            break;
        }
        best = same.first().copied();
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_capacity() {
        let scores = [0.9, 0.5, 0.5, 0.1, f32::NAN];
        for (count, threshold) in [(0, None), (1, Some(0.9)), (2, Some(0.9)), (3, Some(0.5)), (4, Some(0.1)), (9, Some(0.1))] {
            assert_eq!(at_most(&scores, count), threshold);
            let taken = threshold.map_or(0, |t| scores.iter().filter(|s| **s >= t).count() as u64);
            assert!(taken <= count);
        }
    }
}
