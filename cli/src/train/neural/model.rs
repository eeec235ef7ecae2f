//! Item vectors and encoder in training, and one step on a batch.

use crate::math::{add_scaled, dot};
use crate::train::checkpoint::{Reader, Writer};
use crate::train::neural::adam::{Adam, Moments, RowMoments, apply};
use crate::train::neural::batches::Batch;
use crate::train::neural::config::TrainConfig;
use crate::train::neural::encoder::{EPSILON, Encoder};
use crate::train::neural::fitted::Fitted;
use crate::train::neural::loss::{Negatives, Rows, cross_entropy};
use crate::train::neural::net::Pass;
use crate::vectors::Levels;
use nearhand_numerics::random::Random;

/// Stretches that a batch is split into, whatever the number of threads: their sums are added in order, so that the
/// result does not depend on it.
const SHARDS: usize = 4;

/// Length of raw item vectors at the start. Only their directions are used, and a step turns a short vector further than a
/// long one: codes of one or two bits leave their random start in time, and so does any width in a short fit. Finer codes do
/// without in a whole one, and what is rare learns better from it.
const fn start(config: &TrainConfig) -> f32 {
    if config.bits <= 2 || config.short_start { 0.3 } else { 1.0 }
}

/// The items drawn as negatives.
pub(crate) struct Candidates {
    /// Each once.
    pub(crate) items: Vec<u32>,
    /// −log of the probability that each was drawn.
    pub(crate) offsets: Vec<f32>,
}

/// Item vectors and encoder with their optimiser.
pub(crate) struct Model {
    config: TrainConfig,
    threads: usize,
    /// Raw item vectors `[n, d]`; their directions are what is used.
    items: Vec<f32>,
    encoder: Encoder,
    adam: Adam,
    item_moments: RowMoments,
    /// What item vectors are rounded to in every step.
    levels: Option<Levels>,
    moments: Vec<Moments>,
    /// Place of every item among those in use, `u32::MAX` outside a step.
    slots: Vec<u32>,
    shards: Vec<Shard>,
}

/// One shard's buffers.
#[derive(Default)]
struct Shard {
    random: Option<Random>,
    pass: Pass,
    rows: Rows,
    mask: Vec<f32>,
    logits: Vec<f32>,
    dq: Vec<f32>,
    dx: Vec<f32>,
    /// Gradient of the unit vectors in use.
    dv: Vec<f32>,
    weights: Encoder,
    loss: f64,
}

/// The vectors in use: the candidates first.
struct InUse<'a> {
    items: &'a [u32],
    unit: &'a [f32],
    slots: &'a [u32],
    negatives: Negatives<'a>,
}

impl Model {
    /// Random weights.
    pub(crate) fn new(n_items: usize, config: &TrainConfig, threads: usize, random: &mut Random) -> Model {
        let d = config.dim;
        let deviation = start(config) / (d as f32).sqrt();
        let items: Vec<f32> = (0..n_items * d).map(|_| deviation * random.normal()).collect();
        let encoder = Encoder::random(d, config.heads, config.blocks, config.last, config.ffn, config.residual, random);
        let moments = encoder.parts().iter().map(|part| Moments::new(part.len())).collect();
        let mut shards = Vec::new();
        shards.resize_with(SHARDS, Shard::default);
        Model {
            config: config.clone(),
            threads: threads.clamp(1, SHARDS),
            item_moments: RowMoments::new(n_items, d),
            levels: Levels::of(config.bits),
            items,
            encoder,
            adam: Adam::default(),
            moments,
            slots: vec![u32::MAX; n_items],
            shards,
        }
    }

