//! RotaryEmbedding, ONNX's and com.microsoft's: heads rotated by their position.

use super::attend::Heads;
use super::standard::count;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::{failed, malformed};
use nearhand_kernels::attention::rotate;

/// Where a row's angles stand in the tables.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places {
    /// Tables have one row for each batch and row.
    Own,
    /// Given for each batch and row.
    Given(Wire),
    /// Given for the first row; those of the others follow.
    First(Wire),
    /// Numbers of keys of each batch, and what is added to them to have the place of the first row.
    Lengths(Wire, i64),
    /// From 0 on.
    Rows,
}

impl Places {
    const fn wire(self) -> Option<Wire> {
        match self {
            Self::Given(wire) | Self::First(wire) | Self::Lengths(wire, _) => Some(wire),
            Self::Own | Self::Rows => None,
        }
    }
}

/// ONNX: X, cosines, sines, places.
pub(in crate::ops) fn rotary(op: &mut Op<'_, '_>) -> Result<Wire> {
    let heads = count(op, "num_heads")?;
    let x = Heads::of(op, op.input(0)?, heads)?;
    let tables = [op.input(1)?, op.input(2)?];
    let places = op.maybe(3).map_or(Places::Own, Places::Given);
    let (turned, interleaved) = (count(op, "rotary_embedding_dim")?, op.int("interleaved", 0)? != 0);
    rotated(op, &x, tables, places, turned, interleaved)
}

/// com.microsoft: X, places, cosines, sines.
pub(in crate::ops) fn contrib(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, ids, tables) = (op.input(0)?, op.input(1)?, [op.input(2)?, op.input(3)?]);
    if op.int("is_packed_batching", 0)? != 0 || op.float("scale", 1.0)? != 1.0 {
        return Err(op.refuse("packed batches or a scale"));
    }
    let (turned, interleaved) = (count(op, "rotary_embedding_dim")?, op.int("interleaved", 0)? != 0);
    let mut heads = count(op, "num_heads")?;
    if let ([_, _, width], [_, half], 0) = (&op.shape(x)?[..], &op.shape(tables[0])?[..], turned)
        && *half != 0
    {
        // Heads are as wide as their tables.
        heads = width / (2 * half);
    }
    let x = Heads::of(op, x, heads)?;
    let places = if op.shape(ids)? == [1] { Places::First(ids) } else { Places::Given(ids) };
    rotated(op, &x, tables, places, turned, interleaved)
}

/// Adds the rotation of the first `turned` values of every head, all where it is 0. The result lies as `x` does, but is whole.
pub(super) fn rotated(
    op: &mut Op<'_, '_>,
    x: &Heads,
    tables: [Wire; 2],
    places: Places,
    turned: usize,
    interleaved: bool,
) -> Result<Wire> {
    let turned = if turned == 0 { x.depth } else { turned };
    let shape = op.shape(tables[0])?;
    let Some((&half, outer)) = shape.split_last() else { return Err(op.bad("shape of a table")) };
    let fits = match places {
        Places::Own => *outer == [x.batch, x.len],
        _ => outer.len() == 1,
    };
    if !fits || turned > x.depth || half * 2 != turned || op.shape(tables[1])? != shape {
        return Err(op.bad("shape of a table"));
    }
    for table in tables {
        op.only(table, &[DType::F32])?;
    }
    let mut inputs = vec![x.wire, tables[0], tables[1]];
    if let Some(wire) = places.wire() {
        let want: &[usize] = match places {
            Places::Given(_) => &[x.batch, x.len],
            Places::First(_) => &[1],
            _ => &[],
        };
        let have = op.shape(wire)?;
        let all = matches!(places, Places::Lengths(..)) && have.iter().product::<usize>() == x.batch;
        if (!all && have != want) || !matches!(op.dtype(wire)?, DType::I64 | DType::I32) {
            return Err(op.bad("positions"));
        }
        inputs.push(wire);
    }
    op.add(Rotary { x: *x, places, half, table: outer.iter().product(), interleaved }, &inputs)
}

#[derive(Debug)]
struct Rotary {
    x: Heads,
    places: Places,
    half: usize,
    /// Rows of the tables.
    table: usize,
    interleaved: bool,
}

