//! Top-p, or nucleus sampling (Holtzman et al. 2020): only the likeliest tokens that together reach a probability.

use super::candidate::Candidate;

/// Keeps the first tokens up to and with the one by which their probabilities together reach `p`; 1 keeps all.
pub(super) fn keep(list: &mut Vec<Candidate>, p: f32) {
    if p >= 1.0 {
        return;
    }
    let mut sum = 0.0_f64;
    let enough = list.iter().position(|c| {
        sum += f64::from(c.probability);
        sum >= f64::from(p)
    });
    list.truncate(enough.map_or(list.len(), |at| at + 1));
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
        for (p, left) in [(0.4, 1), (0.5, 1), (0.51, 2), (0.75, 2), (0.8, 3), (0.99, 4), (1.0, 4), (1e-9, 1)] {
            let mut list = list.clone();
            keep(&mut list, p);
            assert_eq!(list.len(), left, "{p}");
        }
    }
}
