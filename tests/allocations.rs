//! Ranking allocates nothing once its buffers have grown: counted, and held against budgets.toml. Native only.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use nearhand::rank::BitSet;
use nearhand::{Consent, Engine, Event, ItemIdx, SessionState, Settings};

/// The ceiling: `allocations` in `[ranking]`.
fn ceiling() -> u64 {
    let section = include_str!("../budgets.toml").split("[ranking]").nth(1).unwrap();
    let line = section.lines().find(|line| line.starts_with("allocations")).unwrap();
    line.split('=').nth(1).unwrap().trim().parse().unwrap()
}

#[test]
fn ranking_allocates_nothing_after_the_first_calls() {
    let bundle = include_bytes!("../models/online-retail/online-retail.safetensors");
    let mut engine = Engine::open(bundle, &Settings { consent: Consent::Memory, ..Settings::default() }).unwrap();
    let (mut buffer, mut counted) = (Vec::with_capacity(20), 0);
    for round in 0..60_u32 {
        let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        for i in 0..12 {
            let id = engine.catalog().id(ItemIdx((round * 631 + i * 97) % 3421)).to_owned();
            session.observe(&Event::view(id), 1_700_000_000_000 + u64::from(i)).unwrap();
        }
        let recommender = engine.recommender();
        let context = recommender.context(&session, None, 1_700_000_100_000);
        let mut allowed = BitSet::full(3421);
        allowed.remove(ItemIdx(round));
        // What the model allocates is the model's own: its inputs, its answer.
        let model = measure(|| {
            recommender.run_model(&context).unwrap();
        });
        let scored = measure(|| {
            recommender.score(&context);
        });
        let searched = measure(|| buffer = recommender.best_in(&allowed, 20, std::mem::take(&mut buffer)).unwrap());
        assert_eq!(buffer.len(), 20);
        // The first calls grow the buffers.
        if round >= 20 {
            counted += scored.count_total - model.count_total + searched.count_total;
        }
    }
    println!("ranking allocations={counted} calls=40");
    assert!(counted <= ceiling(), "{counted} allocations in 40 calls");
}
