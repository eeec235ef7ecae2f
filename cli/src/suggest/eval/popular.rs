//! The baseline: of the texts that begin with what is typed, the most frequent (most popular completion, Bar-Yossef and
//! Kraus 2011).

/// Texts in small letters, in order, with their counts.
pub(super) struct Popular {
    texts: Vec<(String, u64)>,
}

impl Popular {
    /// Of texts and counts; those that differ by case alone are one.
    pub(super) fn new<'a>(texts: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let mut all = std::collections::BTreeMap::<String, u64>::new();
        texts.for_each(|(text, count)| *all.entry(text.to_lowercase()).or_default() += count);
        Self { texts: all.into_iter().collect() }
    }

    /// The ten most frequent texts that begin so; of equals the first.
    pub(super) fn complete(&self, typed: &str) -> Vec<&str> {
        let from = self.texts.partition_point(|(text, _)| text.as_str() < typed);
        let begin = self.texts.iter().skip(from).take_while(|(text, _)| text.starts_with(typed));
        let mut found: Vec<&(String, u64)> = begin.collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.into_iter().take(10).map(|(text, _)| text.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_count_then_by_text() {
        let popular = Popular::new([("Mug", 1), ("MUG", 2), ("mug tree", 9), ("mud", 3), ("cup", 50)].into_iter());
        assert_eq!(popular.complete("mu"), ["mug tree", "mud", "mug"]);
        assert_eq!(popular.complete("mugs"), [""; 0]);
    }
}
