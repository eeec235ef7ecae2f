//! Chooses the table's settings and the blend's weights together, on validation cases.
//!
//! From the best of a coarse grid over the blend, one setting at a time is set to each value of its own grid and the best
//! is kept, round after round, until a round changes nothing (coordinate ascent on [`Quality::objective`]); then the
//! blend's weights are moved by ever smaller factors. Deterministic, and free of gradients because ranks have none.

use super::blend::{Blend, Case, measure};
use super::quality::Quality;
use super::table::{Counts, Table, TableConfig, build, count};
use nearhand::Result;
use nearhand::rank::ItemVectors;

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
const REPEATS: [f32; 15] = [-100.0, -1.0, -0.5, -0.2, 0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 1.7, 2.4, 3.5, 5.0];
const FADES: [f32; 8] = [0.0, 0.5, 0.8, 1.2, 2.0, 3.0, 5.0, 10.0];
const MODELS: [f32; 14] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 16.0];
/// Steps of the last refinement.
const FACTORS: [f32; 4] = [1.3, 1.15, 1.08, 1.04];
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
    (cases, vectors): (&[Case], &ItemVectors),
    start: (TableConfig, Blend),
    with_model: bool,
) -> Result<Choice> {
    let mut search = Search::new(sessions, n_items, (cases, vectors), start, with_model)?;
    search.scan();
    for _ in 0..ROUNDS {
        let before = search.best.quality.objective();
        search.walk_table()?;
        search.walk_blend(&LAMBDAS, |blend| &mut blend.lambda);
        search.walk_blend(&REPEATS, |blend| &mut blend.repeat);
        search.walk_blend(&FADES, |blend| &mut blend.repeat_lambda);
        if with_model {
            search.walk_blend(&MODELS, |blend| &mut blend.model);
            search.walk_blend(&TAUS, |blend| &mut blend.tau);
        }
        if search.best.quality.objective() <= before {
            break;
        }
    }
    for factor in FACTORS {
        let settings: [fn(&mut Blend) -> &mut f32; 5] = [
            |blend| &mut blend.lambda,
            |blend| &mut blend.repeat,
            |blend| &mut blend.repeat_lambda,
            |blend| &mut blend.model,
            |blend| &mut blend.tau,
        ];
        for setting in settings {
            let now = *setting(&mut search.best.blend.clone());
            search.walk_blend(&[now * factor, now / factor], setting);
        }
    }
    Ok(search.best)
}

struct Search<'a> {
    cases: &'a [Case],
    vectors: &'a ItemVectors,
    /// Counts by half-life.
    counts: Vec<(f32, Counts)>,
    table: Table,
    best: Choice,
}

impl<'a> Search<'a> {
    fn new(
        sessions: &[Vec<u32>],
        n_items: usize,
        (cases, vectors): (&'a [Case], &'a ItemVectors),
        start: (TableConfig, Blend),
        with_model: bool,
    ) -> Result<Self> {
        let (config, blend) = start;
        let blend = if with_model { blend } else { Blend { model: 0.0, ..blend } };
        let counts = HALF_LIVES.iter().map(|&half| (half, count(sessions, n_items, config.reach, half))).collect();
        let table = build(&count(sessions, n_items, config.reach, config.half_life), &config)?;
        let quality = measure(cases, vectors, &table, &blend);
        Ok(Search { cases, vectors, counts, table, best: Choice { table: config, blend, quality, tried: 1 } })
    }

    /// The best of a coarse grid over all weights of the blend at once.
    fn scan(&mut self) {
        let with_model = self.best.blend.model > 0.0;
        let (models, taus): (&[f32], &[f32]) =
            if with_model { (&[0.5, 1.5, 4.0], &[0.06, 0.12, 0.25]) } else { (&[0.0], &[0.2]) };
        let start = self.best.blend;
        for &model in models {
            for &tau in taus {
                for lambda in [0.8, 1.6, 4.0, 10.0] {
                    for repeat in [-100.0, -0.3, 0.2, 0.6, 1.2, 2.5] {
                        for repeat_lambda in [0.0, 2.0] {
                            self.try_blend(Blend { model, tau, lambda, repeat, repeat_lambda, ..start });
                        }
                    }
                }
            }
        }
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
        let quality = measure(self.cases, self.vectors, &table, &self.best.blend);
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
            self.try_blend(blend);
        }
    }

    fn try_blend(&mut self, blend: Blend) {
        let quality = measure(self.cases, self.vectors, &self.table, &blend);
        self.best.tried += 1;
        if quality.objective() > self.best.quality.objective() {
            self.best.blend = blend;
            self.best.quality = quality;
        }
    }
}
