//! The encoder as candle variables, with the loss of a batch.

use candle_core::{D, Device, Result, Tensor, Var};

use super::batches::Batch;
use super::config::TrainConfig;
use super::encoder::{Block, EPSILON, Encoder, MASKED};
use super::loss::{Rows, cross_entropy};
use super::random::Random;

/// Item vectors and encoder weights in training.
pub(super) struct Model {
    config: TrainConfig,
    /// Raw item vectors `[n, d]`; their directions are what is used.
    items: Var,
    blocks: Vec<Vars>,
    pool: Var,
    bias: Var,
    out: Option<Var>,
}

/// The variables of one block, named as in [`Block`].
struct Vars {
    qkv: Var,
    bias: Var,
    join: Var,
    norm1: Var,
    w1: Var,
    b1: Var,
    w2: Var,
    b2: Var,
    norm2: Var,
}

/// The items a batch's loss looks at.
pub(super) struct Candidates {
    /// Items drawn as negatives, each once.
    pub(super) items: Vec<u32>,
    /// −log of the probability that each was drawn.
    pub(super) offsets: Vec<f32>,
}

impl Model {
    /// Random weights: normal with the deviation 1/√inputs; biases and the newest state's image start at 0.
    ///
    /// # Errors
    /// From candle, when memory is short.
    pub(super) fn new(n_items: usize, config: &TrainConfig, random: &mut Random) -> Result<Model> {
        let (d, f, last) = (config.dim, config.ffn * config.dim, config.last);
        let mut matrix = |rows: usize, columns: usize, deviation: f32| {
            let values: Vec<f32> = (0..rows * columns).map(|_| deviation * random.normal()).collect();
            Var::from_vec(values, (rows, columns), &Device::Cpu)
        };
        let zeros = |rows: usize, columns: usize| Var::from_vec(vec![0f32; rows * columns], (rows, columns), &Device::Cpu);
        let affine = || Var::from_vec([vec![1f32; d], vec![0f32; d]].concat(), (2, d), &Device::Cpu);
        let deviation = 1.0 / (d as f32).sqrt();
        let items = matrix(n_items, d, deviation)?;
        let mut blocks = Vec::new();
        for _ in 0..config.blocks {
            blocks.push(Vars {
                qkv: matrix(d, 3 * d, deviation)?,
                bias: zeros(config.heads, last)?,
                join: matrix(d, d, deviation)?,
                norm1: affine()?,
                w1: matrix(d, f, deviation)?,
                b1: zeros(1, f)?,
                w2: matrix(f, d, 1.0 / (f as f32).sqrt())?,
                b2: zeros(1, d)?,
                norm2: affine()?,
            });
        }
        let out = if config.residual { Some(zeros(d, d)?) } else { None };
        Ok(Model { config: config.clone(), items, blocks, pool: matrix(d, d, 0.1 * deviation)?, bias: zeros(1, last)?, out })
    }

    /// Every variable, in a fixed order; the item vectors come first.
    pub(super) fn vars(&self) -> Vec<&Var> {
        let mut vars = vec![&self.items, &self.pool, &self.bias];
        vars.extend(&self.out);
        for b in &self.blocks {
            vars.extend([&b.qkv, &b.bias, &b.join, &b.norm1, &b.w1, &b.b1, &b.w2, &b.b2, &b.norm2]);
        }
        vars
    }

