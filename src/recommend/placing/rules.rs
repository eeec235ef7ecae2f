//! Rules: which items may be shown at all, applied before ranking, so that a rule never costs a place; and what moves
//! the scores of those that may. Every step counts what it did.

use super::candidates::Class;
use super::candidates::Pool;
use super::candidates::Prefer;
use crate::arena::{Arena, List};
use crate::catalog::{Column, Filter, Unknown};
use crate::error::Result;
use crate::event::EventKind;
use crate::ids::ItemIdx;
use crate::rank::BitSet;
use crate::recommend::asked::Action;
use crate::recommend::asked::Exclude;
use crate::recommend::asked::Occasion;
use crate::recommend::asked::Placement;
use crate::recommend::asked::Relate;
use crate::recommend::asked::Request;
use crate::recommend::asked::Rule;
use crate::recommend::asked::Standing;
use crate::recommend::remarks::Remarks;
use crate::recommend::slate::Applied;
use crate::recommend::state::Recommender;
use crate::session::{Counts, SessionState, StoredEvent};

/// A pinned item: its place and the rule that pins it.
#[derive(Clone, Copy, Debug)]
pub(in crate::recommend) struct Pin<'a> {
    pub place: usize,
    pub item: ItemIdx,
    pub rule: &'a Rule,
}

/// A set from which rules take items, and who is told what each took.
struct Sieve<'s, 'a> {
    set: BitSet,
    remarks: &'s mut Remarks<'a>,
}

impl Sieve<'_, '_> {
    fn take(&mut self, rule: &'static str, items: &mut dyn Iterator<Item = ItemIdx>) {
        self.tell(rule, "", |set| items.for_each(|item| set.remove(item)));
    }

    fn keep(&mut self, rule: &'static str, name: &str, passes: &dyn Fn(ItemIdx) -> bool) {
        self.tell(rule, name, |set| set.retain(passes));
    }

    fn tell(&mut self, rule: &'static str, name: &str, change: impl FnOnce(&mut BitSet)) {
        // Sets are counted for those who asked.
        let count = |set: &BitSet| if self.remarks.effects.is_some() { set.count() } else { 0 };
        let before = count(&self.set);
        change(&mut self.set);
        let items = before - count(&self.set);
        if items > 0 {
            self.remarks.effect(rule, name, items);
        }
    }
}

/// The rules of one request, checked against the catalog.
pub(in crate::recommend) struct Ruling<'s> {
    recommender: &'s Recommender,
    pub request: &'s Request,
    session: &'s SessionState,
    pub source: Option<ItemIdx>,
    arena: &'s Arena,
    conditions: Filter<'s>,
    /// The shop's rules that hold now, with their conditions.
    holding: List<'s, (&'s Rule, Filter<'s>)>,
}

