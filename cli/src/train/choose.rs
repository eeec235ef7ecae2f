//! Chooses the table's settings and the blend's weights together, on validation cases.
//!
//! One setting at a time is set to each value of its grid and the best is kept, round after round, until a round changes
//! nothing (coordinate ascent on [`Quality::objective`]); deterministic, and free of gradients because ranks have none.

use super::blend::{Blend, Case, measure};
use super::quality::Quality;
use super::table::{Counts, Table, TableConfig, build, count};
use nearhand::Result;

/// What a search ends with.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Settings of the table.
    pub(super) table: TableConfig,
    /// Weights of the blend.
    pub(super) blend: Blend,
    /// What they reach on the cases.
    pub(super) quality: Quality,
    /// How many settings were measured.
    pub(super) tried: usize,
}

/// Rounds after which the search ends in any case.
const ROUNDS: usize = 12;
const HALF_LIVES: [f32; 6] = [0.0, 1.0, 0.5, 0.35, 0.25, 0.15];
const BACKWARDS: [f32; 7] = [0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0];
const DAMPS: [f32; 7] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35];
const SOURCES: [f32; 7] = [0.0, 0.25, 0.5, 0.65, 0.75, 0.85, 1.0];
const LAMBDAS: [f32; 12] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0, 32.0];
const REPEATS: [f32; 11] = [-100.0, -1.0, -0.5, -0.2, 0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2];
const MODELS: [f32; 14] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 16.0];
const TAUS: [f32; 11] = [0.03, 0.04, 0.055, 0.08, 0.11, 0.15, 0.2, 0.28, 0.4, 0.55, 0.8];

/// The search: tables are built from `sessions` (which must not hold the cases' sessions), `start` gives the widths that
/// are not searched (`width`, `reach`, `last`) and the first values of the others.
///
/// With `with_model` false the item vectors stay out (`model` = 0): the table alone.
///
/// # Errors
/// `bundle-part-invalid` when the width is 0.
pub(super) fn choose(
    sessions: &[Vec<u32>],
    n_items: usize,
    cases: &[Case],
    start: (TableConfig, Blend),
    with_model: bool,
) -> Result<Choice> {
    let mut search = Search::new(sessions, n_items, cases, start, with_model)?;
    for _ in 0..ROUNDS {
        let before = search.best.quality.objective();
        search.walk_table()?;
        search.walk_blend(&LAMBDAS, |blend| &mut blend.lambda);
        search.walk_blend(&REPEATS, |blend| &mut blend.repeat);
        if with_model {
            search.walk_blend(&MODELS, |blend| &mut blend.model);
            search.walk_blend(&TAUS, |blend| &mut blend.tau);
        }
        if search.best.quality.objective() <= before {
            break;
        }
    }
    Ok(search.best)
}

struct Search<'a> {
    cases: &'a [Case],
    /// Counts by half-life.
    counts: Vec<(f32, Counts)>,
    table: Table,
    best: Choice,
}

impl<'a> Search<'a> {
    fn new(
        sessions: &[Vec<u32>],
        n_items: usize,
        cases: &'a [Case],
        start: (TableConfig, Blend),
        with_model: bool,
    ) -> Result<Self> {
        let (config, blend) = start;
        let blend = if with_model { blend } else { Blend { model: 0.0, ..blend } };
        let counts = HALF_LIVES.iter().map(|&half| (half, count(sessions, n_items, config.reach, half))).collect();
        let table = build(&count(sessions, n_items, config.reach, config.half_life), &config)?;
        let quality = measure(cases, &table, &blend);
        Ok(Search { cases, counts, table, best: Choice { table: config, blend, quality, tried: 1 } })
    }

    fn walk_table(&mut self) -> Result<()> {
        for half_life in HALF_LIVES {
            self.try_table(TableConfig { half_life, ..self.best.table })?;
        }
        for backward in BACKWARDS {
            self.try_table(TableConfig { backward, ..self.best.table })?;
        }
        for damp in DAMPS {
            self.try_table(TableConfig { damp, ..self.best.table })?;
        }
        for source in SOURCES {
            self.try_table(TableConfig { source, ..self.best.table })?;
        }
        Ok(())
    }

    fn try_table(&mut self, config: TableConfig) -> Result<()> {
        let Some((_, counts)) = self.counts.iter().find(|(half, _)| *half == config.half_life) else { return Ok(()) };
        if config == self.best.table {
            return Ok(());
        }
        let table = build(counts, &config)?;
        let quality = measure(self.cases, &table, &self.best.blend);
        self.best.tried += 1;
        if quality.objective() > self.best.quality.objective() {
            self.table = table;
            self.best.table = config;
            self.best.quality = quality;
        }
        Ok(())
    }

    fn walk_blend(&mut self, grid: &[f32], setting: fn(&mut Blend) -> &mut f32) {
        for &value in grid {
            let mut blend = self.best.blend;
            if *setting(&mut blend) == value {
                continue;
            }
            *setting(&mut blend) = value;
            let quality = measure(self.cases, &self.table, &blend);
            self.best.tried += 1;
            if quality.objective() > self.best.quality.objective() {
                self.best.blend = blend;
                self.best.quality = quality;
            }
        }
    }
}
