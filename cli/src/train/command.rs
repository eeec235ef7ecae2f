//! The command: arguments, the order of the steps, the report.

use super::blend::{Blend, Case};
use super::choose::{Choice, choose};
use super::config::TrainConfig;
use super::fit::{Fitted, Progress, fit};
use super::table::{TableConfig, build, count};
use super::{onnx, split};
use crate::assemble::{Draft, Label, golden_sample, popularity};
use crate::eval::{Variant, measure};
use crate::files::{progress, write};
use crate::items::{ItemArgs, ItemList};
use crate::log::{self, LogArgs};
use crate::sessions::{keys, read_pairs, read_sessions};
use clap::Args as ClapArgs;
use nearhand::bundle::{Align, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec, StoredVectors, Training};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Engine, Error, ItemIdx, Result, Settings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `train`.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// Sessions in plain text: one a line, item keys separated by spaces, oldest first and oldest session first
    #[arg(long, conflicts_with = "events")]
    sessions: Option<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    items: ItemArgs,
    /// Length of an item vector, 4 to 256
    #[arg(long, default_value_t = TrainConfig::default().dim)]
    dim: usize,
    /// Attention blocks, 0 to 4
    #[arg(long, default_value_t = TrainConfig::default().blocks)]
    blocks: usize,
    /// Items of a session that the encoder reads, 2 to 128
    #[arg(long, default_value_t = TrainConfig::default().last)]
    last: usize,
    /// Passes over the sessions
    #[arg(long, default_value_t = TrainConfig::default().epochs)]
    epochs: usize,
    /// Peak learning rate
    #[arg(long, default_value_t = TrainConfig::default().lr)]
    lr: f64,
    /// Targets a batch
    #[arg(long, default_value_t = TrainConfig::default().batch)]
    batch: usize,
    /// Sessions this share of the log old weigh half; 0 weighs all alike
    #[arg(long, default_value_t = TrainConfig::default().half_life)]
    half_life: f32,
    /// Successors a row of the transition table, 1 to 64
    #[arg(long, default_value_t = 12)]
    successors: usize,
    /// Share of the sessions, the newest, that choose the settings
    #[arg(long, default_value_t = 0.1)]
    held: f64,
    /// Most validation pairs measured
    #[arg(long, default_value_t = 5000)]
    pairs: usize,
    /// Seed of every random choice
    #[arg(long, default_value_t = TrainConfig::default().seed)]
    seed: u64,
    /// Held-out pairs for the report and the manifest's metrics; they choose nothing
    #[arg(long)]
    test_pairs: Option<PathBuf>,
    /// Name of the data
    #[arg(long, default_value = "unnamed")]
    data: String,
    #[command(flatten)]
    label: Label,
}

impl Args {
    fn config(&self) -> TrainConfig {
        TrainConfig {
            dim: self.dim,
            blocks: self.blocks,
            last: self.last,
            epochs: self.epochs,
            lr: self.lr,
            batch: self.batch,
            half_life: self.half_life,
            seed: self.seed,
            ..TrainConfig::default()
        }
    }
}