impl<'s> Ruling<'s> {
    /// Checks every rule, also those that do not hold now: a faulty one is told before its day comes.
    pub(in crate::recommend) fn new<'a: 's>(
        recommender: &'s Recommender,
        request: &'s Request,
        session: &'s SessionState,
        source: Option<ItemIdx>,
        now_ms: u64,
        remarks: &mut Remarks<'a>,
    ) -> Result<Self> {
        let (catalog, arena): (_, &'s Arena) = (&recommender.catalog, remarks.arena);
        let occasion = Occasion { now_ms, placement: request.placement, visitor: request.visitor.as_deref() };
        let mut holding = arena.list();
        for (at, rule) in request.rules.iter().enumerate() {
            let tell = &mut |unknown: Unknown<'_>| remarks.unknown(Some(at), unknown, catalog);
            let filter = rule.r#where.compile_known(catalog, arena, tell)?;
            let page = rule.source.as_ref().map(|w| w.compile_known(catalog, arena, tell)).transpose()?;
            // Without one of its conditions a rule would be about more than it says: it does not hold.
            let whole = filter.is_whole() && page.as_ref().is_none_or(Filter::is_whole);
            let standing = match (rule.standing(&occasion), page, source) {
                _ if !whole => "unknown",
                (Standing::Expired, ..) => "expired",
                (Standing::NotYet, ..) => "not-yet",
                (Standing::NoVisitor, ..) => "no-visitor",
                (Standing::Elsewhere, ..) => "elsewhere",
                (Standing::Holds, Some(_), None) => "no-source",
                (Standing::Holds, Some(page), Some(item)) if !page.holds(item) => "elsewhere",
                (Standing::Holds, ..) => "holds",
            };
            match standing {
                "holds" => holding.push((rule, filter)),
                why => {
                    remarks.standing(word(rule.action), &rule.name, why, 0);
                    match why {
                        "expired" => remarks.note("rule-expired"),
                        "no-visitor" => remarks.note("rule-without-visitor"),
                        _ => {}
                    }
                }
            }
        }
        let conditions = request.r#where.compile_known(catalog, arena, &mut |unknown| remarks.unknown(None, unknown, catalog))?;
        if let Some(name) = &request.category
            && let Some(unknown) = catalog.unknown_name("category", Column::Category, name)
        {
            remarks.unknown(None, unknown, catalog);
        }
        remarks.refused()?;
        Ok(Self { recommender, request, session, source, arena, conditions, holding })
    }

    /// The items that may be shown. `shown` are on the page already.
    pub(in crate::recommend) fn allowed(
        &self,
        shown: &[ItemIdx],
        only: Option<&[ItemIdx]>,
        narrow: Option<(Column, Relate)>,
        remarks: &mut Remarks<'_>,
    ) -> BitSet {
        let (catalog, request, source) = (&self.recommender.catalog, self.request, self.source);
        let mut set = self.recommender.sets.take();
        set.fill(catalog.len());
        catalog.removed().for_each(|item| set.remove(item));
        if let Some(only) = only {
            set.retain(|item| only.contains(&item));
        }
        let mut sieve = Sieve { set, remarks };
        sieve.take("source", &mut source.into_iter());
        sieve.take("shown-above", &mut shown.iter().copied());
        sieve.take("exclude-items", &mut catalog.find_all(&request.exclude_items));
        for exclude in &request.exclude {
            let (rule, speaks): (_, &dyn Fn(&StoredEvent) -> bool) = match exclude {
                Exclude::Seen if request.placement == Some(Placement::RecentlyViewed) => continue,
                Exclude::Seen => {
                    ("seen", &|e| matches!(e.kind, EventKind::View | EventKind::SearchClick) && self.session.is_current(e))
                }
                Exclude::Purchased => ("purchased", &|e| e.kind == EventKind::Purchase && self.session.is_current(e)),
                Exclude::Dismissed => ("dismissed", &|e| self.session.counts(e) == Some(Counts::Dismissed)),
                Exclude::Cart => ("cart", &|e| e.kind == EventKind::CartAdd && self.session.in_cart(e.item)),
                Exclude::Variants => {
                    if let Some(group) = source.and_then(|item| catalog.group(item)) {
                        sieve.keep("variants", "", &|item| catalog.group(item) != Some(group));
                    }
                    continue;
                }
                Exclude::SoldOut => {
                    let wanted = request.placement == Some(Placement::RecentlyViewed) || request.r#where.in_stock == Some(false);
                    if !wanted && catalog.has(Column::Stock) {
                        sieve.keep("sold-out", "", &|item| catalog.stock(item) != Some(0));
                    }
                    continue;
                }
            };
            let events = self.session.events().iter().filter(|e| speaks(e));
            sieve.take(rule, &mut events.filter_map(|e| catalog.find_key(e.item)));
        }
        if !request.r#where.is_empty() {
            sieve.keep("where", "", &|item| self.conditions.holds(item));
        }
        for (column, relate) in request.relate.set().chain(narrow) {
            let rule = match column {
                Column::Brand => "relate-brand",
                _ => "relate-category",
            };
            match source.and_then(|item| catalog.facet(item, column)) {
                Some(name) => {
                    sieve.keep(rule, "", &|item| (catalog.facet(item, column) == Some(name)) == (relate == Relate::Same));
                }
                None => sieve.remarks.note("relate-without-source"),
            }
        }
        for (rule, filter) in self.holding.iter().filter(|(rule, _)| rule.action == Action::Hide) {
            let named = self.named(rule);
            sieve.keep("hide", &rule.name, &|item| !(filter.holds(item) && (rule.items.is_empty() || named.contains(&item))));
        }
        sieve.set
    }

