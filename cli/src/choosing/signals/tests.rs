//! Planted logs: what the sessions were made by must be found, and nothing where nothing was planted.

use super::fit::{Finding, Fit, Outcome, fit, telling};
use super::signal::Signal;
use super::{Heard, heard};
use crate::choosing::blend::{Blend, Case};
use crate::choosing::counting::count;
use crate::choosing::split::Pair;
use crate::choosing::table::{Table, TableConfig, build};
use crate::log::Told;
use crate::log::tests::temp;
use crate::train::{Args, run};
use clap::Parser;
use nearhand::EventKind::{self, CartAdd, Purchase, View};
use nearhand::bundle::SignalSpec;
use nearhand::rank::ItemVectors;
use nearhand::{Engine, Settings};
use nearhand_numerics::random::Random;

/// Items of a planted shop. Item i of the first half is followed by i + HALF.
const HALF: usize = 100;

/// A table in which every item of the first half leads to its partner in the second, and to few others.
fn table() -> Table {
    let mut random = Random::new(1);
    let mut sessions = Vec::new();
    for item in 0..HALF as u32 {
        for _ in 0..4 {
            sessions.push(vec![item, item + HALF as u32]);
        }
        for _ in 0..6 {
            sessions.push(vec![item, random.below(2 * HALF) as u32]);
        }
    }
    let config = TableConfig { backward: 0.0, damp: 0.0, source: 0.0, ..TableConfig::default() };
    build(&count(&sessions, 2 * HALF, &config), &config).unwrap()
}

/// One event of a planted session: kind, dwell in ms, seconds since the one before.
type Act = (EventKind, u32, u64);

/// Questions after sessions of these acts on random items of the first half. `leads` is the act whose item's partner
/// comes next; without one, anything does.
fn cases(number: usize, acts: impl Fn(&mut Random) -> (Vec<Act>, Option<usize>)) -> Vec<Case> {
    let mut random = Random::new(3);
    (0..number)
        .map(|session| {
            let (acts, leads) = acts(&mut random);
            let prefix: Vec<u32> = acts.iter().map(|_| random.below(HALF) as u32).collect();
            let next = match leads {
                Some(at) => prefix[at] + HALF as u32,
                None => random.below(2 * HALF) as u32,
            };
            let mut at_ms = 1_000_000;
            let visits = acts.iter().zip(&prefix).map(|((kind, dwell_ms, gap_s), item)| {
                at_ms += gap_s * 1000;
                heard::tests::seen(*item, *kind, at_ms, *dwell_ms)
            });
            let heard = Heard { session, visits: visits.collect(), dismissed: Vec::new() };
            Case::plain(Pair { prefix, next, heard }, false)
        })
        .collect()
}

fn fitted(cases: &mut [Case]) -> Fit {
    let blend = Blend { model: 0.0, lambda: 2.0, ..Blend::default() };
    let none = ItemVectors::new(1, vec![0; 2 * HALF], vec![0.0; 2 * HALF]).unwrap();
    fit(cases, &none, &table(), &blend)
}

fn found(fit: &Fit, signal: Signal) -> &Finding {
    fit.findings.iter().find(|finding| finding.signal == signal).unwrap()
}

fn is_fitted(fit: &Fit, signal: Signal) -> bool {
    matches!(found(fit, signal).outcome, Outcome::Fitted(_))
}

