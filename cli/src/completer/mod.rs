//! A completer as its files are: opened, and `complete-goldens`: what it answers, recorded in its completer.json.

mod asked;
mod golden;
mod open;
#[cfg(test)]
mod tests;

pub(crate) use open::{Model, described, files};

use crate::output::{Output, distinct};
use asked::Kind;
use clap::Args as ClapArgs;
use golden::{Golden, Unfit};
use nearhand::complete::{Go, Options};
use nearhand::{Code, Error, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Goldens that are recorded where nobody says behind what: each is answered before a page's first answer.
const GOLDENS: usize = 2;
/// Prompts then, beside beginnings of the model's own text: first what tokenizers cut in many ways.
const PROMPTS: [&str; 4] = ["Café 12–3:45", "I would like", "The", "  one\n two"];
/// Tokens of the model's own text.
const OWN: usize = 24;

/// Arguments of `complete-goldens`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// A completer.json, or its folder
    completer: PathBuf,
    /// Record them anew and write completer.json here; it may be the same file. Without it those that stand there are held against the model
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Record what follows this text, 16 tokens at most; several times, up to 8 [default: the model's own beginnings, and some of any text]
    #[arg(long, value_name = "TEXT", requires = "out")]
    prompt: Vec<String>,
    /// Names of special tokens in the prompts are read as those tokens: for marks of turns
    #[arg(long, requires = "prompt")]
    specials: bool,
    /// Prompts are what a user says in a conversation: each is written as the `template` of completer.json has turns, 64 tokens at most, and the golden tells
    /// when the template is another
    #[arg(long, requires = "prompt", conflicts_with = "specials")]
    turn: bool,
}

impl Args {
    const fn kind(&self) -> Kind {
        match (self.specials, self.turn) {
            (_, true) => Kind::Turn,
            (true, false) => Kind::Specials,
            (false, false) => Kind::Text,
        }
    }
}

/// Runs `complete-goldens`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let path = described(&args.completer).unwrap_or_else(|| args.completer.clone());
    let Some(out) = &args.out else {
        let told = golden::of(&Model::open(&path)?.described)?;
        told.iter().enumerate().for_each(|(at, golden)| say("golden", at, golden));
        println!("goldens {} held={}", path.display(), told.len());
        return Ok(());
    };
    let output = Output::check("--out", out)?;
    let named: Vec<(&'static str, PathBuf)> =
        files(&path).into_iter().skip(1).map(|file| ("a file of the model", file)).collect();
    let named: Vec<(&'static str, &Path)> = named.iter().map(|(name, file)| (*name, file.as_path())).collect();
    distinct(&[&output], &named)?;
    let count = written(&path, &output, &args.prompt, args.kind())?;
    println!("goldens {} recorded={count}", out.display());
    Ok(())
}

/// Records what a completer answers, and writes its completer.json with it: keys in the order of the alphabet. How many there are now; where nobody said
/// behind what and nothing is likely enough, none.
///
/// # Errors
/// What opening says; `invalid-option` for a prompt behind which nothing can be recorded; `io`.
pub(crate) fn recorded(path: &Path, output: &Output) -> Result<usize> {
    written(path, output, &[], Kind::Text)
}

fn written(path: &Path, output: &Output, prompts: &[String], kind: Kind) -> Result<usize> {
    let mut model = Model::unproved(path)?;
    let goldens = if prompts.is_empty() { chosen(&mut model)? } else { wanted(&mut model, prompts, kind)? };
    goldens.iter().enumerate().for_each(|(at, golden)| say("recorded", at, golden));
    if goldens.is_empty() {
        println!(
            "note: no token is far enough ahead of the others to be recorded: completer.json has no goldens. --prompt says behind what"
        );
    }
    if let Some(fields) = model.described.as_object_mut() {
        fields.remove("goldens");
        if !goldens.is_empty() {
            fields.insert("goldens".to_owned(), Value::Array(goldens.iter().map(Golden::written).collect()));
        }
    }
    output.write(format!("{:#}\n", model.described).as_bytes())?;
    Ok(goldens.len())
}

fn say(word: &str, at: usize, golden: &Golden) {
    let logprobs: Vec<String> = golden.logprobs.iter().map(ToString::to_string).collect();
    let ends = if golden.ends { " ends" } else { "" };
    println!(
        "{word} {at} {:?} tokens={} {:?} logprobs={}{ends}",
        golden.prompt,
        golden.tokens,
        golden.completion,
        logprobs.join(",")
    );
}

/// Behind prompts that somebody wants: each must be fit.
fn wanted(model: &mut Model, prompts: &[String], kind: Kind) -> Result<Vec<Golden>> {
    let refuse = |prompt: &str, why: &str| {
        Error::new(Code::OptionInvalid, "nothing can be recorded behind this prompt")
            .with("option", "--prompt")
            .with("prompt", prompt)
            .with("why", why)
    };
    if let Some(one) = prompts.get(golden::MOST) {
        return Err(refuse(one, "8 are enough: each is answered whenever a page loads the model"));
    }
    let long = match kind {
        Kind::Turn => "its turn has more than 64 tokens, or it or what follows more than 256 characters",
        _ => "it has more than 16 tokens, or it or what follows more than 256 characters",
    };
    let one = |prompt: &String| {
        Golden::record(&mut model.completer, &model.described, prompt, kind)?.map_err(|unfit| match unfit {
            Unfit::Long(tokens) => refuse(prompt, long).with("tokens", tokens),
            Unfit::Ends => refuse(prompt, "the text ends there"),
            Unfit::Near => refuse(prompt, "two tokens are nearly as likely as each other: which comes is the machine's"),
        })
    };
    prompts.iter().map(one).collect()
}

/// Behind beginnings of the model's own text, where a token begins one, and some of any text: as many as are fit.
fn chosen(Model { completer, described, .. }: &mut Model) -> Result<Vec<Golden>> {
    let (mut half, mut quarter) = (None, None);
    if completer.spec().begin.is_some() {
        let options = Options { max_tokens: OWN, ..Options::default() };
        let own = completer.complete("", options, &mut || Go::On, &mut |_| {})?.completion;
        let ends: Vec<usize> = own.match_indices(' ').map(|(at, _)| at).filter(|at| *at > 0).collect();
        let part = |share: usize| ends.get(ends.len() * share / 4).and_then(|end| own.get(..*end)).map(str::to_owned);
        // The half may be too long.
        (half, quarter) = (part(2), part(1));
    }
    let [cut, words @ ..] = PROMPTS.map(str::to_owned);
    let mut goldens: Vec<Golden> = Vec::new();
    for prompt in half.into_iter().chain([cut]).chain(quarter).chain(words) {
        // A short text has one beginning.
        if goldens.len() < GOLDENS && goldens.iter().all(|golden| golden.prompt != prompt) {
            goldens.extend(Golden::record(completer, described, &prompt, Kind::Text)?);
        }
    }
    Ok(goldens)
}