    /// The items that a rule names.
    fn named(&self, rule: &Rule) -> List<'s, ItemIdx> {
        self.arena.collect(self.recommender.catalog.find_all(&rule.items))
    }

    /// The pinned items by place, of those that may be shown.
    pub(in crate::recommend) fn pins(&self, set: &BitSet, remarks: &mut Remarks<'_>) -> List<'s, Pin<'s>> {
        let mut pins: List<'s, Pin<'s>> = self.arena.list();
        for (rule, _) in &self.holding {
            let Action::Pin(place) = rule.action else { continue };
            let free = |item: &ItemIdx| set.contains(*item) && pins.iter().all(|pin| pin.item != *item);
            let item = self.recommender.catalog.find_all(&rule.items).find(free);
            let note = match item {
                _ if pins.iter().any(|pin| pin.place == place) => Some("pin-place-taken"),
                None => Some("pin-forbidden"),
                Some(_) if place > self.request.offset + self.request.k => Some("pin-beyond-slate"),
                Some(_) => None,
            };
            if let Some(note) = note {
                remarks.note(note);
            }
            let placed = item.filter(|_| note.is_none() || note == Some("pin-beyond-slate"));
            remarks.effect("pin", &rule.name, usize::from(note.is_none()));
            if let Some(item) = placed {
                // By place. A list this short needs no sort of its own.
                pins.insert(pins.partition_point(|pin| pin.place < place), Pin { place, item, rule });
            }
        }
        pins
    }

    /// The allowed items by the factors that rules give them.
    pub(in crate::recommend) fn pool(&self, set: BitSet, remarks: &mut Remarks<'_>) -> Pool<'s> {
        let (recommender, request) = (self.recommender, self.request);
        let mut pool = Pool::new(set, request.min_relevance, &recommender.sets, self.arena);
        for (rule, filter) in &self.holding {
            let (Action::Boost(factor) | Action::Bury(factor)) = rule.action else { continue };
            let mut items;
            if rule.is_wide() {
                items = pool.split(&|item| filter.holds(item), &|class| class.factor *= factor);
                for (item, held, _) in &mut pool.singles {
                    if filter.holds(*item) {
                        *held *= factor;
                        items += 1;
                    }
                }
            } else {
                items = 0;
                let named = self.named(rule);
                for (at, item) in named.iter().enumerate() {
                    let twice = named.iter().take(at).any(|before| before == item);
                    items += usize::from(!twice && filter.holds(*item) && pool.single(*item, factor));
                }
            }
            remarks.effect(word(rule.action), &rule.name, items);
        }
        for (rule, moves) in self.moves() {
            let items = moves.iter().filter(|(item, factor)| pool.single(*item, *factor)).count();
            if items > 0 {
                remarks.effect(rule, "", items);
            }
        }
        for item in recommender.catalog.find_all(&request.curated) {
            pool.curated.push(item);
            pool.single(item, 1.0);
        }
        if request.placement == Some(Placement::Category)
            && let Some(category) = &request.category
        {
            self.prefer(&mut pool, category, Prefer::All);
        }
        pool
    }

    /// Puts popular items of a category before popular others, or all of its items before all others.
    pub(in crate::recommend) fn prefer(&self, pool: &mut Pool<'_>, category: &str, prefer: Prefer) {
        let catalog = &self.recommender.catalog;
        if !catalog.has(Column::Category) {
            return;
        }
        let holds = catalog.in_category(category, self.arena);
        pool.prefer = prefer;
        pool.split(&holds, &|class: &mut Class| class.inside = true);
        for (item, _, inside) in &mut pool.singles {
            *inside = holds(*item);
        }
    }

    /// The factors that the session gives items, by rule.
    fn moves(&self) -> [(&'static str, List<'s, (ItemIdx, f32)>); 2] {
        [("rotate", self.shown_before()), ("dismissed-like", self.like_dismissed())]
    }

    /// The factor of every item that the session says was shown.
    fn shown_before(&self) -> List<'s, (ItemIdx, f32)> {
        let rotate = self.request.rotate;
        let shown = self.session.events().iter().filter(|e| rotate < 1.0 && self.session.counts(e) == Some(Counts::Shown));
        self.arena.collect(shown.filter_map(|e| Some((self.recommender.catalog.find_key(e.item)?, rotate))))
    }

    /// What dismissed items take from those they vote for in the table: factor 1 − dismiss · w a vote, at least 0.01.
    fn like_dismissed(&self) -> List<'s, (ItemIdx, f32)> {
        let (catalog, signals) = (&self.recommender.catalog, &self.recommender.signals);
        let mut moves = self.arena.list();
        let Some(table) = &self.recommender.table else { return moves };
        let mut items: List<'_, ItemIdx> = self.arena.list();
        for event in self.session.events().iter().filter(|e| self.session.counts(e) == Some(Counts::Dismissed)) {
            let item = catalog.find_key(event.item).and_then(|item| catalog.stand_in(item));
            let Some(item) = item.filter(|item| !items.contains(item)) else { continue };
            items.push(item);
            let factors = table.row(item).map(|(item, w)| (item, (1.0 - signals.dismiss * w).max(0.01)));
            moves.extend(factors.filter(|(_, factor)| *factor < 1.0));
        }
        moves
    }

    /// The rules that moved an item's score.
    pub(in crate::recommend) fn applied<'a>(&self, item: ItemIdx, arena: &'a Arena) -> List<'a, Applied<'a>> {
        let mut applied = arena.list();
        for (rule, filter) in &self.holding {
            if let Action::Boost(factor) | Action::Bury(factor) = rule.action
                && filter.holds(item)
                && (rule.is_wide() || self.named(rule).contains(&item))
            {
                let name = arena.text(&rule.name);
                applied.push(Applied { rule: word(rule.action), name, factor: Some(factor), from: None });
            }
        }
        for (rule, moves) in self.moves() {
            let factor: f32 = moves.iter().filter(|(i, _)| *i == item).map(|(_, f)| f).product();
            if factor != 1.0 {
                applied.push(Applied { rule, name: "", factor: Some(factor), from: None });
            }
        }
        applied
    }
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Boost(_) => "boost",
        Action::Bury(_) => "bury",
        Action::Pin(_) => "pin",
        Action::Hide => "hide",
    }
}
