//! Min-p (Nguyen et al. 2024): only tokens that are not much less likely than the likeliest.

use super::candidate::Candidate;

/// Keeps tokens with at least `p` times the probability of the first.
pub(super) fn keep(list: &mut Vec<Candidate>, p: f32) {
    let least = list.first().map_or(0.0, |c| c.probability * p);
    let left = list.partition_point(|c| c.probability >= least);
    list.truncate(left.max(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let list: Vec<Candidate> = [0.5, 0.25, 0.125, 0.125]
            .into_iter()
            .zip(0..)
            .map(|(probability, id)| Candidate { id, logit: 0.0, probability })
            .collect();
        for (p, left) in [(0.0, 4), (0.25, 4), (0.26, 2), (0.5, 2), (0.6, 1), (1.0, 1)] {
            let mut list = list.clone();
            keep(&mut list, p);
            assert_eq!(list.len(), left, "{p}");
        }
    }
}
