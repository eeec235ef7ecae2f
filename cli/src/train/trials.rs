//! Which encoder a log gets: a few are fitted for a third of the epochs, and what table and vectors reach together on the
//! validation pairs decides. Vectors that do best alone need not be the best company: an encoder without blocks leaves the
//! table more room.

use super::config::TrainConfig;
use super::plan::Plan;
use super::quality::{Floor, Quality};
use nearhand::Result;

/// The settings that do best, as `measure` finds them: first the encoder, then whether old sessions weigh less. What
/// `blocks` or `half_life` says is not tried.
///
/// # Errors
/// As `measure`.
pub(super) fn run(
    plan: &Plan,
    blocks: Option<usize>,
    half_life: Option<f32>,
    base: &TrainConfig,
    measure: &mut dyn FnMut(&TrainConfig) -> Result<Quality>,
) -> Result<TrainConfig> {
    // Two attention blocks, one, the attention-weighted mean with the newest state's image, and CORE: one block, no image.
    let mut encoders = vec![base.clone()];
    if blocks.is_none() {
        encoders.extend([1, 0].map(|blocks| TrainConfig { blocks, ..base.clone() }));
        if base.residual {
            encoders.push(TrainConfig { blocks: 1, residual: false, ..base.clone() });
        }
    }
    let mut best: Option<(f64, TrainConfig)> = None;
    let mut try_one = |config: TrainConfig, best: &mut Option<(f64, TrainConfig)>| -> Result<()> {
        let config = plan.sized(config);
        let quality = measure(&config)?;
        let TrainConfig { dim, blocks, residual, half_life, .. } = config;
        println!(
            "trial blocks={blocks} residual={residual} dim={dim} half_life={half_life} validation_hr@20={:.4} validation_mrr@20={:.4}",
            quality.hr(),
            quality.mrr()
        );
        let worth = quality.objective(Floor::of(&[]));
        if best.as_ref().is_none_or(|(most, _)| worth > *most) {
            *best = Some((worth, config));
        }
        Ok(())
    };
    if encoders.len() > 1 || half_life.is_none() {
        for config in encoders {
            try_one(config, &mut best)?;
        }
    }
    if half_life.is_none()
        && let Some((_, config)) = best.clone()
    {
        try_one(TrainConfig { half_life: 0.0, ..config }, &mut best)?;
    }
    Ok(best.map_or_else(|| plan.sized(base.clone()), |(_, config)| config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan { room: 600_000, items: 3_000, dim: None, successors: None }
    }

    /// Ranks whose figures rise with `hits` of ten.
    fn reaches(hits: usize) -> Quality {
        (0..10).map(|pair| if pair < hits { 1 } else { 21 }).collect()
    }

    #[test]
    fn the_best_encoder_goes_on_to_the_next_question() {
        let mut tried = Vec::new();
        let chosen = run(&plan(), None, None, &TrainConfig::default(), &mut |config| {
            tried.push((config.blocks, config.residual, config.half_life));
            Ok(reaches(if config.blocks == 0 { 5 } else { 3 } + usize::from(config.half_life == 0.0)))
        })
        .unwrap();
        assert_eq!(tried, [(2, true, 0.5), (1, true, 0.5), (0, true, 0.5), (1, false, 0.5), (0, true, 0.0)]);
        assert_eq!((chosen.blocks, chosen.half_life, chosen.epochs), (0, 0.0, TrainConfig::default().epochs));
    }

    #[test]
    fn what_is_said_is_not_tried() {
        let base = TrainConfig { blocks: 1, half_life: 0.25, ..TrainConfig::default() };
        let chosen = run(&plan(), Some(1), Some(0.25), &base, &mut |_| panic!("nothing is open")).unwrap();
        assert_eq!(chosen, TrainConfig { dim: chosen.dim, ..base });
    }
}
