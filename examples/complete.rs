//! A completion by hand: `cargo run --release --example complete -- MODEL.onnx TOKENIZER.json PROMPT [TOKENS [TEMPERATURE [SEED]]]`;
//! or what a text takes, as the model is and as it adapts: `… -- MODEL.onnx TOKENIZER.json --score FILE`; or what adapting costs a token,
//! after it has learnt a text: `… -- MODEL.onnx TOKENIZER.json --cost FILE`; or what the first token of each line takes, and the next:
//! `… -- MODEL.onnx TOKENIZER.json --times FILE [TOKENS]`.
//!
//! As `models/stories260k/stories260k.onnx` and `models/stories260k/tokenizer.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use nearhand::complete::{Adapting, Completer, Go, Options, Spec, Step, Tokenized, Vocabulary};
use nearhand::onnx::ModelLimits;
use std::io::Write;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, tokenizer, prompt, rest @ ..] = &arguments[..] else {
        eprintln!("usage: complete MODEL.onnx TOKENIZER.json PROMPT [TOKENS [TEMPERATURE [SEED]]]");
        std::process::exit(2)
    };
    let number = |at: usize, default: f64| rest.get(at).map_or(default, |text| text.parse().expect("a number"));
    let mut completer = open(model, tokenizer);
    if prompt == "--cost" {
        return cost(
            [&mut open(model, tokenizer), &mut completer],
            &std::fs::read_to_string(rest.first().expect("a file")).expect("a text"),
        );
    }
    if prompt == "--times" {
        let text = std::fs::read_to_string(rest.first().expect("a file")).expect("a text");
        return times(&mut completer, &text, number(1, 64.0) as usize);
    }
    if prompt == "--score" {
        return score(&mut completer, &std::fs::read_to_string(rest.first().expect("a file")).expect("a text"));
    }
    let options = Options {
        max_tokens: number(0, 100.0) as usize,
        temperature: number(1, 0.0) as f32,
        seed: number(2, 0.0) as u64,
        ..Options::default()
    };
    print!("{prompt}");
    let start = Instant::now();
    let done = completer.complete(prompt, options, &mut || Go::On, &mut |piece| {
        print!("{piece}");
        std::io::stdout().flush().unwrap();
    });
    let done = done.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let usage = done.usage;
    eprintln!(
        "\nfinish={} prompt={} completion={} tokens_per_s={:.0}",
        done.finish.as_str(),
        usage.prompt,
        usage.completion,
        usage.completion as f64 / seconds
    );
}

fn open(model: &str, tokenizer: &str) -> Completer {
    let words = Tokenized::from_json(&std::fs::read(tokenizer).expect("the tokenizer"), true).unwrap();
    // The usual names; a model's own configuration says which.
    let begin = ["<s>", "<|begin_of_text|>", "<|endoftext|>"].iter().find_map(|name| words.special(name));
    let ends = ["</s>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>"].iter().filter_map(|name| words.special(name));
    let spec = Spec { context: 512, begin, ends: ends.chain(begin).collect(), padded: true };
    let model = std::fs::read(model).expect("the model");
    Completer::open(model, Box::new(words), spec, &ModelLimits::default()).unwrap()
}

/// Bits a byte of a text, line by line, plain and with what adapts.
fn score(completer: &mut Completer, text: &str) {
    for (name, adapting) in [
        ("plain", None),
        ("ngrams", Some(Adapting { bias: false, ..Adapting::default() })),
        ("bias", Some(Adapting { ngrams: false, ..Adapting::default() })),
        ("both", Some(Adapting::default())),
    ] {
        completer.adapting(adapting).unwrap();
        let (mut logprob, mut tokens, mut first) = (0.0, 0, 0);
        let start = Instant::now();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let likely = completer.likelihood("", &format!("{line}\n"), adapting.is_some()).unwrap();
            logprob += likely.logprob;
            tokens += likely.tokens;
            first += likely.first;
        }
        println!(
            "score {name} bits_per_byte={:.4} top1={:.4} us_per_token={:.1}",
            -logprob / std::f64::consts::LN_2 / text.len() as f64,
            first as f64 / tokens as f64,
            start.elapsed().as_secs_f64() * 1e6 / tokens as f64
        );
    }
}

