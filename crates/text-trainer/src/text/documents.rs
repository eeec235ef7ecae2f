//! Documents: what is one text, and how often it is read.

use super::read::read;
use super::table::{Named, rows};
use crate::error::{Code, Error, Result};
use nearhand_numerics::random::Random;
use std::path::PathBuf;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Text whose lines follow each other; blank lines part documents.
    Text,
    /// Lines that have nothing to do with each other.
    Lines,
    /// Queries, a line each, or a table with a column of counts: seen n times, it is read 1 + log2 n times.
    Queries,
    /// Names with descriptions: tab- or comma-separated, or a JSON object a line.
    Catalog,
}

/// A file, and how often it is read in an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub kind: Kind,
    /// From above 0 to 100; 0.5 reads half of its documents in an epoch, others in the next.
    pub weight: f32,
}

impl Source {
    /// `FILE`, or `FILE@WEIGHT`.
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn parse(given: &str, kind: Kind) -> Result<Self> {
        let (path, weight) = match given.rsplit_once('@') {
            Some((path, weight)) if !path.is_empty() => match weight.parse::<f32>() {
                Ok(weight) => (path, weight),
                // A name may have the sign.
                Err(_) => (given, 1.0),
            },
            _ => (given, 1.0),
        };
        if !(weight > 0.0 && weight <= 100.0) {
            return Err(Error::new(Code::OptionInvalid, "a weight is above 0 and at most 100").with("file", given));
        }
        Ok(Self { path: path.into(), kind, weight })
    }
}

/// Texts with their weights, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    pub(crate) texts: Vec<String>,
    pub(crate) weights: Vec<f32>,
}

impl Documents {
    /// Reads files.
    ///
    /// # Errors
    /// `io`, `data-invalid` with file and line.
    pub fn read(sources: &[Source]) -> Result<Self> {
        let mut all = Self::default();
        for source in sources {
            let text = read(&source.path)?;
            let place = |e: Error| e.with("file", source.path.display());
            match source.kind {
                Kind::Text => {
                    for document in cut(&text, false) {
                        parts(&document).for_each(|part| all.push(part.to_owned(), source.weight));
                    }
                }
                Kind::Lines => cut(&text, true).for_each(|document| all.push(document, source.weight)),
                Kind::Queries => {
                    for Named { name, count, .. } in rows(&text).map_err(place)? {
                        all.push(format!("{name}\n"), source.weight * (1.0 + (count.unwrap_or(1).max(1) as f32).log2()));
                    }
                }
                Kind::Catalog => {
                    for Named { name, about, .. } in rows(&text).map_err(place)? {
                        let text = if about.is_empty() { format!("{name}\n") } else { format!("{name}\n{about}\n\n") };
                        all.push(text, source.weight);
                    }
                }
            }
        }
        Ok(all)
    }

    fn push(&mut self, text: String, weight: f32) {
        self.texts.push(text);
        self.weights.push(weight);
    }

    /// Bytes of all texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }

    /// Takes a share of the documents out, drawn by a seed: what is not learnt from. Of two or more it is one at least.
    #[must_use]
    pub(crate) fn hold_out(&mut self, share: f32, seed: u64) -> Self {
        let mut held = Self::default();
        let mut kept = Self::default();
        let mut random = Random::of(seed, 0x6865_6c64);
        for (text, weight) in std::mem::take(&mut self.texts).into_iter().zip(std::mem::take(&mut self.weights)) {
            (if random.unit() < share { &mut held } else { &mut kept }).push(text, weight);
        }
        if held.texts.is_empty() && kept.texts.len() > 1 {
            let at = random.below(kept.texts.len());
            held.push(kept.texts.remove(at), kept.weights.remove(at));
        }
        *self = kept;
        held
    }
}

/// Bytes of a document that stay together while documents are shuffled and held out.
const PART: usize = 16 << 10;

