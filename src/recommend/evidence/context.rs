//! Context: the events of a session that speak for known items, oldest first, each with how much it says.

use crate::arena::{Arena, List};
use crate::bundle::SignalSpec;
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::{ItemIdx, ItemKey};
use crate::recommend::state::Recommender;
use crate::session::{SessionState, StoredEvent};

impl Recommender {
    /// The context of a session on the page of `source`.
    ///
    /// What speaks of the session counts, on known items. What happens to the item of the event before (viewed, then put into
    /// the cart) is one visit: it joins that event. A source not visited last is added as a view at `now_ms`.
    pub fn context<'a>(
        &self,
        session: &SessionState,
        source: Option<ItemIdx>,
        now_ms: u64,
        arena: &'a Arena,
    ) -> &'a [ContextEvent] {
        self.context_of(session.events(), &|e| session.speaks(e), source, now_ms, arena)
    }

    /// The context of those of a session's events that count.
    pub(in crate::recommend) fn context_of<'a>(
        &self,
        events: &[StoredEvent],
        counts: &dyn Fn(&StoredEvent) -> bool,
        source: Option<ItemIdx>,
        now_ms: u64,
        arena: &'a Arena,
    ) -> &'a [ContextEvent] {
        let mut context: List<'a, ContextEvent> = arena.list();
        for event in events.iter().filter(|e| counts(e)) {
            let Some(item) = self.catalog.find_key(event.item) else { continue };
            let Some(event) = self.context_event(item, event) else { continue };
            if !joins(context.last_mut(), &event) {
                context.push(event);
            }
        }
        if let Some(source) = source.filter(|s| context.last().is_none_or(|last| last.item != *s)) {
            let view = StoredEvent::new(EventKind::View, ItemKey::of(""), now_ms);
            context.extend(self.context_event(source, &view));
        }
        weigh(&mut context, &self.signals);
        context.into_bump_slice()
    }

    fn context_event(&self, item: ItemIdx, event: &StoredEvent) -> Option<ContextEvent> {
        Some(ContextEvent {
            item,
            stand_in: self.catalog.stand_in(item)?,
            kind: event.kind,
            at_ms: event.at_ms,
            dwell_ms: event.dwell_ms,
            price: self.catalog.price(item),
            weight: 1.0,
        })
    }
}

/// Whether an event of interest joins the one before it, and then does: what happens to one item in a row (viewed, then
/// put into the cart) is one visit. The stronger kind wins: purchase over cart over search click over view.
pub fn joins(last: Option<&mut ContextEvent>, event: &ContextEvent) -> bool {
    let Some(last) = last.filter(|last| last.item == event.item && last.kind != event.kind) else { return false };
    if event.kind.strength() > last.kind.strength() {
        last.kind = event.kind;
    }
    last.dwell_ms = last.dwell_ms.saturating_add(event.dwell_ms);
    true
}

/// Weighs the events of a context, oldest first, by their kinds, dwell times and gaps to the newest one. Training fits
/// the weights with this very function.
pub fn weigh(context: &mut [ContextEvent], signals: &SignalSpec) {
    let newest = context.last().map_or(0, |e| e.at_ms);
    for event in context {
        event.weight = weight(signals, event.kind, event.dwell_ms, newest.saturating_sub(event.at_ms));
    }
}

/// Gaps up to this are the pace of one visit, which the events' positions tell already: milliseconds, five minutes.
pub const GRACE_MS: u64 = 300_000;

/// How much an event says; the formula stands at [`SignalSpec`].
fn weight(signals: &SignalSpec, kind: EventKind, dwell_ms: u32, gap_ms: u64) -> f32 {
    let of_kind = match kind {
        EventKind::Purchase => signals.purchase,
        EventKind::CartAdd => signals.cart_add,
        EventKind::SearchClick => signals.search_click,
        _ => signals.view,
    };
    let dwell = match (kind, dwell_ms) {
        (EventKind::View, 1..) => {
            let looked = libm::log2f(1.0 + dwell_ms as f32 / 1000.0 / signals.dwell_ref_s);
            looked.clamp(signals.dwell_min, signals.dwell_max)
        }
        _ => 1.0,
    };
    let gap_ms = gap_ms.saturating_sub(GRACE_MS);
    of_kind * dwell * libm::exp2f(-(gap_ms as f32 / 1000.0) / signals.half_life_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_by_hand() {
        let s = SignalSpec::default();
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-6, "{a} {b}");
        close(weight(&s, EventKind::View, 0, 0), 1.0);
        close(weight(&s, EventKind::View, 10_000, 0), 1.0);
        close(weight(&s, EventKind::View, 30_000, 0), 2.0);
        close(weight(&s, EventKind::View, 3_600_000, 0), 2.0);
        close(weight(&s, EventKind::View, 1_000, 0), 0.5);
        close(weight(&s, EventKind::View, 0, GRACE_MS), 1.0);
        close(weight(&s, EventKind::CartAdd, 0, GRACE_MS + 4 * 3_600_000), 1.0);
        close(weight(&s, EventKind::Purchase, 0, 0), 1.5);
        close(weight(&s, EventKind::SearchClick, 0, GRACE_MS + 8 * 3_600_000), 0.3);
    }
}
