//! What a log tells beside its sessions: what was bought together, and what is on the rise.

use crate::assemble::{Beside, popularity};
use crate::bought;
use crate::log::Learnt;
use crate::train::args::Args;

/// Orders of two items and more from which on they tell anything: with fewer, a placement that asks for what goes with an item
/// would find nothing for nearly all.
const ORDERS: usize = 20;
/// Share of the bundle that the purchases may take.
const SHARE: f64 = 0.1;
/// Bytes of a place in the table.
const PLACE: usize = 5;
/// The newest sessions that tell what is on the rise: one of so many.
const NEWEST: usize = 10;

/// Adds to what was given by files what the log has, unless the flags say no.
pub(super) fn add(beside: &mut Beside, learnt: &mut Learnt, args: &Args, items: usize) {
    if args.log.events.is_none() {
        return;
    }
    let orders = std::mem::take(&mut learnt.orders);
    if beside.bought.is_none() && !args.no_bought {
        let several = orders.iter().filter(|order| order.iter().any(|item| Some(item) != order.first())).count();
        if several >= ORDERS {
            let most = (SHARE * args.max_bytes(items) as f64) as usize / PLACE;
            beside.bought = Some(bought::table_of(&orders, items, most));
        }
        println!("purchases orders={} of_several={several} table={}", orders.len(), beside.bought.is_some());
    }
    let sessions = &learnt.visits.sessions;
    let newest = sessions.get(sessions.len() - sessions.len() / NEWEST..).filter(|newest| !newest.is_empty());
    if let Some(newest) = newest.filter(|_| beside.recent.is_none() && !args.no_recent) {
        beside.recent = Some(popularity(newest, items));
    }
}
