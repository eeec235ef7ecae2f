//! The command: the order of the steps.

use super::args::Args;
use super::before::{self, Checked};
use super::blend::{Blend, Case, measure as measure_cases};
use super::bound::Bound;
use super::checkpoint::Checkpoint;
use super::choose::{self, Choice, choose};
use super::codes::{quantize, row_bytes};
use super::config::TrainConfig;
use super::measured::{self, round};
use super::parts::Parts;
use super::plan::Plan;
use super::quality::{Floor, Quality};
use super::report::{Attempt, Line, Point, Report};
use super::table::{Table, TableConfig, build, count};
use super::trials::{self, Said, Trial};
use super::work::{Work, encoder};
use super::{key, signals, split};
use crate::assemble::popularity;
use crate::eval::Rule;
use crate::log::Visits;
use nearhand::bundle::SignalSpec;
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};
use std::collections::BTreeMap;
use std::time::Instant;

/// Runs `train`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let started = Instant::now();
    let Checked { out, report: report_file, test_pairs } = before::check(args)?;
    let (items, Visits { sessions, told }) = before::read(args)?;
    if let Some(pairs) = &test_pairs {
        pairs.resolve(&items.by_key)?;
    }
    let beside = args.label.beside(&items)?;
    let n = items.rows.len();
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let (older, held) = split::by_time(&sessions, args.held);
    let all_pairs = signals::pairs(held, told.get(older.len()..).unwrap_or_default(), 11);
    let pairs = split::thin(all_pairs.clone(), args.pairs);
    let none_follows = older.iter().all(|session| session.len() < 2);
    if pairs.is_empty() || none_follows {
        return Err(Error::new(Code::DataInvalid, "too few sessions of two items and more to choose settings on: see --held")
            .with("older", older.len())
            .with("held", held.len())
            .with("validation_pairs", pairs.len()));
    }
    println!("train sessions={} held={} items={n} validation_pairs={}", older.len(), held.len(), pairs.len());
    let work = Work { args, items: &items, beside: &beside, sessions: &sessions, held, threads };

    let targets = sessions.iter().map(|session| session.len().saturating_sub(1)).sum();
    let base = args.config(targets);
    let said = Said { bits: args.bits, blocks: args.blocks, half_life: args.half_life };
    let (rest, spare) = work.rest()?;
    let mut bound = Bound::of(args, n, rest);
    let mut plan = Plan { room: bound.room(), items: n, spare, dim: args.dim, lr: args.lr, successors: args.successors };
    bound.check(args.max_bytes, trials::least(&plan, said, &base))?;
    plan.room = bound.room();
    let key = key::of(args, &plan, &base, (&sessions, &told), held.len());
    let mut checkpoint = Checkpoint::open(out.end(), &key, args.restart)?;

    let plain: Vec<Case> = pairs.iter().map(|pair| Case::plain(pair.clone(), args.without_newest)).collect();
    let none = ItemVectors::new(1, vec![0; n], vec![0.0; n])?;
    let starts = choose::alone(plan.mean_alone());
    let lone = choose(older, n, (&plain, &none), &starts, Floor::of(&[]), (&mut checkpoint, "table"))?;
    tell("table", &lone);

    let base = TrainConfig { shuffle: !lone.table.ordered, ..base };
    let counts = count(older, n, &lone.table);
    let mut number = 0;
    let (config, trials) = &trials::run(&plan, said, &base, &mut |config| {
        number += 1;
        let name = &format!("trial {number}");
        checkpoint.step(name, |checkpoint| {
            let few = TrainConfig { epochs: config.epochs.div_ceil(3), short_start: true, ..config.clone() };
            let (fitted, _) = work.fit(checkpoint, older, &few, (name, "trial"), &mut |_| Ok(None))?;
            let vectors = quantize(&fitted, config.bits)?;
            let table = build(&counts, &TableConfig { mean: plan.mean(config), ..lone.table })?;
            Ok(choose::glance((&work.cases(pairs.clone(), &fitted, &vectors), &vectors), &table, &lone.blend))
        })
    })?;
    drop((plain, counts));

    let lone = Choice { table: TableConfig { mean: plan.mean(config), ..lone.table }, ..lone };
    let questions = Questions { pairs, all_pairs, older };
    let found = checkpoint.step("held", |checkpoint| held_fit(&work, checkpoint, config, &lone, questions))?;
    let Found { both, signals, heard, curve, groups } = &found;
    tell("blend", both);
    println!("chosen signals {heard}");
    let mut report = Report {
        name: args.label.name.clone(),
        settings: work.settings(config, &lone, both),
        trials: trials.iter().map(|trial| attempt(trial, config)).collect(),
        curve: curve.clone(),
        groups: groups.clone(),
    };
    report.settings.push(("weights of events".into(), heard.clone()));
    for line in report.groups.first().map_or(&[][..], |(_, lines)| lines) {
        println!("validation {:24} hr@20={:.4} mrr@20={:.4} pairs={}", line.label, line.hr, line.mrr, line.pairs);
    }

    let (fitted, _) = work.fit(&mut checkpoint, &sessions, config, ("fit (all)", "fit (all)"), &mut |_| Ok(None))?;
    let vectors = quantize(&fitted, config.bits)?;
    let blend = both.blend.spec(&lone.blend);
    let bundle = |table: &Table, metrics: BTreeMap<String, f64>| {
        let draft = work.draft(config, &fitted, &vectors, Some(table), blend, metrics);
        crate::assemble::Draft { signals: *signals, ..draft }.assemble()
    };
    let validated = || {
        BTreeMap::from([
            ("validation_hr@20".to_owned(), round(both.quality.hr())),
            ("validation_mrr@20".to_owned(), round(both.quality.mrr())),
        ])
    };
    let spare = if test_pairs.is_some() { measured::FIGURES } else { 0 };
    let counts = count(&sessions, n, &both.table);
    let (table, mut bytes) = bound.keep(&counts, &both.table, |table| bundle(table, validated()), spare)?;
    // Whatever may yet happen, the bundle is there.
    out.write(&bytes)?;
    if let Some(pairs) = &test_pairs {
        let rule = Rule { k: 20, without_newest: args.without_newest };
        let (figures, lines) = measured::test(&bytes, pairs, &items, rule)?;
        report.groups.push(("Held-out pairs, through the engine".to_owned(), lines));
        bytes = bundle(&table, figures)?;
        out.write(&bytes)?;
    }
    if let Some(file) = &report_file {
        file.write(report.html().as_bytes())?;
    }
    checkpoint.finish();
    println!(
        "train {} bytes={} vector_bytes={} table_bytes={} seconds={:.0}",
        out.path().display(),
        bytes.len(),
        n * row_bytes(config.dim, config.bits),
        3 * table.used(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What the newest sessions ask of a fit to the older ones.
struct Questions<'a> {
    pairs: Vec<split::Pair>,
    all_pairs: Vec<split::Pair>,
    older: &'a [Vec<u32>],
}

/// What they found.
pub(super) struct Found {
    /// Table and blend, chosen together.
    pub(super) both: Choice,
    /// Weights of events.
    pub(super) signals: SignalSpec,
    /// How they came about, in words.
    pub(super) heard: String,
    pub(super) curve: Vec<Point>,
    pub(super) groups: Vec<(String, Vec<Line>)>,
}

/// The fit to the older sessions, and all that is chosen by it.
fn held_fit(
    work: &Work<'_>,
    checkpoint: &mut Checkpoint,
    config: &TrainConfig,
    lone: &Choice,
    asked: Questions<'_>,
) -> Result<Found> {
    let Questions { pairs, all_pairs, older } = asked;
    let n = work.items.rows.len();
    let few = split::thin(pairs.clone(), 1000);
    let (fitted, curve) = work.fit(checkpoint, older, config, ("fit (held)", "fit (held)"), &mut |p| {
        let fitted = p.model.export();
        let vectors = quantize(&fitted, config.bits)?;
        let quality = alone(&work.cases(few.clone(), &fitted, &vectors), &vectors)?;
        Ok(Some(Point { epoch: p.epoch, loss: p.loss, hr: quality.hr(), mrr: quality.mrr() }))
    })?;
    let vectors = quantize(&fitted, config.bits)?;
    let mut cases = work.cases(pairs, &fitted, &vectors);
    let floor = Floor::of(&[lone.quality, alone(&cases, &vectors)?]);
    let both = choose(older, n, (&cases, &vectors), &choose::together(lone), floor, (&mut *checkpoint, "blend"))?;
    let table = build(&count(older, n, &both.table), &both.table)?;
    let (signals, heard) = checkpoint.step("signals", |_| {
        let telling = signals::telling(&all_pairs, both.blend.last);
        let heard = signals::fit(&mut work.cases(telling, &fitted, &vectors), &vectors, &table, &both.blend);
        Ok((heard.signals, heard.to_string()))
    })?;
    cases.iter_mut().for_each(|case| case.weigh(&signals));
    let parts = Parts { cases: &cases, vectors: &vectors, table: &table, blend: both.blend, lite: lone.blend };
    let groups = parts.groups(&popularity(older, n));
    Ok(Found { both, signals, heard, curve, groups })
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
