//! How soon a text is found while it is typed.
//!
//! Of a text with n letters the beginnings of 1 to n − 1 letters are typed. At each, r is the place of the text in the list.
//!
//! ```text
//! MRR@10       1/r where r ≤ 10, else 0: the mean over the beginnings of a text, then over the texts
//! Success@10   the same with 1 in the place of 1/r
//! saved (k)    Σ max(0, n − f − 1) / Σ n, with f the first beginning at which r ≤ k; one key takes the suggestion over
//! ```

/// Where a text stood at each of its beginnings; 0 for not in the list.
pub(super) type Ranks = Vec<u8>;

/// The measures of all texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measures {
    texts: usize,
    mrr: f64,
    success: f64,
    /// Letters saved by a list of one and of five.
    saved: [usize; 2],
    letters: usize,
}

impl Measures {
    /// Adds a text.
    pub(super) fn add(&mut self, ranks: &[u8]) {
        let letters = ranks.len() + 1;
        let found = || ranks.iter().filter(|rank| (1..=10).contains(*rank));
        self.texts += 1;
        self.mrr += found().map(|rank| 1.0 / f64::from(*rank)).sum::<f64>() / ranks.len().max(1) as f64;
        self.success += found().count() as f64 / ranks.len().max(1) as f64;
        self.letters += letters;
        for (saved, most) in self.saved.iter_mut().zip([1, 5]) {
            let first = ranks.iter().position(|rank| (1..=most).contains(rank));
            *saved += first.map_or(0, |at| letters - (at + 1) - 1);
        }
    }

    pub(super) fn mrr(&self) -> f64 {
        self.mrr / self.texts.max(1) as f64
    }

    pub(super) fn success(&self) -> f64 {
        self.success / self.texts.max(1) as f64
    }

    /// The share of letters saved by a list of five; with `one`, by a list of one.
    pub(super) fn saved(&self, one: bool) -> f64 {
        self.saved[usize::from(!one)] as f64 / self.letters.max(1) as f64
    }

    /// As the lines have it, names behind a prefix.
    pub(super) fn line(&self, prefix: &str) -> String {
        format!(
            "{prefix}mrr@10={:.4} {prefix}success@10={:.4} {prefix}saved1={:.4} {prefix}saved={:.4}",
            self.mrr(),
            self.success(),
            self.saved(true),
            self.saved(false)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(all: &[Ranks]) -> Measures {
        let mut measures = Measures::default();
        all.iter().for_each(|ranks| measures.add(ranks));
        measures
    }

    #[test]
    fn by_hand() {
        // Five letters: not found, then fifth, second, first. By a list of five three are not typed, one of which takes it.
        let measures = of(&[vec![0, 5, 2, 1]]);
        assert_eq!((measures.mrr(), measures.success()), ((0.2 + 0.5 + 1.0) / 4.0, 0.75));
        assert_eq!((measures.saved(true), measures.saved(false)), (0.0, 0.4));
        let two = of(&[vec![1, 1, 1, 1], vec![11]]);
        assert_eq!((two.mrr(), two.saved(true)), (0.5, 3.0 / 7.0));
    }
}
