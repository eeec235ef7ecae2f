//! Categories as shops write them: a name, a path, several paths in one value.

use crate::read::value::title::clean;

/// The category that a value says: of several the first, as a path `A > B`, or one level of it.
///
/// Several stand in a list (`["A", "B"]`), between bars, or, where they are paths, between commas. A path has `>` or, where
/// there is none, `/` between its levels; a `/` with blanks around or none of it elsewhere stays a path of its own only where
/// a level is asked for.
pub(super) fn category(text: &str, level: usize) -> Option<String> {
    let text = text.trim();
    let text = match text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        Some(list) => first(list.trim()),
        None => text,
    };
    let text = text.split('|').next().unwrap_or_default();
    let is_path = text.contains('>') || text.matches('/').count() > 1;
    let text = if is_path { text.split(',').next().unwrap_or_default() } else { text };
    let mark = if text.contains('>') { '>' } else { '/' };
    let levels = || text.split(mark).map(clean).filter(|name| !name.is_empty());
    let found = match level {
        0 if mark == '>' => levels().collect::<Vec<_>>().join(" > "),
        0 => clean(text),
        // Paths that end before the level are their last one.
        level => levels().take(level).last().unwrap_or_default(),
    };
    (!found.is_empty()).then_some(found)
}

/// The first entry of a list's inside.
fn first(list: &str) -> &str {
    let quoted = ['"', '\''].into_iter().find_map(|quote| list.strip_prefix(quote)?.split(quote).next());
    quoted.unwrap_or_else(|| list.split(',').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_and_lists() {
        let of = |text: &str, level| category(text, level).unwrap_or_default();
        assert_eq!(of(" Mugs &amp; Cups ", 0), "Mugs & Cups");
        assert_eq!(of("Home>Kitchen > Mugs", 0), "Home > Kitchen > Mugs");
        assert_eq!((of("Home>Kitchen > Mugs", 1), of("Home>Kitchen", 3)), ("Home".into(), "Kitchen".into()));
        assert_eq!(of("Clothing > Hoodies, Clothing", 0), "Clothing > Hoodies");
        assert_eq!(of("Default Category/Gear/Bags,Default Category/Gear", 0), "Default Category/Gear/Bags");
        assert_eq!(of("Default Category/Gear/Bags,Default Category/Gear", 2), "Gear");
        assert_eq!(of("[\"A\", \"B\"]", 0), "A");
        assert_eq!(of("['A > X', 'B']", 0), "A > X");
        assert_eq!(of("['Clothing, Shoes & Jewelry', 'Women']", 0), "Clothing, Shoes & Jewelry");
        assert_eq!(of("comedy|drama", 0), "comedy");
        assert_eq!(of("Home, Garden", 0), "Home, Garden");
        assert_eq!(category(" > ", 0), None);
    }
}
