//! Lists from elsewhere, judged as an engine's answers are.

use super::answer::{Answer, Rule};
use crate::sessions::{Named, Pair};
use nearhand::ItemIdx;

/// What a list is to a pair. Where there is none, nothing was recommended, and the pair is a miss.
pub(super) fn answer(pair: &Pair, list: Option<&[Named]>, rule: Rule) -> Answer {
    let left_out = |item: &Named| rule.without_newest && pair.prefix.last() == Some(item);
    let list: Vec<&Named> = list.into_iter().flatten().filter(|item| !left_out(item)).collect();
    let judged = |list: &[&Named]| {
        let rank = list.iter().position(|item| **item == pair.next).map(|at| at + 1);
        // An item that the bundle lacks keeps its place, but there is nothing to be known of it.
        let known = |item: &&Named| match item {
            Named::Known(at) => Some(ItemIdx(*at)),
            Named::Unknown(_) => None,
        };
        (rank, list.iter().take(rule.k).filter_map(known).collect::<Vec<ItemIdx>>())
    };
    let (rank, best) = judged(&list);
    let explore = (!pair.prefix.contains(&pair.next)).then(|| {
        let rest: Vec<&Named> = list.iter().copied().filter(|item| !pair.prefix.contains(item)).collect();
        judged(&rest)
    });
    Answer { rank, best, explore }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(items: &[u32]) -> Vec<Named> {
        items.iter().map(|item| Named::Known(*item)).collect()
    }

    fn items(of: &[u32]) -> Vec<ItemIdx> {
        of.iter().copied().map(ItemIdx).collect()
    }

    #[test]
    fn places_by_hand() {
        let rule = Rule { k: 2, without_newest: false };
        let pair = Pair { prefix: known(&[1, 2]), next: Named::Known(7) };
        let list = [known(&[2, 5]), vec![Named::Unknown("x".into())], known(&[7, 1])].concat();
        let found = answer(&pair, Some(&list), rule);
        // 2, 5, x, 7: fourth; without the session's items 5, x, 7: third.
        assert_eq!(found, Answer { rank: Some(4), best: items(&[2, 5]), explore: Some((Some(3), items(&[5]))) });
        // 5, x, 7 where the newest is left out.
        assert_eq!(answer(&pair, Some(&list), Rule { without_newest: true, ..rule }).rank, Some(3));
        assert_eq!(answer(&pair, None, rule), Answer { rank: None, best: vec![], explore: Some((None, vec![])) });
        // Said twice: its first place.
        assert_eq!(answer(&pair, Some(&known(&[7, 5, 7])), rule).rank, Some(1));
    }

    #[test]
    fn a_target_that_the_bundle_lacks_can_be_in_a_list() {
        let pair = Pair { prefix: known(&[1]), next: Named::Unknown("new".into()) };
        let found = answer(
            &pair,
            Some(&[Named::Unknown("old".into()), Named::Unknown("new".into())]),
            Rule { k: 20, without_newest: false },
        );
        assert_eq!(found.rank, Some(2));
        let repeat = Pair { prefix: vec![Named::Unknown("new".into())], next: Named::Unknown("new".into()) };
        assert_eq!(answer(&repeat, Some(&[Named::Unknown("new".into())]), Rule { k: 20, without_newest: false }).explore, None);
    }
}
