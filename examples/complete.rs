//! A completion by hand: `cargo run --release --example complete -- MODEL.onnx TOKENIZER.json PROMPT [TOKENS [TEMPERATURE [SEED]]]`;
//! or what a text takes, as the model is and as it adapts: `… -- MODEL.onnx TOKENIZER.json --score FILE`; or what adapting costs a token,
//! after it has learnt a text: `… -- MODEL.onnx TOKENIZER.json --cost FILE`.
//!
//! As `models/stories260k/stories260k.onnx` and `models/stories260k/tokenizer.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use nearhand::complete::{Adapting, Completer, Go, Options, Spec, Tokenized, Vocabulary};
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

/// Microseconds of a token, in turns with and without what adapts, so that both see the same machine: medians.
fn cost([plain, adapting]: [&mut Completer; 2], text: &str) {
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let learnt = text.get(..text.floor_char_boundary(20_000)).unwrap();
    let tokens = plain.vocabulary().len();
    for (name, what) in [
        ("ngrams", Adapting { bias: false, ..Adapting::default() }),
        ("bias", Adapting { ngrams: false, ..Adapting::default() }),
        ("both", Adapting::default()),
    ] {
        let (mut without, mut with, mut asked, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut line = text.lines().filter(|line| line.len() > 40).cycle();
        adapting.adapting(Some(what)).unwrap();
        adapting.prime(learnt).unwrap();
        for _ in 0..40 {
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
            for (learn, times) in [(false, &mut asked), (true, &mut told)] {
                let start = Instant::now();
                let likely = adapting.likelihood("", prompt, learn).unwrap();
                times.push(start.elapsed().as_secs_f64() * 1e6 / likely.tokens as f64);
            }
        }
        let (step, with) = (median(&mut without), median(&mut with));
        let learning = median(&mut told) - median(&mut asked);
        println!(
            "cost {name} tokens={tokens} step_us={step:.0} adapt_us={:.1} adapt_ratio={:.4} learn_us={learning:.1} learn_ratio={:.4}",
            with - step,
            (with - step) / step,
            learning / step
        );
    }
}
