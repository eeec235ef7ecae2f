//! Tables of names: tab- or comma-separated, or one JSON object a line.

use crate::error::{Code, Error, Result};
use serde_json::Value;

/// A name with what else is said of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    /// Empty where there is none.
    pub(super) about: String,
    /// How often it was seen, where that is said.
    pub(super) count: Option<u64>,
}

const NAMES: [&str; 5] = ["name", "title", "query", "text", "product_name"];
const ABOUT: [&str; 3] = ["description", "about", "body"];
const COUNTS: [&str; 4] = ["count", "visitors", "frequency", "times"];

/// The rows of a table. A first row that has a column called `name`, `title` or `query` says which column is which, and only with one
/// are columns parted by commas: else a comma is part of a text. Without it tabs part columns, the first is the name, and the second how
/// often it was seen if it is a number, a description if not.
///
/// # Errors
/// `data-invalid` with the line.
pub(super) fn rows(text: &str) -> Result<Vec<Named>> {
    if text.trim_start().starts_with('{') {
        return text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).map(|(n, l)| object(l, n + 1)).collect();
    }
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mark = if first.contains('\t') || !first.contains(',') { '\t' } else { ',' };
    let heads: Vec<String> = first.split(mark).map(|head| head.trim().trim_matches('"').trim().to_lowercase()).collect();
    let of = |words: &[&str]| heads.iter().position(|head| words.contains(&head.as_str()));
    let named = of(&NAMES);
    let rows = records(text, if named.is_some() { mark } else { '\t' })?;
    let lines = rows.into_iter().skip(usize::from(named.is_some()));
    let (about, count) = if named.is_some() { (of(&ABOUT), of(&COUNTS)) } else { (Some(1), Some(1)) };
    let name = named.unwrap_or(0);
    Ok(lines
        .filter_map(|cells| {
            let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map(|c| c.trim()).unwrap_or_default();
            let number = cell(count).parse::<u64>().ok();
            let about = if number.is_some() && about == count { "" } else { cell(about) };
            let name = cell(Some(name));
            (!name.is_empty()).then(|| Named { name: one_line(name), about: one_line(about), count: number })
        })
        .collect())
}

fn object(line: &str, number: usize) -> Result<Named> {
    let bad = |why: String| {
        Error::new(Code::DataInvalid, "a line is no JSON object with a name or title").with("line", number).with("why", why)
    };
    let value: Value = serde_json::from_str(line).map_err(|e| bad(e.to_string()))?;
    let text = |words: &[&str]| words.iter().find_map(|w| value.get(w)?.as_str()).unwrap_or_default();
    let name = one_line(text(&NAMES));
    if name.is_empty() {
        return Err(bad("no name".to_owned()));
    }
    let count = COUNTS.iter().find_map(|w| value.get(w)?.as_u64());
    Ok(Named { name, about: one_line(text(&ABOUT)), count })
}

/// Cells of rows; within quotes of a comma-separated table marks and line ends are text (RFC 4180).
fn records(text: &str, mark: char) -> Result<Vec<Vec<String>>> {
    if mark == '\t' {
        return Ok(text.lines().filter(|l| !l.trim().is_empty()).map(|l| l.split('\t').map(str::to_owned).collect()).collect());
    }
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let (mut line, mut opened) = (1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                (quoted, opened) = (true, line);
            }
            _ if quoted => cell.push(c),
            ',' => row.push(std::mem::take(&mut cell)),
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(c),
        }
    }
    if quoted {
        return Err(Error::new(Code::DataInvalid, "a quote is opened and never closed").with("line", opened));
    }
    row.push(cell);
    rows.push(row);
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, about: &str, count: Option<u64>) -> Named {
        Named { name: name.into(), about: about.into(), count }
    }

    #[test]
    fn tables_with_and_without_heads() {
        assert_eq!(rows("red bag\t12\nblue bag\t3\n").unwrap(), [named("red bag", "", Some(12)), named("blue bag", "", Some(3))]);
        assert_eq!(rows("red bag\tA bag.\n\nblue\n").unwrap(), [named("red bag", "A bag.", None), named("blue", "", None)]);
        let csv = "id,Title,description\n1,\"bag, red\",\"says \"\"hi\"\"\nand goes\"\n2,,none\n3,mug,\n";
        assert_eq!(rows(csv).unwrap(), [named("bag, red", "says \"hi\" and goes", None), named("mug", "", None)]);
        let json = "{\"title\": \"a\", \"description\": \"b\", \"count\": 4}\n\n{\"name\": \"c\"}";
        assert_eq!(rows(json).unwrap(), [named("a", "b", Some(4)), named("c", "", None)]);
        assert_eq!(rows("query\nname tag\n").unwrap(), [named("name tag", "", None)]);
        assert_eq!(rows("\"Query\", \"count\"\nmug,3\n").unwrap(), [named("mug", "", Some(3))]);
    }

    /// A list of queries is no comma-separated table because somebody typed a comma in the first, nor are quotes of it anything but text.
    #[test]
    fn commas_part_columns_only_where_a_first_row_names_them() {
        let queries = "shoes, red\nhat\n\"quoted\nbag, blue\t4\n";
        let wanted =
            [named("shoes, red", "", None), named("hat", "", None), named("\"quoted", "", None), named("bag, blue", "", Some(4))];
        assert_eq!(rows(queries).unwrap(), wanted);
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        let line = |text: &str| rows(text).unwrap_err().details()[0].1.clone();
        assert_eq!(line("{\"name\": \"a\"}\n{\"name\": 3}"), "2");
        assert_eq!(line("{\"name\": \"a\"}\n\n{"), "3");
        assert_eq!(line("name,b\n\"c,d\ne\n"), "2");
    }
}
