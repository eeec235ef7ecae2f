//! The training loop.

use nearhand::{Code, Error, Result};

use crate::train::checkpoint::{Reader, Running, Writer};
use crate::train::neural::batches::epoch;
use crate::train::neural::config::TrainConfig;
use crate::train::neural::fitted::Fitted;
use crate::train::neural::model::{Candidates, Model};
use nearhand_numerics::random::Random;

/// Where a run stands, told after every epoch.
pub(crate) struct Progress<'a> {
    /// Epochs done, from 1.
    pub(crate) epoch: usize,
    /// Epochs in all.
    pub(crate) epochs: usize,
    /// Mean loss of the epoch's batches.
    pub(crate) loss: f64,
    /// The model as it is.
    pub(crate) model: &'a Model,
    random: &'a Random,
}

impl Progress<'_> {
    /// All that the next epochs follow from.
    pub(crate) fn store(&self, to: &mut Writer<'_>) -> std::io::Result<()> {
        to.u64(self.epoch as u64)?;
        to.u64(self.random.state())?;
        self.model.store(to)
    }
}

/// Random weights, as a fit begins with.
pub(crate) fn random(n_items: usize, config: &TrainConfig) -> Fitted {
    Model::new(n_items, config, 1, &mut Random::new(config.seed)).export()
}

