//! Arrange: from candidates in the order of their scores to the places of the slate.
//!
//! Places are filled from the first on, and what stands at a place depends on what stands before it alone, never on how
//! many are asked for: the pages of a slate, put together, are one long slate.
//!
//! ```text
//! pins     stand at their places; the places between are filled in order, and close up where candidates run out
//! caps     a candidate whose category, brand or group has its most is passed over; pins count first
//! MMR      of the first 50 candidates left that pass the caps, the one with the largest
//!          (1 − diversity) · score / best score − diversity · max similarity to what is chosen and pinned
//! explore  the item of one place changes places with one of those that follow it, as `recommend::asked` draws
//! ```
//! MMR is maximal marginal relevance (Carbonell and Goldstein, 1998). Similarity is the cosine of the item vectors, 0 to
//! 1, or, where one has no vector, the share of equal facets among category and brand.

use super::candidate::Candidate;
use crate::arena::{Arena, List};
use crate::catalog::Column;
use crate::ids::ItemIdx;
use crate::recommend::asked::Explore;

/// Candidates that compete for a place where diversity counts.
pub(in crate::recommend) const WINDOW: usize = 50;
/// Most caps of a slate: category, brand, group.
const CAPS: usize = 3;

/// How the places are to be filled.
#[derive(Debug)]
pub(in crate::recommend) struct Layout<'a> {
    /// Places and items, by place, no place and no item twice.
    pub pins: &'a [(usize, ItemIdx)],
    /// Most items of one name, by column.
    pub caps: &'a [(Column, usize)],
    /// 0 is by score alone.
    pub diversity: f32,
    pub explore: Option<Explore>,
    /// Places to fill: offset and length together.
    pub want: usize,
}

/// What arranging asks of the catalog.
pub(in crate::recommend) trait Look {
    /// The item's name in a facet.
    fn facet(&self, item: ItemIdx, column: Column) -> Option<&str>;
    /// Likeness of two items, 0 to 1.
    fn similarity(&self, a: ItemIdx, b: ItemIdx) -> f32;
}

/// How an item came to its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::recommend) enum Way {
    /// By its score; the number counts the candidates from 0.
    Ranked(usize),
    /// Pinned, the number is the pin's.
    Pinned(usize),
}

/// A filled place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::recommend) struct Placed {
    pub item: ItemIdx,
    pub way: Way,
    pub propensity: f32,
    /// The place it had before the exploration.
    pub explored_from: Option<usize>,
}

/// The filled places.
#[derive(Debug, PartialEq)]
pub(in crate::recommend) struct Arranged<'a> {
    pub places: List<'a, Placed>,
    /// Whether there are more to come after these.
    pub more: bool,
    /// Whether more candidates could have changed the outcome.
    pub starved: bool,
    /// Candidates that caps passed over, by cap.
    pub capped: [usize; CAPS],
}

/// Fills the places. `complete`: the candidates are all there are.
pub(in crate::recommend) fn arrange<'a>(
    candidates: &[Candidate],
    complete: bool,
    layout: &Layout<'_>,
    look: &impl Look,
    arena: &'a Arena,
) -> Arranged<'a> {
    let pinned_before = |place: usize| layout.pins.iter().filter(|(p, _)| *p < place).count();
    // Places between pins that are needed: those asked for, one that tells whether there are more, and the exploration's.
    let slot = layout.explore.filter(|e| layout.pins.iter().all(|(place, _)| *place != e.place));
    let slot = slot.map(|e| (e, e.place - 1 - pinned_before(e.place)));
    let free = (layout.want + 1).max(slot.map_or(0, |(e, at)| at + e.among));
    let mut picker = Picker::new(candidates, complete, layout, look, arena);
    let mut chosen: List<'a, (usize, f32, Option<usize>)> = arena.list();
    while chosen.len() < free {
        let Some(at) = picker.pick() else { break };
        chosen.push((at, 1.0, None));
    }
    if let Some((explore, at)) = slot
        && at < chosen.len()
    {
        explore_from(&mut chosen, at, &explore);
    }
    let mut arranged = Arranged { places: arena.list(), more: false, starved: picker.starved, capped: picker.capped };
    let mut pins = layout.pins.iter().enumerate().peekable();
    let mut rest = chosen.iter();
    while arranged.places.len() <= layout.want {
        let place = arranged.places.len() + 1;
        let pin = |(i, (_, item)): (usize, &(usize, ItemIdx))| Placed {
            item: *item,
            way: Way::Pinned(i),
            propensity: 1.0,
            explored_from: None,
        };
        let next = match pins.peek() {
            Some((_, (at, _))) if *at <= place => pins.next().map(pin),
            _ => rest
                .next()
                .and_then(|(at, propensity, from)| {
                    let item = candidates.get(*at)?.item;
                    let explored_from = from.map(|free| place_of(free, layout.pins));
                    Some(Placed { item, way: Way::Ranked(*at), propensity: *propensity, explored_from })
                })
                .or_else(|| pins.next().map(pin)),
        };
        match next {
            Some(placed) => arranged.places.push(placed),
            None => break,
        }
    }
    arranged.more = arranged.places.len() > layout.want;
    arranged.places.truncate(layout.want);
    arranged
}

