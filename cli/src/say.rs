//! Lines on standard output and standard error that never panic.
//!
//! The standard macros do where a reader has gone away (`nearhand train | head -2`). Those below stand in for them in the
//! whole crate: what a closed pipe does not take is dropped, and the command goes on. A full disk is another matter: it is
//! kept, and makes the command fail at its end.
//!
//! Where the command line is a library, whoever calls it hears all of it by a [`Sink`].

use nearhand::{Code, Error, Result};
use std::cell::Cell;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Where a command's words go instead of standard output and standard error, from whichever of its threads says them.
///
/// No lock is held meanwhile. A command that is run from here is refused.
pub trait Sink: Send + Sync {
    /// Takes what is said on standard output: a line, a part of one, or several.
    fn out(&self, text: &str);
    /// Takes what is said on standard error.
    fn err(&self, text: &str);
}

static ASIDE: AtomicBool = AtomicBool::new(false);
static CLOSED: AtomicBool = AtomicBool::new(false);
static LOST: OnceLock<String> = OnceLock::new();
static PLACE: Place = Place::new(0);

thread_local! {
    /// The process in which this thread is within a command or what hears it; 0 for none.
    static WITHIN: Cell<u32> = const { Cell::new(0) };
}

/// Who has the turn, and the sink in its place, in one process.
///
/// In a forked child both may stay locked by a thread that is not there: the child begins a place of its own, behind its parent's.
struct Place {
    pid: u32,
    turn: Mutex<()>,
    sink: Mutex<Option<Arc<dyn Sink>>>,
    child: OnceLock<Box<Place>>,
}

impl Place {
    const fn new(pid: u32) -> Self {
        Self { pid, turn: Mutex::new(()), sink: Mutex::new(None), child: OnceLock::new() }
    }

    /// The one that was begun last.
    fn last(&self) -> &Self {
        let mut last = self;
        while let Some(child) = last.child.get() {
            last = child;
        }
        last
    }

    /// That of a process.
    fn of(&self, pid: u32) -> &Self {
        loop {
            let last = self.last();
            if last.pid == pid {
                return last;
            }
            // Where another thread was faster, its place is taken.
            let _ = last.child.set(Box::new(Self::new(pid)));
        }
    }
}

/// As long as it is there, its thread is within a command.
struct Within(u32);

impl Within {
    fn mark(pid: u32) -> Self {
        Self(WITHIN.replace(pid))
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        WITHIN.set(self.0);
    }
}

/// As long as it is there, all that is said goes to a sink.
pub(crate) struct Turn {
    place: &'static Place,
    _one: MutexGuard<'static, ()>,
    _within: Within,
}

/// Hands what is said to a sink, once nobody else's sink is in its place any more.
///
/// # Errors
/// `invalid-option` where this thread is within a command already, whose end it would wait for without end.
pub(crate) fn hand_to(sink: Box<dyn Sink>) -> Result<Turn> {
    let pid = std::process::id();
    if WITHIN.get() == pid {
        let why = "this thread is within a command already: run the next one after its end, or in another thread that is not waited for";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "argv"));
    }
    let place = PLACE.of(pid);
    let turn = Turn { place, _one: held(&place.turn), _within: Within::mark(pid) };
    ASIDE.store(false, Ordering::Relaxed);
    *held(&place.sink) = Some(Arc::from(sink));
    Ok(turn)
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Its own end may run code of somebody else's: not under the lock.
        let gone = held(&self.place.sink).take();
        drop(gone);
        ASIDE.store(false, Ordering::Relaxed);
    }
}

/// What a thread that panicked held is as good as before: it is replaced whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a sink has taken it.
fn sunk(text: Arguments<'_>, aside: bool) -> bool {
    let sink = held(&PLACE.last().sink).clone();
    let Some(sink) = sink else { return false };
    let text = text.to_string();
    let _within = Within::mark(std::process::id());
    if aside {
        sink.err(&text);
    } else {
        sink.out(&text);
    }
    true
}

/// Whether nobody reads standard output any more.
pub(crate) fn closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Why standard output did not take what was said, where its reader has not just gone away.
pub(crate) fn lost() -> Option<&'static str> {
    out(format_args!(""));
    LOST.get().map(String::as_str)
}

/// From now on all that is said goes to standard error: standard output is for one result.
pub(crate) fn aside() {
    ASIDE.store(true, Ordering::Relaxed);
}

/// Says the result on standard output, wherever all else goes.
pub(crate) fn result(text: &str) {
    ASIDE.store(false, Ordering::Relaxed);
    out(format_args!("{text}\n"));
}

/// Says something on standard output.
pub(crate) fn out(text: Arguments<'_>) {
    if ASIDE.load(Ordering::Relaxed) {
        return err(text);
    }
    if sunk(text, false) {
        return;
    }
    if cfg!(test) {
        // The test harness catches what the standard macro says.
        return std::print!("{text}");
    }
    let mut to = io::stdout().lock();
    if let Err(error) = to.write_fmt(text).and_then(|()| to.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            CLOSED.store(true, Ordering::Relaxed);
        } else {
            LOST.get_or_init(|| error.to_string());
        }
    }
}

/// Says something on standard error.
pub(crate) fn err(text: Arguments<'_>) {
    if sunk(text, true) {
        return;
    }
    if cfg!(test) {
        return std::eprint!("{text}");
    }
    // There is no other place to complain at.
    let _ = io::stderr().lock().write_fmt(text);
}

macro_rules! print {
    ($($text:tt)*) => { $crate::say::out(format_args!($($text)*)) };
}

macro_rules! println {
    ($($text:tt)*) => { $crate::say::out(format_args!("{}\n", format_args!($($text)*))) };
}

macro_rules! eprintln {
    ($($text:tt)*) => { $crate::say::err(format_args!("{}\n", format_args!($($text)*))) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_waits_for_no_thread_of_its_parent() {
        let root = Place::new(0);
        let parent = root.of(7);
        let (_turn, _sink) = (held(&parent.turn), held(&parent.sink));
        assert!(std::ptr::eq(root.of(7), parent) && parent.turn.try_lock().is_err());
        let child = root.of(8);
        assert!(child.turn.try_lock().is_ok() && child.sink.try_lock().is_ok_and(|sink| sink.is_none()));
        assert!(std::ptr::eq(root.of(8), child) && std::ptr::eq(root.last(), child));
        assert!(root.of(9).turn.try_lock().is_ok());
    }
}
