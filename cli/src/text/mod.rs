//! `train-text`: a shop's own language model from its own text; `eval-text`: how well one knows a text.

mod eval;

use crate::completer;
use crate::output::Output;
use clap::Args as ClapArgs;
use nearhand::{Code, Error, Result};
use nearhand_text_trainer::error::{Code as TextCode, Error as TextError};
use nearhand_text_trainer::model::Shape;
use nearhand_text_trainer::text::{Kind, Source};
use nearhand_text_trainer::training::{self, Options, Progress, Recipe};
use std::path::PathBuf;

pub(crate) use eval::{EvalArgs, eval};

/// Arguments of `train-text`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Text whose lines follow each other, as dialogues; blank lines part documents. FILE@WEIGHT reads it as often in an epoch
    #[arg(long, value_name = "FILE[@WEIGHT]")]
    text: Vec<String>,
    /// Lines that have nothing to do with each other
    #[arg(long, value_name = "FILE[@WEIGHT]")]
    lines: Vec<String>,
    /// Queries, a line each, or a table with counts
    #[arg(long, value_name = "FILE[@WEIGHT]")]
    queries: Vec<String>,
    /// Names with descriptions: TSV, CSV or JSON lines
    #[arg(long, value_name = "FILE[@WEIGHT]")]
    catalog: Vec<String>,
    /// A text that the curve is measured on; without it a hundredth of the documents is held out
    #[arg(long, value_name = "FILE")]
    held: Option<PathBuf>,
    /// The folder for tokenizer, model, checkpoint and curve
    #[arg(long, short)]
    out: PathBuf,
    /// What the model is called in completer.json [default: the folder's name]
    #[arg(long)]
    name: Option<String>,
    /// Its licence, told in completer.json: 1,024 characters at most
    #[arg(long)]
    license: Option<String>,
    /// What it is, in a sentence or two, likewise
    #[arg(long)]
    about: Option<String>,
    /// Go on from the folder's checkpoint; --steps may be another number
    #[arg(long)]
    resume: bool,
    /// Tokens of the vocabulary
    #[arg(long, default_value_t = Shape::default().vocabulary)]
    vocabulary: usize,
    /// Numbers a token is carried in
    #[arg(long, default_value_t = Shape::default().width)]
    width: usize,
    /// Layers
    #[arg(long, default_value_t = Shape::default().layers)]
    layers: usize,
    /// Heads of queries
    #[arg(long, default_value_t = Shape::default().heads)]
    heads: usize,
    /// Heads of keys and values
    #[arg(long, default_value_t = Shape::default().groups)]
    groups: usize,
    /// Numbers within a layer's gate
    #[arg(long, default_value_t = Shape::default().inner)]
    inner: usize,
    /// Tokens that are seen at once
    #[arg(long, default_value_t = Shape::default().context)]
    context: usize,
    /// Steps
    #[arg(long, default_value_t = Recipe::default().steps)]
    steps: u64,
    /// Texts of a step, each as long as the context
    #[arg(long, default_value_t = Recipe::default().batch)]
    batch: usize,
    /// The highest rate of learning
    #[arg(long, default_value_t = Recipe::default().rate)]
    rate: f32,
    /// Steps until it is reached
    #[arg(long, default_value_t = Recipe::default().warm_up)]
    warm_up: u64,
    /// The share of it that is left at the end
    #[arg(long, default_value_t = Recipe::default().floor)]
    floor: f32,
    /// What weights lose, times the rate
    #[arg(long, default_value_t = Recipe::default().decay)]
    decay: f32,
    /// The longest gradient
    #[arg(long, default_value_t = Recipe::default().clip)]
    clip: f32,
    /// The share of numbers that are dropped
    #[arg(long, default_value_t = Recipe::default().dropout)]
    dropout: f32,
    /// The share of the steps, at the end, that run on weights of 4 bits
    #[arg(long, default_value_t = Recipe::default().rounded)]
    rounded: f32,
    /// Where chance begins
    #[arg(long, default_value_t = Recipe::default().seed)]
    seed: u64,
    /// Threads; the same number repeats a run bit by bit [default: the machine's]
    #[arg(long)]
    threads: Option<usize>,
    /// Steps between measurements
    #[arg(long, default_value_t = 100)]
    measure_every: u64,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 100)]
    save_every: u64,
}