/// The place of the n-th item between pins, counted from 0.
fn place_of(free: usize, pins: &[(usize, ItemIdx)]) -> usize {
    pins.iter().fold(free + 1, |place, (pin, _)| place + usize::from(*pin <= place))
}

/// Draws for the place `at` and exchanges.
fn explore_from(chosen: &mut [(usize, f32, Option<usize>)], at: usize, explore: &Explore) {
    let choices = explore.among.min(chosen.len() - at);
    let drawn = explore.draw(choices);
    for (steps, (_, propensity, _)) in chosen.iter_mut().skip(at).take(choices).enumerate() {
        *propensity = explore.propensity(steps, drawn, choices);
    }
    if drawn > 0 {
        let (Some(first), Some(other)) = (chosen.get(at).copied(), chosen.get(at + drawn).copied()) else { return };
        if let Some(slot) = chosen.get_mut(at) {
            (slot.0, slot.2) = (other.0, Some(at + drawn));
        }
        if let Some(slot) = chosen.get_mut(at + drawn) {
            (slot.0, slot.2) = (first.0, Some(at));
        }
    }
}

/// Picks candidate after candidate.
struct Picker<'a, L> {
    candidates: &'a [Candidate],
    complete: bool,
    layout: &'a Layout<'a>,
    look: &'a L,
    taken: &'a mut [bool],
    /// Largest similarity to what is chosen, by candidate; only where diversity counts.
    nearest: &'a mut [f32],
    /// Caps by their place, names, and pieces of each.
    counts: List<'a, (usize, &'a str, usize)>,
    /// All before are taken or passed over for good.
    first: usize,
    best: f32,
    starved: bool,
    capped: [usize; CAPS],
}

impl<'a, L: Look> Picker<'a, L> {
    fn new(candidates: &'a [Candidate], complete: bool, layout: &'a Layout<'a>, look: &'a L, arena: &'a Arena) -> Self {
        // Of the first one, as more candidates must not change what was chosen from fewer.
        let best = candidates.first().map_or(0.0, |c| c.score);
        let mut picker = Self {
            candidates,
            complete,
            layout,
            look,
            taken: arena.filled(candidates.len(), false),
            nearest: arena.filled(if layout.diversity > 0.0 { candidates.len() } else { 0 }, 0.0),
            counts: arena.list(),
            first: 0,
            best,
            starved: false,
            capped: [0; CAPS],
        };
        for (_, item) in layout.pins {
            if let Some(at) = candidates.iter().position(|c| c.item == *item)
                && let Some(taken) = picker.taken.get_mut(at)
            {
                *taken = true;
            }
            picker.choose(*item);
        }
        picker
    }

    /// Counts an item against the caps and lets it speak for diversity.
    fn choose(&mut self, item: ItemIdx) {
        let look = self.look;
        for (cap, (column, _)) in self.layout.caps.iter().enumerate() {
            let Some(name) = look.facet(item, *column) else { continue };
            match self.counts.iter_mut().find(|(c, n, _)| (*c, *n) == (cap, name)) {
                Some((.., count)) => *count += 1,
                None => self.counts.push((cap, name, 1)),
            }
        }
        for (candidate, near) in self.candidates.iter().zip(self.nearest.iter_mut()) {
            *near = near.max(look.similarity(candidate.item, item));
        }
    }

    /// The cap that an item would break.
    fn breaks(&self, item: ItemIdx) -> Option<usize> {
        let mut caps = self.layout.caps.iter().enumerate();
        caps.position(|(cap, (column, most))| {
            let name = self.look.facet(item, *column);
            name.is_some_and(|name| self.counts.iter().any(|(c, n, count)| (*c, *n) == (cap, name) && count >= most))
        })
    }

    fn pick(&mut self) -> Option<usize> {
        let window = if self.layout.diversity > 0.0 { WINDOW } else { 1 };
        let mut found: Option<(f32, usize)> = None;
        let (mut group, mut seen, mut at) = (None, 0, self.first);
        while seen < window {
            let Some(candidate) = self.candidates.get(at) else {
                self.starved |= !self.complete;
                break;
            };
            if self.taken.get(at).copied().unwrap_or(true) {
                at += 1;
                continue;
            }
            if let Some(cap) = self.breaks(candidate.item) {
                // Names never lose pieces: once passed over is for good.
                if let Some(taken) = self.taken.get_mut(at) {
                    *taken = true;
                }
                if let Some(capped) = self.capped.get_mut(cap) {
                    *capped += 1;
                }
                at += 1;
                continue;
            }
            // A lower group comes first, however alike its items are.
            if *group.get_or_insert(candidate.group) != candidate.group {
                break;
            }
            seen += 1;
            let value = self.value(candidate, at);
            if found.is_none_or(|(best, _)| value > best) {
                found = Some((value, at));
            }
            at += 1;
        }
        let (_, at) = found?;
        if let Some(taken) = self.taken.get_mut(at) {
            *taken = true;
        }
        while self.taken.get(self.first).copied().unwrap_or(false) {
            self.first += 1;
        }
        self.choose(self.candidates.get(at)?.item);
        Some(at)
    }

    fn value(&self, candidate: &Candidate, at: usize) -> f32 {
        let d = self.layout.diversity;
        let relevance = if self.best > 0.0 { candidate.score / self.best } else { 0.0 };
        (1.0 - d) * relevance - d * self.nearest.get(at).copied().unwrap_or(0.0)
    }
}
