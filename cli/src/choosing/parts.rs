//! What each part of a blend is worth on the validation pairs, and for which pairs.

use crate::choosing::blend::{Blend, Case, Scratch};
use crate::choosing::quality::Quality;
use crate::choosing::table::Table;
use nearhand::rank::ItemVectors;

/// A labelled pair of figures: HR@20 and MRR@20.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) label: String,
    /// On how many pairs.
    pub(crate) pairs: usize,
    /// HR@20.
    pub(crate) hr: f64,
    /// MRR@20.
    pub(crate) mrr: f64,
}

/// A fitted blend and the cases that chose it.
pub(crate) struct Parts<'a> {
    pub(crate) cases: &'a [Case],
    pub(crate) vectors: &'a ItemVectors,
    pub(crate) table: &'a Table,
    /// Weights with the model.
    pub(crate) blend: Blend,
    /// Weights without it.
    pub(crate) lite: Blend,
}

impl Parts<'_> {
    /// The parts alone and the blend without each; the blend by length of the session and by popularity of the target,
    /// which `popularity` counts.
    pub(crate) fn groups(&self, popularity: &[u32]) -> Vec<(String, Vec<Line>)> {
        let Blend { tau, .. } = self.blend;
        let variants = [
            ("blend", self.blend),
            ("table alone (lite)", Blend { model: 0.0, ..self.lite }),
            ("vectors alone", Blend { table: 0.0, repeat: 0.0, model: 1.0, tau, ..self.blend }),
            ("blend without table", Blend { table: 0.0, ..self.blend }),
            ("blend without vectors", Blend { model: 0.0, ..self.blend }),
            ("blend without repeat", Blend { repeat: 0.0, ..self.blend }),
        ];
        let ablation = variants.map(|(label, blend)| line(label, self.ranks(&blend).into_iter())).to_vec();
        let ranks = self.ranks(&self.blend);
        let by = |label: &str, fits: &dyn Fn(&Case) -> bool| {
            line(label, self.cases.iter().zip(&ranks).filter(|(case, _)| fits(case)).map(|(_, rank)| *rank))
        };
        let lengths = [("1 item", 1..2), ("2 items", 2..3), ("3 items", 3..4), ("4 and 5", 4..6), ("6 to 10", 6..usize::MAX)];
        let lengths = lengths.map(|(label, range)| by(label, &|case| range.contains(&case.pair.prefix.len())));
        let seen = |case: &Case| popularity.get(case.pair.next as usize).copied().unwrap_or(0);
        let counts = [
            ("never seen", 0..1),
            ("1 to 4 times", 1..5),
            ("5 to 9", 5..10),
            ("10 to 19", 10..20),
            ("20 to 49", 20..50),
            ("50 and more", 50..u32::MAX),
        ];
        let counts = counts.map(|(label, range)| by(label, &|case| range.contains(&seen(case))));
        vec![
            ("Parts".to_owned(), ablation),
            ("Blend by length of the session so far".to_owned(), lengths.to_vec()),
            ("Blend by how often the target was seen in training".to_owned(), counts.to_vec()),
        ]
    }

    fn ranks(&self, blend: &Blend) -> Vec<usize> {
        let mut scratch = Scratch::default();
        self.cases.iter().map(|case| case.rank(self.vectors, self.table, blend, &mut scratch)).collect()
    }
}

fn line(label: &str, ranks: impl Iterator<Item = usize>) -> Line {
    let quality: Quality = ranks.collect();
    Line { label: label.to_owned(), pairs: quality.pairs, hr: quality.hr(), mrr: quality.mrr() }
}
