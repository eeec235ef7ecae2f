//! What was right: what a box that completes words would have shown.

use super::cut::LINE;

/// Units of a greedy completion that are held against the text.
pub(super) const MOST: usize = 5;

/// Shares of borders at which the model was right about what follows, in one [`super::Cut`]; none where nothing was asked.
///
/// The model is given the document up to the border, as much as its context holds. Where the last token in front of a border could have been a longer
/// one, which what follows decides, it is asked for again, among those that begin as it does: so the text's own tokens tell nothing of what comes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Right {
    /// Borders that were asked.
    pub borders: usize,
    /// What is likeliest is what follows. The likelihood of a word is that of all its tokenizations that were found by a beam of 4, and of
    /// something behind it that ends it; of a mark or a line's end that of all tokens that begin with it, whatever else is in them.
    pub top1: Option<f64>,
    /// It is among the three likeliest.
    pub top3: Option<f64>,
    /// The first n units of the greedy completion are those that follow, n from 1 to 5, of the borders whose line has so many left.
    pub exact: [Option<f64>; MOST],
    /// By what follows.
    pub kinds: [Kind; 5],
    /// Of the five, how many borders were asked.
    asked: [usize; MOST],
}

/// Shares of the borders where something of a kind follows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kind {
    /// Borders that were asked.
    pub borders: usize,
    /// The likeliest is right.
    pub top1: Option<f64>,
    /// One of the three likeliest is.
    pub top3: Option<f64>,
}

/// Names of the kinds: words that begin with a small letter, with a capital or another letter, with a digit; marks; ends of lines.
pub const KINDS: [&str; 5] = ["word", "capital", "number", "mark", "end"];

/// Which of [`KINDS`] this is.
fn kind(unit: &[u8]) -> usize {
    match unit.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
        _ if unit == LINE => 4,
        Some(c) if c.is_lowercase() => 0,
        Some(c) if c.is_alphabetic() => 1,
        Some(c) if c.is_numeric() => 2,
        _ => 3,
    }
}

impl Right {
    /// Counts what was found at a border: what is likeliest and the greedy completion, where the line goes on as is wanted.
    pub(super) fn count(&mut self, wanted: &[&[u8]], likely: &[Vec<u8>], said: &[Vec<u8>]) {
        let Some(first) = wanted.first() else { return };
        let add = |sum: &mut Option<f64>, right: bool| *sum = Some(sum.unwrap_or(0.0) + f64::from(u8::from(right)));
        let (one, three) = (likely.first().is_some_and(|unit| unit == first), likely.iter().take(3).any(|unit| unit == first));
        self.borders += 1;
        add(&mut self.top1, one);
        add(&mut self.top3, three);
        if let Some(kind) = self.kinds.get_mut(kind(first)) {
            kind.borders += 1;
            add(&mut kind.top1, one);
            add(&mut kind.top3, three);
        }
        for (n, (exact, asked)) in self.exact.iter_mut().zip(&mut self.asked).enumerate().take(wanted.len()) {
            *asked += 1;
            add(exact, said.len() > n && said.iter().zip(wanted).take(n + 1).all(|(said, wanted)| said == wanted));
        }
    }

    /// Makes shares of sums.
    pub(super) fn share(&mut self) {
        let share = |sum: &mut Option<f64>, of: usize| *sum = sum.map(|sum| sum / of as f64);
        share(&mut self.top1, self.borders);
        share(&mut self.top3, self.borders);
        self.exact.iter_mut().zip(self.asked).for_each(|(exact, asked)| share(exact, asked));
        for Kind { borders, top1, top3 } in &mut self.kinds {
            share(top1, *borders);
            share(top3, *borders);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two borders: at one all is right, and its line has two words left; at the other the second guess is, and one word is left.
    #[test]
    fn worked_example() {
        let words = |text: &str| text.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>();
        let mut found = Right::default();
        found.count(&[b"red", b"bag"], &words("red blue"), &words("red bag and"));
        found.count(&[b"Hat"], &words("cap Hat"), &words("cap"));
        found.share();
        assert_eq!((found.borders, found.top1, found.top3), (2, Some(0.5), Some(1.0)));
        assert_eq!(found.exact, [Some(0.5), Some(1.0), None, None, None]);
        let kind = |top1: f64| Kind { borders: 1, top1: Some(top1), top3: Some(1.0) };
        assert_eq!(found.kinds, [kind(1.0), kind(0.0), Kind::default(), Kind::default(), Kind::default()]);
        // Where nobody was asked nothing is said, not nought.
        let mut none = Right::default();
        none.share();
        assert_eq!((none.top1, none.exact), (None, [None; 5]));
    }

    #[test]
    fn kinds_go_by_the_first_character() {
        for (unit, name) in
            [("red", "word"), ("Ärger", "capital"), ("5pm", "number"), ("—", "mark"), ("_a", "mark"), ("\n", "end")]
        {
            assert_eq!(KINDS[kind(unit.as_bytes())], name, "{unit:?}");
        }
    }
}