impl Args {
    fn options(&self) -> std::result::Result<Options, TextError> {
        let kinds = [
            (&self.text, Kind::Text),
            (&self.lines, Kind::Lines),
            (&self.queries, Kind::Queries),
            (&self.catalog, Kind::Catalog),
        ];
        let given = kinds.into_iter().flat_map(|(files, kind)| files.iter().map(move |file| Source::parse(file, kind)));
        let mut options = Options::new(given.collect::<std::result::Result<_, _>>()?, self.out.clone());
        options.held.clone_from(&self.held);
        options.name = self.name.clone().unwrap_or(options.name);
        (options.license, options.about) = (self.license.clone(), self.about.clone());
        options.shape = Shape {
            vocabulary: self.vocabulary,
            width: self.width,
            layers: self.layers,
            heads: self.heads,
            groups: self.groups,
            inner: self.inner,
            context: self.context,
        };
        options.recipe = Recipe {
            steps: self.steps,
            batch: self.batch,
            rate: self.rate,
            warm_up: self.warm_up,
            floor: self.floor,
            decay: self.decay,
            clip: self.clip,
            dropout: self.dropout,
            rounded: self.rounded,
            seed: self.seed,
        };
        options.threads = self.threads.unwrap_or(options.threads);
        (options.measure_every, options.save_every, options.resume) = (self.measure_every, self.save_every, self.resume);
        Ok(options)
    }
}

/// Runs `train-text`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let options = args.options().map_err(|e| ours(&e))?;
    let report = training::train(&options, &mut |progress| match progress {
        Progress::Said(text) => println!("{text}"),
        Progress::Measured(p) => println!(
            "step {} tokens {} epoch {} loss {:.4}{}, rate {:.2e}, gradient {:.2}, {:.0} tokens/s{}",
            p.step,
            p.tokens,
            p.epoch,
            p.loss,
            p.held_bits_per_byte.map(|bits| format!(" held {bits:.4} bits a byte")).unwrap_or_default(),
            p.rate,
            p.gradient,
            p.tokens_per_second,
            if p.rounded { ", 4 bits" } else { "" }
        ),
    })
    .map_err(|e| ours(&e))?;
    let path = args.out.join("completer.json");
    let goldens = completer::recorded(&path, &Output::check("--out", &path)?)?;
    println!("trained {} weights={} bytes={} goldens={goldens}", args.out.display(), report.weights, report.bytes);
    Ok(())
}

/// An error of the trainer as the command line's.
fn ours(error: &TextError) -> Error {
    let code = match error.code() {
        TextCode::DataInvalid | TextCode::CheckpointInvalid | TextCode::TrainingDiverged => Code::DataInvalid,
        TextCode::Io => Code::Io,
        TextCode::OptionInvalid => Code::OptionInvalid,
        TextCode::ModelFailed => Code::ModelFailed,
    };
    let whole = Error::new(code, error.message().to_owned());
    // What the command line has no code of its own for is told by the trainer's.
    let whole = if error.code().as_str() == code.as_str() { whole } else { whole.with("kind", error.code().as_str()) };
    error.details().iter().fold(whole, |e, (name, value)| e.with(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn a_line_is_the_options_it_says() {
        let line =
            ["x", "--lines", "b.txt", "--text", "a.txt@0.5", "--out", "folder", "--steps", "7", "--width", "64", "--resume"];
        let options = Line::parse_from(line).args.options().unwrap();
        assert_eq!(options.name, "folder");
        let named = Line::parse_from([&line[..], &["--name", "Shop"]].concat()).args.options().unwrap();
        assert_eq!(named.name, "Shop");
        assert_eq!((options.sources[0].weight, options.sources[0].kind, options.sources.len()), (0.5, Kind::Text, 2));
        assert!((options.recipe.steps, options.shape.width, options.resume) == (7, 64, true));
        let bad = Line::parse_from(["x", "--text", "a.txt@0", "--out", "folder"]).args.options().unwrap_err();
        assert_eq!(ours(&bad).code(), Code::OptionInvalid);
    }

    #[test]
    fn a_model_is_written_with_what_it_answers() {
        let folder = std::env::temp_dir().join(format!("nearhand-text-goldens-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("text.txt");
        let lines: String = (0..100).map(|n| format!("the red bag number {} is in the blue box\n", n % 17)).collect();
        std::fs::write(&path, lines).unwrap();
        let (text, out) = (path.display().to_string(), folder.join("out").display().to_string());
        let shape = "--vocabulary 270 --width 32 --layers 1 --heads 2 --groups 1 --inner 64 --context 24 --steps 40 --batch 4 --rate 1e-2";
        let words: Vec<&str> = shape.split(' ').chain(["--warm-up", "3", "--threads", "1"]).collect();
        run(&Line::parse_from(["x", "--lines", &text, "--out", &out].into_iter().chain(words)).args).unwrap();
        let whole: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("out/completer.json")).unwrap()).unwrap();
        assert_eq!(whole["goldens"].as_array().map(Vec::len), Some(2), "{whole}");
        // As a page opens it.
        completer::Model::open(&folder.join("out/completer.json")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_has_no_code_here_is_told_by_the_trainers() {
        let folder = std::env::temp_dir().join(format!("nearhand-text-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("text.txt");
        std::fs::write(&path, b"good\n\xff\n").unwrap();
        let (path, out) = (path.display().to_string(), folder.display().to_string());
        let error = run(&Line::parse_from(["x", "--text", &path, "--out", &out]).args).unwrap_err();
        assert!(error.code() == Code::DataInvalid && error.details().iter().any(|(name, value)| *name == "line" && value == "2"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
