//! Which vectors and encoder a log gets: a few are fitted for a third of the epochs, and what table and vectors reach
//! together on the validation pairs decides. Vectors that do best alone need not be the best company: long ones and an
//! encoder with blocks leave the table less room.

use crate::choosing::quality::{Floor, Quality};
use crate::train::choosing::plan::{Plan, evidence};
use crate::train::choosing::size::{SHORTEST, VECTORS};
use crate::train::neural::config::TrainConfig;
use nearhand::Result;

/// What the command line says, and is therefore not tried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said {
    /// Bits of a value.
    pub(crate) bits: Option<usize>,
    /// Blocks of the encoder.
    pub(crate) blocks: Option<usize>,
    /// Half-life of sessions.
    pub(crate) half_life: Option<f32>,
}

/// One fit and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    /// Its settings, but for the epochs, of which it had a third.
    pub(crate) config: TrainConfig,
    /// Bytes of item vectors and encoder.
    pub(crate) bytes: usize,
    /// Successors an item that they leave.
    pub(crate) successors: f64,
    /// On the validation pairs, beside the table.
    pub(crate) quality: Quality,
}

/// Widths of codes that are tried.
pub(crate) const BITS: [usize; 3] = [4, 2, 1];
/// Share of the room for shorter vectors.
const HALF: f64 = VECTORS / 2.0;

/// The settings that do best, as `measure` finds them, and all trials: first how many bits a value, each width with the
/// longest vectors that it leaves room for, then whether vectors in half the bytes do better, as the table gets the others,
/// then the encoder, then whether old sessions weigh less. With nothing open there are none. What has no room is not tried.
///
/// # Errors
/// As `measure`.
pub(crate) fn run(
    plan: &Plan,
    said: Said,
    base: &TrainConfig,
    measure: &mut dyn FnMut(&TrainConfig) -> Result<Quality>,
) -> Result<(TrainConfig, Vec<Trial>)> {
    let best = plan.sized(base.clone(), VECTORS);
    let mut found = Found { plan, measure, best, share: VECTORS, worth: f64::NEG_INFINITY, trials: Vec::new() };
    let open = said.bits.is_none() || said.blocks.is_none() || said.half_life.is_none();
    let widths = said.bits.map_or(BITS.to_vec(), |bits| vec![bits]);
    for bits in widths.into_iter().filter(|_| open) {
        found.attempt(TrainConfig { bits, ..base.clone() }, VECTORS)?;
    }
    if open && plan.sized(found.best.clone(), HALF).dim < found.best.dim {
        found.attempt(found.best.clone(), HALF)?;
    }
    if said.blocks.is_none() {
        // One attention block, and CORE: one block, no image of the newest state.
        let one = TrainConfig { blocks: 1, ..found.best.clone() };
        found.attempt(one.clone(), found.share)?;
        if one.residual {
            found.attempt(TrainConfig { residual: false, ..one }, found.share)?;
        }
    }
    if said.half_life.is_none() {
        found.attempt(TrainConfig { half_life: 0.0, ..found.best.clone() }, found.share)?;
    }
    Ok((found.best, found.trials))
}

/// How many fits the questions that are open take, at most.
pub(crate) fn most(said: Said) -> usize {
    let open = [said.bits.is_none(), said.blocks.is_none(), said.half_life.is_none()];
    let widths = if said.bits.is_none() { BITS.len() } else { 1 };
    let [_, blocks, half_life] = open.map(usize::from);
    if open.contains(&true) { widths + 1 + 2 * blocks + half_life } else { 0 }
}

/// Bytes of the smallest vectors and encoder that the questions leave open.
pub(crate) fn least(plan: &Plan, said: Said, base: &TrainConfig) -> usize {
    let widths = said.bits.map_or(BITS.to_vec(), |bits| vec![bits]);
    let dim = plan.dim.unwrap_or(SHORTEST);
    let sizes = widths.into_iter().map(|bits| plan.least(&TrainConfig { bits, dim, ..base.clone() }));
    sizes.min().unwrap_or(0)
}

