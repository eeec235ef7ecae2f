//! Ids of the lines of a file: how many, and their hash; or with `print`, the ids themselves.
//! Usage: ids FILE [TOKENIZER.json [print]]. Without a tokenizer, those of the tests, held against the recorded hashes where the file is the
//! one that they were recorded of.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use nearhand_tokenizer::{Encode, Tokenizer};
use std::time::Instant;
use std::{env, fs};

#[path = "../tests/suite/fixtures.rs"]
#[allow(dead_code)]
mod fixtures;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let text = fs::read_to_string(args.first().expect("a file")).unwrap();
    let recorded = fixtures::read("ids.txt");
    let known = recorded.lines().next().unwrap_or_default().ends_with(&format!("bytes={}", text.len()));
    let all = match args.get(1) {
        Some(path) => vec![(path.clone(), fs::read_to_string(path).unwrap())],
        None => fixtures::variants().into_iter().map(|(name, whole)| (name, whole.to_string())).collect(),
    };
    let mut different = 0;
    for (name, json) in all {
        let tokenizer = Tokenizer::from_json(json.as_bytes()).unwrap();
        let (start, mut hash, mut ids, mut count) = (Instant::now(), 0xcbf2_9ce4_8422_2325_u64, Vec::new(), 0);
        let lines = text.split('\n').count();
        for line in text.split('\n') {
            ids.clear();
            tokenizer.encode(line, Encode::default(), &mut ids).unwrap();
            count += ids.len();
            hash = ids.iter().fold(hash, |hash, &id| (hash ^ u64::from(id)).wrapping_mul(0x0100_0000_01b3));
            if args.get(2).is_some() {
                println!("{ids:?}");
            }
        }
        let line = format!("ids {name} lines={lines} ids={count} hash={hash:016x}");
        let verdict = if !known || args.len() > 1 {
            ""
        } else if recorded.lines().any(|other| other == line) {
            " same"
        } else {
            different += 1;
            " DIFFERENT"
        };
        println!("{line}{verdict} mb_s={:.1}", text.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
    }
    if known && args.len() == 1 {
        println!("ids different={different}");
    }
    std::process::exit(i32::from(different > 0));
}
