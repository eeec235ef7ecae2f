//! A cache of all layers in one tensor, of which the graph answers only what is new: `past_k[L, KV, P, dh]` and `new_k[L, KV, S, dh]`.
//!
//! Rows lie in room that is doubled where it is full, and the graph is given all of it: rows that are not there yet are hidden by the
//! mask. So shapes stay, and with them the plan, for many tokens.

use crate::error::{Code, Error, Result};
use nearhand_onnx::tensor::shape_text;
use nearhand_onnx::{Interface, Port, Tensor, Values};

/// Rows of the first room.
const FIRST_ROOM: usize = 64;

/// Where the caches are among inputs and outputs, and their extents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Name of the input, place of the output among all.
    pairs: Vec<(String, usize)>,
    /// Layers times heads, and width of a row, of each.
    extents: Vec<(usize, usize, usize)>,
}

impl Layout {
    /// Which cache an input is.
    pub(super) fn place(&self, input: &str) -> Option<usize> {
        self.pairs.iter().position(|(name, _)| name == input)
    }
}

/// The layout of a graph that has such caches: inputs of four dimensions `past…` with an output `new…`.
pub(super) fn layout(interface: &Interface) -> Result<Option<Layout>> {
    let (mut pairs, mut extents) = (Vec::new(), Vec::new());
    for port in interface.inputs.iter().filter(|p| p.dims.len() == 4 && !p.optional) {
        let Some(name) = port.name.strip_prefix("past").map(|rest| ["new", rest].concat()) else { continue };
        let Some(at) = interface.outputs.iter().position(|p| p.name == name) else { continue };
        let Some(output) = interface.outputs.get(at) else { continue };
        extents.push(extents_of(port, output)?);
        pairs.push((port.name.clone(), at));
    }
    // A mask is what hides the rows that are not there.
    let masked = interface.inputs.iter().any(|p| matches!(p.name.as_str(), "mask" | "attention_mask") && p.dtype == "f32");
    if !pairs.is_empty() && !masked {
        return Err(Error::new(Code::ModelMismatch, "the graph is no language model that is understood")
            .with("why", "a cache of all layers in one goes with a mask of floats"));
    }
    Ok((!pairs.is_empty()).then_some(Layout { pairs, extents }))
}

fn extents_of(port: &Port, output: &Port) -> Result<(usize, usize, usize)> {
    let fixed = |p: &Port| match p.dims[..] {
        [Some(layers), Some(heads), None, Some(width)] if p.dtype == "f32" => Some((layers, heads, width)),
        _ => None,
    };
    let (have, new) = (fixed(port), fixed(output));
    have.filter(|_| have == new).ok_or_else(|| {
        Error::new(Code::ModelMismatch, "the graph is no language model that is understood")
            .with("why", "shapes of a cache and of what is added to it do not fit")
            .with("input", &port.name)
            .with("have", shown(&port.dims))
            .with("answered", shown(&output.dims))
    })
}

/// Dimensions for a message: `?` where one is open.
pub(super) fn shown(dims: &[Option<usize>]) -> String {
    shape_text(dims.iter().map(|d| d.map_or_else(|| "?".to_owned(), |d| d.to_string())))
}

/// Keys and values of the tokens that were given.
#[derive(Clone, Debug)]
pub(in crate::complete) struct Stacked {
    layout: Layout,
    held: Vec<Vec<f32>>,
    pub(super) len: usize,
    room: usize,
}

impl Stacked {
    pub(super) fn new(layout: &Layout) -> Self {
        Self { layout: layout.clone(), held: vec![Vec::new(); layout.pairs.len()], len: 0, room: 0 }
    }

