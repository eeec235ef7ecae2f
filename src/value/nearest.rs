//! The name that is meant by one that is nearly it.

/// The allowed name within a third of its length in edits, if any.
pub(crate) fn nearest<'a>(name: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let mut near = Nearest::to(name);
    allowed.iter().for_each(|allowed| near.see(allowed, allowed));
    near.name()
}

/// A name on the look-out for the one that may be meant.
pub(crate) struct Nearest<'n, 'a> {
    name: &'n str,
    letters: u32,
    best: Option<(usize, &'a str)>,
}

impl<'n, 'a> Nearest<'n, 'a> {
    pub(crate) fn to(name: &'n str) -> Self {
        Self { name, letters: letters(name), best: None }
    }

    /// Sees a word that stands for a name.
    #[inline(never)]
    pub(crate) fn see(&mut self, word: &str, of: &'a str) {
        let most = word.len().div_ceil(3);
        // So many edits are needed at least: a key of a megabyte is compared with none. An edit changes two letters at most.
        let far = self.name.len().abs_diff(word.len()) > most;
        if far || (self.letters ^ letters(word)).count_ones() as usize > 2 * most {
            return;
        }
        let distance = edits(self.name.as_bytes(), word.as_bytes());
        if distance <= most && self.best.is_none_or(|(least, _)| distance < least) {
            self.best = Some((distance, of));
        }
    }

    pub(crate) fn name(&self) -> Option<&'a str> {
        self.best.map(|(_, name)| name)
    }
}

/// Which letters occur, 32 kinds of them whatever their case.
fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |letters, byte| letters | 1 << (byte & 31))
}

/// Levenshtein distance of bytes, whatever the case of ASCII letters.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let (mut before, mut left) = (i, i + 1);
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let swap = before + usize::from(!x.eq_ignore_ascii_case(y));
            before = *cell;
            left = swap.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        row.first_mut().into_iter().for_each(|cell| *cell = i + 1);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_within_a_third_of_its_edits() {
        let allowed = ["exclude", "where", "Tea & Coffee"];
        for (name, near) in [
            ("exlude", Some("exclude")),
            ("Where", Some("where")),
            ("tea and coffee", Some("Tea & Coffee")),
            ("colour", None),
            ("", None),
            ("eeeeeee", None),
        ] {
            assert_eq!(nearest(name, &allowed), near, "{name}");
        }
        let mut near = Nearest::to("kichen");
        ["Kitchen", "Baking"].iter().for_each(|word| near.see(word, "Kitchen & Baking"));
        assert_eq!(near.name(), Some("Kitchen & Baking"));
        assert_eq!(edits(b"kitten", b"sitting"), 3);
    }
}
