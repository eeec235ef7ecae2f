//! JSON of a specification: a tree of bounded depth, numbers as they are written, and back as one line with sorted keys.

use crate::error::{Code, Error, Result, digits};

/// How deep values may lie in each other. A specification has four levels.
const DEPTH: usize = 16;
/// Bytes of a specification.
const LONGEST: usize = 1 << 20;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Truth(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// The value of a whole text.
pub(crate) fn read(text: &str) -> Result<Value> {
    if text.len() > LONGEST {
        return Err(Error::new(Code::TooLarge, "a specification has at most 1 MiB").count("bytes", text.len() as i64));
    }
    // What some editors write first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0).filter(|_| reader.space() == text.len());
    value.ok_or_else(|| Error::spec("the specification is not JSON", "").count("at", reader.at as i64))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) -> usize {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.at
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let found = self.text.get(self.at..)?.starts_with(word);
        found.then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.space();
        if depth > DEPTH {
            return None;
        }
        match self.peek() {
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Truth(true)),
            b'f' => self.word("false", Value::Truth(false)),
            b'n' => self.word("null", Value::Null),
            b'[' => {
                let mut list = Vec::new();
                self.members(b']', &mut |reader| {
                    list.push(reader.value(depth + 1)?);
                    Some(())
                })?;
                Some(Value::List(list))
            }
            b'{' => {
                let mut map = Vec::new();
                self.members(b'}', &mut |reader| {
                    reader.space();
                    let key = reader.string()?;
                    reader.take(b':')?;
                    map.push((key, reader.value(depth + 1)?));
                    Some(())
                })?;
                Some(Value::Map(map))
            }
            _ => self.number().map(Value::Number),
        }
    }

    fn members(&mut self, close: u8, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.take(b',').is_none() {
                return self.take(close);
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        if self.peek() != b'"' {
            return None;
        }
        self.at += 1;
        let mut out = String::new();
        loop {
            let c = self.text.get(self.at..)?.chars().next()?;
            self.at += c.len_utf8();
            match c {
                '"' => return Some(out),
                '\\' => out.push(self.escape()?),
                '\0'..' ' => return None,
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek();
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high);
                }
                self.word("\\u", Value::Null)?;
                let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.chars().try_fold(0, |code, c| Some(code << 4 | c.to_digit(16)?))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<String> {
        let from = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(self.text.get(from..self.at)?.to_owned())
    }
}

impl Value {
    /// What kind of value it is, and which, for a refusal.
    pub(crate) fn outline(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Truth(true) => "true".to_owned(),
            Self::Truth(false) => "false".to_owned(),
            Self::Number(number) => number.clone(),
            Self::Text(text) => ["\"", text, "\""].concat(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "an object".to_owned(),
        }
    }

    /// One line of JSON, keys in order of their bytes.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => write_text(text, out),
            Self::List(list) => {
                out.push('[');
                for (at, value) in list.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Map(map) => {
                let mut order: Vec<&(String, Self)> = map.iter().filter(|(_, value)| *value != Self::Null).collect();
                order.sort_by(|a, b| a.0.cmp(&b.0));
                out.push('{');
                for (at, (key, value)) in order.into_iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            plain => out.push_str(&plain.outline()),
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..' ' => {
                out.push_str("\\u00");
                let code = u32::from(c);
                out.extend([code >> 4, code & 15].iter().filter_map(|&digit| char::from_digit(digit, 16)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `[n]`, for the path of a place.
pub(crate) fn at(place: &str, n: usize) -> String {
    [place, "[", &digits(n as i64), "]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_in_order() {
        let text =
            " {\"b\": [1, -2.5e1, \"x\\u00e9\\ud83d\\ude00\\n\\\"\", [ ], {}], \"a\": {\"z\": true, \"c\":false}, \"n\": null } ";
        let mut out = String::new();
        read(text).unwrap().write(&mut out);
        assert_eq!(out, "{\"a\":{\"c\":false,\"z\":true},\"b\":[1,-2.5e1,\"xé😀\\u000a\\\"\",[],{}]}");
        let mut again = String::new();
        read(&out).unwrap().write(&mut again);
        assert_eq!(out, again);
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
            "{1:2}",
            "\"\\u12",
            "NaN",
            "\"\\ud800\\u0041\"",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&"[".repeat(1 << 20)).is_err());
        assert_eq!(read(&" ".repeat((1 << 20) + 1)).unwrap_err().code(), Code::TooLarge);
    }
}
