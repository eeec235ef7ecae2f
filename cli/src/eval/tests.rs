//! On the shipped bundle, so that all parts are there.

use super::*;
use crate::random::Random;
use crate::sessions::{Named, Pair};

fn bundle() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/online-retail/online-retail.safetensors");
    std::fs::read(path).unwrap()
}

fn pairs(random: &mut Random, items: usize) -> Vec<Pair> {
    let mut item = || Named::Known(random.below(items) as u32);
    (0..60).map(|at| Pair { prefix: (0..1 + at % 7).map(|_| item()).collect(), next: item() }).collect()
}

const RULE: Rule = Rule { k: 20, without_newest: false };

#[test]
fn the_order_of_the_pairs_changes_no_digit() {
    let bytes = bundle();
    let mut random = Random::new(3);
    let mut pairs = pairs(&mut random, 200);
    let exact = |report: &measure::Report| {
        let of = |m: &nearhand::rank::metrics::Metrics| {
            [m.hit_rate(), m.mrr(), m.ndcg(), m.coverage(), m.popularity_bias(), m.pairs() as f64].map(f64::to_bits)
        };
        (of(&report.all), of(&report.explore))
    };
    for variant in [Variant::Blend, Variant::Vectors, Variant::Table] {
        let before = measure(&bytes, &pairs, RULE, variant).unwrap();
        for _ in 0..3 {
            random.shuffle(&mut pairs);
            let after = measure(&bytes, &pairs, RULE, variant).unwrap();
            assert_eq!(exact(&before), exact(&after), "{variant:?}");
        }
    }
}

#[test]
fn unknown_items_are_observed_and_missed() {
    let bytes = bundle();
    let unknown = || Named::Unknown("no such item".to_owned());
    let pair = |prefix: Vec<Named>, next| Pair { prefix, next };
    let known = [pair(vec![Named::Known(3)], Named::Known(5)), pair(vec![Named::Known(3)], Named::Known(3))];
    let same = [pair(vec![Named::Known(3), unknown()], Named::Known(5)), pair(vec![unknown(), Named::Known(3)], Named::Known(3))];
    let hits = |pairs: &[Pair]| measure(&bytes, pairs, Rule { k: 3000, ..RULE }, Variant::Blend).unwrap();
    assert_eq!((hits(&known).all.pairs(), hits(&same).all.pairs()), (2, 2));
    let (asked, missed) = (hits(&known).all.hit_rate(), hits(&[pair(vec![Named::Known(3)], unknown())]));
    assert!(asked > 0.0 && missed.all.hit_rate() == 0.0);
    assert_eq!((missed.all.pairs(), missed.explore.pairs()), (1, 1));
    assert_eq!(hits(&[pair(vec![unknown()], unknown())]).explore.pairs(), 0, "the target is no new one");
}

#[test]
fn a_blend_below_a_part_is_told() {
    let table = (Variant::Table, 0.5, 0.25);
    assert!(below(20, &[(Variant::Blend, 0.5, 0.3), table]).is_empty());
    assert!(below(20, &[table, (Variant::Popularity, 0.9, 0.9)]).is_empty(), "a bundle without a model has no blend");
    let lines = below(20, &[(Variant::Blend, 0.6, 0.2), (Variant::Vectors, 0.1, 0.1), table]);
    assert_eq!(lines, ["on these pairs the blend is below table alone: mrr@20 0.2000 < 0.2500"]);
}
