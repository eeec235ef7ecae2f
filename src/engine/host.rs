//! One bundle and one session, and every action of the host.

use super::goldens::Goldens;
use super::proof::Proof;
use super::told::{BundleInfo, Counts, Info, SessionEvent, Tier};
use crate::arena::Arena;
use crate::bundle::Manifest;
use crate::catalog::{Catalog, CatalogDelta, Updated};
use crate::error::{Code, Error, Result};
use crate::event::Event;
use crate::monitor::Counting;
use crate::recommend::{Recommender, Request, Slate, bucket};
use crate::session::{Consent, Counts as As, SessionState};

/// One bundle and one session.
#[derive(Debug)]
pub struct Engine {
    pub(super) recommender: Recommender,
    pub(super) manifest: Manifest,
    pub(super) digest: String,
    pub(super) bytes: usize,
    pub(super) session: SessionState,
    pub(super) counts: Counts,
    /// On the bins of the bundle's reference, where it has one.
    pub(super) counting: Option<Box<Counting>>,
    /// What is left to be proved before the first answer.
    pub(super) proof: Option<Box<Proof>>,
    /// What is proved again from time to time.
    pub(super) goldens: Goldens,
    /// Where the slates of the last call lie, and what they were made from.
    pub(super) arena: Arena,
    /// What runs the graph, once it is loaded.
    #[cfg(feature = "onnx")]
    pub(super) runs_on: Option<&'static str>,
}

impl Engine {
    /// Records an event. Returns whether the catalog knows the item.
    ///
    /// # Errors
    /// `event-invalid`, `event-in-future`, `event-too-old`; the session is unchanged then.
    pub fn observe(&mut self, event: &Event, now_ms: u64) -> Result<bool> {
        let kept = self.session.observe(event, now_ms)?;
        let known = self.catalog().find(&event.item).is_some();
        self.counts.events += u64::from(kept);
        self.counts.unknown_items += u64::from(kept && !known);
        if let Some(counting) = self.counting.as_mut().filter(|_| kept) {
            counting.event(known);
        }
        Ok(known)
    }

