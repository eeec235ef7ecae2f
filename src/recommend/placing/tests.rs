//! Arranging, held against the plainest way to do it: every place from scratch.

use super::arrange::Layout;
use super::arrange::Look;
use super::arrange::WINDOW;
use super::arrange::Way;
use super::arrange::arrange;
use super::candidate::Candidate;
use crate::arena::Arena;
use crate::catalog::Column;
use crate::ids::ItemIdx;
use crate::recommend::asked::Explore;
use proptest::prelude::*;

/// Categories are the remainder by 5, brands by 3, likeness falls with the difference of indices.
struct Plain;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

impl Look for Plain {
    fn facet(&self, item: ItemIdx, column: Column) -> Option<&str> {
        match column {
            Column::Category => NAMES.get(item.at() % 5).copied(),
            // Some have no brand.
            Column::Brand if item.0.is_multiple_of(7) => None,
            _ => NAMES.get(item.at() % 3).copied(),
        }
    }

    fn similarity(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        1.0 / (1 + a.0.abs_diff(b.0)) as f32
    }
}

fn candidates(scores: &[(u8, u8)]) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = scores
        .iter()
        .zip(0..)
        .map(|((score, group), i)| {
            let score = f32::from(*score) / 16.0;
            Candidate { item: ItemIdx(i), raw: score, score, group: *group, place: 0 }
        })
        .collect();
    all.sort_by(|a, b| a.group.cmp(&b.group).then(b.score.total_cmp(&a.score)).then(a.item.cmp(&b.item)));
    all
}

/// The items of the first `want` places without exploration, each place from scratch.
fn brute(candidates: &[Candidate], layout: &Layout<'_>, want: usize) -> Vec<ItemIdx> {
    let pinned: Vec<ItemIdx> = layout.pins.iter().map(|(_, item)| *item).collect();
    let mut free: Vec<ItemIdx> = Vec::new();
    while free.len() <= want {
        let chosen: Vec<ItemIdx> = pinned.iter().chain(&free).copied().collect();
        let fits = |c: &&Candidate| {
            !chosen.contains(&c.item)
                && layout.caps.iter().all(|(column, most)| {
                    let name = Plain.facet(c.item, *column);
                    name.is_none() || chosen.iter().filter(|i| Plain.facet(**i, *column) == name).count() < *most
                })
        };
        let left: Vec<&Candidate> = candidates.iter().filter(fits).collect();
        let Some(first) = left.first() else { break };
        let window = if layout.diversity > 0.0 { WINDOW } else { 1 };
        let best = candidates[0].score;
        let value = |c: &Candidate| {
            let near = chosen.iter().map(|i| Plain.similarity(c.item, *i)).fold(0.0, f32::max);
            let relevance = if best > 0.0 { c.score / best } else { 0.0 };
            (1.0 - layout.diversity) * relevance - layout.diversity * near
        };
        let among = left.iter().filter(|c| c.group == first.group).take(window);
        let best = among.copied().reduce(|a, b| if value(b) > value(a) { b } else { a }).unwrap();
        free.push(best.item);
    }
    let (mut places, mut free) = (Vec::new(), free.into_iter());
    for place in 1..=want {
        let pin = layout.pins.iter().find(|(p, _)| *p == place).map(|(_, item)| *item);
        match pin.or_else(|| free.next()) {
            Some(item) => places.push(item),
            None => break,
        }
    }
    // Pins beyond the last free item close up.
    let late: Vec<ItemIdx> = pinned.into_iter().filter(|item| !places.contains(item)).collect();
    places.extend(late.into_iter().take(want - places.len()));
    places
}

/// Scores, pins, caps and diversity.
type Parts = (Vec<(u8, u8)>, Vec<(usize, ItemIdx)>, Vec<(Column, usize)>, f32);

fn layout_parts() -> impl Strategy<Value = Parts> {
    let scores = prop::collection::vec((0..20_u8, 0..3_u8), 0..130);
    let pins = prop::collection::btree_map(1..30_usize, 0..130_u32, 0..4);
    let caps = (prop::option::of(1..9_usize), prop::option::of(1..9_usize));
    let diversity = prop_oneof![Just(0.0_f32), 0.05..1.0_f32];
    (scores, pins, caps, diversity).prop_map(|(scores, pins, (category, brand), diversity)| {
        let mut pinned: Vec<(usize, ItemIdx)> = Vec::new();
        for (place, item) in pins {
            if pinned.iter().all(|(_, i)| i.0 != item) {
                pinned.push((place, ItemIdx(item)));
            }
        }
        let caps = [(Column::Category, category), (Column::Brand, brand)];
        (scores, pinned, caps.into_iter().filter_map(|(c, n)| Some((c, n?))).collect(), diversity)
    })
}

