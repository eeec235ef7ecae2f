//! Lines on standard output and standard error that never panic.
//!
//! The standard macros do where a reader has gone away (`nearhand train | head -2`). Those below stand in for them in the
//! whole crate: what a closed pipe does not take is dropped, and the command goes on. A full disk is another matter: it is
//! kept, and makes the command fail at its end.
//!
//! Where the command line is a library, whoever calls it hears all of it by a [`Sink`].

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Where a command's words go instead of standard output and standard error.
pub trait Sink: Send {
    /// Takes what is said on standard output: a line, a part of one, or several.
    fn out(&mut self, text: &str);
    /// Takes what is said on standard error.
    fn err(&mut self, text: &str);
}

static ASIDE: AtomicBool = AtomicBool::new(false);
static CLOSED: AtomicBool = AtomicBool::new(false);
static LOST: OnceLock<String> = OnceLock::new();
static SINK: Mutex<Option<Box<dyn Sink>>> = Mutex::new(None);
static TURN: Mutex<()> = Mutex::new(());

/// As long as it is there, all that is said goes to a sink.
pub(crate) struct Turn {
    _one: MutexGuard<'static, ()>,
}

/// Hands what is said to a sink, once nobody else's sink is in its place any more.
pub(crate) fn hand_to(sink: Box<dyn Sink>) -> Turn {
    let turn = Turn { _one: held(&TURN) };
    ASIDE.store(false, Ordering::Relaxed);
    *held(&SINK) = Some(sink);
    turn
}

impl Drop for Turn {
    fn drop(&mut self) {
        *held(&SINK) = None;
        ASIDE.store(false, Ordering::Relaxed);
    }
}

/// What a thread that panicked held is as good as before: it is replaced whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a sink has taken it.
fn sunk(text: Arguments<'_>, aside: bool) -> bool {
    held(&SINK).as_mut().is_some_and(|sink| {
        let text = text.to_string();
        if aside {
            sink.err(&text)
        } else {
            sink.out(&text)
        }
        true
    })
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
