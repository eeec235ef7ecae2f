//! Rules: which items may be shown at all, applied before ranking, so that a rule never costs a place; and what moves
//! the scores of those that may. Every step counts what it did.

use super::candidates::{Class, Pool, Prefer};
use super::promotion::{Action, Occasion, Standing};
use super::{Applied, Effect, Exclude, Placement, Recommender, Relate, Request, Rule};
use crate::catalog::{Column, FacetTest, Filter, Where};
use crate::error::Result;
use crate::event::EventKind;
use crate::ids::{ItemIdx, ItemKey};
use crate::rank::BitSet;
use crate::session::SessionState;

/// A pinned item: its place and the rule that pins it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pin<'a> {
    pub place: usize,
    pub item: ItemIdx,
    pub rule: &'a Rule,
}

/// A set from which rules take items, and what each took.
struct Sieve<'a> {
    set: BitSet,
    effects: &'a mut Vec<Effect>,
}

impl Sieve<'_> {
    fn take(&mut self, rule: &'static str, name: &str, items: &[ItemIdx]) {
        let before = self.set.count();
        items.iter().for_each(|item| self.set.remove(*item));
        self.tell(rule, name, before);
    }

    fn keep(&mut self, rule: &'static str, name: &str, passes: &dyn Fn(ItemIdx) -> bool) {
        let before = self.set.count();
        self.set.retain(passes);
        self.tell(rule, name, before);
    }

    fn tell(&mut self, rule: &'static str, name: &str, before: usize) {
        let items = before - self.set.count();
        if items > 0 {
            self.effects.push(Effect { rule, name: name.to_owned(), standing: "holds", items });
        }
    }
}

/// The rules of one request, checked against the catalog.
pub(super) struct Ruling<'a> {
    request: &'a Request,
    source: Option<ItemIdx>,
    conditions: Filter<'a>,
    /// The shop's rules that hold now, with their conditions.
    holding: Vec<(&'a Rule, Filter<'a>)>,
    pub effects: Vec<Effect>,
}

impl<'a> Ruling<'a> {
    /// Checks every rule, also those that do not hold now: a faulty one is told before its day comes.
    pub(super) fn new(
        recommender: &'a Recommender,
        request: &'a Request,
        source: Option<ItemIdx>,
        now_ms: u64,
        notes: &mut Vec<&'static str>,
    ) -> Result<Self> {
        let catalog = &recommender.catalog;
        let occasion = Occasion { now_ms, placement: request.placement, visitor: request.visitor.as_deref() };
        let (mut holding, mut effects) = (Vec::new(), Vec::new());
        for rule in &request.rules {
            let filter = rule.r#where.compile(catalog)?;
            let page = rule.source.as_ref().map(|w| w.compile(catalog)).transpose()?;
            let standing = match (rule.standing(&occasion), page, source) {
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
                    effects.push(Effect { rule: word(rule.action), name: rule.name.clone(), standing: why, items: 0 });
                    match why {
                        "expired" => notes.push("rule-expired"),
                        "no-visitor" => notes.push("rule-without-visitor"),
                        _ => {}
                    }
                }
            }
        }
        Ok(Self { request, source, conditions: request.r#where.compile(catalog)?, holding, effects })
    }

    pub(super) fn effect(&mut self, rule: &'static str, name: &str, items: usize) {
        self.effects.push(Effect { rule, name: name.to_owned(), standing: "holds", items });
    }

    /// The items that may be shown. `shown` are on the page already.
    pub(super) fn allowed(
        &mut self,
        recommender: &Recommender,
        session: &SessionState,
        shown: &[ItemIdx],
        only: Option<&[ItemIdx]>,
        narrow: Option<(Column, Relate)>,
        notes: &mut Vec<&'static str>,
    ) -> BitSet {
        let (catalog, request, source) = (&recommender.catalog, self.request, self.source);
        let mut sieve = Sieve { set: BitSet::full(catalog.len()), effects: &mut self.effects };
        catalog.removed().for_each(|item| sieve.set.remove(item));
        if let Some(only) = only {
            sieve.set.retain(|item| only.contains(&item));
        }
        sieve.take("source", "", source.as_slice());
        sieve.take("shown-above", "", shown);
        sieve.take("exclude-items", "", &catalog.find_all(&request.exclude_items));
        let mut cart = session.cart();
        for exclude in &request.exclude {
            let events = session.events().iter();
            let keys = |kinds: &[EventKind]| events.filter(|e| kinds.contains(&e.kind)).map(|e| e.item).collect();
            let (rule, keys): (_, Vec<ItemKey>) = match exclude {
                Exclude::Seen if request.placement == Some(Placement::RecentlyViewed) => continue,
                Exclude::Seen => ("seen", keys(&[EventKind::View, EventKind::SearchClick])),
                Exclude::Purchased => ("purchased", keys(&[EventKind::Purchase])),
                Exclude::Dismissed => ("dismissed", keys(&[EventKind::Dismiss])),
                Exclude::Cart => ("cart", std::mem::take(&mut cart)),
                Exclude::Variants => {
                    if let Some(group) = source.and_then(|item| catalog.group(item)) {
                        sieve.keep("variants", "", &|item| catalog.group(item) != Some(group));
                    }
                    continue;
                }
            };
            let items: Vec<ItemIdx> = keys.into_iter().filter_map(|key| catalog.find_key(key)).collect();
            sieve.take(rule, "", &items);
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
                None => notes.push("relate-without-source"),
            }
        }
        for (rule, filter) in self.holding.iter().filter(|(rule, _)| rule.action == Action::Hide) {
            let named = catalog.find_all(&rule.items);
            sieve.keep("hide", &rule.name, &|item| !(filter.holds(item) && (rule.items.is_empty() || named.contains(&item))));
        }
        sieve.set
    }