proptest! {
    #[test]
    fn arranged_as_by_hand((scores, pins, caps, diversity) in layout_parts(), want in 1..40_usize) {
        let (candidates, arena) = (candidates(&scores), Arena::default());
        let layout = Layout { pins: &pins, caps: &caps, diversity, explore: None, want };
        let got = arrange(&candidates, true, &layout, &Plain, &arena);
        let items: Vec<ItemIdx> = got.places.iter().map(|p| p.item).collect();
        prop_assert_eq!(&items, &brute(&candidates, &layout, want));
        prop_assert!(!got.starved);
        prop_assert_eq!(got.more, brute(&candidates, &layout, want + 1).len() > want);
        for placed in &got.places {
            prop_assert!(placed.propensity == 1.0 && placed.explored_from.is_none());
            if let Way::Pinned(i) = placed.way {
                prop_assert_eq!(pins[i].1, placed.item);
            }
        }
    }

    #[test]
    fn a_shorter_slate_is_the_head_of_a_longer_one(
        (scores, pins, caps, diversity) in layout_parts(),
        want in 1..20_usize,
        explore in prop::option::of((1..25_usize, 0.0..=1.0_f32, 2..8_usize, any::<u64>())),
    ) {
        let (candidates, arena) = (candidates(&scores), Arena::default());
        let explore = explore.map(|(place, rate, among, seed)| Explore { place, rate, among, seed });
        let of = |want| {
            let layout = Layout { pins: &pins, caps: &caps, diversity, explore, want };
            arrange(&candidates, true, &layout, &Plain, &arena).places.to_vec()
        };
        let (short, long) = (of(want), of(40));
        prop_assert_eq!(&short[..], &long[..want.min(long.len())]);
        let mut items: Vec<ItemIdx> = long.iter().map(|p| p.item).collect();
        items.sort();
        items.dedup();
        prop_assert_eq!(items.len(), long.len(), "no item twice");
    }

    #[test]
    fn few_candidates_say_that_more_are_wanted_or_give_the_same(
        (scores, pins, caps, diversity) in layout_parts(),
        want in 1..20_usize,
        n in 0..130_usize,
    ) {
        let (candidates, arena) = (candidates(&scores), Arena::default());
        let n = n.min(candidates.len());
        let layout = Layout { pins: &pins, caps: &caps, diversity, explore: None, want };
        let all = arrange(&candidates, true, &layout, &Plain, &arena);
        let some = arrange(&candidates[..n], n == candidates.len(), &layout, &Plain, &arena);
        prop_assert!(some.starved || (some.places == all.places && some.more == all.more));
    }

    #[test]
    fn an_exploration_exchanges_two_places_and_its_propensities_add_up(
        scores in prop::collection::vec((0..20_u8, Just(0_u8)), 12..60),
        place in 1..6_usize,
        rate in 0.0..=1.0_f32,
        among in 2..7_usize,
    ) {
        let (candidates, arena) = (candidates(&scores), Arena::default());
        let of = |explore| {
            let layout = Layout { pins: &[], caps: &[], diversity: 0.0, explore, want: 12 };
            arrange(&candidates, true, &layout, &Plain, &arena).places.to_vec()
        };
        let plain = of(None);
        let mut at_place = std::collections::BTreeMap::new();
        for seed in 0..200 {
            let explored = of(Some(Explore { place, rate, among, seed }));
            let changed: Vec<usize> = (0..12).filter(|i| explored[*i].item != plain[*i].item).collect();
            prop_assert!(changed.is_empty() || (changed.len() == 2 && changed[0] + 1 == place && changed[1] < place - 1 + among));
            if let [a, b] = changed[..] {
                prop_assert_eq!((explored[a].item, explored[b].item), (plain[b].item, plain[a].item));
                prop_assert_eq!((explored[a].explored_from, explored[b].explored_from), (Some(b + 1), Some(a + 1)));
            }
            let here = &explored[place - 1];
            at_place.insert(here.item, here.propensity);
        }
        let sum: f32 = at_place.values().sum();
        prop_assert!(sum <= 1.0 + 1e-5, "{}", sum);
        if at_place.len() == among {
            prop_assert!((sum - 1.0).abs() < 1e-5, "{}", sum);
        }
    }
}

#[test]
fn diversity_by_hand() {
    // Scores 1, .9, .8; the second is item 1 beside item 0 (likeness 1/2), the third item 9 (likeness 1/10).
    let of = |item, score| Candidate { item: ItemIdx(item), raw: score, score, group: 0, place: 0 };
    let (candidates, arena) = ([of(0, 1.0), of(1, 0.9), of(9, 0.8)], Arena::default());
    let order = |diversity| {
        let layout = Layout { pins: &[], caps: &[], diversity, explore: None, want: 3 };
        arrange(&candidates, true, &layout, &Plain, &arena).places.iter().map(|p| p.item.0).collect::<Vec<_>>()
    };
    assert_eq!(order(0.0), [0, 1, 9]);
    // .8 · .9 − .2 · .5 = .62 against .8 · .8 − .2 · .1 = .62: just below 1/5 the second stays.
    assert_eq!(order(0.19), [0, 1, 9]);
    assert_eq!(order(0.21), [0, 9, 1]);
}
