//! What a log tells beside its sessions: what was bought together, and what is on the rise.

use crate::assemble::{Beside, recent};
use crate::bought;
use crate::log::Learnt;
use crate::train::args::Args;

/// Share of the bundle that the purchases may take.
const SHARE: f64 = 0.1;
/// Bytes of a place in the table.
const PLACE: usize = 5;
/// Adds to what was given by files what the log has, unless the flags say no.
pub(super) fn add(beside: &mut Beside, learnt: &mut Learnt, args: &Args, items: usize) {
    if args.log.events.is_none() {
        return;
    }
    let orders = std::mem::take(&mut learnt.orders);
    if beside.bought.is_none() && !args.no_bought && !orders.is_empty() {
        let most = (SHARE * args.max_bytes(items) as f64) as usize / PLACE;
        beside.bought = bought::of_log(&orders, items, most);
        let (count, several) = (orders.len(), bought::of_several(&orders));
        println!("purchases orders={count} of_several={several} table={}", beside.bought.is_some());
    }
    if beside.recent.is_none() && !args.no_recent {
        beside.recent = recent(&learnt.visits.sessions, items);
    }
}