    /// Rows that the graph is given: none before the first run, so that the prompt is computed as it is.
    pub(super) const fn room(&self) -> usize {
        if self.len == 0 { 0 } else { self.room }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        // As much as this many rows would have: the same text is computed in the same shapes, whatever came before.
        let room = room_for(self.len);
        if room < self.room {
            self.resize(room);
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.held.iter().map(|h| h.capacity() * size_of::<f32>()).sum()
    }

    /// A cache as the graph is given it.
    pub(super) fn tensor(&self, place: usize) -> Tensor {
        let (layers, heads, width) = self.layout.extents.get(place).copied().unwrap_or_default();
        let values = if self.room() == 0 { Vec::new() } else { self.held.get(place).cloned().unwrap_or_default() };
        Tensor::f32(vec![layers, heads, self.room(), width], values)
    }

    fn resize(&mut self, room: usize) {
        let rows = self.room.min(room);
        for (held, (layers, heads, width)) in self.held.iter_mut().zip(&self.layout.extents) {
            let mut all = vec![0.0; layers * heads * room * width];
            if rows > 0 {
                for (to, from) in all.chunks_mut(room * width).zip(held.chunks(self.room * width)) {
                    to.iter_mut().zip(from.iter().take(rows * width)).for_each(|(to, v)| *to = *v);
                }
            }
            *held = all;
        }
        self.room = room;
    }

    /// Adds what a run answered; `outputs` are all of the graph's.
    pub(super) fn append(&mut self, outputs: &[Tensor], new: usize) -> Result<()> {
        let mut added = Vec::with_capacity(self.held.len());
        for ((_, at), (layers, heads, width)) in self.layout.pairs.iter().zip(&self.layout.extents) {
            let values = match outputs.get(*at) {
                Some(Tensor { shape, values: Values::F32(values) }) if shape[..] == [*layers, *heads, new, *width] => values,
                _ => {
                    return Err(Error::new(Code::ModelMismatch, "the graph answers another shape of its cache than it declares")
                        .with("rows", new));
                }
            };
            added.push(values);
        }
        let room = room_for(self.len + new);
        if room > self.room {
            self.resize(room);
        }
        for ((held, values), (.., width)) in self.held.iter_mut().zip(added).zip(&self.layout.extents) {
            for (to, from) in held.chunks_mut(self.room * width).zip(values.chunks(new * width)) {
                to.iter_mut().skip(self.len * width).zip(from).for_each(|(to, v)| *to = *v);
            }
        }
        self.len += new;
        Ok(())
    }
}

const fn room_for(rows: usize) -> usize {
    if rows <= FIRST_ROOM { FIRST_ROOM } else { rows.next_power_of_two() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Stacked {
        Stacked::new(&Layout { pairs: vec![("past_k".into(), 0)], extents: vec![(1, 2, 1)] })
    }

    fn rows(from: usize, count: usize) -> Vec<Tensor> {
        let head = |h: usize| (from..from + count).map(move |row| (1000 * h + row) as f32);
        vec![Tensor::f32(vec![1, 2, count, 1], head(0).chain(head(1)).collect())]
    }

    #[test]
    fn rows_stay_at_their_place_as_room_grows_and_shrinks() {
        let mut cache = small();
        assert_eq!(cache.tensor(0), Tensor::f32(vec![1, 2, 0, 1], Vec::new()));
        cache.append(&rows(1, 60), 60).unwrap();
        cache.append(&rows(61, 10), 10).unwrap();
        let Tensor { shape, values: Values::F32(values) } = cache.tensor(0) else { panic!() };
        assert_eq!((shape, values[69], values[70], values[128 + 69]), (vec![1, 2, 128, 1], 70.0, 0.0, 1070.0));
        cache.truncate(5);
        let Tensor { shape, values: Values::F32(values) } = cache.tensor(0) else { panic!() };
        assert_eq!((shape, values[4], values[64 + 4]), (vec![1, 2, 64, 1], 5.0, 1005.0));
        assert!(cache.append(&rows(6, 2), 3).is_err());
        assert_eq!((cache.len, cache.bytes()), (5, 2 * 64 * 4));
        cache.truncate(0);
        assert_eq!(cache.room(), 0);
    }
}
