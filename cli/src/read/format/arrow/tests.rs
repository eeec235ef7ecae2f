//! Files of pyarrow, pandas and polars (tests/world/arrow), and files that are damaged.

use crate::read::Table;
use crate::read::options::{Limits, Options};
use nearhand::{Code, Result};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/world/arrow").join(name)
}

/// Rows of some columns, as words with `-` for nothing.
fn rows_of(path: &Path, names: &[&str], options: &Options) -> Result<Vec<String>> {
    let table = Table::open(path, options)?;
    let picked: Vec<usize> = names.iter().map(|name| table.header().iter().position(|own| own == name).unwrap()).collect();
    let mut rows = Vec::new();
    table.rows(&picked, usize::MAX, &mut |cells, _| {
        rows.push(cells.iter().map(|cell| cell.word().unwrap_or("-".into()).into_owned()).collect::<Vec<_>>().join(" "));
        Ok(())
    })?;
    Ok(rows)
}

fn rows(name: &str, names: &[&str]) -> Vec<String> {
    rows_of(&file(name), names, &Options::default()).unwrap()
}

const EVERY: [&str; 3] = ["all-lz4.feather", "all-zstd.feather", "all.arrow"];

#[test]
fn every_type_is_what_it_says() {
    let long = "x".repeat(40);
    for name in EVERY {
        assert_eq!(
            rows(name, &["id", "card", "amount", "flag", "large"]),
            [
                "1 c1 10.5 true c1".to_owned(),
                "2 ü \"q\" 20.25 false ü \"q\"".into(),
                "3 - - - -".into(),
                "- c1 -3 true c1".into(),
                format!("5 {long} 1000000000 false {long}")
            ],
            "{name}"
        );
        let at = |n: i64| (1_767_225_600_000 + n * 3_600_000).to_string();
        let times = rows(name, &["at", "at_s", "at_us", "at_ns"]);
        let want: Vec<String> =
            (0..5).map(|n| if n < 4 { [at(n), at(n), at(n), at(n)].join(" ") } else { "- - - -".into() }).collect();
        assert_eq!(times, want, "{name}");
        let days = ["1767225600000", "-", "-86400000", "1767312000000", "1767398400000"];
        assert_eq!(rows(name, &["day", "day_ms"]), days.map(|day| format!("{day} {day}")), "{name}");
        assert_eq!(
            rows(name, &["price", "word", "number"]),
            ["1050.00 a 7", "-0.05 b 9", "- a 7", "0.00 - 7", "99999999.99 b -"],
            "{name}"
        );
        assert_eq!(
            rows(name, &["i8", "u16", "u64", "f32", "f16", "none"]),
            ["-128 65535 18446744073709551615 0.1 0.5 -", "127 1 1 85.65 1 -", "0 0 0 - - -", "- - - - 2 -", "1 1 1 1 -1.5 -"],
            "{name}"
        );
        // In another order, and one of them twice.
        assert_eq!(rows(name, &["word", "id", "word"])[1], "b 2 b");
    }
}

#[test]
fn files_of_pandas_and_polars() {
    let want =
        ["1 c1 10.5 1767225600000 a", "2 ü \"q\" 20.25 1767229200000 b", "3 - - 1767232800000 a", "- c1 -3 1767236400000 -"];
    for name in ["pandas.feather", "polars.arrow"] {
        let rows = rows(name, &["id", "card", "amount", "at", "word"]);
        assert_eq!((&rows[..4], rows.len()), (&want.map(str::to_owned)[..], 5), "{name}");
        assert_eq!(rows[4], format!("5 {} 1000000000 - b", "x".repeat(40)), "{name}");
    }
    assert!(rows("empty.arrow", &["id"]).is_empty());
    let table = Table::open(&file("pandas.feather"), &Options::default()).unwrap();
    assert_eq!(table.sample(0).collect::<Vec<_>>(), ["1", "2", "3", "5"]);
}

#[test]
fn what_is_not_read_is_named() {
    let told = |name: &str, names: &[&str]| rows_of(&file(name), names, &Options::default()).unwrap_err().to_string();
    assert!(told("all.arrow", &["id", "list"]).contains("column=list type=List"), "{}", told("all.arrow", &["id", "list"]));
    assert!(told("all.arrow", &["struct"]).contains("column=struct"));
    assert!(told("stream.arrows", &[]).contains("an Arrow stream"));
    let few = Options { limits: Limits { rows: 4, ..Limits::default() }, ..Options::default() };
    for name in EVERY {
        let text = rows_of(&file(name), &["id"], &few).unwrap_err().to_string();
        assert!(text.contains("--max-rows allows"), "{name} {text}");
    }
    let small = Options { limits: Limits { bytes: 9_000, ..Limits::default() }, ..Options::default() };
    assert!(rows_of(&file("all-zstd.feather"), &["id"], &small).is_ok());
    let small = Options { limits: Limits { bytes: 1_000, ..Limits::default() }, ..Options::default() };
    assert!(rows_of(&file("all.arrow"), &["id"], &small).unwrap_err().to_string().contains("--max-read-bytes allows"));
}

/// A file that is cut, or of which bytes are others, has rows or is refused: it stops nothing, and takes no memory that it has not.
#[test]
fn damaged_files_are_read_or_refused() {
    let (mut state, mut read, mut refused) = (7_u64, 0, 0);
    let mut dice = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let options = Options { limits: Limits { bytes: 1 << 24, ..Limits::default() }, ..Options::default() };
    for name in ["all-lz4.feather", "all-zstd.feather", "all.arrow", "polars.arrow", "pandas.feather"] {
        let whole = std::fs::read(file(name)).unwrap();
        let path = std::env::temp_dir().join(format!("nearhand-arrow-{}-{name}", std::process::id()));
        for round in 0..200 {
            let mut bytes = whole.clone();
            if round % 10 == 0 {
                bytes.truncate(dice(bytes.len() as u64) as usize);
            }
            for _ in 0..=dice(3) {
                let at = dice(bytes.len().max(1) as u64) as usize;
                let value = [0xff, 0, 0x7f, 1 << dice(8), dice(256) as u8][dice(5) as usize];
                // As often a whole number of eight bytes as one.
                let len = [1, 4, 8][dice(3) as usize];
                bytes.iter_mut().skip(at).take(len).for_each(|byte| *byte = value);
            }
            std::fs::write(&path, &bytes).unwrap();
            let all = Table::open(&path, &options).and_then(|table| {
                let header: Vec<usize> = (0..table.header().len().min(20)).collect();
                table.rows(&header, usize::MAX, &mut |cells, _| {
                    cells.iter().for_each(|cell| drop(cell.word()));
                    Ok(())
                })
            });
            match all {
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(matches!(error.code(), Code::DataInvalid | Code::Io), "{name} {round}: {error}");
                    refused += 1;
                }
            }
        }
        std::fs::remove_file(path).unwrap();
    }
    assert!(read > 100 && refused > 100, "{read} {refused}");
}
