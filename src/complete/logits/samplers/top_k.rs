//! Top-k (Fan et al. 2018): only the k likeliest tokens are drawn from. It also brings what is left into order.

use super::candidate::Candidate;

/// Sorts, the likeliest first and of equals the lower number, and keeps the first `k`; 0 keeps all.
pub(super) fn keep(list: &mut Vec<Candidate>, k: usize) {
    let order = |a: &Candidate, b: &Candidate| b.logit.total_cmp(&a.logit).then(a.id.cmp(&b.id));
    if k > 0 && k < list.len() {
        list.select_nth_unstable_by(k - 1, order);
        list.truncate(k);
    }
    list.sort_unstable_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let list = || -> Vec<Candidate> {
            [1.0, 4.0, 2.0, 4.0, 3.0].into_iter().zip(0..).map(|(logit, id)| Candidate { id, logit, probability: 0.0 }).collect()
        };
        for (k, want) in [(0, &[1, 3, 4, 2, 0][..]), (1, &[1]), (3, &[1, 3, 4]), (9, &[1, 3, 4, 2, 0])] {
            let mut list = list();
            keep(&mut list, k);
            assert_eq!(list.iter().map(|c| c.id).collect::<Vec<_>>(), want);
        }
    }
}
