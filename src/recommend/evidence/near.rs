//! What the scan for the largest value meets on its way.
//!
//! The blend needs the largest x of all items before it can score any, and then every x near it. One scan finds both where
//! it goes down far enough: to the score of the last of as many items as the slates before asked for. A search that needs
//! more, as rules left too few of those, scans again.

use crate::ids::ItemIdx;
use crate::rank::{Field, ItemMap, Scan};
use crate::recommend::state::Recommender;
use crate::recommend::state::{Few, Near, ROOM};

impl Recommender {
    /// The largest x of all items, and those near it.
    pub(in crate::recommend) fn find_largest(&mut self) {
        let (mut scan, mut near) = (std::mem::take(&mut self.scores.scan), std::mem::take(&mut self.scores.near));
        let mut few = std::mem::take(&mut self.scores.few);
        let mut largest = f32::NEG_INFINITY;
        if let Some(field) = self.field() {
            near.renew();
            scan.read(field);
            // Those are likely near the top, and a high floor leaves more out.
            for (item, few) in few.iter_mut().filter(|(item, _)| item.at() < self.catalog.base_len()) {
                few.x = field.at(item);
                largest = largest.max(few.x);
            }
            if let Field::Vectors(vectors, _) = field
                && !self.scores.packed
            {
                largest = vectors.added().map(|item| field.at(item)).fold(largest, f32::max);
            }
            largest = self.descend(&scan, field, &few, &mut near, largest);
        }
        self.scores.largest = largest;
        (self.scores.scan, self.scores.near, self.scores.few) = (scan, near, few);
    }

    /// Fills `near`; from the largest x of some items to that of all.
    ///
    /// The floor for x is where the last of the `depth` best met so far would be without its table part t. While a larger x is
    /// found the score to beat falls, but that floor never does: t + model · exp((x − L) / T) is reached without t from
    /// T · log(t / model · exp(L / T) + exp(x / T)), which rises with L.
    fn descend(&self, scan: &Scan, field: Field<'_>, few: &ItemMap<Few>, near: &mut Near, mut largest: f32) -> f32 {
        let Near { met, first, depth, .. } = near;
        // The place and the score of the last, where there are enough.
        let last = |first: &[(ItemIdx, Few)], largest: f32| {
            let totals = first.iter().map(|(item, few)| self.few_total(*item, few, largest)).enumerate();
            totals.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| first.len() == *depth)
        };
        let mut worst = None;
        // Lets an item in that is among the first, but for NaN, which is told to whoever asks for it.
        let mut enter = |item, new: &Few, largest, worst: &mut Option<(usize, f32)>| {
            let total = self.few_total(item, new, largest);
            let enters = worst.map_or(total.is_finite(), |(_, score)| total > score);
            if enters {
                worst.take().map(|(place, _)| first.swap_remove(place));
                first.push((item, *new));
            }
            if enters || new.x > largest {
                *worst = last(first, largest.max(new.x));
            }
        };
        let down = |worst: Option<(usize, f32)>, largest: f32| {
            let floor = worst.map_or(f32::NEG_INFINITY, |(_, score)| self.floor(score, largest));
            // Without a floor there is only the largest to look for.
            if floor == f32::NEG_INFINITY { largest } else { floor.min(largest) }
        };
        for few in few.iter().filter(|few| !few.value.seen && few.item.at() < self.catalog.base_len()) {
            enter(few.item, &few.value, largest, &mut worst);
        }
        let mut full = false;
        let mut floor = down(worst, largest);
        scan.above(field, None, floor, &mut |item, x| {
            full |= met.len() >= ROOM;
            if full {
                worst = None;
            } else {
                met.push((item, x));
                if few.get(item).is_none() {
                    enter(item, &Few { x, ..Few::default() }, largest, &mut worst);
                }
            }
            largest = largest.max(x);
            floor = floor.max(down(worst, largest));
            floor
        });
        near.from = if full { f32::INFINITY } else { floor };
        largest
    }
}
