//! Properties, held against brute force on random input. Native only: the suite covers wasm.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use nearhand::rank::metrics::rank_of;
use nearhand::rank::{BitSet, ItemMap, ItemVectors, TransitionTable, top_k};
use nearhand::session::{DEFAULT_IDLE_TIMEOUT_MS, MAX_EVENTS};
use nearhand::{Consent, Event, EventKind, ItemIdx, SessionState};
use nearhand_onnx::trees::{Mode, Node, Rows, Scratch, Spec, TreeEnsemble, TreeLimits, Vote};
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000_000;

fn event() -> impl Strategy<Value = (Event, u64)> {
    (0..7_u8, "[a-z]{1,3}", proptest::option::of(0..86_400_000_u32), proptest::option::of(1..=u16::MAX), 0..10_000_000_u64)
        .prop_map(|(kind, item, dwell, quantity, gap)| {
            let kind = EventKind::from_code(kind).unwrap();
            let dwell_ms = dwell.filter(|_| kind == EventKind::View);
            let quantity = quantity.filter(|_| matches!(kind, EventKind::CartAdd | EventKind::CartRemove | EventKind::Purchase));
            (Event { kind, item, at_ms: None, dwell_ms, quantity }, gap)
        })
}

fn run(events: &[(Event, u64)]) -> (SessionState, u64) {
    let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    let mut now = NOW;
    for (event, gap) in events {
        now += gap;
        session.observe(event, now).unwrap();
    }
    (session, now)
}

/// A visitor and a shop, each word with how far the clock goes before it.
fn say(words: &[((Event, u64), u8, i64)]) -> (SessionState, u64) {
    let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    let mut now = NOW;
    for ((event, gap), word, jump) in words {
        now = if word % 4 == 3 { now.saturating_add_signed(*jump) } else { now + gap / 100 };
        match word {
            0 => session.forget(now),
            1 => session.undismiss(&event.item),
            2 | 3 => {
                let line = |item: &str| Event { kind: EventKind::CartAdd, quantity: event.quantity, ..Event::view(item) };
                session.set_cart(&[line(&event.item), line("a"), line("b")][(gap % 3) as usize..], now).unwrap();
            }
            _ => assert!(session.observe(event, now).unwrap(), "what happens now is kept"),
        }
    }
    session.settle(now);
    (session, now)
}

