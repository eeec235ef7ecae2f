//! The run: steps, measurements, checkpoints, and the model at its end.

use super::adam::Moments;
use super::checkpoint::{self, Place};
use super::curve::{Curve, Point, Progress};
use super::options::Options;
use super::prepare::{Prepared, prepare};
use super::step::Trainee;
use super::stream::Windows;
use crate::error::{Code, Error, Result};
use crate::export::{COMPLETER, FLOATS, File, Form, MODEL, Notes, TOKENIZER, completer, graph};
use crate::model::network::start;
use crate::training::room::put;
use std::time::Instant;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The last measurement; none where a run had nothing to do.
    pub last: Option<Point>,
    /// Weights of the model.
    pub weights: usize,
    /// Bytes of the model in 4 bits.
    pub bytes: usize,
}

/// Trains a model: writes `tokenizer.json`, `checkpoint.safetensors`, `curve.jsonl`, and at the end `model.onnx` in 4 bits,
/// `model_f32.onnx` and `completer.json`. Killed at any time, it goes on from the last checkpoint with `resume`, and ends bit for bit where it would have.
///
/// # Errors
/// `invalid-option`, `io`, `data-invalid` and `checkpoint-invalid` before the first step; `training-diverged`, `io` later.
pub fn train(options: &Options, say: &mut dyn FnMut(Progress)) -> Result<Report> {
    match steps(options, say, u64::MAX)? {
        Some(report) => Ok(report),
        None => Err(Error::new(Code::TrainingDiverged, "the run was stopped")),
    }
}

/// As [`train`], but as if it were killed after `stop` steps: then there is no report.
pub(super) fn steps(options: &Options, say: &mut dyn FnMut(Progress), stop: u64) -> Result<Option<Report>> {
    let Prepared { stream, held, held_bytes, data, before } = prepare(options, &mut |text| say(Progress::Said(text)))?;
    let (shape, recipe) = (options.shape, options.recipe);
    let path = options.out.join(checkpoint::NAME);
    let mut place = Place { step: 0, epoch: 0, window: 0, shape, recipe, data };
    let (mut weights, mut moments) = (start(&shape, recipe.seed), Moments::new(shape.weights()));
    if let Some(found) = before {
        (weights, moments) = (found.weights, found.moments);
        place = Place { recipe, ..found.place };
        say(Progress::Said(format!("goes on after step {}", place.step)));
    }
    let mut trainee = Trainee::new(shape, recipe, options.threads, weights, moments);
    let curve = Curve::open(&options.out, place.step)?;
    let (batch, per_step) = (recipe.batch, (recipe.batch * shape.context) as u64);
    let epoch = |number: u64| {
        let tokens = stream.epoch(recipe.seed, number, (batch + 1) * shape.context + 1);
        Windows::shuffled(tokens, shape.context, recipe.seed, number)
    };
    let mut windows = epoch(place.epoch);
    let (mut losses, mut since, mut last) = ((0.0, 0_u32), Instant::now(), None);
    while place.step < recipe.steps {
        if windows.count() < place.window as usize + batch {
            place.epoch += 1;
            place.window = 0;
            windows = epoch(place.epoch);
        }
        let done = trainee.step(&windows, place.window as usize, place.step)?;
        place.window += batch as u64;
        place.step += 1;
        losses = (losses.0 + done.loss, losses.1 + 1);
        let ends = place.step == recipe.steps;
        if place.step.is_multiple_of(options.measure_every) || ends {
            let seconds = since.elapsed().as_secs_f64().max(1e-9);
            let nats = trainee.measure(&held, place.step - 1);
            let point = Point {
                step: place.step,
                tokens: place.step * per_step,
                epoch: place.epoch,
                loss: losses.0 / f64::from(losses.1),
                held_bits_per_byte: (held_bytes > 0).then(|| nats / std::f64::consts::LN_2 / held_bytes as f64),
                rate: recipe.rate_at(place.step - 1),
                rounded: recipe.rounds(place.step - 1),
                gradient: done.length,
                tokens_per_second: f64::from(losses.1) * per_step as f64 / seconds,
            };
            curve.add(&point)?;
            say(Progress::Measured(point));
            last = Some(point);
            (losses, since) = ((0.0, 0), Instant::now());
        }
        if place.step.is_multiple_of(options.save_every) || ends {
            checkpoint::save(&path, &place, &trainee.weights, &trainee.moments)?;
        }
        if place.step >= stop {
            return Ok(None);
        }
    }
    let small = graph(&shape, &trainee.weights, Form::FAST);
    put(&options.out.join(MODEL), &small)?;
    put(&options.out.join(FLOATS), &graph(&shape, &trainee.weights, Form::Floats))?;
    let path = options.out.join(TOKENIZER);
    let tokenizer = std::fs::read(&path).map_err(|e| Error::file(&path, &e))?;
    let (model, tokenizer) = (File { name: MODEL, bytes: &small }, File { name: TOKENIZER, bytes: &tokenizer });
    // Last: until then, what stands there refuses the new model by its digest.
    let notes = Notes { name: &options.name, license: options.license.as_deref(), about: options.about.as_deref() };
    put(&options.out.join(COMPLETER), completer(notes, model, tokenizer, shape.context).as_bytes())?;
    Ok(Some(Report { last, weights: shape.weights(), bytes: small.len() }))
}

#[cfg(test)]
mod tests;
