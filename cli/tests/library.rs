//! Commands run within a process of somebody else's: what they say, what they refuse, and that one leaves the next as it found it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, text};
use nearhand_cli::Sink;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// What was said, in order, and whether beside.
type Said = Arc<Mutex<Vec<(bool, String)>>>;

struct Heard(Said);

impl Sink for Heard {
    fn out(&self, text: &str) {
        self.0.lock().unwrap().push((false, text.to_owned()));
    }

    fn err(&self, text: &str) {
        self.0.lock().unwrap().push((true, text.to_owned()));
    }
}

/// Standard output and standard error of a command, and how it ended.
fn run(argv: &[&str]) -> (String, String, nearhand::Result<()>) {
    let said = Said::default();
    let argv = ["nearhand"].iter().chain(argv).map(OsString::from);
    let done = nearhand_cli::run(argv, Box::new(Heard(Arc::clone(&said))));
    let all = said.lock().unwrap();
    let of = |aside: bool| all.iter().filter(|(beside, _)| *beside == aside).map(|(_, text)| text.as_str()).collect();
    (of(false), of(true), done)
}

fn shipped() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/sample/sample.safetensors").display().to_string()
}

#[test]
fn a_command_says_what_the_program_says() {
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_nearhand")).args(["inspect", &shipped()]).output().unwrap();
    for _ in 0..2 {
        let (out, err, done) = run(&["inspect", &shipped()]);
        assert_eq!((out, err, done), (text(&program.stdout), String::new(), Ok(())));
    }
}

#[test]
fn what_one_command_sets_aside_the_next_one_does_not() {
    let folder = folder("library-aside");
    let sessions = folder.join("sessions.txt").display().to_string();
    std::fs::write(&sessions, common::sessions(120)).unwrap();
    let out = folder.join("a.safetensors").display().to_string();
    // `SMALL` names a file of the working folder, which a process has one of.
    let argv: Vec<&str> =
        common::SMALL.iter().map(|word| if *word == "sessions.txt" { sessions.as_str() } else { word }).collect();
    let argv = [&argv[..], &["--out", &out, "--json"]].concat();
    let (said, heard, done) = run(&argv);
    assert_eq!(done, Ok(()), "{heard}");
    assert!(serde_json::from_str::<serde_json::Value>(&said).is_ok() && heard.contains("epoch"), "{said}{heard}");
    let (said, heard, _) = run(&["inspect", &out]);
    assert!(said.contains("bundle       shop version 1") && heard.is_empty());
    // The command is kept in the bundle as it was given here, not as this process was started.
    assert!(said.contains(": nearhand train ") && !said.contains("--test-threads"), "{said}");
}

#[test]
fn a_command_that_fails_says_so_by_its_error() {
    let (out, err, done) = run(&["inspect", "no such file"]);
    assert_eq!((out.as_str(), err.as_str()), ("", ""));
    let error = done.unwrap_err();
    assert_eq!((error.code(), error.details()[0].clone()), (nearhand::Code::Io, ("path", "no such file".to_owned())));
}

#[test]
fn a_command_line_that_is_none_does_not_end_the_process() {
    for argv in [&["inspekt"][..], &["inspect"], &["train", "--seed", "x"], &["--help"], &[]] {
        let (out, _, done) = run(argv);
        let error = done.unwrap_err();
        assert_eq!((out.as_str(), error.code()), ("", nearhand::Code::OptionInvalid), "{argv:?}");
        let told = error.message().contains("--help") || error.message().contains("Usage: nearhand");
        assert!(told && !error.message().contains("\\x"), "{error}");
    }
}

#[test]
fn commands_of_several_threads_take_turns() {
    let bundle = shipped();
    let alone = run(&["inspect", &bundle]).0;
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let bundle = bundle.clone();
            std::thread::spawn(move || run(&["inspect", &bundle]).0)
        })
        .collect();
    threads.into_iter().for_each(|thread| assert!(thread.join().unwrap() == alone));
}

/// Runs a command whenever it hears something.
struct Calling(mpsc::Sender<nearhand::Result<()>>);

impl Sink for Calling {
    fn out(&self, _: &str) {
        self.0.send(run(&["inspect", &shipped()]).2).unwrap();
    }

    fn err(&self, text: &str) {
        self.out(text);
    }
}

#[test]
fn a_command_within_a_command_is_refused_and_not_waited_for() {
    let (to, inner) = mpsc::channel();
    let (done, outer) = mpsc::channel();
    std::thread::spawn(move || {
        let argv = ["nearhand", "inspect", &shipped()].map(OsString::from);
        let first = nearhand_cli::run(argv, Box::new(Calling(to)));
        // Its end leaves the thread as it was.
        done.send((first, run(&["inspect", &shipped()]))).unwrap();
    });
    let long = Duration::from_secs(60);
    let error = inner.recv_timeout(long).unwrap().unwrap_err();
    assert_eq!((error.code(), error.details()), (nearhand::Code::OptionInvalid, &[("option", "argv".to_owned())][..]));
    assert!(error.message().contains("within a command"), "{error}");
    let (first, (said, _, next)) = outer.recv_timeout(long).unwrap();
    assert_eq!((first, next), (Ok(()), Ok(())));
    assert!(said.starts_with("bundle "), "{said}");
}
