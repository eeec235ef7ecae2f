//! Temperature: logits divided by it. Below 1 the likely becomes likelier, above 1 less so.

use super::candidate::Candidate;

/// Divides all logits. 0 never comes here: it is greedy.
pub(super) fn scale(list: &mut [Candidate], temperature: f32) {
    list.iter_mut().for_each(|c| c.logit = (c.logit / temperature).clamp(f32::MIN, f32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let mut list = [3.0, -1.0].map(|logit| Candidate { id: 0, logit, probability: 0.0 });
        scale(&mut list, 0.5);
        assert_eq!(list.map(|c| c.logit), [6.0, -2.0]);
        // The smallest temperature there is makes no infinity.
        scale(&mut list, 1e-45);
        assert_eq!(list.map(|c| c.logit), [f32::MAX, f32::MIN]);
    }
}