    /// One step on a batch; returns its weighted mean cross-entropy. `None` for `sample` takes every item as candidate.
    pub(crate) fn step(&mut self, batch: &Batch, sample: Option<&Candidates>, lr: f64, random: &mut Random) -> f64 {
        let d = self.config.dim;
        let all: Vec<u32>;
        let zeros: Vec<f32>;
        let (candidates, offsets) = match sample {
            Some(sample) => (&sample.items, &sample.offsets),
            None => {
                all = (0..self.slots.len() as u32).collect();
                zeros = vec![0.0; all.len()];
                (&all, &zeros)
            }
        };
        let mut used = Vec::with_capacity(candidates.len() + batch.items.len());
        for &item in candidates.iter().chain(&batch.items).chain(&batch.targets) {
            let slot = &mut self.slots[item as usize];
            if *slot == u32::MAX {
                *slot = used.len() as u32;
                used.push(item);
            }
        }
        let rate = self.adam.rate(lr);
        self.item_moments.catch_up(&mut self.items, &used, &self.adam);
        let mut unit = Vec::with_capacity(used.len() * d);
        let mut lengths = Vec::with_capacity(used.len());
        for &item in &used {
            let raw = &self.items[item as usize * d..][..d];
            let length = (dot(raw, raw) + EPSILON * EPSILON).sqrt();
            lengths.push(length);
            unit.extend(raw.iter().map(|v| v / length));
        }
        let negatives = Negatives { offsets, temperature: self.config.temperature };
        let snapped = self.levels.as_ref().map(|levels| levels.snapped(&unit, d));
        let in_use = InUse { items: &used, unit: snapped.as_ref().unwrap_or(&unit), slots: &self.slots, negatives };
        let total: f32 = batch.weights.iter().sum();
        self.shards.iter_mut().for_each(|shard| shard.random = Some(Random::new(random.bits())));
        let (config, encoder) = (&self.config, &self.encoder);
        let mut jobs: Vec<_> = self.shards.iter_mut().zip(batch.shards(SHARDS)).collect();
        let run = |jobs: &mut [(&mut Shard, std::ops::Range<usize>)]| {
            for (shard, windows) in jobs {
                shard.run(config, encoder, batch, windows.clone(), &in_use, 1.0 / total);
            }
        };
        if self.threads == 1 {
            run(&mut jobs);
        } else {
            std::thread::scope(|scope| {
                for jobs in jobs.chunks_mut(SHARDS.div_ceil(self.threads)) {
                    scope.spawn(|| run(jobs));
                }
            });
        }
        let Some((sum, others)) = self.shards.split_first_mut() else { return 0.0 };
        for other in others {
            sum.loss += other.loss;
            add_scaled(&mut sum.dv, &other.dv, 1.0);
            for (sum, other) in sum.weights.parts_mut().into_iter().zip(other.weights.parts()) {
                add_scaled(sum, other, 1.0);
            }
        }
        // From the unit vectors to the raw ones, past the rounding.
        for ((g, v), length) in sum.dv.chunks_exact_mut(d).zip(unit.chunks_exact(d)).zip(&lengths) {
            let along = dot(g, v);
            g.iter_mut().zip(v).for_each(|(g, v)| *g = (*g - v * along) / length);
        }
        self.item_moments.apply(&mut self.items, &used, &sum.dv, &self.adam, rate);
        for ((value, moments), g) in self.encoder.parts_mut().into_iter().zip(&mut self.moments).zip(sum.weights.parts()) {
            apply(value, moments, g, rate);
        }
        used.iter().for_each(|&item| self.slots[item as usize] = u32::MAX);
        sum.loss
    }

    /// All that the next step follows from, but for the source of chance.
    pub(crate) fn store(&self, to: &mut Writer<'_>) -> std::io::Result<()> {
        self.adam.store(to)?;
        to.f32s(&self.items)?;
        self.item_moments.store(to)?;
        for (part, moments) in self.encoder.parts().into_iter().zip(&self.moments) {
            to.f32s(part)?;
            moments.store(to)?;
        }
        Ok(())
    }