proptest! {
    #[test]
    fn top_k_is_the_head_of_a_full_sort(
        scores in prop::collection::vec(prop_oneof![Just(0.0_f32), Just(-0.0), Just(1.0), -1.0..1.0_f32], 0..300),
        out in prop::collection::vec(any::<u16>(), 0..200),
        k in 0..40_usize,
    ) {
        let mut allowed = BitSet::full(scores.len());
        out.iter().for_each(|i| allowed.remove(ItemIdx(u32::from(*i) % 300)));
        let mut all: Vec<(f32, u32)> =
            scores.iter().zip(0..).filter(|(_, i)| allowed.contains(ItemIdx(*i))).map(|(s, i)| (s + 0.0, i)).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.truncate(k);
        let got: Vec<(f32, u32)> = top_k(&scores, &allowed, k).unwrap().iter().map(|s| (s.score, s.item.0)).collect();
        prop_assert_eq!(got, all);
    }

    #[test]
    fn int8_top_k_equals_brute_force_over_the_dequantised_rows(
        dim in 1..70_usize,
        seed in any::<u64>(),
        n in 1..120_usize,
    ) {
        let mut state = seed | 1;
        let mut random = || { state ^= state << 13; state ^= state >> 7; state ^= state << 17; (state >> 40) as f32 / 8_388_608.0 - 1.0 };
        let values: Vec<f32> = (0..n * dim).map(|_| random()).collect();
        let query: Vec<f32> = (0..dim).map(|_| random()).collect();
        let vectors = ItemVectors::quantize(dim, &values).unwrap();
        let mut scores = Vec::new();
        vectors.scores(&query, &mut scores);
        let mut row = vec![0.0; dim];
        for (i, score) in scores.iter().enumerate() {
            vectors.dequantize(ItemIdx(i as u32), &mut row);
            let exact: f64 = row.iter().zip(&query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((f64::from(*score) - exact).abs() < 1e-4);
            for (q, v) in row.iter().zip(&values[i * dim..]) {
                prop_assert!((q - v).abs() <= vectors.scales()[i] * 0.5 + 1e-6);
            }
        }
    }

    #[test]
    fn votes_equal_the_dense_sum(
        rows in prop::collection::vec((0..9_u32, 0..9_u32, any::<u8>(), any::<u8>()), 9),
        session in prop::collection::vec(0..9_u32, 0..15),
        lambda in 0.3..20.0_f32,
    ) {
        let next: Vec<u32> = rows.iter().flat_map(|r| [r.0, r.1]).collect();
        let weights: Vec<u8> = rows.iter().flat_map(|r| [r.2, r.3]).collect();
        let table = TransitionTable::new(9, 2, next.clone(), weights.clone()).unwrap();
        let decay = |p: usize| (-(p as f32) / lambda).exp();
        let mut sparse = ItemMap::default();
        let counts = session.iter().rev().enumerate().map(|(p, item)| (ItemIdx(*item), decay(p)));
        table.votes(counts, |item, vote| *sparse.entry(item) += vote);
        for target in 0..9_usize {
            let vote = sparse.get(ItemIdx(target as u32)).copied().unwrap_or(0.0);
            let mut dense = 0.0_f64;
            for (p, item) in session.iter().rev().enumerate() {
                for place in 0..2 {
                    let at = *item as usize * 2 + place;
                    if next[at] as usize == target {
                        dense += (-(p as f64) / f64::from(lambda)).exp() * f64::from(weights[at]) / 255.0;
                    }
                }
            }
            prop_assert!((f64::from(vote) - dense).abs() < 1e-4 * dense.max(1.0));
        }
    }

    #[test]
    fn the_conservative_rank_is_never_better_than_the_slate_place(scores in prop::collection::vec(-2..3_i8, 1..50), target in 0..50_usize) {
        let scores: Vec<f32> = scores.iter().map(|s| f32::from(*s)).collect();
        let target = ItemIdx((target % scores.len()) as u32);
        let all = BitSet::full(scores.len());
        let rank = rank_of(target, &scores, &all).unwrap();
        let place = top_k(&scores, &all, scores.len()).unwrap().iter().position(|s| s.item == target).unwrap() + 1;
        prop_assert!(rank >= place);
        prop_assert_eq!(rank, scores.iter().filter(|s| **s >= scores[target.at()]).count());
    }

    #[test]
    fn sessions_stay_bounded_ordered_and_come_back_from_a_snapshot(events in prop::collection::vec(event(), 0..80)) {
        let (session, now) = run(&events);
        prop_assert!(session.events().len() <= MAX_EVENTS);
        prop_assert!(session.events().windows(2).all(|w| w[0].at_ms <= w[1].at_ms));
        let bytes = session.snapshot();
        prop_assert!(bytes.len() <= 1024, "{} bytes", bytes.len());
        let mut back = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        back.restore(&bytes, now).unwrap();
        prop_assert_eq!(back.events(), session.events());
        prop_assert!(session.events().iter().all(|e| back.in_cart(e.item) == session.in_cart(e.item)));
        prop_assert_eq!(back.snapshot(), bytes);
    }

    #[test]
    fn no_snapshot_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        let mut framed = b"NHS\x01".to_vec();
        framed.extend(&bytes);
        let _ = session.restore(&bytes, NOW);
        let _ = session.restore(&framed, NOW);
        prop_assert!(session.events().len() <= MAX_EVENTS);
    }

    #[test]
    fn merging_commutes(a in prop::collection::vec(event(), 0..30), b in prop::collection::vec(event(), 0..30)) {
        let ((mut left, now_left), (mut right, now_right)) = (run(&a), run(&b));
        let now = now_left.max(now_right);
        left.settle(now);
        right.settle(now);
        let (from_left, from_right) = (left.snapshot(), right.snapshot());
        left.merge(&from_right, now).unwrap();
        right.merge(&from_left, now).unwrap();
        prop_assert_eq!(left.events(), right.events());
    }

    /// With all that a visitor and a shop can say, at clocks that jump either way.
    #[test]
    fn two_tabs_that_say_all_there_is_agree(
        a in prop::collection::vec((event(), 0..12_u8, -9_000_000..9_000_000_i64), 0..40),
        b in prop::collection::vec((event(), 0..12_u8, -9_000_000..9_000_000_i64), 0..40),
    ) {
        let ((mut left, now_left), (mut right, now_right)) = (say(&a), say(&b));
        let now = now_left.max(now_right);
        left.settle(now);
        right.settle(now);
        let (from_left, from_right) = (left.snapshot(), right.snapshot());
        left.merge(&from_right, now).unwrap();
        right.merge(&from_left, now).unwrap();
        prop_assert_eq!(left.events(), right.events());
        prop_assert_eq!(left.snapshot(), right.snapshot());
        let (once, again) = (left.snapshot(), left.snapshot());
        left.merge(&again, now).unwrap();
        prop_assert_eq!(left.snapshot(), once, "what is known already changes nothing");
    }

    #[test]
    fn a_session_is_bounded_whatever_is_said(all in prop::collection::vec((event(), 0..12_u8, -9_000_000..9_000_000_i64), 0..120)) {
        let (session, now) = say(&all);
        prop_assert!(session.events().len() <= MAX_EVENTS);
        prop_assert!(session.events().windows(2).all(|w| w[0].at_ms <= w[1].at_ms));
        let bytes = session.snapshot();
        prop_assert!(bytes.len() <= 1024, "{} bytes", bytes.len());
        let mut back = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        back.restore(&bytes, now).unwrap();
        prop_assert_eq!(back.events(), session.events());
        prop_assert_eq!(back.snapshot(), bytes);
    }

    #[test]
    fn bitset_retain_equals_filter(len in 0..300_usize, modulus in 1..9_u32) {
        let mut set = BitSet::full(len);
        set.retain(|i| i.0 % modulus == 0);
        let want: Vec<u32> = (0..len as u32).filter(|i| i % modulus == 0).collect();
        prop_assert_eq!(set.count(), want.len());
        prop_assert_eq!(set.iter().map(|i| i.0).collect::<Vec<_>>(), want);
    }
}

