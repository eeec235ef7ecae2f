//! What a training's result follows from, in one digest: a checkpoint belongs to it. Threads are left out: their number
//! changes nothing.

use crate::log::Told;
use crate::train::args::Args;
use crate::train::choosing::plan::Plan;
use crate::train::neural::config::TrainConfig;
use sha2::{Digest, Sha256};

/// The digest of input, settings, version and kind of machine, 16 hexadecimal digits.
pub(super) fn of(
    args: &Args,
    plan: &Plan,
    base: &TrainConfig,
    (sessions, ends, told): (&[Vec<u32>], &[u64], &[Told]),
    held: usize,
) -> String {
    let mut hash = Sha256::new();
    let Args { bits, blocks, half_life, pairs, without_newest, .. } = args;
    let Plan { room, items, spare, dim, lr, successors } = plan;
    // Sums go in another order where vectors are wider: another kind of machine begins anew.
    let machine = (env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS, nearhand_numerics::pulp::Arch::new());
    hash.update(format!("{machine:?} {base:?} {bits:?} {blocks:?} {half_life:?} {pairs} {without_newest} {held} "));
    hash.update(format!("{room} {items} {spare} {dim:?} {lr:?} {successors:?}"));
    let mut bytes = Vec::new();
    for session in sessions {
        bytes.clear();
        bytes.extend((session.len() as u64).to_le_bytes());
        bytes.extend(session.iter().flat_map(|item| item.to_le_bytes()));
        hash.update(&bytes);
    }
    // Tables weigh sessions by when they ended.
    ends.iter().for_each(|end| hash.update(end.to_le_bytes()));
    for told in told {
        bytes.clear();
        for visit in &told.visits {
            bytes.extend(visit.at_ms.to_le_bytes());
            bytes.extend(visit.dwell_ms.to_le_bytes());
            bytes.extend(visit.item.0.to_le_bytes());
            bytes.push(visit.kind as u8);
        }
        for (at_ms, item) in &told.dismissed {
            bytes.extend(at_ms.to_le_bytes());
            bytes.extend(item.to_le_bytes());
        }
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