struct Found<'a> {
    plan: &'a Plan,
    measure: &'a mut dyn FnMut(&TrainConfig) -> Result<Quality>,
    best: TrainConfig,
    /// Of the room, for the best one's vectors and encoder.
    share: f64,
    worth: f64,
    trials: Vec<Trial>,
}

impl Found<'_> {
    fn attempt(&mut self, config: TrainConfig, share: f64) -> Result<()> {
        let config = self.plan.sized(config, share);
        if !self.plan.fits(&config) {
            return Ok(());
        }
        let quality = (self.measure)(&config)?;
        let trial = Trial {
            bytes: evidence(self.plan.items, &config),
            successors: self.plan.mean(&config),
            quality,
            config: config.clone(),
        };
        let TrainConfig { bits, dim, blocks, residual, half_life, .. } = config;
        println!(
            "trial bits={bits} dim={dim} blocks={blocks} residual={residual} half_life={half_life} bytes={} successors={:.1} \
             validation_hr@20={:.4} validation_mrr@20={:.4}",
            trial.bytes,
            trial.successors,
            quality.hr(),
            quality.mrr()
        );
        self.trials.push(trial);
        let worth = quality.objective(Floor::of(&[]));
        if worth > self.worth {
            (self.worth, self.best, self.share) = (worth, config, share);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan { room: 600_000, items: 3_000, spare: 0, dim: None, lr: None, successors: None }
    }

    /// Ranks whose figures rise with `hits` of ten.
    fn reaches(hits: usize) -> Quality {
        (0..10).map(|pair| if pair < hits { 1 } else { 21 }).collect()
    }

    #[test]
    fn the_best_goes_on_to_the_next_question() {
        let mut tried = Vec::new();
        let base = TrainConfig::default();
        let (chosen, trials) = run(&plan(), Said::default(), &base, &mut |config| {
            tried.push((config.bits, config.blocks, config.residual, config.half_life));
            let better = [config.bits == 2, config.blocks == 1, config.half_life == 0.0];
            Ok(reaches(3 + better.map(usize::from).iter().sum::<usize>()))
        })
        .unwrap();
        let bits = [(4, 0, true, 0.5), (2, 0, true, 0.5), (1, 0, true, 0.5)];
        assert_eq!(tried, [&bits[..], &[(2, 1, true, 0.5), (2, 1, false, 0.5), (2, 1, true, 0.0)]].concat());
        assert_eq!((chosen.bits, chosen.blocks, chosen.residual, chosen.half_life), (2, 1, true, 0.0));
        assert_eq!((chosen.epochs, trials.len()), (base.epochs, 6));
        assert!(trials.iter().all(|trial| trial.bytes <= 396_000 && trial.successors > 20.0));
    }

    /// More items: the longest vectors take what they may, and half of it is a question.
    #[test]
    fn shorter_vectors_are_kept_where_they_do_better() {
        for (better, dims) in [(false, [120, 56, 88]), (true, [120, 56, 48])] {
            let mut lengths = Vec::new();
            let plan = Plan { items: 25_000, ..plan() };
            let said = Said { bits: Some(1), half_life: Some(0.5), ..Said::default() };
            run(&plan, said, &TrainConfig { bits: 1, residual: false, ..TrainConfig::default() }, &mut |config| {
                lengths.push(config.dim);
                Ok(reaches(if better == (config.dim < 60) { 5 } else { 3 }))
            })
            .unwrap();
            assert_eq!(lengths, dims);
        }
    }

    #[test]
    fn what_is_said_is_not_tried() {
        let base = TrainConfig { bits: 4, blocks: 1, half_life: 0.25, ..TrainConfig::default() };
        let said = Said { bits: Some(4), blocks: Some(1), half_life: Some(0.25) };
        let (chosen, trials) = run(&plan(), said, &base, &mut |_| panic!("nothing is open")).unwrap();
        assert_eq!(chosen, TrainConfig { dim: chosen.dim, lr: chosen.lr, ..base.clone() });
        assert!(trials.is_empty());
        let said = Said { half_life: None, ..said };
        let (_, trials) = run(&plan(), said, &base, &mut |_| Ok(reaches(1))).unwrap();
        assert_eq!(trials.iter().map(|trial| trial.config.half_life).collect::<Vec<_>>(), [0.25, 0.25, 0.0]);
    }
}
