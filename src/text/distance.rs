//! How many typing mistakes lie between two words, up to two.

/// Letters of a word that is compared; longer ones are not corrected.
pub const MOST_LETTERS: usize = 32;

const WIDTH: usize = MOST_LETTERS + 1;

/// The edit distance of one typed word to many others, letter by letter.
///
/// Damerau's edits (1964), each part of a word edited once: a letter left out, put in, taken for another, or two neighbours
/// swapped. The table has a row for each letter of the other word, so that the next one, which often begins alike, reuses the
/// rows of the letters both have.
#[derive(Clone, Debug)]
pub struct Distance {
    typed: [char; MOST_LETTERS],
    len: usize,
    other: [char; MOST_LETTERS],
    rows: Vec<[u8; WIDTH]>,
    /// Letters of `other` whose rows stand.
    depth: usize,
}

impl Distance {
    /// For a typed word; none for one without letters or with more than [`MOST_LETTERS`].
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let mut letters = ['\0'; MOST_LETTERS];
        let mut len = 0;
        for c in typed.chars() {
            *letters.get_mut(len)? = c;
            len += 1;
        }
        let mut first = [0; WIDTH];
        (0..).zip(&mut first).for_each(|(at, cell)| *cell = at);
        (len > 0).then(|| {
            let mut rows = Vec::with_capacity(WIDTH);
            rows.push(first);
            Self { typed: letters, len, other: ['\0'; MOST_LETTERS], rows, depth: 0 }
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

    /// Takes the other word's next letter, and tells the least distance that any word going on from here can have; none when it
    /// is too long.
    pub fn push(&mut self, letter: char) -> Option<u8> {
        let depth = self.depth;
        *self.other.get_mut(depth)? = letter;
        self.rows.truncate(depth + 1);
        let above = *self.rows.get(depth)?;
        let before = depth.checked_sub(1).and_then(|at| Some((*self.rows.get(at)?, *self.other.get(at)?)));
        let mut row = [0_u8; WIDTH];
        let mut left = (depth + 1).min(250) as u8;
        row[0] = left;
        let mut least = left;
        let mut last = '\0';
        for (at, typed) in self.typed.iter().take(self.len).enumerate() {
            let of = |row: &[u8; WIDTH], at: usize| row.get(at).copied().unwrap_or(u8::MAX);
            let mut cell = (of(&above, at) + u8::from(*typed != letter)).min(left + 1).min(of(&above, at + 1) + 1);
            if let (Some((row, other)), Some(two)) = (&before, at.checked_sub(1))
                && *other == *typed
                && last == letter
            {
                cell = cell.min(of(row, two) + 1);
            }
            if let Some(slot) = row.get_mut(at + 1) {
                *slot = cell;
            }
            least = least.min(cell);
            left = cell;
            last = *typed;
        }
        self.rows.push(row);
        self.depth = depth + 1;
        // A swap reaches over a row: what goes on may still come from the row above.
        Some(least.min(above.iter().take(self.len + 1).copied().min().unwrap_or(0).saturating_add(1)))
    }

    /// The distance of the whole typed word to the letters taken so far.
    #[must_use]
    pub fn now(&self) -> u8 {
        self.rows.get(self.depth).and_then(|row| row.get(self.len)).copied().unwrap_or(u8::MAX)
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