/// Runs `train`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let started = Instant::now();
    let (items, sessions) = input(args)?;
    let (n, config) = (items.rows.len(), args.config());
    let (older, held) = split::by_time(&sessions, args.held);
    let pairs = split::thin(split::pairs(held, 11), args.pairs);
    if pairs.is_empty() {
        return Err(Error::new(Code::DataInvalid, "too few sessions to choose settings on").with("sessions", sessions.len()));
    }
    println!("train sessions={} held={} items={n} validation_pairs={}", older.len(), held.len(), pairs.len());

    let fitted = fit_with_bar(older, n, &config, "fit (held)")?;
    let vectors = ItemVectors::quantize(config.dim, &fitted.vectors)?;
    let cases: Vec<Case> = pairs.into_iter().map(|pair| case(pair, &fitted, &vectors, config.last)).collect();
    let table = TableConfig { width: args.successors, ..TableConfig::default() };
    let lone = choose(older, n, &cases, (table, Blend { repeat: -1.0, ..Blend::default() }), false)?;
    report("table", &lone);
    let both = choose(older, n, &cases, (lone.table, Blend { model: 1.0, ..lone.blend }), true)?;
    report("blend", &both);
    drop((cases, fitted));

    let fitted = fit_with_bar(&sessions, n, &config, "fit (all)")?;
    let vectors = ItemVectors::quantize(config.dim, &fitted.vectors)?;
    let table = build(&count(&sessions, n, both.table.reach, both.table.half_life), &both.table)?;
    let encoder = onnx::write(&fitted.encoder);
    let draft = |metrics: BTreeMap<String, f64>| Draft {
        label: &args.label,
        items: &items,
        popularity: popularity(&sessions, n),
        vectors: Some(StoredVectors { dim: config.dim, rows: vectors.rows().to_vec(), scales: vectors.scales().to_vec() }),
        table: Some(table.stored.clone()),
        model: Some((spec(&config), encoder.clone())),
        blend: both.blend.spec(&lone.blend),
        goldens: golden_sample(held, 4),
        training: Some(Training {
            data: args.data.clone(),
            sessions: sessions.len() as u64,
            events: sessions.iter().map(|s| s.len() as u64).sum(),
            seed: config.seed,
            encoder: format!("{} attention blocks, d {}, last {} items", config.blocks, config.dim, config.last),
        }),
        metrics,
    };
    let mut bytes = draft(BTreeMap::new()).assemble()?;
    let metrics = match &args.test_pairs {
        Some(path) => test(&bytes, &read_pairs(path, &items.by_key)?, &args.label.name)?,
        None => BTreeMap::from([
            ("validation_hr@20".to_owned(), round(both.quality.hr())),
            ("validation_mrr@20".to_owned(), round(both.quality.mrr())),
        ]),
    };
    bytes = draft(metrics).assemble()?;
    write(&args.label.out, &bytes)?;
    println!(
        "train {} bytes={} encoder_bytes={} vector_bytes={} table_bytes={} seconds={:.0}",
        args.label.out.display(),
        bytes.len(),
        encoder.len(),
        n * (config.dim + 4),
        3 * n * args.successors,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn input(args: &Args) -> Result<(ItemList, Vec<Vec<u32>>)> {
    if let Some(path) = &args.sessions {
        let items = ItemList::load(&args.items, keys(path)?.into_iter())?;
        let sessions = read_sessions(path, &items.by_key)?;
        return Ok((items, sessions));
    }
    let mut log = log::load(&args.log)?;
    let items = log.take_items(&args.items)?;
    let sessions = log.into_training(&items);
    Ok((items, sessions))
}

fn fit_with_bar(sessions: &[Vec<u32>], n: usize, config: &TrainConfig, what: &'static str) -> Result<Fitted> {
    let bar = progress(config.epochs as u64, what);
    let mut tell = |p: Progress| {
        bar.set_position(p.epoch as u64);
        bar.set_message(format!("loss {:.4}", p.loss));
        if bar.is_hidden() {
            println!("{what} epoch {}/{} loss {:.4}", p.epoch, p.epochs, p.loss);
        }
    };
    let fitted =
        fit(sessions, n, config, &mut tell).map_err(|e| Error::new(Code::DataInvalid, "training failed").with("why", e))?;
    bar.finish_and_clear();
    Ok(fitted)
}

/// The pair with the cosines that the client would see: quantised rows go in and are compared with.
fn case(pair: split::Pair, fitted: &Fitted, vectors: &ItemVectors, last: usize) -> Case {
    let dim = vectors.dim();
    let window = pair.prefix.len().saturating_sub(last);
    let mut rows = vec![0.0; dim * (pair.prefix.len() - window)];
    for (item, row) in pair.prefix.iter().skip(window).zip(rows.chunks_exact_mut(dim)) {
        vectors.dequantize(ItemIdx(*item), row);
    }
    let mut cosines = Vec::new();
    vectors.scores(&fitted.encoder.query(&rows), &mut cosines);
    Case::new(pair, cosines)
}

fn spec(config: &TrainConfig) -> ModelSpec {
    let input = |name: &str, feature, shape: Vec<usize>| InputSpec {
        name: name.to_owned(),
        feature,
        shape,
        dtype: "f32".to_owned(),
        align: Align::Right,
    };
    ModelSpec {
        inputs: vec![
            input("items", Feature::ItemVector, vec![config.last, config.dim]),
            input("mask", Feature::Mask, vec![config.last]),
        ],
        output: OutputSpec { name: "query".to_owned(), kind: OutputKind::Query, width: config.dim, offset: 0 },
    }
}

fn report(what: &str, choice: &Choice) {
    println!(
        "chosen {what} validation_hr@20={:.4} validation_mrr@20={:.4} tried={} {:?} {:?}",
        choice.quality.hr(),
        choice.quality.mrr(),
        choice.tried,
        choice.table,
        choice.blend
    );
}

/// The finished bundle through the engine, with its own table and popularity beside it.
fn test(bytes: &[u8], pairs: &[(Vec<u32>, u32)], name: &str) -> Result<BTreeMap<String, f64>> {
    let mut engine = Engine::open(bytes, &Settings::default())?;
    let blend = measure(&mut engine, pairs, 20, Variant::Blend)?;
    println!("test {name} {blend}");
    engine.recommender().drop_model();
    let table = measure(&mut engine, pairs, 20, Variant::Blend)?;
    println!("test {name}/table {table}");
    println!("test {name}/popularity {}", measure(&mut engine, pairs, 20, Variant::Popularity)?);
    let figures = [
        ("hr@20", blend.all.hit_rate()),
        ("mrr@20", blend.all.mrr()),
        ("explore_hr@20", blend.explore.hit_rate()),
        ("explore_mrr@20", blend.explore.mrr()),
        ("table_hr@20", table.all.hit_rate()),
        ("table_mrr@20", table.all.mrr()),
        ("pairs", pairs.len() as f64),
    ];
    Ok(figures.into_iter().map(|(name, value)| (name.to_owned(), round(value))).collect())
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::temp;
    use clap::Parser;
    use nearhand::recommend::Source;
    use nearhand::{Event, Request, Tier};

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        train: Args,
    }

    fn trained(name: &str, sessions: &[u8]) -> Result<Vec<u8>> {
        let sessions = temp(&format!("{name}.txt"), sessions).display().to_string();
        let out = temp(&format!("{name}.safetensors"), b"").display().to_string();
        let flags = ["train", "--sessions", &sessions, "--out", &out, "--name", name, "--created-at", "2026-01-01"];
        let small = ["--dim", "8", "--epochs", "2", "--last", "5", "--batch", "64", "--successors", "3", "--pairs", "100"];
        run(&Flags::try_parse_from(flags.iter().chain(&small)).unwrap().train)?;
        Ok(std::fs::read(&out).unwrap())
    }

    #[test]
    fn one_command_makes_a_full_bundle_and_the_same_one_again() {
        // After every item comes the next of twenty.
        let lines: Vec<String> =
            (0..200).map(|s| (0..6).map(|i| ((s + i) % 20).to_string()).collect::<Vec<_>>().join(" ")).collect();
        let text = lines.join("\n");
        let bytes = trained("ring", text.as_bytes()).unwrap();
        assert_eq!(bytes, trained("ring", text.as_bytes()).unwrap());
        let mut engine = Engine::open(&bytes, &Settings::default()).unwrap();
        assert_eq!(engine.tier(), Tier::Full);
        engine.observe(&Event::view("3"), 1_000_000).unwrap();
        let slate = engine.recommend(&Request { k: 1, ..Request::default() }, 1_000_000).unwrap();
        assert_eq!((slate.items[0].row.item.as_str(), slate.source), ("4", Source::Model));
    }

    #[test]
    fn too_little_data_is_said_so() {
        assert_eq!(trained("little", b"1 2\n").unwrap_err().code(), Code::DataInvalid);
    }
}