    /// Goes on from there; `None` for the state of a model of another shape.
    pub(crate) fn restore(&mut self, from: &mut Reader<'_>) -> Option<()> {
        self.adam.restore(from)?;
        from.f32s(&mut self.items)?;
        self.item_moments.restore(from)?;
        for (part, moments) in self.encoder.parts_mut().into_iter().zip(&mut self.moments) {
            from.f32s(part)?;
            moments.restore(from)?;
        }
        Some(())
    }

    /// The weights as they are: unit item vectors and the encoder, its matrices rounded as its file holds them.
    pub(crate) fn export(&self) -> Fitted {
        let mut vectors = self.item_moments.settled(&self.items, &self.adam);
        for row in vectors.chunks_exact_mut(self.config.dim) {
            let length = (dot(row, row) + EPSILON * EPSILON).sqrt();
            row.iter_mut().for_each(|v| *v /= length);
        }
        Fitted { vectors, encoder: self.encoder.rounded() }
    }
}

impl Shard {
    /// Loss and gradients of some windows of the batch, their weights times `over`.
    fn run(
        &mut self,
        config: &TrainConfig,
        encoder: &Encoder,
        batch: &Batch,
        windows: std::ops::Range<usize>,
        in_use: &InUse<'_>,
        over: f32,
    ) {
        let d = config.dim;
        let random = self.random.get_or_insert_with(|| Random::new(0));
        let starts = &batch.starts[windows.start..=windows.end];
        let (first, end) = (batch.starts[windows.start], batch.starts[windows.end]);
        let items = &batch.items[first..end];
        let pass = &mut self.pass;
        pass.starts.clear();
        pass.starts.extend(starts.iter().map(|s| s - first));
        pass.hidden.clear();
        if config.item_dropout > 0.0 {
            pass.hidden.extend(items.iter().map(|_| random.unit() < config.item_dropout));
        }
        let keep = 1.0 / (1.0 - config.dropout);
        self.mask.clear();
        if config.dropout > 0.0 {
            self.mask.extend((0..items.len() * d).map(|_| if random.unit() < config.dropout { 0.0 } else { keep }));
        }
        pass.x.clear();
        for item in items {
            pass.x.extend_from_slice(&in_use.unit[in_use.slots[*item as usize] as usize * d..][..d]);
        }
        pass.x.iter_mut().zip(&self.mask).for_each(|(x, m)| *x *= m);
        pass.forward(encoder);

        let rows = &mut self.rows;
        rows.weights.clear();
        rows.weights.extend(batch.weights[first..end].iter().map(|w| w * over));
        rows.targets.clear();
        rows.targets.extend(batch.targets[first..end].iter().map(|t| in_use.slots[*t as usize]));
        rows.skip.resize_with(end - first, Vec::new);
        let width = in_use.negatives.offsets.len() as u32;
        for window in pass.starts.windows(2) {
            let &[start, end] = window else { continue };
            for row in start..end {
                let seen = if config.mask_seen { &items[start..=row] } else { &[] };
                let skip = &mut rows.skip[row];
                skip.clear();
                skip.push(rows.targets[row]);
                skip.extend(seen.iter().map(|item| in_use.slots[*item as usize]));
                skip.retain(|slot| *slot < width);
            }
        }
        self.dv.clear();
        self.dv.resize(in_use.items.len() * d, 0.0);
        let gradients = (&mut self.dq, self.dv.as_mut_slice());
        let vectors = (pass.queries.as_slice(), in_use.unit, d);
        self.loss = cross_entropy(vectors, rows, in_use.negatives, gradients, &mut self.logits);
        if self.weights.dim == 0 {
            self.weights = encoder.zeros();
        } else {
            self.weights.parts_mut().into_iter().for_each(|part| part.fill(0.0));
        }
        pass.backward(encoder, &mut self.dq, &mut self.weights, &mut self.dx);
        self.dx.iter_mut().zip(&self.mask).for_each(|(g, m)| *g *= m);
        for (item, g) in items.iter().zip(self.dx.chunks_exact(d)) {
            add_scaled(&mut self.dv[in_use.slots[*item as usize] as usize * d..][..d], g, 1.0);
        }
    }
}
