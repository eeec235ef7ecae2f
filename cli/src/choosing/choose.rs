//! Chooses the table's settings and the blend's weights together, on validation cases.
//!
//! From the best of a coarse grid over the blend at each loudness of the vectors, one setting at a time is set to each
//! value of its own grid and the best is kept, round after round, until a round changes nothing (coordinate ascent on
//! [`Quality::objective`]); then the blend's weights are moved by ever smaller factors. The best of these ascents is
//! chosen: where the table leads and where the vectors lead, each has its own hilltop. Deterministic, and free of
//! gradients because ranks have none.

use crate::choosing::blend::{Blend, Case, measure};
use crate::choosing::counting::{Counts, Timed, count_some};
use crate::choosing::quality::{Floor, Quality};
use crate::choosing::table::{Table, TableConfig, build};
use nearhand::rank::ItemVectors;
use nearhand::{Code, Error, Result};

/// What a search ends with.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// Settings of the table.
    pub(crate) table: TableConfig,
    /// Weights of the blend.
    pub(crate) blend: Blend,
    /// What they reach on the cases.
    pub(crate) quality: Quality,
    /// How many settings were measured.
    pub(crate) tried: usize,
}

/// Keeps what the stages of a search come to, so that one that is cut off can go on.
pub(crate) trait Stages {
    /// What a stage came to, if it has been done; else does it and keeps that.
    ///
    /// # Errors
    /// As `work`.
    fn stage(&mut self, name: &str, work: &mut dyn FnMut() -> Result<Choice>) -> Result<Choice>;
}

/// Rounds after which the search ends in any case.
const ROUNDS: usize = 12;
const HALF_LIVES: [f32; 6] = [0.0, 1.0, 0.5, 0.35, 0.25, 0.15];
const BACKWARDS: [f32; 7] = [0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0];
const DAMPS: [f32; 7] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35];
const SOURCES: [f32; 7] = [0.0, 0.25, 0.5, 0.65, 0.75, 0.85, 1.0];
const LAMBDAS: [f32; 12] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0, 32.0];
const REPEATS: [f32; 17] = [-100.0, -1.0, -0.5, -0.2, 0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 1.7, 2.4, 3.5, 5.0, 8.0, 14.0];
const FADES: [f32; 8] = [0.0, 0.5, 0.8, 1.2, 2.0, 3.0, 5.0, 10.0];
const MODELS: [f32; 14] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 16.0];
/// Steps of the last refinement.
const FACTORS: [f32; 4] = [1.3, 1.15, 1.08, 1.04];
const TAUS: [f32; 12] = [0.03, 0.04, 0.055, 0.08, 0.11, 0.15, 0.2, 0.28, 0.4, 0.55, 0.8, 1.2];

/// The search: tables are built from `sessions` (which must not hold the cases' sessions). An ascent begins at each of
/// `starts`, which give the widths that are not searched (`width`, `mean`, `reach`, `last`) and whether the vectors have a
/// say (`model` > 0). What lies below the `floor` is chosen only if nothing found lies above. What each round comes to is kept
/// under the search's name.
///
/// # Errors
/// `bundle-part-invalid` when the width is 0.
pub(crate) fn choose<'a>(
    sessions: impl Into<Timed<'a>>,
    n_items: usize,
    (cases, vectors): (&[Case], &ItemVectors),
    starts: &[(TableConfig, Blend)],
    floor: Floor,
    (stages, name): (&mut dyn Stages, &str),
) -> Result<Choice> {
    let mut best: Option<Choice> = None;
    let mut tried = 0;
    let mut counted = Counted { sessions: sessions.into(), n_items, asked: asked(cases, n_items), known: Vec::new() };
    for (number, &(table, blend)) in starts.iter().enumerate() {
        let start = Choice { table, blend, quality: Quality::default(), tried: 0 };
        let mut search = Search { cases, vectors, floor, counted: &mut counted, table: None, best: start };
        search.ascend(stages, &format!("{name} {number}"))?;
        tried += search.best.tried;
        let better = |best: &Choice| search.worth(&search.best.quality) > search.worth(&best.quality);
        if best.as_ref().is_none_or(better) {
            best = Some(search.best);
        }
    }
    best.map(|best| Choice { tried, ..best }).ok_or_else(|| Error::new(Code::OptionInvalid, "a search needs a start"))
}

/// Where searches of the table alone begin: the order counts, or it does not.
pub(crate) fn alone(mean: f64) -> [(TableConfig, Blend); 2] {
    let blend = Blend { model: 0.0, repeat: -1.0, ..Blend::default() };
    let table = TableConfig { mean, ..TableConfig::default() };
    let free = TableConfig { ordered: false, backward: 1.0, damp: 0.35, source: 0.65, half_life: 0.5, ..table };
    [(table, blend), (free, Blend { lambda: 32.0, ..blend })]
}

/// Where searches with vectors begin: their weight from low to high.
pub(crate) fn together(lone: &Choice) -> [(TableConfig, Blend); 4] {
    [0.5, 1.5, 4.0, 12.0].map(|model| (lone.table, Blend { model, ..lone.blend }))
}

/// The best of a few weights of the vectors beside a table chosen alone: what a fit is worth, before its search.
pub(crate) fn glance((cases, vectors): (&[Case], &ItemVectors), table: &Table, lone: &Blend) -> Quality {
    let mut best = Quality::default();
    for model in [0.5, 1.5, 4.0] {
        for tau in [0.06, 0.12, 0.25, 0.5, 1.0] {
            // A bonus stays as loud beside table and vectors as it was beside the table.
            for repeat in [lone.repeat, lone.repeat * (1.0 + model)] {
                let quality = measure(cases, vectors, table, &Blend { model, tau, repeat, ..*lone });
                if quality.objective(Floor::of(&[])) > best.objective(Floor::of(&[])) {
                    best = quality;
                }
            }
        }
    }
    best
}

