//! The draw: the token that a number falls on.

use super::candidate::Candidate;

/// The token on which a number from 0 up to 1 falls, where each has as much room as its probability; they need not sum to 1.
pub(in crate::complete) fn draw(list: &[Candidate], at: f64) -> Option<u32> {
    let all: f64 = list.iter().map(|c| f64::from(c.probability)).sum();
    let mut left = at * all;
    for candidate in list {
        left -= f64::from(candidate.probability);
        if left < 0.0 {
            return Some(candidate.id);
        }
    }
    list.last().map(|c| c.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_the_room_of_its_probability() {
        let list =
            [0.5, 0.25, 0.0, 0.125].map(|probability| Candidate { id: (probability * 8.0) as u32, logit: 0.0, probability });
        let drawn = |at| draw(&list, at);
        assert_eq!([0.0, 0.571, 0.572, 0.857, 0.858, 0.999].map(drawn), [4, 4, 2, 2, 1, 1].map(Some));
        assert_eq!(draw(&[], 0.5), None);
    }
}
