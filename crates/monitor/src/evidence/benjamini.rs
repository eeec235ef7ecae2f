//! Which of many e-values to believe.

/// The e-Benjamini–Hochberg procedure (Wang and Ramdas 2022): of k e-values those, at most a share `alpha` of them wrongly on
/// the average, that may be believed, whatever they have to do with each other. Their places, in order. For a report that names
/// many streams; alarms hold the error of any at all.
#[must_use]
pub fn e_benjamini_hochberg(e_values: &[f64], alpha: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..e_values.len()).collect();
    let value = |at: &usize| e_values.get(*at).copied().unwrap_or(0.0);
    order.sort_by(|a, b| value(b).total_cmp(&value(a)));
    // The largest k whose k-th e-value is at least n / (α k).
    let enough = |(at, place): (usize, &usize)| value(place) * (at + 1) as f64 * alpha >= e_values.len() as f64;
    let many = (0..order.len()).rev().find(|&at| order.get(at).is_some_and(|place| enough((at, place)))).map_or(0, |at| at + 1);
    order.truncate(many);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::e_benjamini_hochberg;

    #[test]
    fn worked_example() {
        // n = 5, α = 0.1: thresholds 50, 25, 16.7, 12.5, 10. Sorted 60, 20, 17, 3, 1: the third passes 16.7, so the second does
        // as well.
        assert_eq!(e_benjamini_hochberg(&[17.0, 60.0, 3.0, 20.0, 1.0], 0.1), [0, 1, 3]);
        assert_eq!(e_benjamini_hochberg(&[17.0, 40.0, 3.0, 20.0, 1.0], 0.1), [0, 1, 3]);
        assert_eq!(e_benjamini_hochberg(&[49.0, 1.0, 1.0, 1.0, 1.0], 0.1), [0_usize; 0]);
        assert_eq!(e_benjamini_hochberg(&[f64::INFINITY, 0.0], 0.05), [0]);
        assert_eq!(e_benjamini_hochberg(&[], 0.05), [0_usize; 0]);
    }
}
