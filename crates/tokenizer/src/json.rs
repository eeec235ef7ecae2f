//! JSON as it lies: the text is checked once, whole and to a bounded depth, and read in place after that. Nothing is built, so a
//! file costs no memory beyond its own.

use crate::error::{Code, Error, Result};
use std::borrow::Cow;

/// How deep values may lie in each other. A tokenizer.json has eight levels at most.
const DEPTH: usize = 32;

/// A value of a checked text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    text: &'a str,
    at: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Truth,
    Number,
    Text,
    List,
    Map,
}

/// Checks a whole text and gives its value.
pub(crate) fn read(bytes: &[u8]) -> Result<Value<'_>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(Error::new(Code::Malformed, "the file is not UTF-8").count("at", error.valid_up_to())),
    };
    // What some editors write first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut check = Check { bytes: text.as_bytes(), at: 0 };
    let start = check.space();
    let end = check.value(0).and_then(|()| Some(check.space() == text.len()).filter(|whole| *whole));
    match end {
        Some(_) => Ok(Value { text, at: start }),
        None => Err(Error::new(Code::Malformed, "the file is not JSON, or lies too deep").count("at", check.at)),
    }
}

struct Check<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Check<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) -> usize {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.at
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte && self.at < self.bytes.len()).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(word);
        found.then(|| self.at += word.len())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek() {
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            open @ (b'{' | b'[') => self.members(open == b'{', depth),
            _ => self.number(),
        }
    }

    fn members(&mut self, map: bool, depth: usize) -> Option<()> {
        let close = if map { b'}' } else { b']' };
        self.at += 1;
        self.space();
        if depth >= DEPTH || self.take(close).is_some() {
            return (depth < DEPTH).then_some(());
        }
        loop {
            self.space();
            if map {
                self.string()?;
                self.space();
                self.take(b':')?;
                self.space();
            }
            self.value(depth + 1)?;
            self.space();
            if self.take(b',').is_none() {
                return self.take(close);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let byte = *self.bytes.get(self.at)?;
            match byte {
                b'"' => return self.take(b'"'),
                b'\\' => {
                    let (_, len) = escape(self.bytes.get(self.at..)?)?;
                    self.at += len;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

/// The character that an escape stands for, and the bytes it takes. A surrogate without its other half is none.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let plain = |c| Some((c, 2));
    match *bytes.get(1)? {
        b'"' => plain('"'),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'b' => plain('\u{8}'),
        b'f' => plain('\u{c}'),
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'u' => {
            let high = hex(bytes.get(2..6)?)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Some((char::from_u32(high)?, 6));
            }
            let low = bytes.get(6..8).filter(|next| next == b"\\u").and_then(|_| hex(bytes.get(8..12)?))?;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            Some((char::from_u32(code)?, 12))
        }
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |code, &byte| Some(code << 4 | char::from(byte).to_digit(16)?))
}

impl<'a> Value<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.rest().as_bytes().first() {
            Some(b'"') => Kind::Text,
            Some(b'{') => Kind::Map,
            Some(b'[') => Kind::List,
            Some(b't' | b'f') => Kind::Truth,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Where it ends.
    fn end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (self.at, 0_usize);
        loop {
            match bytes.get(at) {
                None => return bytes.len(),
                Some(b'"') => at = string_end(bytes, at),
                Some(b'{' | b'[') => {
                    depth += 1;
                    at += 1;
                }
                Some(b'}' | b']') => {
                    // The end of the container in which a bare value stands.
                    if depth == 0 {
                        return at;
                    }
                    depth -= 1;
                    at += 1;
                }
                Some(b',') if depth == 0 => return at,
                Some(_) => {
                    at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return at;
            }
        }
    }

    /// The members of a map or list, in order; of anything else, none. Of a list, the names are empty.
    pub(crate) fn members(&self) -> Members<'a> {
        let map = self.kind() == Kind::Map;
        let open = map || self.kind() == Kind::List;
        Members { text: self.text, at: if open { self.at + 1 } else { usize::MAX }, map }
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let list = self.kind() == Kind::List;
        self.members().filter(move |_| list).map(|(_, value)| value)
    }

    /// The member of a name: of several the last, as everybody reads them. Null is none.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        let last = self.members().filter(|(key, _)| key == name).last().map(|(_, value)| value);
        last.filter(|value| value.kind() != Kind::Null)
    }

    pub(crate) fn text(&self) -> Option<Cow<'a, str>> {
        if self.kind() != Kind::Text {
            return None;
        }
        Some(unescaped(self.text.get(self.at + 1..string_end(self.text.as_bytes(), self.at) - 1).unwrap_or("")))
    }

    pub(crate) fn truth(&self) -> Option<bool> {
        (self.kind() == Kind::Truth).then(|| self.rest().starts_with('t'))
    }

    pub(crate) fn number(&self) -> Option<f64> {
        self.raw_number().map(crate::number::parse)
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&self) -> Option<u32> {
        self.raw_number()?.bytes().try_fold(0_u32, |value, byte| {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            value.checked_mul(10)?.checked_add(digit.into())
        })
    }

    fn raw_number(&self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.text.get(self.at..self.end()).unwrap_or("").trim_ascii_end())
    }

    /// As it stands in the file, for messages: its first bytes.
    pub(crate) fn shown(&self) -> &'a str {
        let end = (self.at + 256).min(self.end());
        let end = (0..4).map(|less| end - less).find(|&end| self.text.is_char_boundary(end)).unwrap_or(self.at);
        self.text.get(self.at..end).unwrap_or("")
    }
}

