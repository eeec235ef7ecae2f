//! Runs a pattern: the first way that fits is taken, as everybody's backtracking engines do, with the ways not taken on a stack of
//! its own and the steps counted.

use super::set::Set;
use crate::error::{Error, Result};

/// A step of a program; places are counted from the step itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// A character of a set.
    One(u16),
    /// As many characters of a set as there are, or fewer.
    Many(u16),
    /// Goes on, or else there.
    Fork(usize),
    Jump(usize),
    /// What follows, up to its end, is ahead (or not); then goes on there.
    Look(bool, usize),
    End,
}

/// A pattern ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) sets: Vec<Set>,
}

/// A way not taken: where to go on, from any place between two, the last first.
struct Way {
    op: usize,
    at: usize,
    least: usize,
}

impl Program {
    pub(super) fn find(&self, text: &str, from: usize, steps: &mut u64) -> Result<Option<(usize, usize)>> {
        let mut ways = Vec::new();
        let mut start = from;
        while let Some(first) = text.get(start..).and_then(|rest| rest.chars().next()) {
            if let Some(end) = self.run(text, 0, start, steps, &mut ways)?.filter(|end| *end > start) {
                return Ok(Some((start, end)));
            }
            start += first.len_utf8();
        }
        Ok(None)
    }

    fn set(&self, set: u16, text: &str, at: usize) -> Option<usize> {
        // ASCII without decoding, as most texts are.
        let c = match text.as_bytes().get(at) {
            Some(&byte) if byte < 128 => char::from(byte),
            _ => text.get(at..)?.chars().next()?,
        };
        self.sets.get(usize::from(set))?.has(c).then_some(at + c.len_utf8())
    }

    /// Where the match ends that begins at a place. The ways of callers stay on the stack below.
    fn run(&self, text: &str, from: usize, start: usize, steps: &mut u64, ways: &mut Vec<Way>) -> Result<Option<usize>> {
        let floor = ways.len();
        let (mut op, mut at) = (from, start);
        loop {
            *steps = steps.checked_sub(1).ok_or_else(Error::too_slow)?;
            let on = match self.ops.get(op).copied().unwrap_or(Op::End) {
                Op::One(set) => self.set(set, text, at).map(|end| (op + 1, end)),
                Op::Many(set) => {
                    let least = at;
                    while let Some(end) = self.set(set, text, at) {
                        at = end;
                        *steps = steps.checked_sub(1).ok_or_else(Error::too_slow)?;
                    }
                    if at > least {
                        ways.push(Way { op: op + 1, at, least });
                        // The longest is taken now; what is on the stack is the next shorter one.
                        shorten(text, ways);
                    }
                    Some((op + 1, at))
                }
                Op::Fork(to) => {
                    ways.push(Way { op: op + to, at, least: at });
                    Some((op + 1, at))
                }
                Op::Jump(to) => Some((op + to, at)),
                Op::Look(want, to) => {
                    let found = self.run(text, op + 1, at, steps, ways)?.is_some();
                    (found == want).then_some((op + to, at))
                }
                Op::End => {
                    ways.truncate(floor);
                    return Ok(Some(at));
                }
            };
            if let Some(on) = on {
                (op, at) = on;
            } else if ways.len() > floor
                && let Some(way) = ways.last()
            {
                (op, at) = (way.op, way.at);
                shorten(text, ways);
            } else {
                return Ok(None);
            }
        }
    }
}

/// Makes the last way one character shorter, or drops it.
fn shorten(text: &str, ways: &mut Vec<Way>) {
    let Some(way) = ways.last_mut() else { return };
    if way.at == way.least {
        ways.pop();
        return;
    }
    way.at -= 1;
    while way.at > way.least && !text.is_char_boundary(way.at) {
        way.at -= 1;
    }
}
