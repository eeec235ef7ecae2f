//! Log-probabilities of logits: exponentials of libm and sums in one order, so that they are the same everywhere.

/// Logarithm of the sum of exponentials.
pub(super) fn log_sum(logits: &[f32]) -> f32 {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, v| most.max(*v));
    if most == f32::NEG_INFINITY {
        return most;
    }
    let sum: f64 = logits.iter().map(|v| f64::from(libm::expf(v - most))).sum();
    most + libm::log(sum) as f32
}

/// Probabilities: a softmax.
pub(super) fn probabilities(logits: &[f32], out: &mut Vec<f32>) {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, v| most.max(*v));
    out.clear();
    out.extend(logits.iter().map(|v| libm::expf(v - most)));
    let sum: f64 = out.iter().map(|v| f64::from(*v)).sum();
    let share = (1.0 / sum) as f32;
    out.iter_mut().for_each(|v| *v *= share);
}

/// Log-probability of a token.
pub(super) fn log_probability(logits: &[f32], id: u32) -> f32 {
    logits.get(id as usize).map_or(f32::NEG_INFINITY, |logit| logit - log_sum(logits))
}

/// The likeliest tokens with their logits, of equals the lower number first; those that are impossible are none.
pub(super) fn likeliest(logits: &[f32], count: usize, out: &mut Vec<(u32, f32)>) {
    out.clear();
    for (logit, id) in logits.iter().zip(0..).filter(|(logit, _)| **logit > f32::NEG_INFINITY) {
        let full = out.len() == count;
        if full && out.last().is_none_or(|(_, least)| logit <= least) {
            continue;
        }
        if full {
            out.pop();
        }
        let at = out.partition_point(|(_, other)| other >= logit);
        out.insert(at, (id, *logit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        // ln(1 + e + e²) = 2.40760596…
        let logits = [0.0, 1.0, 2.0];
        assert!((log_sum(&logits) - 2.407_606).abs() < 1e-6);
        assert!((log_probability(&logits, 2) + 0.407_606).abs() < 1e-6);
        assert_eq!(log_probability(&logits, 3), f32::NEG_INFINITY);
        assert_eq!(log_sum(&[f32::NEG_INFINITY]), f32::NEG_INFINITY);
        let mut out = vec![7.0];
        probabilities(&logits, &mut out);
        for (have, want) in out.iter().zip([0.090_031, 0.244_728, 0.665_241]) {
            assert!((have - want).abs() < 1e-6);
        }
        assert_eq!(out.len(), 3);
        // Large logits do not overflow.
        assert!((log_sum(&[1e30, 1e30]) - 1e30).abs() < 1e24);
    }

    #[test]
    fn the_likeliest_come_first_and_of_equals_the_lower() {
        let mut out = Vec::new();
        likeliest(&[1.0, 3.0, 2.0, 3.0, f32::NEG_INFINITY], 3, &mut out);
        assert_eq!(out, [(1, 3.0), (3, 3.0), (2, 2.0)]);
        likeliest(&[1.0], 0, &mut out);
        assert!(out.is_empty());
        likeliest(&[f32::NEG_INFINITY, 0.5], 3, &mut out);
        assert_eq!(out, [(1, 0.5)]);
    }
}
