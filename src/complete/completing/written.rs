//! The text of a completion as its tokens come: what may still become a stop text is held back, and so is half a character.

/// Bytes that have come and are not told yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    held: Vec<u8>,
    stops: Vec<Box<[u8]>>,
    /// Bytes at the beginning that are the prompt's already.
    skip: usize,
    /// Whether a space at the very beginning is the tokenizer's own.
    space: bool,
}

impl Written {
    pub(super) fn new(stops: &[String], skip: usize, space: bool) -> Self {
        Self { held: Vec::with_capacity(256), stops: stops.iter().map(|s| s.as_bytes().into()).collect(), skip, space }
    }

    /// Takes a token's bytes and writes what is certain. Whether a stop text was met: the text ends before it.
    pub(super) fn push(&mut self, mut piece: &[u8], out: &mut String) -> bool {
        let skip = self.skip.min(piece.len());
        self.skip -= skip;
        piece = piece.get(skip..).unwrap_or_default();
        if self.space && !piece.is_empty() {
            self.space = false;
            piece = piece.strip_prefix(b" ").unwrap_or(piece);
        }
        self.held.extend_from_slice(piece);
        let met = self.stops.iter().filter_map(|stop| self.held.windows(stop.len()).position(|part| part == &**stop)).min();
        if let Some(at) = met {
            self.held.truncate(at);
            self.finish(out);
            return true;
        }
        let certain = self.held.len() - self.possible();
        let told = tell(self.held.get(..certain).unwrap_or_default(), out);
        self.held.drain(..told);
        false
    }

    /// Writes what was held back. Half a character at the end is left out.
    pub(super) fn finish(&mut self, out: &mut String) {
        tell(&self.held, out);
        self.held.clear();
    }

    /// Bytes at the end that may be the beginning of a stop text.
    fn possible(&self) -> usize {
        let begun = |stop: &[u8]| (1..stop.len()).rev().find(|n| stop.get(..*n).is_some_and(|start| self.held.ends_with(start)));
        self.stops.iter().filter_map(|stop| begun(stop)).max().unwrap_or(0)
    }
}

/// Writes whole characters, for bytes that can be none U+FFFD. How many bytes that were: all but the beginning of a character at the end.
fn tell(bytes: &[u8], out: &mut String) -> usize {
    let mut told = 0;
    loop {
        let rest = bytes.get(told..).unwrap_or_default();
        match std::str::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                return bytes.len();
            }
            Err(error) => {
                let (valid, _) = rest.split_at(error.valid_up_to());
                out.push_str(std::str::from_utf8(valid).unwrap_or_default());
                told += valid.len();
                let Some(wrong) = error.error_len() else { return told };
                out.push(char::REPLACEMENT_CHARACTER);
                told += wrong;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told after each piece, and whether a stop text was met.
    fn told(stops: &[&str], pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let stops: Vec<String> = stops.iter().map(|s| (*s).to_owned()).collect();
        let mut written = Written::new(&stops, 0, false);
        let mut all = Vec::new();
        for piece in pieces {
            let mut out = String::new();
            let met = written.push(piece, &mut out);
            all.push(out);
            if met {
                return (all, true);
            }
        }
        let mut out = String::new();
        written.finish(&mut out);
        all.push(out);
        (all, false)
    }

    #[test]
    fn a_stop_text_over_three_tokens_is_never_seen() {
        assert_eq!(told(&["\nUser:"], &[b"Yes.\n", b"Us", b"er: no"]), (vec!["Yes.".into(), "".into(), "".into()], true));
        // What only began like one is told as soon as that is known.
        assert_eq!(told(&["\nUser:"], &[b"a\n", b"Us", b"e it"]).0, ["a", "", "\nUse it", ""]);
        // And at the end.
        assert_eq!(told(&["abc"], &[b"xab"]).0, ["x", "ab"]);
    }

    #[test]
    fn the_first_stop_text_ends_it_whatever_their_order() {
        assert_eq!(told(&["b", "ab"], &[b"xxabc"]), (vec!["xx".into()], true));
        assert_eq!(told(&["END", "."], &[b"One. END"]), (vec!["One".into()], true));
        // One that repeats its own beginning.
        assert_eq!(told(&["aab"], &[b"a", b"a", b"a", b"b"]), (vec!["".into(), "".into(), "a".into(), "".into()], true));
    }

    #[test]
    fn a_character_is_never_split() {
        let smile = "😀".as_bytes();
        assert_eq!(told(&[], &[&smile[..1], &smile[1..3], &smile[3..], b"!"]).0, ["", "", "😀", "!", ""]);
        // Bytes that can be no character are told as such at once, and half of one at the end is not.
        assert_eq!(told(&[], &[b"a\xff", b"b", &smile[..2]]).0, ["a\u{fffd}", "b", "", ""]);
        assert_eq!(told(&[], &[&smile[..2], b"x"]).0, ["", "\u{fffd}x", ""]);
    }

    #[test]
    fn what_is_the_prompts_is_not_told() {
        let mut written = Written::new(&[], 3, false);
        let mut out = String::new();
        written.push(b"he", &mut out);
        written.push(b"llo", &mut out);
        assert_eq!(out, "lo");
        let mut written = Written::new(&[], 0, true);
        let mut out = String::new();
        written.push(b"", &mut out);
        written.push(b"  a", &mut out);
        written.push(b" b", &mut out);
        assert_eq!(out, " a b");
    }
}
