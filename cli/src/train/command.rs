//! The command: the order of the steps.

use crate::assemble::Draft;
use crate::choosing::blend::Case;
use crate::choosing::choose::{self, Choice, choose};
use crate::choosing::counting::{Timed, count};
use crate::choosing::quality::Floor;
use crate::choosing::signals;
use crate::choosing::split;
use crate::choosing::table::{Table, TableConfig, build};
use crate::counts::{Whole, catalogue};
use crate::eval::Rule;
use crate::log::{Learnt, Visits};
use crate::say;
use crate::train::args::Args;
use crate::train::before::{self, Checked};
use crate::train::bound::Bound;
use crate::train::checkpoint::Checkpoint;
use crate::train::choosing::plan::Plan;
use crate::train::choosing::size;
use crate::train::choosing::trials::{self, Said, Trial};
use crate::train::estimate;
use crate::train::evidence;
use crate::train::held::{self, Found, Questions};
use crate::train::key;
use crate::train::measured::{self, round};
use crate::train::neural::codes::{quantize, row_bytes};
use crate::train::neural::config::TrainConfig;
use crate::train::report::{Attempt, Report};
use crate::train::told;
use crate::train::work::{Trained, Work, encoder};
use crate::usual;
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};
use std::collections::BTreeMap;
use std::time::Instant;

