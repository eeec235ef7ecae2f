//! Rules that give an item its category by words of its title.

use crate::files::{bad_line, read_text};
use nearhand::Result;
use std::path::Path;

/// Keyword rules for categories.
pub(super) struct Departments(Vec<(String, Vec<Vec<String>>)>);

impl Departments {
    /// One rule a line: a department, a tab, words separated by blanks. A word fits as a whole word of the title,
    /// `a+b` when all its words do.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut rules = Vec::new();
        for (line, n) in read_text(path)?.lines().zip(1..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (department, words) =
                line.split_once('\t').ok_or_else(|| bad_line(path, n, "a rule is: department, tab, words"))?;
            let words = words.split_whitespace().map(|w| w.split('+').map(str::to_lowercase).collect()).collect();
            rules.push((department.trim().to_owned(), words));
        }
        Ok(Self(rules))
    }

    pub(super) fn of(&self, title: &str) -> Option<&str> {
        let title = title.to_lowercase();
        // A word is a run of letters, digits, ' and -; the pieces of a hyphenated one count as well.
        let runs = title.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
        let words: Vec<&str> = runs.flat_map(|run| std::iter::once(run).chain(run.split('-'))).collect();
        let fits = |all: &Vec<String>| all.iter().all(|w| words.contains(&w.as_str()));
        self.0.iter().find(|(_, any)| any.iter().any(fits)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_take_the_first_rule_that_fits() {
        let rules = Departments(vec![
            ("Kitchen".into(), vec![vec!["cake".into(), "stand".into()], vec!["mug".into()]]),
            ("Party".into(), vec![vec!["cake".into()]]),
        ]);
        assert_eq!(rules.of("REGENCY CAKE-STAND 3 TIER"), Some("Kitchen"));
        assert_eq!(rules.of("SET OF CAKE CASES, CAKE"), Some("Party"));
        assert_eq!(rules.of("PANCAKE PAN"), None);
    }
}
