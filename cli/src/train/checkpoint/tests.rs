use super::*;
use crate::choosing::blend::Blend;
use crate::choosing::choose::Choice;
use crate::choosing::quality::Quality;
use crate::choosing::table::TableConfig;
use nearhand::Code;
use std::path::PathBuf;

/// A bundle's path in an empty folder of its own.
fn end(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nearhand-checkpoint-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("shop.safetensors")
}

fn choice() -> Choice {
    let quality: Quality = [1, 3, 7, 21].into_iter().collect();
    let table = TableConfig { mean: 0.1 + 0.2, ordered: false, damp: 0.123_456_79, ..TableConfig::default() };
    Choice { table, blend: Blend { tau: 1e-7, repeat: -100.0, ..Blend::default() }, quality, tried: 7 }
}

/// The step's result, and whether it was done just now.
fn step(checkpoint: &mut Checkpoint, name: &str) -> (Choice, bool) {
    let mut now = false;
    let work = |_: &mut Checkpoint| {
        now = true;
        Ok(choice())
    };
    let done = checkpoint.step(name, work).unwrap();
    (done, now)
}

#[test]
fn what_is_done_is_done_once() {
    let end = end("once");
    let mut first = Checkpoint::open(&end, "aa", false).unwrap();
    assert!(step(&mut first, "one").1 && step(&mut first, "two").1);
    first.keep("fit (held)", 4, &mut |to| to.u64(9));
    assert_eq!(Checkpoint::open(&end, "aa", false).err().unwrap().code(), Code::Io, "another one is running");
    drop(first);
    let mut again = Checkpoint::open(&end, "aa", false).unwrap();
    let (done, now) = step(&mut again, "two");
    assert!(!now);
    assert_eq!(format!("{done:?}"), format!("{:?}", choice()));
    assert!(again.running("fit (all)").is_none());
    let running = again.running("fit (held)").unwrap();
    assert_eq!((running.epoch, running.reader().u64(), running.reader().left()), (4, Some(9), 8));
    again.finish();
    assert_eq!(std::fs::read_dir(end.parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn others_are_left_alone_and_restart_begins_anew() {
    let end = end("others");
    for key in ["aa", "bb"] {
        let mut one = Checkpoint::open(&end, key, false).unwrap();
        assert!(step(&mut one, "one").1, "{key}");
    }
    let open = |restart| step(&mut Checkpoint::open(&end, "aa", restart).unwrap(), "one").1;
    assert!(!open(false) && open(true) && !open(false));
    let folder = end.with_file_name("shop.safetensors.training");
    std::fs::write(folder.join("mine"), b"").unwrap();
    std::fs::write(folder.join(".nearhand-0123456789abcdef.part"), b"half").unwrap();
    Checkpoint::open(&end, "aa", false).unwrap().finish();
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["mine"]);
}

#[test]
fn damage_is_found() {
    let end = end("damage");
    let file = end.with_file_name("shop.safetensors.training").join("aa.steps");
    let fresh = || {
        let _ = std::fs::remove_file(&file);
        assert!(step(&mut Checkpoint::open(&end, "aa", false).unwrap(), "one").1);
        std::fs::read(&file).unwrap()
    };
    let whole = fresh();
    let again = || step(&mut Checkpoint::open(&end, "aa", false).unwrap(), "one").1;
    for at in [0, 5, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert!(again(), "bit of byte {at}");
        std::fs::write(&file, &whole[..at]).unwrap();
        assert!(again(), "cut at {at}");
    }
    assert!(!again());
}

#[test]
fn a_folder_that_cannot_be_made_stops_nothing() {
    let end = end("nowhere");
    std::fs::write(end.with_file_name("shop.safetensors.training"), b"a file").unwrap();
    let mut open = Checkpoint::open(&end, "aa", false).unwrap();
    assert!(step(&mut open, "one").1 && !step(&mut open, "one").1);
    open.finish();
    assert_eq!(std::fs::read(end.with_file_name("shop.safetensors.training")).unwrap(), b"a file");
}
