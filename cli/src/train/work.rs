//! What stands still in a run: input and flags, and what is made of them with them.

use crate::assemble::{Beside, Draft, golden_sample, popularity};
use crate::choosing::blend::{Blend, Case};
use crate::choosing::choose::Choice;
use crate::choosing::split;
use crate::choosing::table::Table;
use crate::counts::Whole;
use crate::files::progress;
use crate::items::ItemList;
use crate::train::args::Args;
use crate::train::checkpoint::{Checkpoint, Running, Stored as _};
use crate::train::choosing::plan::{self, GOLDENS};
use crate::train::choosing::size;
use crate::train::neural::codes::quantize;
use crate::train::neural::config::TrainConfig;
use crate::train::neural::fit::{Progress, fit, random};
use crate::train::neural::fitted::Fitted;
use crate::train::neural::onnx;
use crate::train::report::Point;
use nearhand::bundle::{
    Align, BlendSpec, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec, SignalSpec, StoredVectors, Training,
};
use nearhand::rank::ItemVectors;
use nearhand::{ItemIdx, Result};
use std::collections::BTreeMap;
use std::time::Instant;

/// Input and flags.
pub(super) struct Work<'a> {
    pub(super) args: &'a Args,
    pub(super) items: &'a ItemList,
    pub(super) beside: &'a Beside,
    pub(super) sessions: &'a [Vec<u32>],
    /// What the bundle tells of the whole log.
    pub(super) trained: Trained,
    /// The newest of them, which choose.
    pub(super) held: &'a [Vec<u32>],
    pub(super) threads: usize,
}

/// The log that a bundle is made of: that of the sessions, or the one that was counted, of which they are a sample.
pub(super) struct Trained {
    /// Events an item.
    pub(super) popularity: Vec<u32>,
    pub(super) sessions: u64,
    pub(super) events: u64,
}

impl Trained {
    /// On sessions of so many items alone.
    pub(super) fn on(sessions: &[Vec<u32>], items: usize) -> Self {
        let events = sessions.iter().map(|session| session.len() as u64).sum();
        Self { popularity: popularity(sessions, items), sessions: sessions.len() as u64, events }
    }

    /// On counts.
    pub(super) fn of(whole: &Whole) -> Self {
        Self { popularity: whole.popularity.clone(), sessions: whole.sessions, events: whole.events }
    }
}

/// What a fit tells after an epoch.
pub(super) type After<'a> = &'a mut dyn FnMut(&Progress<'_>) -> Result<Option<Point>>;

impl Work<'_> {
    /// A fit, from where it was left if it was; and what `after` has told of every epoch. Its state is kept after each.
    pub(super) fn fit(
        &self,
        checkpoint: &mut Checkpoint,
        sessions: &[Vec<u32>],
        config: &TrainConfig,
        (name, what): (&str, &'static str),
        after: After<'_>,
    ) -> Result<(Fitted, Vec<Point>)> {
        let started = Instant::now();
        let bar = progress(config.epochs as u64, what);
        let mut left = checkpoint.running(name);
        let mut curve: Vec<Point> = left.as_mut().and_then(Running::take).unwrap_or_default();
        let fitted = fit(sessions, self.items.rows.len(), config, self.threads, left, &mut |p| {
            bar.set_position(p.epoch as u64);
            bar.set_message(format!("loss {:.4}", p.loss));
            if bar.is_hidden() {
                let seconds = started.elapsed().as_secs_f64();
                println!("{what} epoch {}/{} loss {:.4} seconds {seconds:.0}", p.epoch, p.epochs, p.loss);
            }
            curve.extend(after(&p)?);
            checkpoint.keep(name, p.epoch, &mut |to| {
                curve.put(to)?;
                p.store(to)
            });
            Ok(())
        })?;
        bar.finish_and_clear();
        Ok((fitted, curve))
    }

    /// The pairs with the queries that the client would make: quantised rows go in.
    pub(super) fn cases(&self, pairs: Vec<split::Pair>, fitted: &Fitted, vectors: &ItemVectors) -> Vec<Case> {
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

    /// Bytes of the bundle without vectors, encoder and table; and how many more these other parts may come to take.
    pub(super) fn rest(&self) -> Result<(usize, usize)> {
        let n = self.items.rows.len();
        let config = TrainConfig { dim: 8, blocks: 0, ..TrainConfig::default() };
        let (fitted, blend) = (random(n, &config), Blend::default());
        let draft = self.draft(&config, &fitted, &quantize(&fitted, config.bits)?, None, blend.spec(&blend), BTreeMap::new());
        let rest = draft.assemble()?.len().saturating_sub(plan::evidence(n, &config));
        let lengths = || self.items.rows.iter().map(|row| row.item.len());
        let sway = lengths().max().unwrap_or(0) - lengths().min().unwrap_or(0);
        Ok((rest, size::SPARE + RECORDED * sway))
    }

    pub(super) fn draft(
        &self,
        config: &TrainConfig,
        fitted: &Fitted,
        vectors: &ItemVectors,
        table: Option<&Table>,
        blend: BlendSpec,
        metrics: BTreeMap<String, f64>,
    ) -> Draft<'_> {
        Draft {
            label: &self.args.label,
            beside: self.beside,
            items: self.items,
            popularity: self.trained.popularity.clone(),
            vectors: Some(StoredVectors { dim: config.dim, rows: vectors.rows().to_vec(), scales: vectors.scales().to_vec() }),
            table: table.map(|table| table.stored.clone()),
            model: Some((spec(config), onnx::write(&fitted.encoder))),
            blend,
            signals: SignalSpec::default(),
            goldens: golden_sample(self.held, GOLDENS),
            training: Some(Training {
                data: self.args.data.clone(),
                sessions: self.trained.sessions,
                events: self.trained.events,
                seed: config.seed,
                encoder: encoder(config),
            }),
            provenance: None,
            metrics,
        }
    }

    pub(super) fn settings(&self, config: &TrainConfig, lone: &Choice, both: &Choice) -> Vec<(String, String)> {
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

/// Ids that the recorded sessions' answers hold: they are others once all is trained.
const RECORDED: usize = 2 * 5 * GOLDENS;

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
        engine: None,
    }
}

/// The encoder in words, for manifest and report.
pub(super) fn encoder(config: &TrainConfig) -> String {
    let TrainConfig { blocks, dim, bits, last, residual, .. } = config;
    let image = if *residual { " and the newest state's image" } else { "" };
    format!("{blocks} attention blocks, the weighted mean of vectors{image}, d {dim} in {bits} bits, last {last} items")
}
