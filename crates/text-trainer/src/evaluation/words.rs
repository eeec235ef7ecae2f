//! Words right: what a box that completes words would have shown.

/// Shares of borders at which the model was right; none where nothing was asked.
///
/// A word is a run of characters that are not white space, its marks among them. A border is a place within a line behind a word and the one
/// space that follows it: somebody has typed the space, and what comes is a word. The model is given the document up to there, as
/// much as its context holds, and its first token begins with that space.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Words {
    /// Borders that were asked.
    pub borders: usize,
    /// The most likely word is the one that follows. A word's likelihood is that of its tokens and of white space after them; the
    /// likeliest are found by a beam of 4.
    pub top1: Option<f64>,
    /// It is among the three most likely.
    pub top3: Option<f64>,
    /// The first n words of the greedy completion are those that follow, n from 1 to 5, of the borders whose line has so many left.
    pub exact: [Option<f64>; 5],
    /// Of the five, how many borders were asked.
    asked: [usize; 5],
}

impl Words {
    /// Counts what was found at a border: the likeliest words and those of the greedy completion, where the line went on like this.
    pub(super) fn count(&mut self, line: &str, likely: &[Vec<u8>], said: &[Vec<u8>]) {
        let wanted: Vec<&[u8]> = line.split_whitespace().take(self.exact.len()).map(str::as_bytes).collect();
        let Some(first) = wanted.first() else { return };
        let add = |sum: &mut Option<f64>, right: bool| *sum = Some(sum.unwrap_or(0.0) + f64::from(u8::from(right)));
        self.borders += 1;
        add(&mut self.top1, likely.first().is_some_and(|word| word == first));
        add(&mut self.top3, likely.iter().take(3).any(|word| word == first));
        for (n, (exact, asked)) in self.exact.iter_mut().zip(&mut self.asked).enumerate().take(wanted.len()) {
            *asked += 1;
            add(exact, said.len() > n && said.iter().zip(&wanted).take(n + 1).all(|(said, wanted)| said == wanted));
        }
    }

    /// Makes shares of sums.
    pub(super) fn share(&mut self) {
        let borders = self.borders as f64;
        self.top1 = self.top1.map(|sum| sum / borders);
        self.top3 = self.top3.map(|sum| sum / borders);
        for (exact, asked) in self.exact.iter_mut().zip(self.asked) {
            *exact = exact.map(|sum| sum / asked as f64);
        }
    }
}

/// Ends of words that one space and another word follow.
pub(super) fn places(document: &str) -> impl Iterator<Item = usize> {
    let bytes = document.as_bytes();
    let word = |at: usize| bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace());
    (1..bytes.len()).filter(move |at| bytes.get(*at) == Some(&b' ') && word(at - 1) && word(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_between_words_of_a_line() {
        assert_eq!(places("U: two words\nnext  one \n a b").collect::<Vec<_>>(), [2, 6, 26]);
    }

    /// Two borders: at one all is right, and its line has two words left; at the other the second guess is, and one word is left.
    #[test]
    fn worked_example() {
        let words = |text: &str| text.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>();
        let mut found = Words::default();
        found.count(" red bag", &words("red blue"), &words("red bag and"));
        found.count(" hat", &words("cap hat"), &words("cap"));
        found.share();
        assert_eq!((found.borders, found.top1, found.top3), (2, Some(0.5), Some(1.0)));
        assert_eq!(found.exact, [Some(0.5), Some(1.0), None, None, None]);
        // Where nobody was asked nothing is said, not nought.
        let mut none = Words::default();
        none.share();
        assert_eq!((none.top1, none.exact), (None, [None; 5]));
    }
}