#[test]
fn carts_that_lead_weigh_more_than_purchases_that_do_not() {
    // Half of the time a cart among views leads to the next item, else one of the views; a purchase ends the matter.
    let mut asked = cases(1500, |random| {
        let mut acts: Vec<Act> = (0..5).map(|_| (View, 0, 10)).collect();
        let (cart, bought, view) = (random.below(4), 1 + random.below(3), random.below(2));
        let (cart, bought) = (cart, (cart + bought) % 4);
        (acts[cart].0, acts[bought].0) = (CartAdd, Purchase);
        let views: Vec<usize> = (0..5).filter(|at| ![cart, bought].contains(at)).collect();
        (acts, Some(if random.below(2) == 0 { cart } else { views[1 + view] }))
    });
    let fit = fitted(&mut asked);
    let SignalSpec { view, cart_add, purchase, .. } = fit.signals;
    assert!(cart_add > 2.0 && purchase < view && view == 1.0, "{fit}");
    assert!(is_fitted(&fit, Signal::Kind(CartAdd)) && is_fitted(&fit, Signal::Kind(Purchase)), "{fit}");
    assert_eq!(found(&fit, Signal::Kind(View)).outcome, Outcome::Unit);
    assert_eq!(found(&fit, Signal::Dwell), &Finding { signal: Signal::Dwell, cases: 0, outcome: Outcome::TooFew });
    assert!(fit.after.hr() >= fit.before.hr() && fit.after.mrr() > 1.05 * fit.before.mrr(), "{fit}");
    // The same again, whatever the cases were weighed by.
    assert_eq!(fitted(&mut asked).signals, fit.signals);
}

#[test]
fn glances_that_lead_nowhere_weigh_less_than_long_looks() {
    let mut asked = cases(1500, |random| {
        let mut acts: Vec<Act> = (0..5).map(|_| (View, 800 + random.below(1500) as u32, 10)).collect();
        let place = random.below(4);
        acts[place].1 = 30_000 + random.below(60_000) as u32;
        (acts, Some(place))
    });
    let fit = fitted(&mut asked);
    let weight = |dwell_s: f32| {
        let s = &fit.signals;
        (1.0 + dwell_s / s.dwell_ref_s).log2().clamp(s.dwell_min, s.dwell_max)
    };
    assert!(is_fitted(&fit, Signal::Dwell), "{fit}");
    assert!(weight(45.0) > 6.0 * weight(1.5), "{fit}");
    assert_eq!((fit.signals.cart_add, fit.signals.half_life_s), (2.0, 14_400.0));
}

#[test]
fn what_was_seen_yesterday_weighs_less_where_today_leads() {
    let mut asked = cases(1500, |random| {
        let mut acts: Vec<Act> = (0..6).map(|_| (View, 0, 10)).collect();
        // Three views, an hour, three views: one of the later leads.
        acts[3].2 = 3600;
        (acts, Some(3 + random.below(3)))
    });
    let fit = fitted(&mut asked);
    assert!(is_fitted(&fit, Signal::Gap) && fit.signals.half_life_s < 3600.0, "{fit}");
    // The same where yesterday's lead: they fade more slowly than by default.
    let mut asked = cases(1500, |random| {
        let mut acts: Vec<Act> = (0..4).map(|_| (View, 0, 10)).collect();
        acts[2].2 = 40_000;
        (acts, Some(random.below(2)))
    });
    let fit = fitted(&mut asked);
    assert!(is_fitted(&fit, Signal::Gap) && fit.signals.half_life_s > 14_400.0, "{fit}");
}

#[test]
fn dismissals_that_tell_are_fitted() {
    // Two views; the partner of the newer is never taken where that item was waved away.
    let mut asked = cases(800, |_| (vec![(View, 0, 10), (View, 0, 10)], Some(0)));
    for case in &mut asked {
        // What is waved away is not what was viewed, but leads to the same: its row is that of the newest.
        let newest = case.pair.prefix[1];
        case.pair.heard.dismissed = vec![newest];
    }
    let fit = fitted(&mut asked);
    assert!(is_fitted(&fit, Signal::Dismiss) && fit.signals.dismiss > 0.5, "{fit}");
}

#[test]
fn noise_moves_nothing() {
    for seed_acts in [true, false] {
        let mut asked = cases(3000, |random| {
            let kinds = [View, View, CartAdd, Purchase];
            let mut act = || (kinds[random.below(4)], random.below(60_000) as u32, 1 << random.below(14));
            // What comes next does not follow from the session, or from its newest event, which no weight changes.
            let acts: Vec<Act> = if seed_acts { (0..4).map(|_| act()).collect() } else { vec![act()] };
            (acts, (!seed_acts).then_some(0))
        });
        let fit = fitted(&mut asked);
        assert_eq!(fit.signals, SignalSpec::default(), "{fit}");
        assert_eq!(fit.before, fit.after);
    }
}