impl Rotary {
    /// The row of the tables for a row of a batch.
    fn place(&self, inputs: &Inputs<'_>, b: usize, s: usize) -> Result<usize> {
        let number = |at: usize| -> Result<i64> {
            let given = match inputs.fact(3)?.dtype {
                DType::I32 => inputs.get::<i32>(3)?.get(at).map(|v| i64::from(*v)),
                _ => inputs.get::<i64>(3)?.get(at).copied(),
            };
            given.ok_or_else(|| failed("a position is missing"))
        };
        let row = (b * self.x.len + s) as i64;
        let place = match self.places {
            Places::Own => Some(row),
            Places::Rows => Some(s as i64),
            Places::Given(_) => Some(number(row as usize)?),
            Places::First(_) => number(0)?.checked_add(s as i64),
            Places::Lengths(_, more) => number(b)?.checked_add(more).and_then(|p| p.checked_add(s as i64)),
        };
        let place = place.and_then(|p| usize::try_from(p).ok()).filter(|p| *p < self.table);
        place.ok_or_else(|| failed("a position that the tables do not have"))
    }
}

impl Kernel for Rotary {
    fn name(&self) -> &'static str {
        "RotaryEmbedding"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        if inputs.len() < 3 || inputs.iter().take(3).any(|f| f.dtype != DType::F32) {
            return Err(malformed("inputs of different types", ""));
        }
        let Heads { batch, count, len, depth, flat, .. } = self.x;
        let shape = if flat { vec![batch, len, count * depth] } else { vec![batch, count, len, depth] };
        Ok(vec![Fact::new(DType::F32, &shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let Self { x, half, .. } = self;
        let (values, cos, sin) = (inputs.get::<f32>(0)?, inputs.get::<f32>(1)?, inputs.get::<f32>(2)?);
        let out = outputs.get::<f32>(0)?;
        for (b, s) in (0..x.batch).flat_map(|b| (0..x.len).map(move |s| (b, s))) {
            let angles = self.place(inputs, b, s)? * half;
            let (cos, sin) = (cos.get(angles..angles + half), sin.get(angles..angles + half));
            for h in 0..x.count {
                let from = x.skip + b * x.steps[0] + h * x.steps[1] + s * x.steps[2];
                let to = if x.flat { (b * x.len + s) * x.count + h } else { (b * x.count + h) * x.len + s } * x.depth;
                if let (Some(from), Some(to)) = (values.get(from..from + x.depth), out.get_mut(to..to + x.depth)) {
                    rotate(from, cos.unwrap_or_default(), sin.unwrap_or_default(), self.interleaved, to);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, floats, given, known, refusal};
    use crate::tensor::{Tensor, Values};

    fn places(shape: &[usize], values: &[i64]) -> In {
        In::Given(Tensor { shape: shape.to_vec(), values: Values::I64(values.to_vec()) })
    }

    #[test]
    fn quarter_turns_by_place() {
        // Places 0, 1, 2: no turn, a quarter, a half.
        let tables = [known(&[3, 1], &[1.0, 0.0, -1.0]), known(&[3, 1], &[0.0, 1.0, 0.0])];
        let x = given(&[1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let heads = [A::Int("num_heads", 1)];
        let with = |ids: In| [vec![x.clone()], tables.to_vec(), vec![ids]].concat();
        assert_eq!(floats(23, "RotaryEmbedding", &heads, &with(places(&[1, 2], &[1, 2]))), [-2.0, 1.0, -3.0, -4.0]);
        for wrong in [3, -1] {
            assert_eq!(refusal(23, "RotaryEmbedding", &heads, &with(places(&[1, 2], &[0, wrong]))), Code::ModelFailed);
        }
        assert_eq!(refusal(23, "RotaryEmbedding", &heads, &with(places(&[2], &[0, 1]))), Code::ModelMalformed);
        assert_eq!(refusal(23, "RotaryEmbedding", &heads, &with(In::None)), Code::ModelMalformed);
        // onnxruntime's: the first place, and the others after it.
        let inputs = [vec![x.clone(), places(&[1], &[1])], tables.to_vec()].concat();
        assert_eq!(floats(20, "com.microsoft:RotaryEmbedding", &[], &inputs), [-2.0, 1.0, -3.0, -4.0]);
    }

    #[test]
    fn part_of_a_head_by_neighbours() {
        let x = given(&[1, 1, 1, 6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let tables = [given(&[1, 1, 2], &[0.0, 1.0]), given(&[1, 1, 2], &[1.0, 0.0])];
        let attributes = [A::Int("interleaved", 1), A::Int("rotary_embedding_dim", 4)];
        let inputs = [vec![x], tables.to_vec()].concat();
        assert_eq!(floats(23, "RotaryEmbedding", &attributes, &inputs), [-2.0, 1.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(refusal(23, "RotaryEmbedding", &attributes[..1], &inputs), Code::ModelMalformed);
    }
}
