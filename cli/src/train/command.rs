//! The command: the order of the steps, the report.

use super::args::Args;
use super::blend::{Blend, Case, measure as measure_cases};
use super::choose::{self, Choice, choose};
use super::codes::{quantize, row_bytes};
use super::config::TrainConfig;
use super::fit::{Fitted, Progress, fit};
use super::parts::Parts;
use super::plan::{self, Plan};
use super::quality::{Floor, Quality};
use super::report::{Attempt, Line, Point, Report};
use super::table::{Table, TableConfig, build, count};
use super::trials::{self, Said, Trial};
use super::{onnx, signals, split};
use crate::assemble::{Draft, golden_sample, popularity};
use crate::eval::{Rule, Variant, measure, variants};
use crate::files::{progress, write};
use crate::items::ItemList;
use crate::log::{self, Visits};
use crate::sessions::{keys, read_pairs, read_sessions};
use nearhand::bundle::{
    Align, BlendSpec, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec, SignalSpec, StoredVectors, Training,
};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Engine, Error, ItemIdx, Result, Settings};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Runs `train`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let started = Instant::now();
    let (items, Visits { sessions, told }) = input(args)?;
    let n = items.rows.len();
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let (older, held) = split::by_time(&sessions, args.held);
    let all_pairs = signals::pairs(held, told.get(older.len()..).unwrap_or_default(), 11);
    let pairs = split::thin(all_pairs.clone(), args.pairs);
    if pairs.is_empty() {
        return Err(Error::new(Code::DataInvalid, "too few sessions to choose settings on").with("sessions", sessions.len()));
    }
    println!("train sessions={} held={} items={n} validation_pairs={}", older.len(), held.len(), pairs.len());
    let work = Work { args, items: &items, sessions: &sessions, held, threads };

    let plan = Plan { room: work.room()?, items: n, dim: args.dim, lr: args.lr, successors: args.successors };
    let plain: Vec<Case> = pairs.iter().map(|pair| Case::plain(pair.clone(), args.without_newest)).collect();
    let none = ItemVectors::new(1, vec![0; n], vec![0.0; n])?;
    let open = Floor::of(&[]);
    let lone = choose(older, n, (&plain, &none), &choose::alone(plan.mean_alone()), open)?;
    tell("table", &lone);

    let targets = sessions.iter().map(|session| session.len().saturating_sub(1)).sum();
    let base = TrainConfig { shuffle: !lone.table.ordered, ..args.config(targets) };
    base.check()?;
    let counts = count(older, n, &lone.table);
    let said = Said { bits: args.bits, blocks: args.blocks, half_life: args.half_life };
    let (config, trials) = &trials::run(&plan, said, &base, &mut |config| {
        let few = TrainConfig { epochs: config.epochs.div_ceil(3), short_start: true, ..config.clone() };
        let fitted = work.fit(older, &few, "trial", &mut |_| Ok(()))?;
        let vectors = quantize(&fitted, config.bits)?;
        let table = build(&counts, &TableConfig { mean: plan.mean(config), ..lone.table })?;
        Ok(choose::glance((&work.cases(pairs.clone(), &fitted, &vectors), &vectors), &table, &lone.blend))
    })?;

    let mut curve = Vec::new();
    let few = split::thin(pairs.clone(), 1000);
    let fitted = work.fit(older, config, "fit (held)", &mut |p| {
        let fitted = p.model.export();
        let vectors = quantize(&fitted, config.bits)?;
        let quality = alone(&work.cases(few.clone(), &fitted, &vectors), &vectors)?;
        curve.push(Point { epoch: p.epoch, loss: p.loss, hr: quality.hr(), mrr: quality.mrr() });
        Ok(())
    })?;
    let vectors = quantize(&fitted, config.bits)?;
    let mut cases = work.cases(pairs, &fitted, &vectors);
    let lone = Choice { table: TableConfig { mean: plan.mean(config), ..lone.table }, ..lone };
    let floor = Floor::of(&[lone.quality, alone(&cases, &vectors)?]);
    let both = choose(older, n, (&cases, &vectors), &choose::together(&lone), floor)?;
    tell("blend", &both);
    let table = build(&count(older, n, &both.table), &both.table)?;
    let telling = signals::telling(&all_pairs, both.blend.last);
    let heard = signals::fit(&mut work.cases(telling, &fitted, &vectors), &vectors, &table, &both.blend);
    println!("chosen signals {heard}");
    cases.iter_mut().for_each(|case| case.weigh(&heard.signals));
    let parts = Parts { cases: &cases, vectors: &vectors, table: &table, blend: both.blend, lite: lone.blend };
    let mut report = Report {
        name: args.label.name.clone(),
        settings: work.settings(config, &lone, &both),
        trials: trials.iter().map(|trial| attempt(trial, config)).collect(),
        curve,
        groups: parts.groups(&popularity(older, n)),
    };
    report.settings.push(("weights of events".into(), heard.to_string()));
    for line in report.groups.first().map_or(&[][..], |(_, lines)| lines) {
        println!("validation {:24} hr@20={:.4} mrr@20={:.4} pairs={}", line.label, line.hr, line.mrr, line.pairs);
    }
    drop((cases, fitted));

    let fitted = work.fit(&sessions, config, "fit (all)", &mut |_| Ok(()))?;
    let vectors = quantize(&fitted, config.bits)?;
    let table = build(&count(&sessions, n, &both.table), &both.table)?;
    let blend = both.blend.spec(&lone.blend);
    let draft = |metrics| {
        Draft { signals: heard.signals, ..work.draft(config, &fitted, &vectors, Some(&table), blend, metrics) }.assemble()
    };
    let mut bytes = draft(BTreeMap::new())?;
    let metrics = match &args.test_pairs {
        Some(path) => {
            let rule = Rule { k: 20, without_newest: args.without_newest };
            let (figures, lines) = test(&bytes, path, &items, rule)?;
            report.groups.push(("Held-out pairs, through the engine".to_owned(), lines));
            figures
        }
        None => BTreeMap::from([
            ("validation_hr@20".to_owned(), round(both.quality.hr())),
            ("validation_mrr@20".to_owned(), round(both.quality.mrr())),
        ]),
    };
    bytes = draft(metrics)?;
    write(&args.label.out, &bytes)?;
    if let Some(path) = &args.report {
        write(path, report.html().as_bytes())?;
    }
    println!(
        "train {} bytes={} vector_bytes={} table_bytes={} seconds={:.0}",
        args.label.out.display(),
        bytes.len(),
        n * row_bytes(config.dim, config.bits),
        3 * table.used(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What stands still in a run.
struct Work<'a> {
    args: &'a Args,
    items: &'a ItemList,
    sessions: &'a [Vec<u32>],
    held: &'a [Vec<u32>],
    threads: usize,
}

impl Work<'_> {
    fn fit(
        &self,
        sessions: &[Vec<u32>],
        config: &TrainConfig,
        what: &'static str,
        after: &mut dyn FnMut(&Progress<'_>) -> Result<()>,
    ) -> Result<Fitted> {
        let started = Instant::now();
        let bar = progress(config.epochs as u64, what);
        let fitted = fit(sessions, self.items.rows.len(), config, self.threads, &mut |p| {
            bar.set_position(p.epoch as u64);
            bar.set_message(format!("loss {:.4}", p.loss));
            if bar.is_hidden() {
                let seconds = started.elapsed().as_secs_f64();
                println!("{what} epoch {}/{} loss {:.4} seconds {seconds:.0}", p.epoch, p.epochs, p.loss);
            }
            after(&p)
        })?;
        bar.finish_and_clear();
        Ok(fitted)
    }

    /// The pairs with the queries that the client would make: quantised rows go in.
    fn cases(&self, pairs: Vec<split::Pair>, fitted: &Fitted, vectors: &ItemVectors) -> Vec<Case> {
        let case = |pair: split::Pair| {
            let window = pair.prefix.len().saturating_sub(fitted.encoder.last);
            let mut rows = vec![0.0; vectors.dim() * (pair.prefix.len() - window)];
            for (item, row) in pair.prefix.iter().skip(window).zip(rows.chunks_exact_mut(vectors.dim())) {
                vectors.dequantize(ItemIdx(*item), row);
            }
            Case::new(pair, fitted.encoder.query(&rows), self.args.without_newest, vectors)
        };
        pairs.into_iter().map(case).collect()
    }

    /// Bytes for vectors, encoder and table: what the rest of the bundle leaves.
    fn room(&self) -> Result<usize> {
        let n = self.items.rows.len();
        let config = TrainConfig { dim: 8, blocks: 0, ..TrainConfig::default() };
        let (fitted, blend) = (Fitted::random(n, &config), Blend::default());
        let draft = self.draft(&config, &fitted, &quantize(&fitted, config.bits)?, None, blend.spec(&blend), BTreeMap::new());
        let rest = draft.assemble()?.len().saturating_sub(plan::evidence(n, &config));
        Ok(self.args.max_bytes(n).saturating_sub(rest))
    }

    fn draft(
        &self,
        config: &TrainConfig,
        fitted: &Fitted,
        vectors: &ItemVectors,
        table: Option<&Table>,
        blend: BlendSpec,
        metrics: BTreeMap<String, f64>,
    ) -> Draft<'_> {
        let n = self.items.rows.len();
        Draft {
            label: &self.args.label,
            items: self.items,
            popularity: popularity(self.sessions, n),
            vectors: Some(StoredVectors { dim: config.dim, rows: vectors.rows().to_vec(), scales: vectors.scales().to_vec() }),
            table: table.map(|table| table.stored.clone()),
            model: Some((spec(config), onnx::write(&fitted.encoder))),
            blend,
            signals: SignalSpec::default(),
            goldens: golden_sample(self.held, plan::GOLDENS),
            training: Some(Training {
                data: self.args.data.clone(),
                sessions: self.sessions.len() as u64,
                events: self.sessions.iter().map(|s| s.len() as u64).sum(),
                seed: config.seed,
                encoder: encoder(config),
            }),
            metrics,
        }
    }

    fn settings(&self, config: &TrainConfig, lone: &Choice, both: &Choice) -> Vec<(String, String)> {
        let (sessions, items) = (self.sessions.len(), self.items.rows.len());
        [
            ("data", format!("{}: {sessions} sessions, {items} items", self.args.data)),
            ("training", format!("{config:?}")),
            ("table", format!("{:?}", both.table)),
            ("blend", format!("{:?}", both.blend)),
            ("table alone", format!("{:?} {:?}", lone.table, lone.blend)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

fn input(args: &Args) -> Result<(ItemList, Visits)> {
    if let Some(path) = &args.sessions {
        let items = ItemList::load(&args.items, keys(path)?.into_iter())?;
        let sessions = read_sessions(path, &items.by_key)?;
        return Ok((items, Visits { sessions, told: Vec::new() }));
    }
    let mut log = log::load(&args.log)?;
    let items = log.take_items(&args.items)?;
    let visits = log.into_visits(&items);
    Ok((items, visits))
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

/// The encoder in words, for manifest and report.
fn encoder(config: &TrainConfig) -> String {
    let TrainConfig { blocks, dim, bits, last, residual, .. } = config;
    let image = if *residual { " and the newest state's image" } else { "" };
    format!("{blocks} attention blocks, the weighted mean of vectors{image}, d {dim} in {bits} bits, last {last} items")
}

/// A trial for the report.
fn attempt(trial: &Trial, chosen: &TrainConfig) -> Attempt {
    let TrainConfig { half_life, .. } = trial.config;
    Attempt {
        label: format!("{}, half-life {half_life}", encoder(&trial.config)),
        bytes: trial.bytes,
        successors: trial.successors,
        hr: trial.quality.hr(),
        mrr: trial.quality.mrr(),
        chosen: trial.config == *chosen,
    }
}

/// Vectors alone on cases.
fn alone(cases: &[Case], vectors: &ItemVectors) -> Result<Quality> {
    let blend = Blend { table: 0.0, repeat: 0.0, model: 1.0, ..Blend::default() };
    Ok(measure_cases(cases, vectors, &Table::empty()?, &blend))
}

fn tell(what: &str, choice: &Choice) {
    println!(
        "chosen {what} validation_hr@20={:.4} validation_mrr@20={:.4} tried={} {:?} {:?}",
        choice.quality.hr(),
        choice.quality.mrr(),
        choice.tried,
        choice.table,
        choice.blend
    );
}

/// The finished bundle through the engine, and its parts alone.
fn test(bytes: &[u8], pairs: &Path, items: &ItemList, rule: Rule) -> Result<(BTreeMap<String, f64>, Vec<Line>)> {
    let engine = Engine::open(bytes, &Settings::default())?;
    let name = engine.manifest().name.clone();
    let pairs = read_pairs(pairs, &items.keys_in(engine.catalog()))?;
    let mut lines = Vec::new();
    let mut figures = BTreeMap::from([("pairs".to_owned(), pairs.len() as f64)]);
    for variant in variants(engine) {
        let report = measure(bytes, &pairs, rule, variant)?;
        println!("test {name}{} {report}", variant.suffix());
        let what = [("all", &report.all), ("explore", &report.explore)];
        lines.extend(what.map(|(rule, metrics)| Line {
            label: format!("{} {rule}", variant.suffix().trim_start_matches('/')),
            pairs: metrics.pairs() as usize,
            hr: metrics.hit_rate(),
            mrr: metrics.mrr(),
        }));
        let mut note = |what: &str, value: f64| figures.insert(what.to_owned(), round(value));
        match variant {
            Variant::Blend => {
                note("hr@20", report.all.hit_rate());
                note("mrr@20", report.all.mrr());
                note("explore_hr@20", report.explore.hit_rate());
                note("explore_mrr@20", report.explore.mrr());
            }
            Variant::Vectors => {
                note("vectors_hr@20", report.all.hit_rate());
                note("vectors_mrr@20", report.all.mrr());
            }
            Variant::Table => {
                note("table_hr@20", report.all.hit_rate());
                note("table_mrr@20", report.all.mrr());
            }
            Variant::Popularity => {}
        }
    }
    Ok((figures, lines))
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
        let report = temp(&format!("{name}.html"), b"").display().to_string();
        let flags = ["train", "--sessions", &sessions, "--out", &out, "--name", name, "--created-at", "2026-01-01"];
        let flags = [&flags[..], &["--report", &report]].concat();
        let small = ["--dim", "8", "--epochs", "2", "--last", "5", "--batch", "64", "--successors", "3", "--pairs", "100"];
        run(&Flags::try_parse_from(flags.iter().chain(&small)).unwrap().train)?;
        assert!(std::fs::read_to_string(&report).unwrap().contains("blend without table"));
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
        assert_eq!((slate.items[0].row.item, slate.source), ("4", Source::Model));
    }

    #[test]
    fn the_engine_measures_the_parts_by_either_rule() {
        let lines: Vec<String> =
            (0..200).map(|s| (0..6).map(|i| ((s + i) % 20).to_string()).collect::<Vec<_>>().join(" ")).collect();
        let bytes = trained("parts", lines.join("\n").as_bytes()).unwrap();
        let next: Vec<(Vec<u32>, u32)> = (0..20).map(|i| (vec![i], (i + 1) % 20)).collect();
        let same: Vec<(Vec<u32>, u32)> = (0..20).map(|i| (vec![i], i)).collect();
        let hits = |pairs: &[(Vec<u32>, u32)], k, without_newest, variant| {
            let report = measure(&bytes, pairs, Rule { k, without_newest }, variant).unwrap();
            assert_eq!(report.all.pairs(), 20);
            report.all.hit_rate()
        };
        let there = variants(Engine::open(&bytes, &Settings::default()).unwrap());
        assert_eq!(there, [Variant::Blend, Variant::Vectors, Variant::Table, Variant::Popularity]);
        assert_eq!((hits(&next, 1, false, Variant::Table), hits(&next, 1, false, Variant::Popularity)), (1.0, 0.0));
        for variant in there {
            assert_eq!((hits(&same, 20, false, variant), hits(&same, 20, true, variant)), (1.0, 0.0));
        }
    }

    #[test]
    fn too_little_data_is_said_so() {
        assert_eq!(trained("little", b"1 2\n").unwrap_err().code(), Code::DataInvalid);
    }
}
