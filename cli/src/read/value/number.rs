//! Prices and quantities as people write them: `1.234,50 €`, `$1,234.50`, `EUR 12`, `12,99`.

/// What marks the decimals in a column of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Marks {
    /// A point, as programs write it; commas group thousands where that is beyond doubt.
    #[default]
    Point,
    /// A comma; points group thousands.
    Comma,
}

impl Marks {
    /// From `.` or `,`.
    pub(crate) fn named(word: &str) -> Result<Self, String> {
        match word {
            "." => Ok(Self::Point),
            "," => Ok(Self::Comma),
            _ => Err("a decimal mark is . or ,".to_owned()),
        }
    }

    /// The mark that the values of a column show, or one of them where all that have a mark can be read in two ways, as
    /// `6.500` can.
    ///
    /// A comma shows where a value ends in other than three digits after its only comma, or has its comma behind its points;
    /// a point likewise. What cannot be thousands, `0.500` and `1234.500`, shows its mark as well.
    /// `None` where no value has a mark.
    ///
    /// # Errors
    /// Such a value.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Result<Option<Self>, String> {
        let (mut comma, mut point) = (0_usize, 0_usize);
        let mut doubt = None;
        for value in values {
            let Some(digits) = bare(value) else { continue };
            let alone = |mark: char, at: usize| {
                let whole = digits.get(..at).unwrap_or_default().trim_start_matches('-');
                let thousands = digits.len() - at == 4 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
                digits.matches(mark).count() == 1 && !thousands
            };
            match (digits.rfind(','), digits.rfind('.')) {
                (Some(c), Some(p)) if c > p => comma += 1,
                (Some(_), Some(_)) => point += 1,
                (Some(c), None) if alone(',', c) => comma += 1,
                (None, Some(p)) if alone('.', p) => point += 1,
                // Several of one mark group thousands, so the other is for decimals.
                (Some(_), None) if digits.matches(',').count() > 1 => point += 1,
                (None, Some(_)) if digits.matches('.').count() > 1 => comma += 1,
                (None, Some(_)) => doubt = doubt.or_else(|| Some(value.to_owned())),
                // 1,234: decimals by comma have two digits, so it groups thousands.
                _ => {}
            }
        }
        match (comma, point, doubt) {
            (0, 0, Some(value)) => Err(value),
            (0, 0, None) => Ok(None),
            _ => Ok(Some(if comma > point { Self::Comma } else { Self::Point })),
        }
    }

    /// The mark to read a value with, where the first rows showed none: by the first value that has one.
    ///
    /// # Errors
    /// The value, where it can be read in two ways.
    pub(crate) fn settle(known: &mut Option<Self>, text: &str) -> Result<Self, String> {
        if known.is_none() && text.contains(['.', ',']) {
            *known = Self::of(std::iter::once(text))?;
        }
        Ok(known.unwrap_or_default())
    }

    /// The number of a text, whose currency sign or code and grouping do not count; `None` when it is none.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        if let (Self::Point, Ok(number)) = (self, text.parse::<f64>()) {
            return Some(number);
        }
        let digits = bare(text)?;
        let (decimal, group) = match self {
            Self::Point => ('.', ','),
            Self::Comma => (',', '.'),
        };
        let (whole, fraction) = digits.split_once(decimal).unwrap_or((&digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
        let mut groups = whole.split([group, '\'', '’']);
        let first = groups.next().filter(|g| plain(g))?;
        let mut joined = format!("{sign}{first}");
        for part in groups {
            // Thousands have three digits; "1,5" with a point for the decimals is a doubt, not a number.
            if part.len() != 3 || !plain(part) || first.is_empty() || first.len() > 3 {
                return None;
            }
            joined.push_str(part);
        }
        if !plain(fraction) || (first.is_empty() && fraction.is_empty()) {
            return None;
        }
        format!("{joined}.{fraction}0").parse().ok()
    }
}

