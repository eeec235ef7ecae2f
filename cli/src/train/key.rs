//! What a training's result follows from, in one digest: a checkpoint belongs to it.

use super::args::Args;
use super::config::TrainConfig;
use super::plan::Plan;
use crate::log::Told;
use sha2::{Digest, Sha256};

/// The digest of input, settings and version, 16 hexadecimal digits.
pub(super) fn of(args: &Args, plan: &Plan, base: &TrainConfig, (sessions, told): (&[Vec<u32>], &[Told]), held: usize) -> String {
    let mut hash = Sha256::new();
    let Args { bits, blocks, half_life, pairs, without_newest, .. } = args;
    let Plan { room, items, spare, dim, lr, successors } = plan;
    let machine = (env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS);
    hash.update(format!("{machine:?} {base:?} {bits:?} {blocks:?} {half_life:?} {pairs} {without_newest} {held} "));
    hash.update(format!("{room} {items} {spare} {dim:?} {lr:?} {successors:?}"));
    let mut number = |value: u64| hash.update(value.to_le_bytes());
    for session in sessions {
        number(session.len() as u64);
        session.iter().for_each(|item| number((*item).into()));
    }
    for told in told {
        number(told.visits.len() as u64);
        for visit in &told.visits {
            [visit.item.0.into(), visit.kind as u64, visit.at_ms, visit.dwell_ms.into()].into_iter().for_each(&mut number);
        }
        number(told.dismissed.len() as u64);
        told.dismissed.iter().for_each(|(at_ms, item)| {
            number(*at_ms);
            number((*item).into());
        });
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