/// Draws the numbers of a forest: an xorshift of the seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % n
    }

    /// Few distinct values, so that thresholds are met exactly.
    fn value(&mut self) -> f64 {
        [-1.0, -0.0, 0.0, 0.5, 1.0, 2.0, f64::INFINITY, f64::NEG_INFINITY][self.below(8) as usize]
    }

    fn tree(&mut self, spec: &mut Spec, depth: u64) -> usize {
        let at = spec.nodes.len();
        let modes = [Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt, Mode::Eq, Mode::Neq, Mode::Member, Mode::Leaf];
        let mode = if depth == 0 { Mode::Leaf } else { modes[self.below(8) as usize] };
        let threshold = if mode == Mode::Member { self.below(2) as f64 } else { self.value() };
        let (feature, missing_is_yes) = (self.below(3) as i64, self.below(2) == 1);
        spec.nodes.push(Node { mode, feature, threshold, yes: 0, no: 0, missing_is_yes });
        if mode == Mode::Leaf {
            let first = self.below(spec.targets as u64);
            for target in (0..spec.targets as u64).filter(|t| *t == first || t % 2 == 0) {
                spec.votes.push(Vote { node: at, target: target as i64, weight: self.below(1000) as f64 / 999.0 - 0.5 });
            }
        } else {
            let (yes, no) = (self.tree(spec, depth - 1), self.tree(spec, depth - 1));
            (spec.nodes[at].yes, spec.nodes[at].no) = (yes, no);
        }
        at
    }
}

/// Each tree of each row by itself, in 32 bits as the kernel.
fn brute_force(spec: &Spec, row: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0_f32; spec.targets];
    for root in &spec.roots {
        let mut at = *root;
        while spec.nodes[at].mode != Mode::Leaf {
            let node = &spec.nodes[at];
            let (v, t) = (row[node.feature as usize], node.threshold as f32);
            let yes = match node.mode {
                Mode::Leq => v <= t,
                Mode::Lt => v < t,
                Mode::Gte => v >= t,
                Mode::Gt => v > t,
                Mode::Eq => v == t,
                Mode::Neq => v != t,
                _ => spec.sets[t as usize].contains(&f64::from(v)),
            };
            at = if yes || (node.missing_is_yes && v.is_nan()) { node.yes } else { node.no };
        }
        spec.votes.iter().filter(|v| v.node == at).for_each(|v| sums[v.target as usize] += v.weight as f32);
    }
    sums
}

proptest! {
    #[test]
    fn trees_are_walked_as_by_hand(
        seed in 1..u64::MAX,
        trees in 1..20_u64,
        depth in 0..7_u64,
        targets in 1..4_usize,
        rows in 0..150_usize,
        one_mode in any::<bool>(),
        missing in any::<bool>(),
    ) {
        let mut dice = Dice(seed);
        let mut spec = Spec { targets, sets: vec![vec![0.0, 2.0], vec![-1.0]], ..Spec::default() };
        for _ in 0..trees {
            let root = dice.tree(&mut spec, depth);
            spec.roots.push(root);
        }
        if one_mode {
            spec.nodes.iter_mut().filter(|n| n.mode != Mode::Leaf).for_each(|n| n.mode = Mode::Leq);
        }
        let ensemble = TreeEnsemble::new(&spec, &TreeLimits::default()).unwrap();
        let x: Vec<f32> = (0..rows * 3).map(|_| if missing && dice.below(4) == 0 { f32::NAN } else { dice.value() as f32 }).collect();
        let mut out = vec![f32::NAN; rows * targets];
        ensemble.predict(Rows::F32(&x), 3, &mut Scratch::default(), &mut out).unwrap();
        let want: Vec<f32> = x.chunks(3).flat_map(|row| brute_force(&spec, row)).collect();
        prop_assert_eq!(&out, &want);
        // In 64 bits the walk is the same, the sums are finer.
        let double = TreeEnsemble::new(&Spec { double: true, ..spec }, &TreeLimits::default()).unwrap();
        let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
        double.predict(Rows::F64(&x), 3, &mut Scratch::default(), &mut out).unwrap();
        prop_assert!(out.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}
