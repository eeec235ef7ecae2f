//! Rules: which items may be shown at all. Applied before ranking, so that a rule never costs a place.

use super::{Exclude, Recommender, Request};
use crate::catalog::Where;
use crate::event::EventKind;
use crate::ids::ItemIdx;
use crate::rank::BitSet;
use crate::session::SessionState;

impl Recommender {
    /// The items that the request's rules allow.
    #[must_use]
    pub fn allowed(&self, session: &SessionState, request: &Request, source: Option<ItemIdx>) -> BitSet {
        let mut allowed = BitSet::full(self.catalog.len());
        for item in self.catalog.removed().chain(source) {
            allowed.remove(item);
        }
        for id in &request.exclude_items {
            if let Some(item) = self.catalog.find(id) {
                allowed.remove(item);
            }
        }
        let excludes = |rule| request.exclude.contains(&rule);
        for event in session.events() {
            let out = match event.kind {
                EventKind::View | EventKind::SearchClick => excludes(Exclude::Seen),
                EventKind::Purchase => excludes(Exclude::Purchased),
                EventKind::Dismiss => excludes(Exclude::Dismissed),
                EventKind::CartAdd | EventKind::CartRemove | EventKind::Impression => false,
            };
            if let Some(item) = self.catalog.find_key(event.item).filter(|_| out) {
                allowed.remove(item);
            }
        }
        if excludes(Exclude::Cart) {
            for key in session.cart() {
                if let Some(item) = self.catalog.find_key(key) {
                    allowed.remove(item);
                }
            }
        }
        if request.r#where != Where::default() {
            allowed.retain(|item| request.r#where.holds(&self.catalog, item));
        }
        allowed
    }
}
