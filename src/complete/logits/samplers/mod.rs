//! From logits to one token: each filter in a file of its own, in the field's order: temperature, top-k, top-p, min-p, draw.

mod candidate;
mod draw;
mod min_p;
mod temperature;
mod top_k;
mod top_p;

use candidate::Candidate;
pub(in crate::complete) use draw::draw;

/// What is left to draw from: the likeliest first, of equals the lower number first.
#[derive(Clone, Debug, Default)]
pub(in crate::complete) struct Candidates {
    pub(in crate::complete) list: Vec<Candidate>,
}

/// How a token is drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::complete) struct Sampling {
    pub(in crate::complete) temperature: f32,
    pub(in crate::complete) top_k: usize,
    pub(in crate::complete) top_p: f32,
    pub(in crate::complete) min_p: f32,
}

impl Candidates {
    /// All tokens that are possible, as they come.
    fn fill(&mut self, logits: &[f32]) {
        let all = logits.iter().zip(0..).filter(|(logit, _)| **logit > f32::NEG_INFINITY);
        self.list.clear();
        self.list.extend(all.map(|(logit, id)| Candidate { id, logit: *logit, probability: 0.0 }));
    }

    /// Probabilities of those that are left: a softmax over them. The likeliest stands first.
    fn normalize(&mut self) {
        let most = self.list.first().map_or(0.0, |c| c.logit);
        let mut sum = 0.0_f64;
        for candidate in &mut self.list {
            candidate.probability = libm::expf(candidate.logit - most);
            sum += f64::from(candidate.probability);
        }
        for candidate in &mut self.list {
            candidate.probability = (f64::from(candidate.probability) / sum) as f32;
        }
    }

    /// Tokens that may be drawn, with their probabilities.
    pub(in crate::complete) fn of(&mut self, logits: &[f32], how: Sampling) {
        self.fill(logits);
        temperature::scale(&mut self.list, how.temperature);
        top_k::keep(&mut self.list, how.top_k);
        self.normalize();
        top_p::keep(&mut self.list, how.top_p);
        min_p::keep(&mut self.list, how.min_p);
    }
}

/// The likeliest token, of equals the one with the lowest number; `None` where none is possible.
pub(in crate::complete) fn greedy(logits: &[f32]) -> Option<u32> {
    let mut best: Option<(u32, f32)> = None;
    for (logit, id) in logits.iter().zip(0..) {
        if *logit > best.map_or(f32::NEG_INFINITY, |(_, most)| most) {
            best = Some((id, *logit));
        }
    }
    best.map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(logits: &[f32], how: Sampling) -> Vec<u32> {
        let mut candidates = Candidates::default();
        candidates.of(logits, how);
        candidates.list.iter().map(|c| c.id).collect()
    }

    #[test]
    fn of_equals_the_lower_number_is_taken() {
        assert_eq!(greedy(&[1.0, 3.0, 3.0, 2.0]), Some(1));
        assert_eq!(greedy(&[f32::NEG_INFINITY; 3]), None);
        assert_eq!(greedy(&[]), None);
        assert_eq!(greedy(&[f32::NEG_INFINITY, -1e30]), Some(1));
    }

    /// Probabilities ½, ¼, ⅛, ⅛ (logits ln of them): what each filter leaves, alone and one after the other.
    #[test]
    fn filters_follow_each_other() {
        let logits: Vec<f32> = [0.125_f32, 0.5, 0.25, 0.125].iter().map(|p| libm::logf(*p)).collect();
        let all = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0 };
        assert_eq!(ids(&logits, all), [1, 2, 0, 3]);
        assert_eq!(ids(&logits, Sampling { top_k: 3, ..all }), [1, 2, 0]);
        assert_eq!(ids(&logits, Sampling { top_p: 0.7, ..all }), [1, 2]);
        // Of the three that top-k leaves the first has 4/7 = .571 now.
        assert_eq!(ids(&logits, Sampling { top_k: 3, top_p: 0.57, ..all }), [1]);
        assert_eq!(ids(&logits, Sampling { min_p: 0.3, ..all }), [1, 2]);
        // At a temperature of ½ probabilities are squared: 1/4, 1/16, …: the second is a quarter of the first.
        assert_eq!(ids(&logits, Sampling { min_p: 0.3, temperature: 0.5, ..all }), [1]);
    }
}