    /// The weighted mean cross-entropy of a batch; `None` for `sample` takes every item as candidate.
    ///
    /// # Errors
    /// From candle.
    pub(super) fn loss(&self, batch: &Batch, sample: Option<&Candidates>, random: &mut Random) -> Result<Tensor> {
        let config = &self.config;
        let device = Device::Cpu;
        let n_items = self.items.dim(0)?;
        // The vectors in use: all of them, or those of the inputs, the targets and the sample.
        let (vectors, inputs, targets, column) = match sample {
            None => (unit(self.items.as_tensor())?, batch.items.clone(), batch.targets.clone(), Vec::new()),
            Some(sample) => {
                let used = [sample.items.as_slice(), &batch.items, &batch.targets].concat();
                let vectors = unit(&self.items.index_select(&Tensor::new(used, &device)?, 0)?)?;
                let (k, b, t) = (sample.items.len() as u32, batch.items.len() as u32, batch.targets.len() as u32);
                let mut column = vec![u32::MAX; n_items];
                for (at, &item) in sample.items.iter().enumerate() {
                    column[item as usize] = at as u32;
                }
                (vectors, (k..k + b).collect(), (k + b..k + b + t).collect(), column)
            }
        };
        let x = vectors.index_select(&Tensor::new(inputs, &device)?, 0)?;
        let x = drop(&x, config.dropout, random)?;
        let forgotten: Vec<f32> = if config.item_dropout > 0.0 {
            (0..batch.items.len()).map(|_| if random.unit() < config.item_dropout { MASKED } else { 0.0 }).collect()
        } else {
            Vec::new()
        };
        let queries = self.queries(&x, batch, &forgotten)?;
        let queries = queries.index_select(&Tensor::new(batch.rows.as_slice(), &device)?, 0)?;
        let total: f32 = batch.weights.iter().sum();
        let skip = batch.rows.iter().zip(&batch.targets).map(|(&row, &target)| {
            let seen = if config.mask_seen { batch.seen(row) } else { &[] };
            let all = seen.iter().chain([&target]);
            if column.is_empty() {
                all.copied().collect()
            } else {
                all.map(|&item| column[item as usize]).filter(|&c| c != u32::MAX).collect()
            }
        });
        let rows = Rows {
            weights: batch.weights.iter().map(|w| w / total).collect(),
            offsets: sample.map_or_else(|| vec![0.0; n_items], |s| s.offsets.clone()),
            skip: skip.collect(),
            targets,
            temperature: config.temperature,
        };
        cross_entropy(&queries, &vectors, rows)
    }

    /// Unit queries of every position, [windows · len, d].
    fn queries(&self, x: &Tensor, batch: &Batch, forgotten: &[f32]) -> Result<Tensor> {
        let (d, len, heads) = (self.config.dim, batch.len, self.config.heads);
        let (windows, width) = (batch.windows(), d / heads);
        let mut h = (x * (d as f64).sqrt())?;
        let hidden = if forgotten.is_empty() {
            None
        } else {
            // A forgotten item is hidden from later positions, never from its own.
            let mut mask = vec![0f32; windows * len * len];
            for (cell, value) in mask.iter_mut().enumerate() {
                let (window, t, i) = (cell / (len * len), cell / len % len, cell % len);
                if t != i {
                    *value = forgotten[window * len + i];
                }
            }
            Some(Tensor::from_vec(mask, (windows, 1, len, len), x.device())?)
        };
        for block in &self.blocks {
            let qkv = h.matmul(&block.qkv)?.reshape((windows, len, 3, heads, width))?.permute((2, 0, 3, 1, 4))?.contiguous()?;
            let (q, k, v) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
            let logits = ((q.matmul(&k.t()?)?) * (1.0 / (width as f64).sqrt()))?;
            let logits = logits.broadcast_add(&self.by_distance(&block.bias, len)?)?;
            let logits = match &hidden {
                Some(m) => logits.broadcast_add(m)?,
                None => logits,
            };
            let a = softmax(&logits)?.matmul(&v)?;
            let a = a.permute((0, 2, 1, 3))?.contiguous()?.reshape((windows * len, d))?;
            h = norm(&(h + a.matmul(&block.join)?)?, &block.norm1)?;
            let f = h.matmul(&block.w1)?.broadcast_add(&block.b1)?.relu()?;
            let f = f.matmul(&block.w2)?.broadcast_add(&block.b2)?;
            h = norm(&(h + f)?, &block.norm2)?;
        }
        let asked = (h.matmul(&self.pool)? * (1.0 / (d as f64).sqrt()))?.reshape((windows, len, d))?;
        let logits = asked.matmul(&h.reshape((windows, len, d))?.t()?)?;
        let logits = logits.broadcast_add(&self.by_distance(&self.bias, len)?.squeeze(0)?)?;
        let logits = match &hidden {
            Some(m) => logits.broadcast_add(&m.squeeze(1)?)?,
            None => logits,
        };
        let q = softmax(&logits)?.matmul(&x.reshape((windows, len, d))?)?.reshape((windows * len, d))?;
        let q = match &self.out {
            Some(out) => (q + h.matmul(out)?)?,
            None => q,
        };
        unit(&q)
    }

