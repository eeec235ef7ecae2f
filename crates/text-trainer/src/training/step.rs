//! One step: texts shared among threads, gradients summed in the threads' order.

use super::adam::{Moments, squared, sum};
use super::options::Recipe;
use super::stream::Windows;
use crate::error::{Code, Error, Result};
use crate::model::Shape;
use crate::model::codes::rounded;
use crate::model::network::{NONE, Network, Noise};
use nearhand_numerics::random::Random;

/// Tokens that a thread takes at a time: enough for fast products, few enough for the caches.
const TOKENS: usize = 1024;

/// What a thread needs.
#[derive(Debug)]
struct Worker {
    network: Network,
    gradient: Vec<f32>,
    loss: f64,
}

/// A model in training.
#[derive(Debug)]
pub(super) struct Trainee {
    shape: Shape,
    recipe: Recipe,
    pub(super) weights: Vec<f32>,
    pub(super) moments: Moments,
    /// What the way forward runs on when weights are rounded.
    rounded: Vec<f32>,
    workers: Vec<Worker>,
    /// Texts a thread takes at a time.
    texts: usize,
}

/// What a step had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    /// Nats a token.
    pub(super) loss: f64,
    /// The gradient's length before it was cut.
    pub(super) length: f64,
}

impl Trainee {
    pub(super) fn new(shape: Shape, recipe: Recipe, threads: usize, weights: Vec<f32>, moments: Moments) -> Self {
        let threads = threads.min(recipe.batch).max(1);
        let texts = (TOKENS / shape.context).clamp(1, recipe.batch.div_ceil(threads));
        let worker =
            |_| Worker { network: Network::new(shape, texts, shape.context), gradient: vec![0.0; weights.len()], loss: 0.0 };
        let workers = (0..threads).map(worker).collect();
        Self { shape, recipe, rounded: vec![0.0; weights.len()], weights, moments, workers, texts }
    }

    /// Learns from `batch` windows from `first` on.
    ///
    /// # Errors
    /// `training-diverged`.
    pub(super) fn step(&mut self, windows: &Windows, first: usize, number: u64) -> Result<Done> {
        let (batch, len, texts) = (self.recipe.batch, self.shape.context, self.texts);
        let (mut tokens, mut targets) = (Vec::new(), Vec::new());
        (first..first + batch).for_each(|window| windows.window(window, &mut tokens, &mut targets));
        let count = targets.iter().filter(|t| **t != NONE).count().max(1);
        let share = 1.0 / count as f32;
        let weights =
            if self.recipe.rounds(number) { round(&self.shape, &self.weights, &mut self.rounded) } else { &self.weights };
        let (dropout, seed) = (self.recipe.dropout, Random::of(self.recipe.seed ^ 0x6e6f_6973, number).bits());
        let each = batch.div_ceil(self.workers.len()) * len;
        let parts = tokens.chunks(each).zip(targets.chunks(each));
        std::thread::scope(|scope| {
            for ((at, (tokens, targets)), worker) in parts.enumerate().zip(&mut self.workers) {
                let work = move || {
                    worker.gradient.fill(0.0);
                    worker.loss = 0.0;
                    for (part, (tokens, targets)) in tokens.chunks(texts * len).zip(targets.chunks(texts * len)).enumerate() {
                        let noise = Noise { share: dropout, seed: Random::of(seed, (at << 32 | part) as u64).bits() };
                        let Worker { network, gradient, loss } = &mut *worker;
                        *loss += network.learn(weights, tokens, targets, share, noise, gradient);
                    }
                };
                scope.spawn(work);
            }
        });
        let used = tokens.chunks(each).count();
        let (one, others) = self.workers.split_at_mut(1);
        let Some(one) = one.first_mut() else { return Err(diverged(number)) };
        for other in others.iter().take(used.saturating_sub(1)) {
            sum(&mut one.gradient, &other.gradient);
            one.loss += other.loss;
        }
        let (loss, length) = (one.loss / count as f64, squared(&one.gradient).sqrt());
        if !loss.is_finite() || !length.is_finite() {
            return Err(diverged(number).with("loss", loss));
        }
        let factor = (f64::from(self.recipe.clip) / length.max(1e-12)).min(1.0) as f32;
        let numbers = (self.recipe.rate_at(number), self.recipe.decay, factor);
        self.moments.step(&self.shape, &mut self.weights, &one.gradient, number, numbers);
        Ok(Done { loss, length })
    }

    /// Nats of all windows, and how many targets they had, on weights as a step would run on.
    pub(super) fn measure(&mut self, windows: &Windows, number: u64) -> f64 {
        let (len, texts) = (self.shape.context, self.texts);
        let weights =
            if self.recipe.rounds(number) { round(&self.shape, &self.weights, &mut self.rounded) } else { &self.weights };
        let (mut tokens, mut targets) = (Vec::new(), Vec::new());
        (0..windows.count()).for_each(|window| windows.window(window, &mut tokens, &mut targets));
        let each = windows.count().div_ceil(self.workers.len()).max(1) * len;
        std::thread::scope(|scope| {
            for worker in &mut self.workers {
                worker.loss = 0.0;
            }
            for ((tokens, targets), worker) in tokens.chunks(each).zip(targets.chunks(each)).zip(&mut self.workers) {
                scope.spawn(move || {
                    for (tokens, targets) in tokens.chunks(texts * len).zip(targets.chunks(texts * len)) {
                        worker.loss += worker.network.loss(weights, tokens, targets);
                    }
                });
            }
        });
        self.workers.iter().map(|w| w.loss).sum()
    }
}

/// All matrices as their codes stand for them, all else as it is.
pub(crate) fn round<'a>(shape: &Shape, weights: &[f32], out: &'a mut [f32]) -> &'a [f32] {
    for (_, dims, range) in shape.named() {
        let to = &mut out[range.clone()];
        if dims.len() == 1 { to.copy_from_slice(&weights[range]) } else { rounded(&weights[range], to) }
    }
    out
}

fn diverged(number: u64) -> Error {
    let message =
        "the loss is no number any more: take a smaller --rate or a longer --warm-up, and go on from the last checkpoint";
    Error::new(Code::TrainingDiverged, message).with("step", number)
}