/// Runs `train`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let started = Instant::now();
    if args.json {
        say::aside();
    }
    let Checked { out, report: report_file, test_pairs, counts: parts, inputs } = before::check(args)?;
    let (items, mut learnt) = before::read(args)?;
    if let Some(pairs) = &test_pairs {
        pairs.resolve(&items.by_key)?;
    }
    let n = items.rows.len();
    let mut sample = learnt.reading.clone();
    sample.insert("items".to_owned(), catalogue(&items, args.items.items.is_some()));
    let whole = if parts.is_empty() { None } else { Some(Whole::check(parts, args.split_visitors, &items, &sample)?) };
    let mut beside = args.label.beside(&items)?;
    evidence::add(&mut beside, &mut learnt, args, n);
    let mut made = told::inputs(args, &inputs, &learnt)?;
    let Learnt { visits: Visits { sessions, told }, ends, .. } = learnt;
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let (older, held) = split::by_time(&sessions, args.held);
    let all_pairs = signals::pairs(held, told.get(told.len().saturating_sub(held.len())..).unwrap_or_default(), 11);
    let pairs = split::thin(all_pairs.clone(), args.pairs);
    let timed = Timed::new(&sessions, &ends);
    let before = timed.oldest(older.len());
    let none_follows = older.iter().all(|session| session.len() < 2);
    if pairs.is_empty() || none_follows {
        return Err(Error::new(Code::DataInvalid, "too few sessions of two items and more to choose settings on: see --held")
            .with("older", older.len())
            .with("held", held.len())
            .with("validation_pairs", pairs.len()));
    }
    println!("train sessions={} held={} items={n} validation_pairs={}", older.len(), held.len(), pairs.len());
    let asked_pairs = pairs.len();
    let trained = whole.as_ref().map_or_else(|| Trained::on(&sessions, n), Trained::of);
    let work = Work { args, items: &items, beside: &beside, sessions: &sessions, trained, held, threads };

    let targets: usize = sessions.iter().map(|session| session.len().saturating_sub(1)).sum();
    let base = args.config(targets);
    let said = Said { bits: args.bits, blocks: args.blocks, half_life: args.half_life };
    let (rest, spare) = work.rest()?;
    let mut bound = Bound::of(args, n, rest + args.label.usual.spare());
    let mut plan = Plan { room: bound.room(), items: n, spare, dim: args.dim, lr: args.lr, successors: args.successors };
    // What the search and the trials will add to what is known of the making.
    let lasting = made.bytes() + told::REST;
    bound.check(args.max_bytes, trials::least(&plan, said, &base) + lasting.saturating_sub(size::SPARE))?;
    plan.room = bound.room();
    let work_size = estimate::Size {
        events: targets + sessions.len(),
        targets,
        items: n,
        pairs: asked_pairs,
        telling: signals::telling(&all_pairs, 50).len(),
        trials: trials::most(said),
        threads,
    };
    eprintln!("{}", estimate::of(&work_size, &plan.sized(base.clone(), size::VECTORS)));
    let key = key::of(args, &plan, &base, (&sessions, &ends, &told), held.len());
    let mut checkpoint = Checkpoint::open(out.end(), &key, args.restart)?;

    let plain: Vec<Case> = pairs.iter().map(|pair| Case::plain(pair.clone(), args.without_newest)).collect();
    let none = ItemVectors::new(1, vec![0; n], vec![0.0; n])?;
    let starts = choose::alone(plan.mean_alone());
    let lone = choose(before, n, (&plain, &none), &starts, Floor::of(&[]), (&mut checkpoint, "table"))?;
    tell("table", &lone);

    let base = TrainConfig { shuffle: !lone.table.ordered, ..base };
    let counts = count(before, n, &lone.table);
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
    let asked = Questions { pairs, all_pairs, older: before };
    let found = checkpoint.step("held", |checkpoint| held::fit(&work, checkpoint, config, &lone, asked))?;
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

    told::chosen(&mut made, config, (&lone, both), trials, heard);
    let provenance = made.into_text();
    let (fitted, _) = work.fit(&mut checkpoint, &sessions, config, ("fit (all)", "fit (all)"), &mut |_| Ok(None))?;
    let vectors = quantize(&fitted, config.bits)?;
    let blend = both.blend.spec(&lone.blend);
    let bundle = |table: &Table, metrics: BTreeMap<String, f64>| {
        let draft = work.draft(config, &fitted, &vectors, Some(table), blend, metrics);
        Draft { signals: *signals, provenance: Some(provenance.clone()), ..draft }.assemble()
    };
    let validated = || {
        BTreeMap::from([
            ("validation_hr@20".to_owned(), round(both.quality.hr())),
            ("validation_mrr@20".to_owned(), round(both.quality.mrr())),
        ])
    };
    let spare = args.label.usual.spare() + if test_pairs.is_some() { measured::FIGURES } else { 0 };
    let counts = match &whole {
        None => count(timed, n, &both.table),
        Some(whole) => whole.counts(&items, &both.table)?,
    };
    let (table, mut bytes) = bound.keep(&counts, &both.table, |table| bundle(table, validated()), spare)?;
    // Whatever may yet happen, the bundle is there.
    out.write(&bytes)?;
    if let Some(pairs) = &test_pairs {
        let rule = Rule { k: 20, without_newest: args.without_newest };
        let (figures, lines) = measured::test(&bytes, pairs, &items, rule, &mut checkpoint)?;
        report.groups.push(("Held-out pairs, through the engine".to_owned(), lines));
        bytes = bundle(&table, figures)?;
        out.write(&bytes)?;
    }
    // Not of the test pairs: those are often the beginnings of visits alone.
    let (bytes, reference) = usual::freeze(bytes, &usual::of_rows(&items, held), &args.label.usual)?;
    println!("{reference}");
    out.write(&bytes)?;
    if let Some(file) = &report_file {
        file.write(report.html().as_bytes())?;
    }
    checkpoint.finish();
    let (path, seconds) = (out.path().display(), started.elapsed().as_secs_f64());
    let (vector_bytes, table_bytes) = (n * row_bytes(config.dim, config.bits), 3 * table.used());
    println!("train {path} bytes={} vector_bytes={vector_bytes} table_bytes={table_bytes} seconds={seconds:.0}", bytes.len());
    if args.json {
        let facts = [
            ("out", path.to_string().into()),
            ("bytes", bytes.len().into()),
            ("vector_bytes", vector_bytes.into()),
            ("table_bytes", table_bytes.into()),
            ("seconds", seconds.round().into()),
            ("sessions", older.len().into()),
            ("held", held.len().into()),
            ("items", n.into()),
            ("validation_pairs", asked_pairs.into()),
            ("bought", beside.bought.is_some().into()),
            ("recent", beside.recent.is_some().into()),
        ];
        say::result(&told::json(&report, &provenance, &facts));
    }
    Ok(())
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