/// Fits item vectors and encoder to sessions of item indices below `n_items`, oldest session first, from random
/// weights or from where a fit of the same was stored, on `threads` threads, whose number changes no bit of the result.
///
/// # Errors
/// `invalid-option` for settings outside their range; `data-invalid` for an item index that is too large, no session
/// with two items, a loss that is no number.
pub(crate) fn fit(
    sessions: &[Vec<u32>],
    n_items: usize,
    config: &TrainConfig,
    threads: usize,
    from: Option<Running>,
    progress: &mut dyn FnMut(Progress<'_>) -> Result<()>,
) -> Result<Fitted> {
    config.check()?;
    let counts = count(sessions, n_items)?;
    let mut random = Random::new(config.seed);
    let mut model = Model::new(n_items, config, threads, &mut random);
    let mut done = 0;
    if let Some(from) = from {
        let mut from = from.reader();
        let stored = |from: &mut Reader<'_>| Some((from.usize()?, Random::new(from.u64()?)));
        (done, random) = stored(&mut from)
            .filter(|_| model.restore(&mut from).is_some() && from.left() == 0)
            .ok_or_else(|| Error::new(Code::DataInvalid, "a checkpoint does not fit its training: begin anew with --restart"))?;
    }
    let sampler = (n_items > config.full_softmax).then(|| Sampler::new(&counts, config.negatives));
    for number in done..config.epochs {
        let batches = epoch(sessions, config, &mut random);
        if batches.is_empty() {
            return Err(Error::new(Code::DataInvalid, "no session has two items").with("sessions", sessions.len()));
        }
        let mut sum = 0.0;
        for (at, batch) in batches.iter().enumerate() {
            let part = (number as f64 + at as f64 / batches.len() as f64) / config.epochs as f64;
            let sample = sampler.as_ref().map(|s| s.draw(&mut random));
            sum += model.step(batch, sample.as_ref(), rate(config.lr, part), &mut random);
        }
        let loss = sum / batches.len() as f64;
        if !loss.is_finite() {
            return Err(Error::new(Code::DataInvalid, "the loss is no number: lower --lr or raise the temperature")
                .with("epoch", number + 1)
                .with("lr", config.lr)
                .with("temperature", config.temperature));
        }
        progress(Progress { epoch: number + 1, epochs: config.epochs, loss, model: &model, random: &random })?;
    }
    Ok(model.export())
}

/// Linear warm-up over the first 2 % of the run, then a half cosine to 0.
fn rate(peak: f64, part: f64) -> f64 {
    let warm = 0.02;
    if part < warm {
        return peak * (part / warm).max(0.05);
    }
    peak * 0.5 * (1.0 + (std::f64::consts::PI * (part - warm) / (1.0 - warm)).cos())
}

fn count(sessions: &[Vec<u32>], n_items: usize) -> Result<Vec<u32>> {
    let mut counts = vec![0u32; n_items];
    for (number, session) in sessions.iter().enumerate() {
        for &item in session {
            match counts.get_mut(item as usize) {
                Some(count) => *count += 1,
                None => {
                    return Err(Error::new(Code::DataInvalid, "a session holds an item beyond the item list")
                        .with("session", number)
                        .with("item", item)
                        .with("items", n_items));
                }
            }
        }
    }
    Ok(counts)
}

/// Draws shared negatives in proportion to popularity^0.75 (Mikolov et al. 2013).
struct Sampler {
    cumulative: Vec<f64>,
    draws: usize,
}

impl Sampler {
    fn new(counts: &[u32], draws: usize) -> Sampler {
        let mut sum = 0.0;
        let cumulative = counts.iter().map(|&c| {
            sum += f64::from(c).powf(0.75);
            sum
        });
        Sampler { cumulative: cumulative.collect(), draws }
    }

    /// Each drawn item once, in index order, with −log(1 − (1 − p)^draws).
    fn draw(&self, random: &mut Random) -> Candidates {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let mut items: Vec<u32> = (0..self.draws)
            .map(|_| {
                let at = f64::from(random.unit()) * total + total * f64::from(random.unit()) / f64::from(1u32 << 24);
                self.cumulative.partition_point(|&c| c <= at).min(self.cumulative.len() - 1) as u32
            })
            .collect();
        items.sort_unstable();
        items.dedup();
        let before = |i: u32| if i == 0 { 0.0 } else { self.cumulative[i as usize - 1] };
        let offset = |&i: &u32| {
            let p = ((self.cumulative[i as usize] - before(i)) / total).max(1e-12);
            -(-(self.draws as f64 * (-p).ln_1p()).exp_m1()).ln()
        };
        let offsets = items.iter().map(|i| offset(i) as f32).collect();
        Candidates { items, offsets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> (Vec<Vec<u32>>, TrainConfig) {
        let sessions = (0..60).map(|s| (0..6).map(|i| (s * 7 + i) % 12).collect()).collect();
        let config = TrainConfig { dim: 8, epochs: 8, batch: 64, last: 4, lr: 0.01, dropout: 0.1, ..TrainConfig::default() };
        (sessions, config)
    }

    #[test]
    fn the_same_seed_gives_the_same_weights_and_the_loss_falls() {
        let (sessions, config) = tiny();
        for config in [config.clone(), TrainConfig { full_softmax: 4, negatives: 6, ..config }] {
            let mut losses = Vec::new();
            let one = fit(&sessions, 12, &config, 1, None, &mut |p| {
                losses.push(p.loss);
                Ok(())
            })
            .unwrap();
            let mut states = Vec::new();
            let two = fit(&sessions, 12, &config, 3, None, &mut |p| {
                let mut bytes = Vec::new();
                p.store(&mut Writer::new(&mut bytes)).unwrap();
                states.push(bytes);
                Ok(())
            });
            assert_eq!(one, two.unwrap());
            for (done, state) in states.iter().enumerate() {
                let mut epochs = Vec::new();
                let on = fit(&sessions, 12, &config, 1, Some(Running::of(state.clone())), &mut |p| {
                    epochs.push(p.epoch);
                    Ok(())
                });
                assert_eq!((on.unwrap(), epochs), (one.clone(), (done + 2..=8).collect()));
            }
            let other = TrainConfig { dim: 16, ..config.clone() };
            assert!(fit(&sessions, 12, &other, 1, Some(Running::of(states[0].clone())), &mut |_| Ok(())).is_err());
            assert!(losses[7] < 0.8 * losses[0], "{losses:?}");
        }
    }

    #[test]
    fn the_offset_is_the_log_of_the_chance_to_be_drawn() {
        let sampler = Sampler::new(&[16, 1, 0, 81], 5);
        let mut random = Random::new(1);
        let (mut times, mut expected) = ([0f64; 4], [0f64; 4]);
        for _ in 0..20_000 {
            let drawn = sampler.draw(&mut random);
            for (i, o) in drawn.items.iter().zip(&drawn.offsets) {
                times[*i as usize] += 1.0 / 20_000.0;
                expected[*i as usize] = f64::from(-o).exp();
            }
        }
        for i in 0..4 {
            assert!((times[i] - expected[i]).abs() < 0.02, "{times:?} {expected:?}");
        }
    }

    #[test]
    fn a_bad_item_is_named() {
        let (sessions, config) = tiny();
        let error = fit(&sessions, 5, &config, 1, None, &mut |_| Ok(())).unwrap_err();
        assert!(error.details().iter().any(|(name, value)| *name == "item" && value == "5"), "{error}");
    }
}
