//! Reads a regular expression, or refuses it.

use super::run::{Op, Program};
use super::set::{Item, Set};
use crate::error::{Error, Result};
use crate::unicode::{LETTER, NUMBER_DECIMAL, category_mask, mask};

/// Groups within groups.
const DEPTH: usize = 16;
/// Steps of a program.
const OPS: usize = 4_096;
/// The largest count of a repetition.
const COUNT: usize = 1_000;

pub(super) fn program(source: &str, place: &str) -> Result<Program> {
    let mut parser = Parser { rest: source, sets: Vec::new(), fold: false, before: '\0' };
    let ops = parser.either(0).filter(|_| parser.rest.is_empty());
    match ops {
        Some(mut ops) => {
            ops.push(Op::End);
            Ok(Program { ops, sets: parser.sets })
        }
        None => {
            let at = source.len() - parser.rest.len();
            let error = Error::unsupported("a pattern has a part that is not supported", place, source);
            Err(error.count("at", at))
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    sets: Vec<Set>,
    /// Whether upper and lower case are one.
    fold: bool,
    /// The small letter before, where case does not count.
    before: char,
}

impl Parser<'_> {
    fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn either(&mut self, depth: usize) -> Option<Vec<Op>> {
        let mut ways = vec![self.sequence(depth)?];
        // Each but the last costs a fork and a jump.
        let mut sum = ways.iter().map(Vec::len).sum::<usize>();
        while self.eat("|") {
            self.before = '\0';
            let way = self.sequence(depth)?;
            sum += way.len() + 2;
            if sum >= OPS {
                return None;
            }
            ways.push(way);
        }
        let mut ops = ways.pop()?;
        while let Some(first) = ways.pop() {
            let mut both = vec![Op::Fork(first.len() + 2)];
            both.extend(first);
            both.push(Op::Jump(ops.len() + 1));
            both.extend(ops);
            ops = both;
        }
        Some(ops)
    }

    fn sequence(&mut self, depth: usize) -> Option<Vec<Op>> {
        let mut ops = Vec::new();
        while !matches!(self.peek(), None | Some('|' | ')')) {
            ops.extend(self.piece(depth)?);
            if ops.len() > OPS {
                return None;
            }
        }
        Some(ops)
    }

    fn piece(&mut self, depth: usize) -> Option<Vec<Op>> {
        if self.eat("(") {
            return self.group(depth);
        }
        let set = self.single()?;
        let one = Op::One(u16::try_from(self.sets.len()).ok()?);
        let many = Op::Many(u16::try_from(self.sets.len()).ok()?);
        self.sets.push(set);
        let (least, most) = self.count()?;
        let mut ops = vec![one; least];
        match most {
            None => ops.push(many),
            Some(most) => {
                for left in (1..=most - least).rev() {
                    ops.extend([Op::Fork(left * 2), one]);
                }
            }
        }
        Some(ops)
    }

    fn group(&mut self, depth: usize) -> Option<Vec<Op>> {
        if depth >= DEPTH {
            return None;
        }
        let folded = self.fold;
        let look = if self.eat("?!") {
            Some(false)
        } else if self.eat("?=") {
            Some(true)
        } else {
            if self.eat("?i:") {
                self.fold = true;
            } else if !self.eat("?:") && self.peek() == Some('?') {
                return None;
            }
            None
        };
        let mut ops = self.either(depth + 1)?;
        if self.fold != folded {
            (self.fold, self.before) = (folded, '\0');
        }
        if !self.eat(")") {
            return None;
        }
        if let Some(want) = look {
            ops.push(Op::End);
            ops.insert(0, Op::Look(want, ops.len() + 1));
        } else if self.eat("?") {
            ops.insert(0, Op::Fork(ops.len() + 1));
        }
        // A group that is repeated could take a time that grows with a power of the text.
        self.no_quantifier().then_some(ops)
    }

    fn no_quantifier(&self) -> bool {
        !matches!(self.peek(), Some('*' | '+' | '?' | '{'))
    }

    /// How often the single character before may stand.
    fn count(&mut self) -> Option<(usize, Option<usize>)> {
        let count = if self.eat("*") {
            (0, None)
        } else if self.eat("+") {
            (1, None)
        } else if self.eat("?") {
            (0, Some(1))
        } else if self.eat("{") {
            let least = self.number()?;
            let most =
                if !self.eat(",") { Some(least) } else { if self.peek() == Some('}') { None } else { Some(self.number()?) } };
            if !self.eat("}") || most.is_some_and(|most| most < least) {
                return None;
            }
            (least, most)
        } else {
            (1, Some(1))
        };
        self.no_quantifier().then_some(count)
    }

    fn number(&mut self) -> Option<usize> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit())?;
        let number = self.rest.get(..end)?.parse().ok().filter(|count| *count <= COUNT)?;
        self.rest = self.rest.get(end..)?;
        Some(number)
    }

    /// One character, or one of a class.
    fn single(&mut self) -> Option<Set> {
        let before = std::mem::replace(&mut self.before, '\0');
        match self.next()? {
            '[' if !self.fold => self.class(),
            '.' => Some(Set::new(true, vec![Item::Range('\n', '\n')])),
            '\\' => match self.escape()? {
                Item::Range(c, _) => Some(Set::new(false, self.variants(c, before)?)),
                item => Some(Set::new(false, vec![item])),
            },
            '^' | '$' | '*' | '+' | '?' | '{' | '}' | ']' | '[' => None,
            c => Some(Set::new(false, self.variants(c, before)?)),
        }
    }

    /// A character and, where case does not count, its others. Beyond ASCII they are not known, but for punctuation, which has none; nor
    /// are those of two letters, as the sharp s is one of ss, and a ligature of fi.
    fn variants(&mut self, c: char, before: char) -> Option<Vec<Item>> {
        let one = |c| Item::Range(c, c);
        if !self.fold {
            return Some(vec![one(c)]);
        }
        self.before = c.to_ascii_lowercase();
        if matches!((before, self.before), ('s', 's' | 't') | ('f', 'f' | 'i' | 'l')) {
            return None;
        }
        let mut items = vec![one(c.to_ascii_lowercase()), one(c.to_ascii_uppercase())];
        match c {
            's' | 'S' => items.push(one('ſ')),
            'k' | 'K' => items.push(one('\u{212a}')),
            _ => {}
        }
        (c.is_ascii() || mask(c) & category_mask("P")? != 0).then_some(items)
    }

    fn class(&mut self) -> Option<Set> {
        let not = self.eat("^");
        let mut items = Vec::new();
        loop {
            let item = match self.next()? {
                ']' if !items.is_empty() => return Some(Set::new(not, items)),
                // Sets within sets and intersections mean something else in some engines.
                '[' | ']' => return None,
                '&' if self.peek() == Some('&') => return None,
                '\\' => self.escape()?,
                c => Item::Range(c, c),
            };
            if let (Item::Range(from, _), Some('-')) = (item, self.peek())
                && !self.rest.starts_with("-]")
            {
                self.next();
                let to = match self.next()? {
                    '\\' => self.escape()?,
                    '[' | ']' => return None,
                    c => Item::Range(c, c),
                };
                let Item::Range(_, to) = to else { return None };
                items.push(Item::Range(from, to));
                if from > to {
                    return None;
                }
            } else {
                items.push(item);
            }
        }
    }

    fn escape(&mut self) -> Option<Item> {
        let c = match self.next()? {
            's' => return Some(Item::Space(true)),
            'S' => return Some(Item::Space(false)),
            'w' => return Some(Item::Word(true)),
            'W' => return Some(Item::Word(false)),
            'd' => return Some(Item::Category(NUMBER_DECIMAL)),
            'D' => return Some(Item::Category(!NUMBER_DECIMAL)),
            what @ ('p' | 'P') => return self.category(what == 'P'),
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'u' => self.hex(4)?,
            'x' if self.eat("{") => {
                let c = self.hex(self.rest.find('}').filter(|len| (1..=6).contains(len))?)?;
                self.next();
                c
            }
            'x' => self.hex(2).filter(char::is_ascii)?,
            c if c.is_ascii_punctuation() || c == ' ' => c,
            _ => return None,
        };
        Some(Item::Range(c, c))
    }

    fn hex(&mut self, len: usize) -> Option<char> {
        let (digits, rest) = self.rest.split_at_checked(len)?;
        let code = digits.bytes().try_fold(0, |code, byte| Some(code << 4 | char::from(byte).to_digit(16)?))?;
        self.rest = rest;
        char::from_u32(code)
    }

    fn category(&mut self, mut not: bool) -> Option<Item> {
        if !self.eat("{") {
            // The short form, of one letter.
            return self.eat("L").then_some(Item::Category(if not { !LETTER } else { LETTER }));
        }
        not ^= self.eat("^");
        let (name, rest) = self.rest.split_once('}')?;
        self.rest = rest;
        let bits = category_mask(name)?;
        Some(Item::Category(if not { !bits } else { bits }))
    }
}
