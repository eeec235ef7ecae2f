//! A training that is killed goes on where it was, and ends with the same bytes.
#![allow(clippy::unwrap_used)]

mod common;

use common::{SMALL, folder, names, nearhand, run, sessions, text};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

const REST: [&str; 6] = ["--out", "shop.safetensors", "--report", "shop.html", "--test-pairs", "pairs.tsv"];

fn prepare(name: &str) -> std::path::PathBuf {
    let folder = folder(name);
    std::fs::write(folder.join("sessions.txt"), sessions(800)).unwrap();
    std::fs::write(folder.join("pairs.tsv"), "i1 i2\ti3\ni4\ti5\n").unwrap();
    folder
}

/// The lines up to the end, or up to the kill that follows the first line with `word` in it.
fn lines(folder: &Path, word: Option<&str>) -> Vec<String> {
    let mut child = nearhand(folder, &[&SMALL[..], &REST].concat()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).unwrap() == 0 {
            break;
        }
        said.push_str(&line);
        if word.is_some_and(|word| line.contains(word)) {
            // SIGKILL: nothing of the command's own is run.
            child.kill().unwrap();
            out.read_to_string(&mut said).unwrap();
            break;
        }
    }
    assert_eq!(child.wait().unwrap().success(), word.is_none(), "{said}");
    said.lines().map(str::to_owned).collect()
}

/// What an epoch's line says but for the time.
fn epochs(lines: &[String]) -> Vec<String> {
    let epochs = lines.iter().filter(|line| line.contains(" epoch ") && line.contains(" loss "));
    epochs.map(|line| line.split(" seconds ").next().unwrap().to_owned()).collect()
}

#[test]
fn three_kills_cost_at_most_an_epoch_each_and_change_no_byte() {
    let whole = prepare("whole");
    let wanted = epochs(&lines(&whole, None));
    let killed = prepare("killed");
    let mut said = Vec::new();
    for word in ["trial epoch 2/", "fit (held) epoch 3/", "fit (all) epoch 2/"] {
        let run = lines(&killed, Some(word));
        assert!(said.is_empty() || run.iter().any(|line| line.starts_with("resumed")), "{run:?}");
        said.push(epochs(&run));
        assert!(!killed.join("shop.safetensors").exists() && !killed.join("shop.html").exists());
    }
    let last = lines(&killed, None);
    assert!(last.iter().any(|line| line.starts_with("resumed at fit (all) epoch ")), "{last:?}");
    said.push(epochs(&last));
    let mut at = 0;
    for run in &said {
        // It goes on after the last epoch told, or tells that one again.
        let from = if run.first() == wanted.get(at) { at } else { at - 1 };
        assert_eq!(run.as_slice(), &wanted[from..from + run.len()]);
        at = from + run.len();
    }
    assert_eq!(at, wanted.len());
    for file in ["shop.safetensors", "shop.html"] {
        assert!(std::fs::read(whole.join(file)).unwrap() == std::fs::read(killed.join(file)).unwrap(), "{file}");
    }
    assert_eq!(names(&killed), ["pairs.tsv", "sessions.txt", "shop.html", "shop.safetensors"], "nothing is left over");
}

#[test]
fn a_kill_in_a_search_loses_no_epoch() {
    let folder = prepare("search");
    let first = lines(&folder, Some("fit (held) epoch 4/"));
    let second = lines(&folder, Some("chosen blend"));
    assert!(
        epochs(&second).iter().all(|line| line.starts_with("fit (held) epoch 4/") || line.starts_with("fit (all)")),
        "{first:?} {second:?}"
    );
    let third = lines(&folder, None);
    assert!(epochs(&third).iter().all(|line| line.starts_with("fit (all)")), "{third:?}");
}

#[test]
fn another_training_does_not_go_on_from_it_and_restart_begins_anew() {
    let folder = prepare("other");
    lines(&folder, Some("fit (held) epoch 2/"));
    let other = run(&folder, &[&SMALL[..], &REST, &["--seed", "2"]].concat());
    assert!(other.status.success());
    let told = text(&other.stdout);
    assert!(told.contains("a checkpoint of other inputs or settings is left alone") && !told.contains("resumed"), "{told}");
    lines(&folder, Some("fit (held) epoch 2/"));
    let anew = run(&folder, &[&SMALL[..], &REST, &["--restart"]].concat());
    assert!(anew.status.success() && !text(&anew.stdout).contains("resumed") && text(&anew.stdout).contains("trial epoch 1/"));
}