/// Milliseconds to the first token of every line, and microseconds of those that follow: medians, and the least.
fn times(completer: &mut Completer, text: &str, tokens: usize) {
    let (mut first, mut next, mut prompt) = (Vec::new(), Vec::new(), 0);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    for line in &lines {
        let mut completion = completer.start(line, Options { max_tokens: tokens, ..Options::default() }).unwrap();
        let mut start = Instant::now();
        while completion.finish().is_none() {
            let step = completer.step(&mut completion, &mut || Go::On).unwrap();
            if matches!(step, Step::Read) {
                continue;
            }
            let times = if completion.usage().completion == 1 { &mut first } else { &mut next };
            times.push(start.elapsed().as_secs_f64() * 1e6);
            start = Instant::now();
        }
        prompt += completer.finish(completion).usage.prompt;
    }
    for (name, mut times) in [("first", first), ("next", next)] {
        times.sort_by(f64::total_cmp);
        let (Some(least), median) = (times.first(), times.get(times.len() / 2).copied().unwrap_or_default()) else { continue };
        println!("times {name} prompt={} count={} median_us={median:.0} least_us={least:.0}", prompt / lines.len(), times.len());
    }
}

/// Microseconds of a token, in turns with and without what adapts, so that both see the same machine: the fastest tenth.
fn cost([plain, adapting]: [&mut Completer; 2], text: &str) {
    // What else the machine does only adds to a time.
    let low = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 10]
    };
    let learnt = text.get(..text.floor_char_boundary(20_000)).unwrap();
    let tokens = plain.vocabulary().len();
    for (name, what) in [
        ("ngrams", Adapting { bias: false, ..Adapting::default() }),
        ("bias", Adapting { ngrams: false, ..Adapting::default() }),
        ("both", Adapting::default()),
    ] {
        let (mut without, mut with, mut learning) = (Vec::new(), Vec::new(), Vec::new());
        let mut line = text.lines().filter(|line| line.len() > 40).cycle();
        adapting.adapting(Some(what)).unwrap();
        adapting.prime(learnt).unwrap();
        for _ in 0..24 {
            let prompt = line.next().expect("lines of a text");
            for (completer, times) in [(&mut *plain, &mut without), (&mut *adapting, &mut with)] {
                let mut completion = completer.start(prompt, Options { max_tokens: 24, ..Options::default() }).unwrap();
                while completion.finish().is_none() {
                    let start = Instant::now();
                    completer.step(&mut completion, &mut || Go::On).unwrap();
                    times.push(start.elapsed().as_secs_f64() * 1e6);
                }
                completer.finish(completion);
            }
            // Of a text that is asked about as often, the fastest each.
            let mut best = [f64::INFINITY; 2];
            for _ in 0..4 {
                for (learn, best) in [false, true].into_iter().zip(&mut best) {
                    // Else the second finds all computed.
                    adapting.forget();
                    let start = Instant::now();
                    let likely = adapting.likelihood("", prompt, learn).unwrap();
                    *best = best.min(start.elapsed().as_secs_f64() * 1e6 / likely.tokens as f64);
                }
            }
            learning.push(best[1] - best[0]);
        }
        let (step, with) = (low(&mut without), low(&mut with));
        learning.sort_by(f64::total_cmp);
        let learning = learning[learning.len() / 2];
        println!(
            "cost {name} tokens={tokens} step_us={step:.0} adapt_us={:.1} adapt_ratio={:.4} learn_us={learning:.1} learn_ratio={:.4}",
            with - step,
            (with - step) / step,
            learning / step
        );
    }
}
