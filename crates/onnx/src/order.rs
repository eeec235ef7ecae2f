//! The one sort of this module: every other would be compiled anew, at some 3 KB each.

/// Two keys, and what they are of.
pub(crate) type Keyed = (i64, i64, usize);

/// By the first key, then the second, then what they are of.
pub(crate) fn sort(list: &mut [Keyed]) {
    // Writers go through their lists in order.
    if !list.is_sorted() {
        list.sort_unstable();
    }
}

fn place(sorted: &[Keyed], first: i64, second: i64) -> usize {
    sorted.partition_point(|(a, b, _)| (*a, *b) < (first, second))
}

/// The first entry of a sorted list with these keys.
pub(crate) fn find(sorted: &[Keyed], first: i64, second: i64) -> Option<usize> {
    sorted.get(place(sorted, first, second)).filter(|(a, b, _)| (*a, *b) == (first, second)).map(|(_, _, of)| *of)
}

/// [`find`] where keys are asked for that often stand as far from those asked for before as their second keys are apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Finder {
    last: Keyed,
}

impl Finder {
    /// As [`find`], of the same list as before.
    pub(crate) fn find(&mut self, sorted: &[Keyed], first: i64, second: i64) -> Option<usize> {
        let is = |at: &usize| sorted.get(*at).is_some_and(|(a, b, _)| (*a, *b) == (first, second));
        let guess = self.last.2.wrapping_add_signed(second.wrapping_sub(self.last.1) as isize);
        let at = Some(guess).filter(is).or_else(|| Some(place(sorted, first, second)).filter(is))?;
        self.last = (first, second, at);
        sorted.get(at).map(|(_, _, of)| *of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_wherever_asked() {
        let mut sorted: Vec<Keyed> = (0..40).map(|i| (i / 7, i * i % 11 + i % 7 * 20, i as usize)).collect();
        sort(&mut sorted);
        let mut finder = Finder::default();
        for i in (0..2000).map(|i| i * 37 % 611) {
            let (first, second) = (i / 100, i % 100 - 3);
            assert_eq!(finder.find(&sorted, first, second), find(&sorted, first, second));
        }
        for (first, second, of) in &sorted {
            assert_eq!(finder.find(&sorted, *first, *second), Some(*of));
        }
        assert_eq!(finder.find(&sorted, i64::MIN, i64::MAX), None);
        assert_eq!(Finder::default().find(&[], 0, 0), None);
    }
}