    /// The pinned items by place, of those that may be shown.
    pub(super) fn pins(&mut self, recommender: &Recommender, set: &BitSet, notes: &mut Vec<&'static str>) -> Vec<Pin<'a>> {
        let mut pins: Vec<Pin<'a>> = Vec::new();
        for (rule, _) in &self.holding {
            let Action::Pin(place) = rule.action else { continue };
            let free = |item: &ItemIdx| set.contains(*item) && pins.iter().all(|pin| pin.item != *item);
            let item = rule.items.iter().filter_map(|id| recommender.catalog.find(id)).find(free);
            let note = match item {
                _ if pins.iter().any(|pin| pin.place == place) => Some("pin-place-taken"),
                None => Some("pin-forbidden"),
                Some(_) if place > self.request.offset + self.request.k => Some("pin-beyond-slate"),
                Some(_) => None,
            };
            notes.extend(note);
            let placed = item.filter(|_| note.is_none() || note == Some("pin-beyond-slate"));
            self.effects.push(Effect {
                rule: "pin",
                name: rule.name.clone(),
                standing: "holds",
                items: usize::from(note.is_none()),
            });
            if let Some(item) = placed {
                // By place. A list this short needs no sort of its own.
                pins.insert(pins.partition_point(|pin| pin.place < place), Pin { place, item, rule });
            }
        }
        pins
    }

    /// The allowed items by the factors that rules give them.
    pub(super) fn pool(&mut self, recommender: &Recommender, session: &SessionState, set: BitSet) -> Pool {
        let (catalog, request) = (&recommender.catalog, self.request);
        let mut pool = Pool::new(set, request.min_relevance);
        for (rule, filter) in &self.holding {
            let (Action::Boost(factor) | Action::Bury(factor)) = rule.action else { continue };
            let mut items;
            if rule.is_wide() {
                items = pool.classes.iter().map(|c| c.set.iter().filter(|i| filter.holds(*i)).count()).sum();
                pool.split(&|item| filter.holds(item), &|class| class.factor *= factor);
                for (item, held, _) in &mut pool.singles {
                    if filter.holds(*item) {
                        *held *= factor;
                        items += 1;
                    }
                }
            } else {
                items = 0;
                let named = catalog.find_all(&rule.items);
                for (at, item) in named.iter().enumerate() {
                    let twice = named.iter().take(at).any(|before| before == item);
                    items += usize::from(!twice && filter.holds(*item) && pool.single(*item, factor));
                }
            }
            self.effects.push(Effect { rule: word(rule.action), name: rule.name.clone(), standing: "holds", items });
        }
        for (rule, moves) in
            [("rotate", self.shown_before(recommender, session)), ("dismissed-like", recommender.like_dismissed(session))]
        {
            let items = moves.iter().filter(|(item, factor)| pool.single(*item, *factor)).count();
            if items > 0 {
                self.effect(rule, "", items);
            }
        }
        pool.curated = catalog.find_all(&request.curated);
        for item in pool.curated.clone() {
            pool.single(item, 1.0);
        }
        if request.placement == Some(Placement::Category)
            && let Some(category) = &request.category
        {
            prefer(&mut pool, recommender, category, Prefer::All);
        }
        pool
    }

    /// The factor of every item that the session says was shown.
    fn shown_before(&self, recommender: &Recommender, session: &SessionState) -> Vec<(ItemIdx, f32)> {
        let shown = session.events().iter().filter(|e| e.kind == EventKind::Impression && self.request.rotate < 1.0);
        shown.filter_map(|e| Some((recommender.catalog.find_key(e.item)?, self.request.rotate))).collect()
    }

    /// The rules that moved an item's score.
    pub(super) fn applied(&self, recommender: &Recommender, session: &SessionState, item: ItemIdx) -> Vec<Applied> {
        let mut applied = Vec::new();
        for (rule, filter) in &self.holding {
            if let Action::Boost(factor) | Action::Bury(factor) = rule.action
                && filter.holds(item)
                && (rule.is_wide() || recommender.catalog.find_all(&rule.items).contains(&item))
            {
                applied.push(Applied { rule: word(rule.action), name: rule.name.clone(), factor: Some(factor), from: None });
            }
        }
        for (rule, moves) in
            [("rotate", self.shown_before(recommender, session)), ("dismissed-like", recommender.like_dismissed(session))]
        {
            let factor: f32 = moves.iter().filter(|(i, _)| *i == item).map(|(_, f)| f).product();
            if factor != 1.0 {
                applied.push(Applied { rule, name: String::new(), factor: Some(factor), from: None });
            }
        }
        applied
    }
}

/// Puts popular items of a category before popular others, or all of its items before all others.
pub(super) fn prefer(pool: &mut Pool, recommender: &Recommender, category: &str, prefer: Prefer) {
    let test = Where { category: Some(FacetTest::any(&[category])), ..Where::default() };
    // A catalog without categories has nothing to prefer.
    let Ok(filter) = test.compile(&recommender.catalog) else { return };
    pool.prefer = prefer;
    pool.split(&|item| filter.holds(item), &|class: &mut Class| class.inside = true);
    for (item, _, inside) in &mut pool.singles {
        *inside = filter.holds(*item);
    }
}

impl Recommender {
    /// What dismissed items take from those they vote for in the table: factor 1 − dismiss · w a vote, at least 0.01.
    fn like_dismissed(&self, session: &SessionState) -> Vec<(ItemIdx, f32)> {
        let Some(table) = &self.table else { return Vec::new() };
        let dismissed = session.events().iter().filter(|e| e.kind == EventKind::Dismiss);
        let mut items: Vec<ItemIdx> = Vec::new();
        for item in dismissed.filter_map(|e| self.catalog.stand_in(self.catalog.find_key(e.item)?)) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        let factor = |w: f32| (1.0 - self.signals.dismiss * w).max(0.01);
        items.iter().flat_map(|item| table.row(*item)).map(|(item, w)| (item, factor(w))).filter(|(_, f)| *f < 1.0).collect()
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
