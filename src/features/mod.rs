//! Features: how a session becomes the model's named inputs, as the manifest declares.
//!
//! The same code serves training checks, evaluation, replay and the browser.

use crate::bundle::{Align, Feature, InputSpec, Limits, ModelSpec};
use crate::error::{Code, Error, Result};
use crate::event::EventKind;
use crate::ids::ItemIdx;
use crate::rank::ItemVectors;
use crate::session::MAX_EVENTS;
use nearhand_onnx::{Tensor, Values};

/// One session event as features see it: a known catalog item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContextEvent {
    /// The item the event is about.
    pub item: ItemIdx,
    /// The bundle item that stands in for it where the table is read.
    pub stand_in: ItemIdx,
    /// What happened.
    pub kind: EventKind,
    /// Unix time, milliseconds.
    pub at_ms: u64,
    /// Dwell, milliseconds; 0 when not measured.
    pub dwell_ms: u32,
    /// Price, when known.
    pub price: Option<f64>,
    /// How much it says: what its vote in the tables is multiplied by.
    pub weight: f32,
}

/// A checked set of inputs.
#[derive(Clone, Debug)]
pub struct Schema {
    inputs: Vec<InputSpec>,
    dim: usize,
}

impl Schema {
    /// Checks the manifest's inputs against the item vectors and the limits.
    ///
    /// # Errors
    /// `manifest-invalid` with the input's name.
    pub fn new(model: &ModelSpec, dim: Option<usize>, limits: &Limits) -> Result<Self> {
        let bad = |input: &InputSpec, why: &'static str| {
            Error::new(Code::ManifestInvalid, "a model input is declared wrongly").with("input", &input.name).with("why", why)
        };
        for input in &model.inputs {
            let wanted = match input.feature {
                Feature::ItemVector | Feature::DwellLog | Feature::GapLog | Feature::PriceLog => &["f32"][..],
                Feature::Mask => &["f32", "i64"],
                Feature::ItemIndex { .. } | Feature::Length | Feature::Recency | Feature::Kind => &["i64"],
            };
            if !wanted.contains(&input.dtype.as_str()) {
                return Err(bad(input, "dtype"));
            }
            let (lead, window) = window_of(input).ok_or_else(|| bad(input, "shape"))?;
            if lead.iter().any(|d| *d != 1) {
                return Err(bad(input, "shape: leading axes are 1"));
            }
            if window == 0 || window > limits.window {
                return Err(bad(input, "shape: window out of range"));
            }
            if input.feature == Feature::ItemVector && (dim.is_none() || input.shape.last().copied() != dim) {
                return Err(bad(input, "shape: the last axis is the item vectors' dimension"));
            }
        }
        if model.inputs.is_empty() {
            return Err(Error::new(Code::ManifestInvalid, "a model needs at least one input"));
        }
        Ok(Self { inputs: model.inputs.clone(), dim: dim.unwrap_or(0) })
    }

    /// The declared inputs, in order.
    #[must_use]
    pub fn inputs(&self) -> &[InputSpec] {
        &self.inputs
    }

    /// Tensors for the inputs, in the order declared: to be filled by [`Schema::encode`].
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor> {
        let tensor = |input: &InputSpec| {
            let len = input.shape.iter().product();
            let shape = input.shape.clone();
            if input.dtype == "i64" { Tensor::i64(shape, vec![0; len]) } else { Tensor::f32(shape, vec![0.0; len]) }
        };
        self.inputs.iter().map(tensor).collect()
    }

    /// Writes the model's inputs for a session. `events` are oldest first; each input takes the newest that fit its
    /// window. `vectors` are needed for `item-vector` alone.
    pub fn encode(&self, events: &[ContextEvent], vectors: Option<&ItemVectors>, tensors: &mut [Tensor]) {
        for (input, tensor) in self.inputs.iter().zip(tensors) {
            self.encode_one(input, events, vectors, &mut tensor.values);
        }
    }

    fn encode_one(&self, input: &InputSpec, all: &[ContextEvent], vectors: Option<&ItemVectors>, values: &mut Values) {
        let window = window_of(input).map_or(1, |(_, w)| w);
        let events = &all[all.len().saturating_sub(window)..];
        let first = match input.align {
            Align::Left => 0,
            Align::Right => window - events.len(),
        };
        match values {
            Values::F32(out) => {
                out.fill(0.0);
                if input.feature == Feature::ItemVector {
                    let Some(vectors) = vectors else { return };
                    for (event, row) in events.iter().zip(out.chunks_exact_mut(self.dim).skip(first)) {
                        vectors.dequantize(event.item, row);
                    }
                    return;
                }
                for ((i, event), slot) in events.iter().enumerate().zip(out.iter_mut().skip(first)) {
                    *slot = float(input.feature, i, event, events);
                }
            }
            Values::I64(out) => {
                if input.feature == Feature::Length {
                    out.fill(events.len() as i64);
                    return;
                }
                out.fill(if let Feature::ItemIndex { pad, .. } = input.feature { pad } else { 0 });
                for ((i, event), slot) in events.iter().enumerate().zip(out.iter_mut().skip(first)) {
                    *slot = integer(input.feature, i, event, events);
                }
            }
            // `Schema::new` takes no other type.
            _ => {}
        }
    }
}

/// A float feature of the `i`-th of the window's events.
fn float(feature: Feature, i: usize, event: &ContextEvent, events: &[ContextEvent]) -> f32 {
    match feature {
        Feature::DwellLog => log1p(f64::from(event.dwell_ms) / 1000.0),
        Feature::GapLog => {
            let before = i.checked_sub(1).and_then(|p| events.get(p)).map_or(event.at_ms, |p| p.at_ms);
            log1p(event.at_ms.saturating_sub(before) as f64 / 1000.0)
        }
        Feature::PriceLog => log1p(event.price.unwrap_or(0.0)),
        // The mask.
        _ => 1.0,
    }
}