/// Where a string that begins at a place ends, behind its quote.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return raw.into();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, from)) = rest.find('\\').and_then(|at| Some((rest.get(..at)?, rest.get(at..)?))) {
        out.push_str(plain);
        let (c, len) = escape(from.as_bytes()).unwrap_or(('\\', 1));
        out.push(c);
        rest = from.get(len..).unwrap_or("");
    }
    out.push_str(rest);
    out.into()
}

/// Members of a map or a list.
pub(crate) struct Members<'a> {
    text: &'a str,
    at: usize,
    map: bool,
}

impl Members<'_> {
    fn skip(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') {
                return Some(byte);
            }
            self.at += 1;
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.skip()?, b'}' | b']') {
            self.at = usize::MAX;
            return None;
        }
        let mut name = Cow::Borrowed("");
        if self.map {
            let key = Value { text: self.text, at: self.at };
            name = key.text()?;
            self.at = string_end(self.text.as_bytes(), self.at);
            self.skip()?;
        }
        let value = Value { text: self.text, at: self.at };
        self.at = value.end();
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_place() {
        let value =
            read(br#" {"a": [1, -2.5e1, "x\u00e9\ud83d\ude00\n", [ ], {}], "b": {"c": true, "c":false}, "d": null , "e": 7 } "#)
                .unwrap();
        let a = value.get("a").unwrap();
        let items: Vec<_> = a.items().collect();
        assert_eq!(items.len(), 5);
        assert_eq!((items[0].count(), items[1].number(), items[1].count()), (Some(1), Some(-25.0), None));
        assert_eq!(items[2].text().unwrap(), "xé😀\n");
        assert_eq!((items[3].items().count(), items[4].members().count()), (0, 0));
        assert_eq!(value.get("b").unwrap().get("c").unwrap().truth(), Some(false));
        assert!(value.get("d").is_none() && value.get("x").is_none());
        assert_eq!(value.get("e").unwrap().count(), Some(7));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bad in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1 2]",
            "01",
            "1.",
            "-",
            "\"\\ud800\"",
            "\"\\x\"",
            "\"a",
            "tru",
            "\"\n\"",
            "[1]]",
            "nul",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(b"\"\xff\"").is_err());
        assert!(read("[".repeat(1 << 20).as_bytes()).is_err());
        assert!(read(("[".repeat(32) + &"]".repeat(32)).as_bytes()).is_ok());
        assert!(read(("[".repeat(33) + &"]".repeat(33)).as_bytes()).is_err());
    }
}