/// The items whose rows the cases ask for.
fn asked(cases: &[Case], n_items: usize) -> Vec<bool> {
    let mut asked = vec![false; n_items];
    for item in cases.iter().flat_map(|case| case.pair.prefix.iter().chain(&case.pair.heard.dismissed)) {
        if let Some(asked) = asked.get_mut(*item as usize) {
            *asked = true;
        }
    }
    asked
}

/// Counts of the sessions, each made when it is first asked for.
struct Counted<'a> {
    sessions: Timed<'a>,
    n_items: usize,
    asked: Vec<bool>,
    known: Vec<(bool, f32, Counts)>,
}

impl Counted<'_> {
    fn by(&mut self, config: &TableConfig) -> &Counts {
        let asked = |(ordered, half_life, _): &(bool, f32, Counts)| (*ordered, *half_life) == (config.ordered, config.half_life);
        let at = self.known.iter().position(asked).unwrap_or_else(|| {
            self.known.push((config.ordered, config.half_life, count_some(self.sessions, self.n_items, config, &self.asked)));
            self.known.len() - 1
        });
        &self.known[at].2
    }
}

struct Search<'a, 'b> {
    cases: &'a [Case],
    vectors: &'a ItemVectors,
    floor: Floor,
    counted: &'a mut Counted<'b>,
    /// The best one's, once it is asked for.
    table: Option<Table>,
    best: Choice,
}

impl Search<'_, '_> {
    fn worth(&self, quality: &Quality) -> f64 {
        quality.objective(self.floor)
    }

    /// The best of a coarse grid over all weights of the blend but the vectors' at once.
    fn scan(&mut self) {
        let start = self.best.blend;
        let taus: &[f32] = if start.model > 0.0 { &[0.06, 0.12, 0.25] } else { &[start.tau] };
        for &tau in taus {
            for lambda in [0.8, 1.6, 4.0, 10.0] {
                for repeat in [-100.0, -0.3, 0.2, 0.6, 1.2, 2.5, 6.0] {
                    for repeat_lambda in [0.0, 2.0] {
                        self.try_blend(Blend { tau, lambda, repeat, repeat_lambda, ..start });
                    }
                }
            }
        }
    }

    /// From the start to the top. The best after each round is kept under the name of the ascent.
    fn ascend(&mut self, stages: &mut dyn Stages, name: &str) -> Result<()> {
        self.stage(stages, &format!("{name} scan"), |search| {
            search.try_start();
            search.scan();
            Ok(())
        })?;
        for round in 0..ROUNDS {
            let before = self.worth(&self.best.quality);
            self.stage(stages, &format!("{name} round {round}"), Self::round)?;
            if self.worth(&self.best.quality) <= before {
                break;
            }
        }
        self.stage(stages, &format!("{name} end"), |search| {
            search.refine();
            Ok(())
        })
    }

    /// A part of the ascent, unless it has been done.
    fn stage(&mut self, stages: &mut dyn Stages, name: &str, work: fn(&mut Self) -> Result<()>) -> Result<()> {
        let best = stages.stage(name, &mut || {
            if self.table.is_none() {
                self.table = Some(build(self.counted.by(&self.best.table), &self.best.table)?);
            }
            work(self)?;
            Ok(self.best.clone())
        })?;
        if best.table != self.best.table {
            self.table = None;
        }
        self.best = best;
        Ok(())
    }

    /// Up from the best, one setting at a time.
    fn round(&mut self) -> Result<()> {
        self.walk_table()?;
        self.walk_blend(&LAMBDAS, |blend| &mut blend.lambda);
        self.walk_blend(&REPEATS, |blend| &mut blend.repeat);
        self.walk_blend(&FADES, |blend| &mut blend.repeat_lambda);
        if self.best.blend.model > 0.0 {
            self.walk_blend(&MODELS, |blend| &mut blend.model);
            self.walk_blend(&TAUS, |blend| &mut blend.tau);
        }
        Ok(())
    }

    /// The blend's weights by ever smaller factors.
    fn refine(&mut self) {
        for factor in FACTORS {
            let settings: [fn(&mut Blend) -> &mut f32; 5] = [
                |blend| &mut blend.lambda,
                |blend| &mut blend.repeat,
                |blend| &mut blend.repeat_lambda,
                |blend| &mut blend.model,
                |blend| &mut blend.tau,
            ];
            for setting in settings {
                let now = *setting(&mut self.best.blend.clone());
                self.walk_blend(&[now * factor, now / factor], setting);
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
        if config == self.best.table {
            return Ok(());
        }
        let table = build(self.counted.by(&config), &config)?;
        let quality = measure(self.cases, self.vectors, &table, &self.best.blend);
        self.best.tried += 1;
        if self.worth(&quality) > self.worth(&self.best.quality) {
            self.table = Some(table);
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

    fn try_start(&mut self) {
        let Some(table) = &self.table else { return };
        self.best.quality = measure(self.cases, self.vectors, table, &self.best.blend);
        self.best.tried = 1;
    }

    fn try_blend(&mut self, blend: Blend) {
        let Some(table) = &self.table else { return };
        let quality = measure(self.cases, self.vectors, table, &blend);
        self.best.tried += 1;
        if self.worth(&quality) > self.worth(&self.best.quality) {
            self.best.blend = blend;
            self.best.quality = quality;
        }
    }
}