    /// Spreads a bias `[heads, last]` by distance over [heads, len, len], the future masked.
    fn by_distance(&self, bias: &Var, len: usize) -> Result<Tensor> {
        let heads = bias.dim(0)?;
        let cells = (0..len).flat_map(|t| (0..len).map(move |i| (t, i)));
        let index: Vec<u32> = cells.clone().map(|(t, i)| t.saturating_sub(i) as u32).collect();
        let mask: Vec<f32> = cells.map(|(t, i)| if i > t { MASKED } else { 0.0 }).collect();
        let spread = bias.index_select(&Tensor::new(index, bias.device())?, 1)?;
        spread.broadcast_add(&Tensor::new(mask, bias.device())?)?.reshape((heads, len, len))
    }

    /// The trained weights as plain numbers: unit item vectors and the encoder.
    ///
    /// # Errors
    /// From candle.
    pub(super) fn export(&self) -> Result<(Vec<f32>, Encoder)> {
        let flat = |var: &Var| var.flatten_all()?.to_vec1::<f32>();
        let mut blocks = Vec::new();
        for b in &self.blocks {
            blocks.push(Block {
                qkv: flat(&b.qkv)?,
                bias: flat(&b.bias)?,
                join: flat(&b.join)?,
                norm1: flat(&b.norm1)?,
                w1: flat(&b.w1)?,
                b1: flat(&b.b1)?,
                w2: flat(&b.w2)?,
                b2: flat(&b.b2)?,
                norm2: flat(&b.norm2)?,
            });
        }
        let encoder = Encoder {
            dim: self.config.dim,
            heads: self.config.heads,
            last: self.config.last,
            blocks,
            pool: flat(&self.pool)?,
            bias: flat(&self.bias)?,
            out: self.out.as_ref().map_or_else(|| Ok(Vec::new()), flat)?,
        };
        Ok((unit(self.items.as_tensor())?.flatten_all()?.to_vec1()?, encoder))
    }
}

/// Rows over their length.
fn unit(x: &Tensor) -> Result<Tensor> {
    let length = (x.sqr()?.sum_keepdim(D::Minus1)? + f64::from(EPSILON * EPSILON))?.sqrt()?;
    x.broadcast_div(&length)
}

fn softmax(logits: &Tensor) -> Result<Tensor> {
    let top = logits.max_keepdim(D::Minus1)?.detach();
    let powers = logits.broadcast_sub(&top)?.exp()?;
    powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
}

fn norm(x: &Tensor, affine: &Var) -> Result<Tensor> {
    let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let spread = (x.sqr()?.mean_keepdim(D::Minus1)? + f64::from(EPSILON))?.sqrt()?;
    x.broadcast_div(&spread)?.broadcast_mul(&affine.narrow(0, 0, 1)?)?.broadcast_add(&affine.narrow(0, 1, 1)?)
}

/// Sets a share of the numbers to 0 and scales the others up.
fn drop(x: &Tensor, share: f32, random: &mut Random) -> Result<Tensor> {
    if share <= 0.0 {
        return Ok(x.clone());
    }
    let keep = 1.0 / (1.0 - share);
    let mask: Vec<f32> = (0..x.elem_count()).map(|_| if random.unit() < share { 0.0 } else { keep }).collect();
    x * Tensor::from_vec(mask, x.shape(), x.device())?
}
