//! Table and weights that were chosen, in words and figures.

use crate::choosing::choose::Choice;
use crate::choosing::quality::Quality;
use std::collections::BTreeMap;

/// Table and weights.
pub(super) struct Chosen {
    /// Without the model.
    pub(super) lone: Choice,
    /// With it.
    pub(super) both: Choice,
}

impl Chosen {
    /// Settings by name.
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let line = |choice: &Choice| {
            let (hr, mrr) = (choice.quality.hr(), choice.quality.mrr());
            let Choice { tried, table, blend, .. } = choice;
            format!("validation_hr@20={hr:.4} validation_mrr@20={mrr:.4} tried={tried} {table:?} {blend:?}")
        };
        vec![("table".to_owned(), line(&self.lone)), ("blend".to_owned(), line(&self.both))]
    }

    /// Where the blend is below one of its parts.
    pub(super) fn below(&self, parts: &[(&str, Quality)]) -> Vec<String> {
        let both = self.both.quality;
        let mut lines = Vec::new();
        for (part, quality) in parts {
            let figures = [("hr", both.hr(), quality.hr()), ("mrr", both.mrr(), quality.mrr())];
            for (what, blend, alone) in figures.into_iter().filter(|(_, blend, alone)| blend < alone) {
                lines.push(format!("on the validation pairs the blend is below {part} alone: {what}@20 {blend:.4} < {alone:.4}"));
            }
        }
        lines
    }
}

/// Figures by name, for the manifest.
pub(super) fn metrics(parts: &[(&str, Quality)]) -> BTreeMap<String, f64> {
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let of = |(part, quality): &(&str, Quality)| {
        let name = |figure: &str| format!("validation_{part}{figure}@20");
        [(name("hr"), round(quality.hr())), (name("mrr"), round(quality.mrr()))]
    };
    parts.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choosing::blend::Blend;
    use crate::choosing::table::TableConfig;

    #[test]
    fn a_blend_below_a_part_is_told_with_both_figures() {
        let quality = |hits: usize| Quality::of_sums(10, hits, hits as f64 / 2.0);
        let choice =
            |hits: usize| Choice { table: TableConfig::default(), blend: Blend::default(), quality: quality(hits), tried: 1 };
        let chosen = Chosen { lone: choice(4), both: choice(6) };
        assert!(chosen.below(&[("the table", quality(4)), ("the model", quality(6))]).is_empty());
        let lines = chosen.below(&[("the table", quality(4)), ("the model", quality(7))]);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("the model alone: hr@20 0.6000 < 0.7000"), "{lines:?}");
        assert_eq!(metrics(&[("table_", quality(4))]).get("validation_table_mrr@20"), Some(&0.2));
    }
}
