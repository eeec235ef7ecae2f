//! Values as they stand in messages: bounded, and without control characters.

use std::fmt;

/// At most `most` bytes of a value, the last of them "…" where it has more; control characters stand as `\x0a`. For texts
/// of unknown origin in messages. `most` is 3 at least, as that is what "…" takes.
#[must_use]
#[inline(never)]
pub fn short(value: &dyn fmt::Display, most: usize) -> String {
    let mut short = Short { bytes: Vec::new(), most };
    let _ = fmt::write(&mut short, format_args!("{value}"));
    let mut bytes = short.bytes;
    if bytes.len() > most {
        bytes.truncate(most.saturating_sub(2));
        // A character is whole or not there: those that continue one begin with the bits 10.
        while bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
        bytes.extend_from_slice("…".as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes what is written, control characters as escapes, until it is longer than wanted.
struct Short {
    bytes: Vec<u8>,
    most: usize,
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // In UTF-8 the control characters are the bytes below 0x20, 0x7f, and 0x80 to 0x9f after 0xc2.
            let after = self.bytes.last() == Some(&0xc2) && byte < 0xa0;
            if after {
                self.bytes.pop();
            }
            if after || byte < 0x20 || byte == 0x7f {
                self.bytes.extend_from_slice(b"\\x");
                self.bytes.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
            } else {
                self.bytes.push(byte);
            }
            if self.bytes.len() > self.most {
                // Nothing more is to be written.
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_and_control_characters_escaped() {
        let of = |value: &str| short(&value, 200);
        assert_eq!(of(&"x".repeat(200)), "x".repeat(200));
        assert_eq!(of(&"x".repeat(201)), "x".repeat(197) + "…");
        // A character is whole or not there.
        assert_eq!(of(&"ü".repeat(1 << 20)), "ü".repeat(98) + "…");
        assert_eq!(of("a\u{1b}[2J\nb\0\u{9b}\u{7f}ü\u{a0}"), "a\\x1b[2J\\x0ab\\x00\\x9b\\x7fü\u{a0}");
        assert_eq!(of(&("x".repeat(195) + "€€")), "x".repeat(195) + "…");
        assert_eq!(of(&("x".repeat(194) + "€€")), "x".repeat(194) + "€€");
        assert!(of(&"\0".repeat(1000)).len() <= 200);
        // What is written in pieces counts as a whole.
        assert_eq!(short(&format_args!("{:>150}{:>150}", 1, 2), 200).len(), 150 + 47 + 3);
        assert_eq!(short(&"four", 3), "…");
    }
}
