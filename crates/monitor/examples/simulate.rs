//! False alarms and delays, measured.
//!
//! `cargo run --release -p nearhand-monitor --example simulate [windows] [years] [runs]`; by default 10,000, 200, 50.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "../tests/suite/world.rs"]
mod world;

use nearhand_monitor::Level;
use std::time::Instant;
use world::{Fault, HARMFUL, alarming_windows, busy_year, caught, idle, monitor, reference, run, year_alarms};

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let of = |at: usize, usual: usize| asked.get(at).copied().unwrap_or(usual);
    let (windows, years, runs) = (of(0, 10_000), of(1, 200), of(2, 50));
    for (seed, n) in [(1, 50), (2, 100), (3, 1000)] {
        println!("windows n={n} windows={windows} alarming={}", alarming_windows(seed, n, windows));
    }
    for (seed, a_day) in [(1000, 100), (100_000, 1000)] {
        let alarms = (0..years as u64).filter(|year| year_alarms(seed + year, a_day)).count();
        println!("years predictions_a_day={a_day} years={years} with_alarm={alarms}");
    }
    for (visitors, once) in [(20, false), (200, false), (2000, false), (20, true)] {
        let all: Vec<_> = (0..years as u64 / 4).map(|year| busy_year(500_000 + year, visitors, 1000, once)).collect();
        let raised = |least| all.iter().filter(|level| **level >= Some(least)).count();
        let (noticed, warned) = (raised(Level::Notice), raised(Level::Warn));
        println!("visits at_a_time={visitors} once={once} years={} noticed={noticed} warned={warned}", all.len());
    }
    for fault in HARMFUL.into_iter().chain([Fault::Slight, Fault::Sunday, Fault::Unused]) {
        for healthy in [0, 20_000] {
            let all: Vec<_> = (0..runs as u64)
                .map(|seed| caught(seed, healthy, fault, if fault == Fault::Slight { 5000 } else { 1000 }))
                .collect();
            let delays = |of: &dyn Fn(usize) -> Option<usize>| {
                let mut found: Vec<usize> = (0..all.len()).filter_map(of).collect();
                found.sort_unstable();
                let median = found.get(found.len() / 2).copied().unwrap_or(0);
                format!("{}/{} median={median} worst={}", found.len(), all.len(), found.last().copied().unwrap_or(0))
            };
            let highest = all.iter().filter_map(|one| one.2).max();
            let highest = highest.map_or("none", Level::as_str);
            println!(
                "fault {fault:?} healthy={healthy} noticed {} warned {} highest={highest}",
                delays(&|at| all[at].0),
                delays(&|at| all[at].1)
            );
        }
    }
    let mut random = nearhand_kernels::random::SplitMix64::new(9);
    let reference = reference(&mut random, 5000);
    // The least of many blocks, as others may use the machine; what the world itself takes is measured beside.
    let timed = |work: &mut dyn FnMut()| {
        let block = || {
            let begun = Instant::now();
            work();
            begun.elapsed().as_nanos() as i64 / 5000
        };
        std::iter::repeat_with(block).take(40).min().unwrap_or(0)
    };
    for (name, fault) in [("healthy", Fault::None), ("drifting", Fault::Shift)] {
        let (mut watched, mut sum) = (monitor(&reference), 0.0);
        let world = timed(&mut || sum += idle(&mut random, 5000, fault));
        let whole = timed(&mut || run(&mut watched, &mut random, 5000, fault));
        println!("cost {name} ns_a_prediction={} ({sum:e})", whole - world);
    }
    println!("reference bytes={}", reference.to_bytes().len());
    let mut watched = monitor(&reference);
    run(&mut watched, &mut random, 30, Fault::None);
    println!("report predictions=30 bytes={}", watched.report(1).to_bytes().len());
    run(&mut watched, &mut random, 100_000, Fault::None);
    println!("report predictions=100000 bytes={}", watched.report(1).to_bytes().len());
}
