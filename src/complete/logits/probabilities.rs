//! Probabilities of logits: the engine's softmax, whose sums have one order, so that they are the same everywhere.

use nearhand_kernels::softmax::softmax;

/// Probabilities of finite logits into `out`, and the logarithm of the sum of exponentials: less it, a logit is a log-probability.
pub(in crate::complete) fn probabilities(logits: &[f32], out: &mut Vec<f32>) -> f32 {
    out.clear();
    out.extend_from_slice(logits);
    softmax(out, logits.len(), false);
    // The largest has one part of the sum.
    let most =
        logits.iter().zip(out.iter()).fold((f32::NEG_INFINITY, 1.0), |most, (l, p)| if *l > most.0 { (*l, *p) } else { most });
    most.0 - libm::logf(most.1)
}

/// The likeliest tokens with their logits, of equals the lower number first; those that are impossible are none.
pub(in crate::complete) fn likeliest(logits: &[f32], count: usize, out: &mut Vec<(u32, f32)>) {
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
        let mut out = vec![7.0];
        assert!((probabilities(&[0.0, 1.0, 2.0], &mut out) - 2.407_606).abs() < 1e-6);
        for (have, want) in out.iter().zip([0.090_031, 0.244_728, 0.665_241]) {
            assert!((have - want).abs() < 1e-6);
        }
        assert_eq!(out.len(), 3);
        // Large logits do not overflow.
        assert!((probabilities(&[1e30, 1e30], &mut out) - 1e30).abs() < 1e24);
        assert_eq!((probabilities(&[-1e30, 1e30], &mut out), out.as_slice()), (1e30, &[0.0, 1.0][..]));
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