    /// The slate for the session as it stands. It lies in memory of the engine's, which the next call uses again.
    ///
    /// # Errors
    /// `invalid-option`, `column-unknown`; the engine has an answer otherwise, unless a golden session that was due again is not
    /// answered as recorded any more: `golden-mismatch` then, from there on.
    pub fn recommend(&mut self, request: &Request, now_ms: u64) -> Result<Slate<'_>> {
        self.prove_again(1, now_ms)?;
        self.arena.empty();
        self.session.settle(now_ms);
        let slate = self.recommender.recommend(&self.session, request, now_ms, &self.arena)?;
        self.counts.add(&[slate], &self.recommender);
        if let Some(counting) = &mut self.counting {
            counting.slate(request, &slate, self.recommender.has_model());
        }
        Ok(slate)
    }

    /// The slate of a session that is not the engine's own, which stays as it is: of many at once, as in research. Nothing is counted.
    ///
    /// # Errors
    /// As [`Engine::recommend`].
    pub fn recommend_for(&mut self, session: &SessionState, request: &Request, now_ms: u64) -> Result<Slate<'_>> {
        self.replay_due(1)?;
        self.arena.empty();
        self.recommender.recommend(session, request, now_ms, &self.arena)
    }

    /// The slates of one page, in order of their claim: no item is in two of them. They lie where that of
    /// [`Engine::recommend`] lies.
    ///
    /// # Errors
    /// As [`Engine::recommend`]; `invalid-option` also for no request or more than 16.
    pub fn recommend_page(&mut self, requests: &[Request], now_ms: u64) -> Result<&[Slate<'_>]> {
        self.prove_again(requests.len(), now_ms)?;
        self.arena.empty();
        self.session.settle(now_ms);
        let slates = self.recommender.recommend_page(&self.session, requests, now_ms, &self.arena)?;
        self.counts.add(slates, &self.recommender);
        if let Some(counting) = &mut self.counting {
            let model = self.recommender.has_model();
            requests.iter().zip(slates).for_each(|(request, slate)| counting.slate(request, slate, model));
        }
        Ok(slates)
    }

    /// The bucket of a visitor in a test, 0 to `buckets` − 1; what a rule's `test` goes by.
    ///
    /// # Errors
    /// `invalid-option` unless there are 2 to 1000 buckets.
    pub fn bucket(test: &str, visitor: &str, buckets: u32) -> Result<u32> {
        if !(2..=1000).contains(&buckets) {
            return Err(Error::new(Code::OptionInvalid, "a test has 2 to 1000 buckets").with("buckets", buckets));
        }
        Ok(bucket(test, visitor, buckets))
    }

    /// The catalog.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        self.recommender.catalog()
    }

    /// Changes the catalog, row by row.
    ///
    /// # Errors
    /// Why the first row was left out, if any was: `item-unknown`, `catalog-duplicate-id`, `catalog-invalid`. The other
    /// rows are in.
    pub fn update_catalog(&mut self, delta: &CatalogDelta) -> Result<Updated> {
        self.recommender.update_catalog(delta)
    }

    /// [`Engine::update_catalog`], which tells of every row that was left out.
    pub fn feed(&mut self, delta: &CatalogDelta) -> Updated {
        self.recommender.feed(delta).0
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> &SessionState {
        &self.session
    }

    /// What counts of the session, oldest first, with ids.
    pub fn session_events(&mut self, now_ms: u64) -> Vec<SessionEvent> {
        self.session.settle(now_ms);
        let event = |e: &crate::session::StoredEvent| {
            let counts = self.session.counts(e).filter(|counts| *counts != As::Undone)?;
            let item = self.catalog().find_key(e.item);
            Some(SessionEvent {
                kind: e.kind,
                item: item.map(|i| self.catalog().id(i).to_owned()).unwrap_or_default(),
                at: e.at_ms,
                dwell_ms: (e.dwell_ms > 0).then_some(e.dwell_ms),
                quantity: (e.quantity > 0).then_some(e.quantity),
                known: item.is_some(),
                counts,
            })
        };
        self.session.events().iter().filter_map(event).collect()
    }

    /// Sets where the session may be kept; `none` drops it.
    pub fn set_consent(&mut self, consent: Consent) {
        self.session.set_consent(consent);
    }

    /// An empty session, as another visitor's.
    pub fn anew(&mut self) {
        self.session.anew();
    }

    /// Drops the session; nothing dated until now is taken in any more.
    pub fn forget(&mut self, now_ms: u64) {
        self.session.forget(now_ms);
    }

    /// States what the cart holds, a `cart-add` a line.
    ///
    /// # Errors
    /// As [`SessionState::set_cart`].
    pub fn set_cart(&mut self, lines: &[Event], now_ms: u64) -> Result<()> {
        self.session.set_cart(lines, now_ms)
    }

    /// Takes back that an item was dismissed.
    pub fn undismiss(&mut self, item: &str) {
        self.session.undismiss(item);
    }

    /// The session as bytes, at most 1 KB.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.session.snapshot()
    }

    /// Replaces the session.
    ///
    /// # Errors
    /// `snapshot-…`; the session is unchanged then.
    pub fn restore(&mut self, snapshot: &[u8], now_ms: u64) -> Result<()> {
        self.session.restore(snapshot, now_ms)
    }

    /// Takes in another tab's session.
    ///
    /// # Errors
    /// `snapshot-…`; the session is unchanged then.
    pub fn merge(&mut self, snapshot: &[u8], now_ms: u64) -> Result<()> {
        self.session.merge(snapshot, now_ms)
    }

    /// The tier in force.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        if self.recommender.has_model() { Tier::Full } else { Tier::Lite }
    }

    /// What runs the graph, once it is loaded: `nearhand`, or `tract` in the build that has it, for a graph with operators that
    /// the other does not have.
    #[cfg(feature = "onnx")]
    #[must_use]
    pub const fn runs_on(&self) -> Option<&'static str> {
        self.runs_on
    }

    /// What the engine is and has done.
    #[must_use]
    pub fn info(&self) -> Info {
        let m = &self.manifest;
        Info {
            version: crate::VERSION,
            tier: self.tier(),
            bundle: BundleInfo {
                name: m.name.clone(),
                version: m.version.clone(),
                digest: self.digest.clone(),
                bytes: self.bytes,
                created_at: m.created_at.clone(),
                items: self.catalog().base_len(),
                licence: m.licence.clone(),
                attribution: m.attribution.clone(),
                metrics: m.metrics.clone(),
            },
            consent: self.session.consent(),
            counts: self.counts,
            monitor: self.counting.as_deref().map(Counting::told),
        }
    }

    /// The manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The recommender, for measuring.
    pub const fn recommender(&mut self) -> &mut Recommender {
        &mut self.recommender
    }
}