#[test]
fn too_few_say_nothing() {
    let mut asked = cases(150, |_| (vec![(CartAdd, 0, 10), (View, 0, 10), (View, 0, 10)], Some(0)));
    let fit = fitted(&mut asked);
    assert_eq!(fit.signals, SignalSpec::default());
    assert_eq!(
        found(&fit, Signal::Kind(CartAdd)),
        &Finding { signal: Signal::Kind(CartAdd), cases: 150, outcome: Outcome::TooFew }
    );
    assert!(fit.to_string().contains("cart_add 2 (150 pairs, 200 needed)"), "{fit}");
}

#[test]
fn a_log_of_purchases_alone_has_nothing_to_fit() {
    let mut asked = cases(600, |_| (vec![(Purchase, 0, 0); 4], Some(3)));
    let text = fitted(&mut asked).to_string();
    assert!(text.contains("fitted: nothing; kept: view 1 (0 pairs, 200 needed);"), "{text}");
    assert!(text.contains("purchase 1.5 (the unit);"), "{text}");
    // Such pairs, and plain sessions, tell nothing.
    let pairs: Vec<Pair> = asked.iter().map(|case| case.pair.clone()).collect();
    assert!(telling(&pairs, 12).is_empty());
    assert!(telling(&heard::pairs(&[vec![0, 1, 2]], &[Told::default()], 11), 12).is_empty());
    let nothing = fitted(&mut []);
    assert_eq!(nothing.signals, SignalSpec::default());
    assert_eq!(nothing.to_string(), "defaults: no pair tells of them");
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    train: Args,
}

/// Trains on a log and gives the signals of the manifest.
fn trained(name: &str, log: &str) -> SignalSpec {
    let events = temp(&format!("{name}.csv"), log.as_bytes()).display().to_string();
    let out = temp(&format!("{name}.safetensors"), b"").display().to_string();
    let flags = ["train", "--events", &events, "--out", &out, "--name", name, "--created-at", "2026-01-01", "--threads", "1"];
    let small = ["--dim", "8", "--blocks", "0", "--half-life", "0", "--epochs", "1", "--last", "5", "--successors", "8"];
    run(&Flags::try_parse_from(flags.iter().chain(&small)).unwrap().train).unwrap();
    Engine::open(&std::fs::read(&out).unwrap(), &Settings::default()).unwrap().manifest().serving.signals
}

#[test]
fn a_log_with_carts_comes_out_as_a_bundle_that_hears_them() {
    // Three items are looked at, and the partner of one follows; what was put into the cart is settled, and its own does not.
    let mut random = Random::new(5);
    let (mut log, mut plain) = ("session,item,time,type\n".to_owned(), "session,item,time\n".to_owned());
    for session in 0..4000 {
        let mut items: Vec<usize> = (0..3).map(|_| random.below(30)).collect();
        let cart = (session % 2 == 0).then(|| random.below(3));
        let views: Vec<usize> = (0..3).filter(|at| Some(*at) != cart).collect();
        items.push(items[views[random.below(views.len())]] + 30);
        for (at, item) in items.iter().enumerate() {
            let time = 1_600_000_000 + 100 * session + 10 * at;
            log.push_str(&format!("{session},{item},{time},{}\n", if Some(at) == cart { "addtocart" } else { "view" }));
            plain.push_str(&format!("{session},{item},{time}\n"));
        }
    }
    let heard = trained("carts", &log);
    assert!(heard.cart_add < 1.0, "{heard:?}");
    assert_eq!(SignalSpec { cart_add: 2.0, ..heard }, SignalSpec::default());
    assert_eq!(trained("views", &plain), SignalSpec::default());
}
