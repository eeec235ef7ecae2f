//! `eval-text`: how well a language model knows a text, as it stands and with what it adapts to.

use super::ours;
use clap::{Args as ClapArgs, ValueEnum};
use nearhand::complete::{Adaptation, Adapting};
use nearhand::{Code, Error, Result};
use nearhand_text_trainer::evaluation::{Adapter, Asked, Cut, Found, KINDS, Kind, Model, Plain, Right, WordGrams, measure};
use nearhand_text_trainer::text;
use std::path::PathBuf;

/// Arguments of `eval-text`.
#[derive(ClapArgs, Debug)]
pub(crate) struct EvalArgs {
    /// A folder that train-text has written
    model: PathBuf,
    /// A text that was not learnt from; blank lines part documents
    text: PathBuf,
    /// Tokens that the model sees at once [default: as many as it was trained for]
    #[arg(long)]
    context: Option<usize>,
    /// Bytes that are measured at most, in documents spread over the text
    #[arg(long, default_value_t = 200_000)]
    bytes: usize,
    /// Borders that are asked at most, of words and of units
    #[arg(long, default_value_t = 500)]
    borders: usize,
    /// Measure with adaptation too: by n-grams, by a bias, by both
    #[arg(long, value_name = "WHAT", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "ngrams,bias")]
    adapt: Option<Vec<What>>,
    /// Measure what counting the words of this text would do, as a baseline: word 5-grams
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// A text that adaptation knows from the start
    #[arg(long, value_name = "FILE", requires = "adapt")]
    prime: Option<PathBuf>,
    /// Contexts that n-grams remember: 2 to this power
    #[arg(long, default_value_t = Adapting::default().ngram_bits, requires = "adapt")]
    ngram_bits: u32,
    /// Tokens of the longest context
    #[arg(long, default_value_t = Adapting::default().ngram_order, requires = "adapt")]
    ngram_order: usize,
    /// The n-grams' share at first, by the tokens of the longest known context: four numbers
    #[arg(long, value_delimiter = ',', default_values_t = Adapting::default().ngram_weights, requires = "adapt")]
    ngram_weights: Vec<f32>,
    /// Step by which the shares are learnt
    #[arg(long, default_value_t = Adapting::default().ngram_rate, requires = "adapt")]
    ngram_rate: f32,
    /// Step by which the bias is learnt
    #[arg(long, default_value_t = Adapting::default().bias_rate, requires = "adapt")]
    bias_rate: f32,
    /// The most that the bias raises or lowers a logit
    #[arg(long, default_value_t = Adapting::default().bias_most, requires = "adapt")]
    bias_most: f32,
}

/// What adapts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Ngrams,
    Bias,
}

impl EvalArgs {
    fn adapting(&self) -> Result<Option<Adapting>> {
        let Some(what) = &self.adapt else { return Ok(None) };
        let ngram_weights = self.ngram_weights.as_slice().try_into().map_err(|_| {
            Error::new(Code::OptionInvalid, "--ngram-weights are four numbers").with("given", self.ngram_weights.len())
        })?;
        Ok(Some(Adapting {
            ngrams: what.contains(&What::Ngrams),
            ngram_bits: self.ngram_bits,
            ngram_order: self.ngram_order,
            ngram_weights,
            ngram_rate: self.ngram_rate,
            bias: what.contains(&What::Bias),
            bias_rate: self.bias_rate,
            bias_most: self.bias_most,
        }))
    }
}

/// Adaptation as a visitor's session has it.
struct Session {
    /// As it is before anything is read.
    fresh: Adaptation,
    now: Adaptation,
    /// Whether it is forgotten with each dialogue.
    alone: bool,
}

impl Adapter for Session {
    fn begin(&mut self) {
        if self.alone {
            self.now.clone_from(&self.fresh);
        }
    }

    fn adapt(&mut self, before: &[u32], logits: &mut [f32]) {
        self.now.adapt(before, logits);
    }

    fn learn(&mut self, before: &[u32], logits: &[f32], token: u32) {
        self.now.learn(before, logits, token);
    }
}

