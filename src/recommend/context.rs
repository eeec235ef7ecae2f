//! Context: the events of a session that speak for known items, oldest first.

use super::Recommender;
use crate::event::EventKind;
use crate::features::ContextEvent;
use crate::ids::ItemIdx;
use crate::session::{SessionState, StoredEvent};

impl Recommender {
    /// The context of a session on the page of `source`.
    ///
    /// Events of interest on known items count. What happens to the item of the event before (viewed, then put into
    /// the cart) is one visit: it joins that event. A source not visited last is added as a view at `now_ms`.
    #[must_use]
    pub fn context(&self, session: &SessionState, source: Option<ItemIdx>, now_ms: u64) -> Vec<ContextEvent> {
        let mut context: Vec<ContextEvent> = Vec::new();
        for event in session.events().iter().filter(|e| e.kind.is_interest()) {
            let Some(item) = self.catalog.find_key(event.item) else { continue };
            match context.last_mut().filter(|last| last.item == item && last.kind != event.kind) {
                Some(last) => join(last, event),
                None => context.extend(self.context_event(item, event)),
            }
        }
        if let Some(source) = source.filter(|s| context.last().is_none_or(|last| last.item != *s)) {
            let view =
                StoredEvent { at_ms: now_ms, item: crate::ids::ItemKey::of(""), kind: EventKind::View, dwell_ms: 0, quantity: 0 };
            context.extend(self.context_event(source, &view));
        }
        context
    }

    fn context_event(&self, item: ItemIdx, event: &StoredEvent) -> Option<ContextEvent> {
        Some(ContextEvent {
            item,
            stand_in: self.catalog.stand_in(item)?,
            kind: event.kind,
            at_ms: event.at_ms,
            dwell_ms: event.dwell_ms,
            price: self.catalog.price(item),
        })
    }
}

/// The stronger kind wins: purchase over cart over search click over view.
fn join(last: &mut ContextEvent, event: &StoredEvent) {
    if event.kind.strength() > last.kind.strength() {
        last.kind = event.kind;
    }
    last.dwell_ms = last.dwell_ms.saturating_add(event.dwell_ms);
}