/// Parts of a document, cut at line ends.
fn parts(document: &str) -> impl Iterator<Item = &str> {
    let mut rest = document;
    std::iter::from_fn(move || {
        let end = rest.as_bytes().iter().skip(PART).position(|b| *b == b'\n').map_or(rest.len(), |at| PART + at + 1);
        let (part, after) = rest.split_at_checked(end)?;
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}

/// Documents of a text that is measured, no more than `most` bytes: of a longer text, groups of documents that follow each other,
/// spread evenly over it. Long documents are taken in parts, as in training, and one that alone is too long is cut at a line end.
pub(crate) fn pick(text: &str, most: usize) -> Vec<String> {
    let whole: Vec<String> = cut(text, false).collect();
    if whole.iter().map(String::len).sum::<usize>() <= most {
        return whole;
    }
    let all: Vec<String> = whole.iter().flat_map(|document| parts(document)).map(str::to_owned).collect();
    let (group, count) = (PART.min(most), most.div_ceil(PART).max(1));
    let (mut picked, mut left, mut before, mut number, mut room) = (Vec::new(), most, 0, 0, group);
    for document in all {
        // A group begins with the first document that begins where it should or behind.
        if before < text.len() / count * number {
            before += document.len();
            continue;
        }
        before += document.len();
        let fits = shorten(&document, room.min(left));
        // One that does not fit whole ends its group, unless the group would be empty.
        if fits.len() == document.len() || room == group {
            left -= fits.len();
            room -= fits.len();
            picked.push(fits.to_owned());
        }
        if fits.len() < document.len() || room == 0 {
            (number, room) = (number + 1, group);
        }
    }
    picked.retain(|document| !document.is_empty());
    picked
}

/// The lines of a text that are no more than `most` bytes together; of a line that is longer, as many characters.
fn shorten(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let most = text.floor_char_boundary(most);
    let within = text.get(..most).unwrap_or_default();
    within.rfind('\n').and_then(|end| text.get(..=end)).unwrap_or(within)
}

/// Documents of a text, each with the line ends that follow it: put together they are the text, with one at its end.
pub(crate) fn cut(text: &str, lines: bool) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // A document ends before the first line that has text and follows a blank one, or after each line.
        let body = rest.len() - rest.trim_start_matches('\n').len();
        let after = rest.get(body..).unwrap_or_default();
        let end = after
            .find(if lines { "\n" } else { "\n\n" })
            .map_or(after.len(), |at| at + after.get(at..).map_or(0, |tail| tail.len() - tail.trim_start_matches('\n').len()));
        let (document, other) = rest.split_at_checked(body + end)?;
        rest = other;
        Some(if document.ends_with('\n') { document.to_owned() } else { format!("{document}\n") })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_documents_and_nothing_is_lost() {
        let text = "U: hi\nS: hello\n\n\nU: bye\n\nU: end";
        let all: Vec<String> = cut(text, false).collect();
        assert_eq!(all, ["U: hi\nS: hello\n\n\n", "U: bye\n\n", "U: end\n"]);
        assert_eq!(all.concat(), format!("{text}\n"));
        assert_eq!(cut("\none\ntwo\n", true).collect::<Vec<_>>(), ["\none\n", "two\n"]);
    }

    #[test]
    fn long_documents_are_parted_at_line_ends() {
        let text = "a line of a long document\n".repeat(2000);
        let all: Vec<&str> = parts(&text).collect();
        assert_eq!(all.concat(), text);
        assert!(all.len() == 4 && all.iter().all(|p| p.ends_with('\n') && p.len() < PART + 30), "{}", all.len());
    }

    #[test]
    fn what_is_picked_is_spread_and_never_more_than_asked() {
        let text: String = (0..4000).map(|n| format!("U: number {n}\nS: {}\n\n", "word ".repeat(n % 9))).collect();
        for most in [1, 7, 100, 5000, PART, 50_000, 90_000] {
            let picked = pick(&text, most);
            let bytes: usize = picked.iter().map(String::len).sum();
            assert!(bytes <= most && (bytes > most * 9 / 10 || most < 1000) && !picked.is_empty(), "{most} {bytes}");
            // Whole documents, but for one that is too long alone.
            assert!(picked.iter().all(|d| text.contains(d.as_str()) && (d.ends_with("\n\n") || picked.len() == 1)), "{most}");
            if most > 2 * PART {
                let last = text.find(picked.last().unwrap().as_str()).unwrap();
                assert!(last > text.len() * 2 / 3, "{most} {last}");
            }
        }
        // A text without blank lines is one document: parts of it.
        let line = "U: one dialogue after the other\n---\n".repeat(5000);
        let picked = pick(&line, 60_000);
        assert!(
            picked.len() == 4 && picked.concat().len() > 55_000 && picked.concat().len() <= 60_000,
            "{}",
            picked.concat().len()
        );
        assert_eq!(pick(&text, text.len()), cut(&text, false).collect::<Vec<_>>());
        assert_eq!(pick(&"é".repeat(100), 5), ["éé"]);
    }

    #[test]
    fn weights_are_taken_from_the_end_of_a_name() {
        let of = |given: &str| Source::parse(given, Kind::Text).map(|s| (s.path.display().to_string(), s.weight));
        assert_eq!(of("a.txt@0.5").unwrap(), ("a.txt".into(), 0.5));
        assert_eq!(of("me@home.txt").unwrap(), ("me@home.txt".into(), 1.0));
        for bad in ["a@0", "a@-1", "a@NaN", "a@1000"] {
            assert_eq!(of(bad).unwrap_err().code(), Code::OptionInvalid, "{bad}");
        }
    }

    #[test]
    fn the_same_seed_holds_out_the_same() {
        let mut all = Documents { texts: (0..1000).map(|n| n.to_string()).collect(), weights: vec![1.0; 1000] };
        let (mut again, held) = (all.clone(), all.hold_out(0.1, 3));
        assert_eq!(again.hold_out(0.1, 3), held);
        assert!((60..140).contains(&held.texts.len()) && held.texts.len() + all.texts.len() == 1000);
        for (few, wanted) in [(0, 0), (1, 0), (2, 1), (20, 1)] {
            let mut all = Documents { texts: (0..few).map(|n| n.to_string()).collect(), weights: vec![1.0; few] };
            assert_eq!(all.hold_out(1e-6, 3).texts.len(), wanted, "{few}");
        }
    }
}
