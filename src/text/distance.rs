//! How many typing mistakes lie between two words, up to two.

/// Letters of a word that is compared; longer ones are not corrected.
pub const MOST_LETTERS: usize = 32;

/// The edit distance of one typed word to many others, letter by letter.
///
/// Damerau's edits (1964), each part of a word edited once: a letter left out, put in, taken for another, or two neighbours
/// swapped. The table has a row for each letter of the other word, so that the next one, which often begins alike, reuses the
/// rows of the letters both have. Neighbours in a row differ by one at most, so a row is two words of bits, and the next one is
/// a few operations on them (Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances").
#[derive(Clone, Debug)]
pub struct Distance {
    typed: [char; MOST_LETTERS],
    len: usize,
    /// Where each letter of ASCII stands in the typed word, a bit a place.
    places: [u32; 128],
    other: [char; MOST_LETTERS],
    rows: [Row; MOST_LETTERS + 1],
    /// Letters of `other` whose rows stand.
    depth: usize,
}

/// A row: the distances of each beginning of the typed word to one beginning of the other.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// Where the next cell is one more, and one less.
    more: u32,
    less: u32,
    /// Where the cell is as the one before in the row above.
    diagonal: u32,
    /// Where the letter stands in the typed word.
    places: u32,
    /// The last cell, and the least of all.
    last: u8,
    least: u8,
}

impl Distance {
    /// For a typed word; none for one without letters or with more than [`MOST_LETTERS`].
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let mut letters = ['\0'; MOST_LETTERS];
        let mut places = [0; 128];
        let mut len = 0;
        for c in typed.chars() {
            *letters.get_mut(len)? = c;
            if let Some(places) = places.get_mut(c as usize) {
                *places |= 1_u32 << len;
            }
            len += 1;
        }
        (len > 0).then(|| {
            let mut rows = [Row::default(); MOST_LETTERS + 1];
            rows[0] = Row { more: u32::MAX, last: len as u8, ..Row::default() };
            Self { typed: letters, len, places, other: ['\0'; MOST_LETTERS], rows, depth: 0 }
        })
    }

    /// Goes back to the first letters of the other word.
    pub fn back_to(&mut self, depth: usize) {
        self.depth = self.depth.min(depth);
    }

    /// Letters of the other word that were taken.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The other word's letter at a place.
    #[must_use]
    pub fn letter(&self, at: usize) -> Option<char> {
        self.other.get(..self.depth)?.get(at).copied()
    }

    /// Where a letter stands in the typed word.
    fn places(&self, letter: char) -> u32 {
        self.places.get(letter as usize).copied().unwrap_or_else(|| {
            let typed = self.typed.iter().take(self.len);
            typed.zip(0..).filter(|(typed, _)| **typed == letter).fold(0, |all, (_, at)| all | 1 << at)
        })
    }

    /// Takes the other word's next letter, and tells the least distance that any word going on from here can have; none when it
    /// is too long.
    pub fn push(&mut self, letter: char) -> Option<u8> {
        let depth = self.depth;
        *self.other.get_mut(depth)? = letter;
        let above = *self.rows.get(depth)?;
        let places = self.places(letter);
        let swapped = ((!above.diagonal & places) << 1) & above.places;
        let carried = (places & above.more).wrapping_add(above.more) ^ above.more;
        let diagonal = swapped | carried | places | above.less;
        let (up, down) = (above.less | !(diagonal | above.more), diagonal & above.more);
        let end = 1_u32 << (self.len - 1);
        let last = above.last + u8::from(up & end > 0) - u8::from(down & end > 0);
        let up = (up << 1) | 1;
        let (more, less) = ((down << 1) | !(diagonal | up), diagonal & up);
        // The least cell is the first, or one that is less than the one before.
        let first = depth as u8 + 1;
        let mut least = first;
        let mut falls = less & (u32::MAX >> (MOST_LETTERS - self.len));
        while falls > 0 {
            let before = falls ^ (falls - 1);
            least = least.min(first + (more & before).count_ones() as u8 - (less & before).count_ones() as u8);
            falls &= falls - 1;
        }
        *self.rows.get_mut(depth + 1)? = Row { more, less, diagonal, places, last, least };
        self.depth = depth + 1;
        // A swap reaches over a row: what goes on may still come from the row above.
        Some(least.min(above.least + 1))
    }

    /// The distance of the whole typed word to the letters taken so far.
    #[must_use]
    pub fn now(&self) -> u8 {
        self.rows.get(self.depth).map_or(u8::MAX, |row| row.last)
    }

    /// The distance to a whole word, and to that beginning of it which is nearest.
    #[must_use]
    pub fn to(&mut self, word: &str) -> (u8, u8) {
        self.back_to(0);
        let mut nearest = self.now();
        for letter in word.chars() {
            if self.push(letter).is_none() {
                return (u8::MAX, nearest);
            }
            nearest = nearest.min(self.now());
        }
        (self.now(), nearest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The recurrence as it is written in papers.
    fn slow(a: &[char], b: &[char]) -> u8 {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len() as u8,
            ([head @ .., x], [front @ .., y]) => {
                let mut best = (slow(head, front) + u8::from(x != y)).min(slow(head, b) + 1).min(slow(a, front) + 1);
                if let ([first @ .., u], [start @ .., v]) = (head, front)
                    && (u, x) == (y, v)
                {
                    best = best.min(slow(first, start) + 1);
                }
                best
            }
        }
    }

    #[test]
    fn by_hand() {
        let mut white = Distance::new("white").unwrap();
        for (word, whole, start) in
            [("white", 0, 0), ("whtie", 1, 1), ("wite", 1, 1), ("whitte", 1, 1), ("whota", 2, 2), ("whiter", 1, 0), ("", 5, 5)]
        {
            assert_eq!(white.to(word), (whole, start), "{word}");
        }
        assert_eq!(Distance::new("").map(|_| ()), None);
        assert!(Distance::new(&"x".repeat(MOST_LETTERS)).is_some() && Distance::new(&"x".repeat(MOST_LETTERS + 1)).is_none());
        assert_eq!(white.to(&"w".repeat(100)).0, u8::MAX);
    }

    proptest! {
        #[test]
        fn as_the_recurrence_says(typed in "[abc]{1,6}", words in prop::collection::vec("[abc]{0,6}", 1..6)) {
            let letters: Vec<char> = typed.chars().collect();
            let mut distance = Distance::new(&typed).unwrap();
            for word in &words {
                let other: Vec<char> = word.chars().collect();
                let nearest = (0..=other.len()).map(|end| slow(&letters, &other[..end])).min().unwrap();
                prop_assert_eq!(distance.to(word), (slow(&letters, &other), nearest));
                // What is told as the least is never more than what comes.
                distance.back_to(0);
                for (at, letter) in other.iter().enumerate() {
                    let least = distance.push(*letter).unwrap();
                    let comes = (at + 1..=other.len()).map(|end| slow(&letters, &other[..end])).min().unwrap();
                    prop_assert!(least <= comes);
                }
            }
        }
    }
}