/// An integer feature of the `i`-th of the window's events.
fn integer(feature: Feature, i: usize, event: &ContextEvent, events: &[ContextEvent]) -> i64 {
    match feature {
        Feature::ItemIndex { offset, .. } => i64::from(event.stand_in.0) + offset,
        Feature::Recency => (events.len() - 1 - i) as i64,
        Feature::Kind => i64::from(event.kind.code()),
        // The mask.
        _ => 1,
    }
}

/// Leading axes and window length of an input's shape.
fn window_of(input: &InputSpec) -> Option<(&[usize], usize)> {
    match input.feature {
        Feature::Length => input.shape.iter().all(|d| *d == 1).then_some((&[][..], MAX_EVENTS)),
        Feature::ItemVector => {
            let (_, rest) = input.shape.split_last()?;
            rest.split_last().map(|(w, lead)| (lead, *w))
        }
        _ => input.shape.split_last().map(|(w, lead)| (lead, *w)),
    }
}

fn log1p(x: f64) -> f32 {
    libm::log1p(x.max(0.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{OutputKind, OutputSpec};

    fn spec(feature: Feature, shape: &[usize], dtype: &str, align: Align) -> ModelSpec {
        let input = InputSpec { name: "x".into(), feature, shape: shape.to_vec(), dtype: dtype.into(), align };
        let output = OutputSpec { name: "y".into(), kind: OutputKind::Query, width: 2, offset: 0 };
        ModelSpec { inputs: vec![input], output, engine: None }
    }

    fn encode(feature: Feature, shape: &[usize], dtype: &str, align: Align, n: u32) -> Values {
        let events: Vec<_> = (0..n)
            .map(|i| ContextEvent {
                item: ItemIdx(i),
                stand_in: ItemIdx(i),
                kind: EventKind::View,
                at_ms: 1_000_000 + u64::from(i * i) * 1000,
                dwell_ms: i * 1000,
                price: (i > 0).then_some(f64::from(i)),
                weight: 1.0,
            })
            .collect();
        let vectors = ItemVectors::quantize(2, &[1.0, 0.0, 0.0, 1.0, -1.0, 0.0]).unwrap();
        let schema = Schema::new(&spec(feature, shape, dtype, align), Some(2), &Limits::default()).unwrap();
        let mut out = schema.tensors();
        // What an earlier session wrote must not show.
        schema.encode(&events.iter().chain(&events).copied().collect::<Vec<_>>(), Some(&vectors), &mut out);
        schema.encode(&events, Some(&vectors), &mut out);
        assert_eq!(out[0].shape, shape);
        assert_eq!(out[0].values.len(), shape.iter().product::<usize>());
        out.remove(0).values
    }

    #[test]
    fn windows_pad_and_cut() {
        let index = Feature::ItemIndex { offset: 1, pad: 0 };
        assert_eq!(encode(index, &[1, 4], "i64", Align::Left, 2), Values::I64(vec![1, 2, 0, 0]));
        assert_eq!(encode(index, &[4], "i64", Align::Right, 2), Values::I64(vec![0, 0, 1, 2]));
        assert_eq!(encode(index, &[2], "i64", Align::Left, 3), Values::I64(vec![2, 3]));
        assert_eq!(encode(Feature::Mask, &[3], "f32", Align::Right, 1), Values::F32(vec![0.0, 0.0, 1.0]));
        assert_eq!(encode(Feature::Recency, &[3], "i64", Align::Left, 2), Values::I64(vec![1, 0, 0]));
        assert_eq!(encode(Feature::Length, &[1], "i64", Align::Left, 3), Values::I64(vec![3]));
        assert_eq!(encode(index, &[2], "i64", Align::Left, 0), Values::I64(vec![0, 0]));
    }

    #[test]
    fn vectors_and_logs_by_hand() {
        let close = |values: Values, want: &[f32]| {
            let Values::F32(got) = values else { panic!("floats") };
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
        };
        close(encode(Feature::ItemVector, &[1, 3, 2], "f32", Align::Left, 2), &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let (ln2, ln3, ln4) = (2_f32.ln(), 3_f32.ln(), 4_f32.ln());
        close(encode(Feature::DwellLog, &[3], "f32", Align::Left, 3), &[0.0, ln2, ln3]);
        // Times 0 s, 1 s, 4 s: gaps 0, 1, 3.
        close(encode(Feature::GapLog, &[3], "f32", Align::Left, 3), &[0.0, ln2, ln4]);
        close(encode(Feature::PriceLog, &[3], "f32", Align::Left, 3), &[0.0, ln2, ln3]);
    }

    #[test]
    fn wrong_declarations_are_named() {
        for (feature, shape, dtype) in [
            (Feature::ItemVector, &[3, 5][..], "f32"),
            (Feature::ItemVector, &[2], "f32"),
            (Feature::Mask, &[2, 3], "f32"),
            (Feature::Mask, &[0], "f32"),
            (Feature::Mask, &[100_000], "f32"),
            (Feature::Kind, &[3], "f32"),
            (Feature::Length, &[2], "i64"),
        ] {
            let error = Schema::new(&spec(feature, shape, dtype, Align::Left), Some(2), &Limits::default()).unwrap_err();
            assert_eq!(error.code(), Code::ManifestInvalid, "{feature:?} {shape:?}");
            assert_eq!(error.details()[0], ("input", "x".to_owned()));
        }
    }
}