/// Runs `eval-text`.
pub(crate) fn eval(args: &EvalArgs) -> Result<()> {
    let adapting = args.adapting()?;
    let text = text::read(&args.text).map_err(|e| ours(&e))?;
    let prime = args.prime.as_deref().map(text::read).transpose().map_err(|e| ours(&e))?;
    let mut model = Model::open(&args.model, args.context).map_err(|e| ours(&e))?;
    let asked = Asked { bytes: args.bytes, borders: args.borders };
    if let Some(path) = &args.baseline {
        let read = text::read(path).map_err(|e| ours(&e))?;
        let [words, units] = [Cut::Words, Cut::Units].map(|cut| WordGrams::of(&read, cut).measure(&text, asked));
        let (words, units) = (words.map_err(|e| ours(&e))?, units.map_err(|e| ours(&e))?);
        println!("eval text baseline=word-5-grams {} borders={}", shares("", &words), words.borders);
        println!("eval text baseline=unit-5-grams {} units_borders={}", shares("units_", &units), units.borders);
        kinds("baseline_units", &units).iter().for_each(|line| println!("{line}"));
    }
    let Some(adapting) = adapting else {
        let found = measure(&mut model, &text, asked, &mut [&mut Plain]).map_err(|e| ours(&e))?;
        found.iter().for_each(|found| print(found, model.bytes()));
        return Ok(());
    };
    let mut fresh = Adaptation::new(adapting, model.vocabulary())?;
    if let Some(prime) = prime {
        fresh.prime(&model.encode(&prime));
    }
    let mut kept = Session { fresh: fresh.clone(), now: fresh.clone(), alone: false };
    let mut alone = Session { now: fresh.clone(), fresh, alone: true };
    let found = measure(&mut model, &text, asked, &mut [&mut Plain, &mut kept, &mut alone]).map_err(|e| ours(&e))?;
    if let [found, kept, alone] = found.as_slice() {
        print(found, model.bytes());
        for (name, found) in [("adapted_", kept), ("alone_", alone)] {
            let (words, units) = (shares(name, &found.words), shares(&format!("{name}units_"), &found.units));
            println!("eval text {name}bits_per_byte={:.4} {words} {units}", found.bits.per_byte);
        }
        kinds("adapted_units", &kept.units).iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// The model as it stands.
fn print(Found { bits, words, units }: &Found, model: usize) {
    println!(
        "eval text bits_per_byte={:.4} {} borders={} {} units_borders={} text_bytes={} tokens={} documents={} bytes={model}",
        bits.per_byte,
        shares("", words),
        words.borders,
        shares("units_", units),
        units.borders,
        bits.bytes,
        bits.tokens,
        bits.documents
    );
    kinds("units", units).iter().for_each(|line| println!("{line}"));
}

/// A line for each kind of unit that followed somewhere.
fn kinds(name: &str, units: &Right) -> Vec<String> {
    let line = |(kind, Kind { borders, top1, top3 }): (&str, &Kind)| {
        (*borders > 0).then(|| format!("eval text {name} kind={kind} {} borders={borders}", named("", [*top1, *top3], &[])))
    };
    KINDS.into_iter().zip(&units.kinds).filter_map(line).collect()
}

/// Shares with their names; `none` where nothing was asked.
fn shares(prefix: &str, words: &Right) -> String {
    named(prefix, [words.top1, words.top3], &words.exact)
}

fn named(prefix: &str, top: [Option<f64>; 2], exact: &[Option<f64>]) -> String {
    let share = |name: &str, share: Option<f64>| match share {
        Some(share) => format!("{prefix}{name}={share:.3}"),
        None => format!("{prefix}{name}=none"),
    };
    let top = ["top1", "top3"].into_iter().zip(top).map(|(name, top)| share(name, top));
    let exact = exact.iter().zip(1..).map(|(exact, n)| share(&format!("em{n}"), *exact));
    top.chain(exact).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: EvalArgs,
    }

    fn line(more: &[&str]) -> EvalArgs {
        Line::parse_from([&["x", "model", "text"], more].concat()).args
    }

    #[test]
    fn what_adapts_is_as_it_is_asked_for() {
        assert_eq!(line(&[]).adapting().unwrap(), None);
        assert_eq!(line(&["--adapt"]).adapting().unwrap(), Some(Adapting::default()));
        let some = line(&["--adapt=bias", "--bias-rate", "0.1", "--ngram-weights", ".1,.2,.3,.4"]).adapting().unwrap().unwrap();
        assert!(some == Adapting { ngrams: false, bias_rate: 0.1, ngram_weights: [0.1, 0.2, 0.3, 0.4], ..Adapting::default() });
        assert_eq!(line(&["--adapt", "--ngram-weights", ".1,.2"]).adapting().unwrap_err().code(), Code::OptionInvalid);
        assert!(Line::try_parse_from(["x", "model", "text", "--prime", "p"]).is_err(), "a prime is of no use without --adapt");
    }

    #[test]
    fn where_nothing_was_asked_there_is_no_number() {
        assert_eq!(named("a_", [Some(0.5), None], &[Some(1.0), None]), "a_top1=0.500 a_top3=none a_em1=1.000 a_em2=none");
        assert!(kinds("units", &Right::default()).is_empty());
        let mut right = Right::default();
        right.kinds[3] = Kind { borders: 4, top1: Some(0.25), top3: Some(0.5) };
        assert_eq!(kinds("units", &right), ["eval text units kind=mark top1=0.250 top3=0.500 borders=4"]);
    }
}