/// Digits and marks alone: signs and codes of currencies at either end go, and blanks between digits.
fn bare(text: &str) -> Option<String> {
    let money = |c: char| c.is_whitespace() || c.is_alphabetic() || is_currency(c) || c == '\u{202f}';
    let (negative, rest) = match text.trim_start_matches(money).strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (text.starts_with('-'), text),
    };
    let inner = rest.trim_start_matches(|c| money(c) || c == '-').trim_end_matches(money);
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    if !is_code(&letters)
        || !inner.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace())
    {
        return None;
    }
    // Blanks group thousands, as apostrophes do.
    let inner = inner.split_whitespace().collect::<Vec<_>>().join("'");
    (inner.bytes().any(|b| b.is_ascii_digit())).then(|| if negative { format!("-{inner}") } else { inner })
}

/// No letters, a code of ISO 4217, or one of the words that stand for a currency's sign.
fn is_code(letters: &str) -> bool {
    const WORDS: [&str; 20] = [
        "kr", "zł", "kč", "ft", "лв", "lei", "rs", "руб", "р", "din", "tl", "eur", "usd", "r", "us", "c", "ca", "au", "hk", "nz",
    ];
    letters.is_empty()
        || (letters.chars().count() == 3 && letters.chars().all(char::is_uppercase))
        || WORDS.contains(&letters.to_lowercase().as_str())
}

fn is_currency(c: char) -> bool {
    matches!(
        c,
        '$' | '€'
            | '£'
            | '¥'
            | '¢'
            | '₹'
            | '₽'
            | '₩'
            | '₺'
            | '₴'
            | '₫'
            | '฿'
            | '₪'
            | '₦'
            | '₱'
            | '₡'
            | '₲'
            | '₵'
            | '₸'
            | '₼'
            | '₾'
            | '₿'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_with_either_mark() {
        for (text, want) in [
            ("12.99", 12.99),
            ("1e3", 1000.0),
            ("$1,234.50", 1234.5),
            ("1,234", 1234.0),
            ("£2", 2.0),
            ("EUR 12", 12.0),
            ("12 USD", 12.0),
            ("-$5.00", -5.0),
            ("$-5.00", -5.0),
            ("1 234.50 kr", 1234.5),
            ("1'234.50", 1234.5),
            ("CHF 7’500.50", 7500.5),
            (".5", 0.5),
        ] {
            assert_eq!(Marks::Point.parse(text), Some(want), "{text}");
        }
        for (text, want) in [("1.234,50 €", 1234.5), ("12,99", 12.99), ("1.234", 1234.0), ("5", 5.0), ("1\u{a0}234,5", 1234.5)]
        {
            assert_eq!(Marks::Comma.parse(text), Some(want), "{text}");
        }
        for text in
            ["", "on request", "1,5", "12,34,56", "1.2.3", "12abc", "150 g", "A12", "12 99 €", "10 20", "€", "5 % off 12", "0x10"]
        {
            assert_eq!(Marks::Point.parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_column_tells_the_mark() {
        let of = |values: &[&str]| Marks::of(values.iter().copied());
        let (comma, point) = (Ok(Some(Marks::Comma)), Ok(Some(Marks::Point)));
        assert_eq!(of(&["1.234", "12,99 €", "5"]), comma);
        assert_eq!(of(&["1,234.50", "1,234"]), point);
        assert_eq!(of(&["1.234,50"]), comma);
        assert_eq!(of(&["6.500", "0.500"]), point);
        assert_eq!(of(&["6.500", "1234.500"]), point);
        assert_eq!(of(&["1,234,567"]), point);
        assert_eq!((of(&["7", "5"]), of(&[])), (Ok(None), Ok(None)));
        assert_eq!((of(&["7", "6.500"]), of(&["1,234"])), (Err("6.500".into()), Ok(None)));
        let mut known = None;
        assert_eq!(Marks::settle(&mut known, "50"), Ok(Marks::Point));
        assert_eq!(Marks::settle(&mut known, "1.250"), Err("1.250".into()));
        assert_eq!(Marks::settle(&mut known, "2,5"), Ok(Marks::Comma));
        assert_eq!(Marks::settle(&mut known, "1.250"), Ok(Marks::Comma));
    }
}
