//! The search box's commands on files made here.
#![allow(clippy::unwrap_used)]

mod common;

use common::{folder, names, run, text};

const QUERIES: &str = "query,visitor_id,time\n\
    white mug,1,2026-01-01\nWhite Mug,2,2026-01-02\nwhite  mug,3,2026-01-03\n\
    jane at home street 5,4,2026-01-01\njane at home street 5,4,2026-01-02\njane at home street 5,4,2026-01-03\n\
    white mag,1,2026-01-03\n";

#[test]
fn an_index_of_queries_and_titles() {
    let folder = folder("suggest");
    std::fs::write(folder.join("queries.csv"), QUERIES).unwrap();
    std::fs::write(folder.join("items.csv"), "id,title,category\nm1,White mug,Kitchen\nt1,Tea towel,Kitchen\n").unwrap();
    std::fs::write(folder.join("synonyms.txt"), "# of a shop\ncup = mug\n\nbeaker\tmug\n").unwrap();
    let flags =
        ["suggest-index", "--queries", "queries.csv", "--items", "items.csv", "--synonyms", "synonyms.txt", "--out", "box.nhs"];
    let ended = run(&folder, &flags);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    let line = text(&ended.stdout);
    // "white mug", "Tea towel", "Kitchen"; what one visitor asked stays out.
    assert!(line.starts_with("suggest-index box.nhs entries=3 bytes="), "{line}");
    assert!(line.contains(" merged=1 same_title=0 counted_by=visitors rare=2 "), "{line}");
    assert!(line.trim_end().ends_with(" synonyms=3 synonyms_left_out=0"), "{line}");
    assert!(!text(&ended.stderr).contains("note:"), "{}", text(&ended.stderr));
    let bytes = std::fs::read(folder.join("box.nhs")).unwrap();
    assert!(!bytes.windows(4).any(|four| four == b"jane"));
    // The same files make the same bytes, and a lower bar lets more in.
    run(&folder, &flags);
    assert_eq!(std::fs::read(folder.join("box.nhs")).unwrap(), bytes);
    let all = run(&folder, &[&flags[..], &["--min-count", "1"]].concat());
    assert!(text(&all.stdout).contains(" entries=5 "), "{}", text(&all.stdout));
}

#[test]
fn who_counts_is_said() {
    let folder = folder("suggest-sessions");
    // One person in three sessions; the same item twice; synonyms of no use.
    std::fs::write(folder.join("sessions.csv"), "query,session_id\nmug,1\nmug,2\nmug,3\n").unwrap();
    std::fs::write(folder.join("times.csv"), "query,count\nmug,3\n").unwrap();
    std::fs::write(folder.join("items.csv"), "id,title\nm1,White mug\nm2,white MUG\n").unwrap();
    std::fs::write(folder.join("synonyms.txt"), "cup\tmug\n?\tmug\nmug = MUG\n").unwrap();
    let ended = run(&folder, &["suggest-index", "--queries", "sessions.csv", "--out", "box.nhs"]);
    assert!(text(&ended.stdout).contains(" counted_by=sessions "), "{}", text(&ended.stdout));
    assert!(text(&ended.stderr).contains("--query-visitor-col"), "{}", text(&ended.stderr));
    let ended = run(&folder, &["suggest-index", "--queries", "times.csv", "--out", "box.nhs"]);
    assert!(text(&ended.stdout).contains(" counted_by=times "), "{}", text(&ended.stdout));
    assert!(!text(&ended.stderr).contains("--query-visitor-col"), "{}", text(&ended.stderr));
    let ended = run(&folder, &["suggest-index", "--items", "items.csv", "--synonyms", "synonyms.txt", "--out", "box.nhs"]);
    let line = text(&ended.stdout);
    assert!(line.contains(" merged=1 same_title=1 counted_by=none "), "{line}");
    assert!(line.trim_end().ends_with(" synonyms=1 synonyms_left_out=3"), "{line}");
}

#[test]
fn what_cannot_be_indexed_is_said() {
    let folder = folder("suggest-refused");
    std::fs::write(folder.join("queries.csv"), QUERIES).unwrap();
    std::fs::write(folder.join("few.csv"), "query,count\nmug,2\n").unwrap();
    std::fs::write(folder.join("synonyms.txt"), "cup\n").unwrap();
    for (flags, words) in [
        (&["--out", "box"][..], &["invalid-option", "--queries"][..]),
        (&["--queries", "nowhere.csv", "--out", "box"], &["io", "nowhere.csv"]),
        (&["--queries", "queries.csv", "--query-col", "text", "--out", "box"], &["data-invalid", "--query-col"]),
        (&["--queries", "few.csv", "--out", "box"], &["data-invalid", "no text is left"]),
        (&["--queries", "queries.csv", "--synonyms", "synonyms.txt", "--out", "box"], &["data-invalid", "line", "--synonyms"]),
        (&["--queries", "queries.csv", "--out", "queries.csv"], &["invalid-option", "overwrite"]),
    ] {
        let ended = run(&folder, &[&["suggest-index"], flags].concat());
        assert_eq!(ended.status.code(), Some(1), "{flags:?}");
        for word in words {
            assert!(text(&ended.stderr).contains(word), "{flags:?} {}", text(&ended.stderr));
        }
        assert_eq!(names(&folder), ["few.csv", "queries.csv", "synonyms.txt"], "{flags:?}");
    }
}

#[test]
fn later_days_are_typed_letter_by_letter() {
    let folder = folder("suggest-eval");
    let mut log = "query,visitor_id,time\n".to_owned();
    for (at, name) in ["white mug", "white bowl", "tea towel", "tea pot"].iter().cycle().take(40).enumerate() {
        log.push_str(&format!("{name},{},2026-01-{:02}\n", at / 4, 1 + at / 2));
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
    let flags =
        ["eval-suggest", "--queries", "log.csv", "--from", "2026-01-15", "--typed-out", "typed.tsv", "--texts-out", "texts.tsv"];
    let ended = run(&folder, &flags);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    let out = text(&ended.stdout);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("eval complete popular mrr@10=") && lines[0].ends_with(" n=4"), "{out}");
    assert!(lines[1].starts_with("eval complete suggest mrr@10=") && lines[1].contains(" saved_session="), "{out}");
    // Ranks of another that always has it first.
    let typed = std::fs::read_to_string(folder.join("typed.tsv")).unwrap();
    assert_eq!(typed.lines().count(), 2 * (8 + 9 + 8 + 6));
    std::fs::write(folder.join("ranks.txt"), "1\n".repeat(typed.lines().count())).unwrap();
    let ended = run(&folder, &[&flags[..5], &["--ranks", "oracle=ranks.txt"]].concat());
    assert!(text(&ended.stdout).contains("eval complete oracle mrr@10=1.0000 success@10=1.0000"), "{}", text(&ended.stdout));
    std::fs::write(folder.join("ranks.txt"), "1\n").unwrap();
    let ended = run(&folder, &[&flags[..5], &["--ranks", "oracle=ranks.txt"]].concat());
    assert!(text(&ended.stderr).contains("fewer ranks"), "{}", text(&ended.stderr));
    let late = run(&folder, &["eval-suggest", "--queries", "log.csv", "--from", "2026-02-15"]);
    assert!(text(&late.stderr).contains("nothing to measure"), "{}", text(&late.stderr));
}
