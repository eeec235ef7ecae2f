//! Normalisation of rows, groups, channels and norms.

use super::fold::{By, reduced};
use super::norm::{Channels, Groups, Rows};
use crate::dtype::DType;
use crate::error::Result;
use crate::lower::{Op, Wire, Wires};
use crate::ops::base::binary::{F, binary};
use crate::ops::base::layout::{inverse, permuted, reshaped};
use crate::ops::base::unary::{SQRT, SQUARE, unary};
use nearhand_kernels::norm::Norm;

/// Epsilon of the operators that add and normalise, where none is given.
const SKIP_EPSILON: f32 = 1e-12;

/// What a normalisation of rows is.
struct Spec {
    kind: Norm,
    /// First of the axes that are one row.
    axis: usize,
    epsilon: f32,
    /// Whether mean and 1 / deviation are asked for.
    stats: bool,
}

/// Rows of `x` normalised, then scaled and shifted; mean and 1 / deviation after them, where asked for.
fn rows(op: &mut Op<'_, '_>, x: Wire, spec: &Spec, affine: &[Option<Wire>]) -> Result<Wires> {
    let shape = op.shape(x)?;
    let (outer, row) = shape.split_at_checked(spec.axis).unwrap_or((&shape, &[]));
    let mut stats = outer.to_vec();
    stats.resize(shape.len(), 1);
    let bare = |shape: &[usize]| shape.iter().copied().skip_while(|d| *d == 1).collect::<Vec<_>>();
    let mut inputs = vec![x];
    let mut rest = Vec::new();
    for wire in affine.iter().flatten() {
        op.only(*wire, &[DType::F32])?;
        // Scale and bias of the very rows go into the kernel; others are broadcast after it.
        let theirs = op.shape(*wire)?;
        let same = bare(&theirs) == bare(row) && theirs.len() <= shape.len();
        if same && rest.is_empty() { inputs.push(*wire) } else { rest.push(*wire) }
    }
    let fused = inputs.len() - 1;
    let kernel = Rows { kind: spec.kind, width: row.iter().product(), epsilon: spec.epsilon, stats: spec.stats.then_some(stats) };
    let mut out = op.add_all(kernel, &inputs)?;
    for (at, wire) in rest.into_iter().enumerate() {
        let step = if at + fused == 0 { F::Mul } else { F::Add };
        let first = out.first_mut().ok_or_else(|| op.bad("output"))?;
        *first = binary(op, step, *first, wire)?;
        if op.shape(*first)? != shape {
            return Err(op.bad("shape of scale or bias"));
        }
    }
    Ok(out)
}

/// What LayerNormalization, RMSNormalization and their kin are given.
fn spec(op: &mut Op<'_, '_>, kind: Norm, stats: bool) -> Result<(Wire, Spec)> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32])?;
    let axis = op.axis(op.int("axis", -1)?, op.rank(x)?)?;
    let epsilon = op.float("epsilon", 1e-5)?;
    if op.int("stash_type", 1)? != 1 {
        return Err(op.refuse("a stash type other than 32-bit float"));
    }
    Ok((x, Spec { kind, axis, epsilon, stats }))
}

/// LayerNormalization: the rows, their means, 1 / deviation.
pub(in crate::ops) fn layer(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, spec) = spec(op, Norm::Layer, op.wants(1) || op.wants(2))?;
    let affine = [Some(op.input(1)?), op.maybe(2)];
    rows(op, x, &spec, &affine)
}

/// RMSNormalization.
pub(in crate::ops) fn rms(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, spec) = spec(op, Norm::Rms, false)?;
    let affine = [Some(op.input(1)?)];
    rows(op, x, &spec, &affine)
}

/// SimplifiedLayerNormalization, which is RMSNormalization with 1 / deviation as second output.
pub(in crate::ops) fn simplified(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, spec) = spec(op, Norm::Rms, op.wants(1))?;
    let affine = [Some(op.input(1)?)];
    let out = rows(op, x, &spec, &affine)?;
    // There is no mean among its outputs.
    Ok(out.into_iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, wire)| wire).collect())
}

/// SkipLayerNormalization (input, skip, scale, shift, bias) and SkipSimplifiedLayerNormalization (input, skip, scale, bias):
/// normalises input + skip + bias. Outputs are the rows, their means, 1 / deviation, and the sum.
pub(in crate::ops) fn skip(op: &mut Op<'_, '_>) -> Result<Wires> {
    let simple = op.node.op_type == "SkipSimplifiedLayerNormalization";
    let (x, skip, scale) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let (shift, bias) = if simple { (None, op.maybe(3)) } else { (op.maybe(3), op.maybe(4)) };
    op.only(x, &[DType::F32])?;
    let shape = op.shape(x)?;
    let axis = op.axis(-1, shape.len())?;
    let mut sum = binary(op, F::Add, x, skip)?;
    if let Some(bias) = bias {
        sum = binary(op, F::Add, sum, bias)?;
    }
    let width = shape.get(axis..).unwrap_or_default();
    let vectors = [Some(scale), shift, bias].into_iter().flatten();
    if op.shape(sum)? != shape || vectors.map(|v| op.shape(v)).any(|v| v.as_deref() != Ok(width)) {
        return Err(op.bad("shape of skip, scale or bias"));
    }
    if simple && op.wants(1) {
        return Err(op.refuse("a mean of what is not centred"));
    }
    let kind = if simple { Norm::Rms } else { Norm::Layer };
    let stats = op.wants(1) || op.wants(2);
    let spec = Spec { kind, axis, epsilon: op.float("epsilon", SKIP_EPSILON)?, stats };
    let mut out = rows(op, sum, &spec, &[Some(scale), shift])?;
    // Where nobody reads mean and deviation, the sum stands in for them.
    out.resize(3, sum);
    out.push(sum);
    Ok(out)
}

/// Shapes a per-channel vector for broadcasting over axis 1.
fn channel(op: &mut Op<'_, '_>, vector: Wire, rank: usize) -> Result<Wire> {
    let mut shape = op.shape(vector)?;
    shape.resize(rank.saturating_sub(1), 1);
    reshaped(op, vector, &shape)
}

/// BatchNormalization: one product and one sum a channel. With `training_mode` by mean and variance of what is given, and
/// the recorded ones moved towards them as further outputs.
pub(in crate::ops) fn batch(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, scale, bias) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let (mut mean, mut variance) = (op.input(3)?, op.input(4)?);
    op.only(x, &[DType::F32])?;
    let epsilon = op.float("epsilon", 1e-5)?;
    let momentum = op.float("momentum", 0.9)?;
    let training = op.int("training_mode", 0)? != 0;
    if op.int("spatial", 1)? != 1 || (op.wants(1) && !training) {
        return Err(op.refuse("batch normalisation in training mode"));
    }
    let shape = op.shape(x)?;
    let channels = shape.get(1).copied().ok_or_else(|| op.bad("rank is below 2"))?;
    for wire in [scale, bias, mean, variance] {
        if op.shape(wire)? != [channels] || op.dtype(wire)? != DType::F32 {
            return Err(op.bad("a vector of another length than the channels"));
        }
    }
    let mut outputs = Vec::new();
    if training {
        let axes: Vec<usize> = (0..shape.len()).filter(|a| *a != 1).collect();
        let now = reduced(op, By::Mean, x, &axes, false)?;
        let spread = channel(op, now, shape.len())?;
        let away = binary(op, F::Sub, x, spread)?;
        let square = unary(op, SQUARE, away)?;
        let varied = reduced(op, By::Mean, square, &axes, false)?;
        let (old, new) = (op.scalar(momentum, x)?, op.scalar(1.0 - momentum, x)?);
        for (have, now) in [(&mut mean, now), (&mut variance, varied)] {
            let (a, b) = (binary(op, F::Mul, *have, old)?, binary(op, F::Mul, now, new)?);
            outputs.push(binary(op, F::Add, a, b)?);
            *have = now;
        }
    }
    let epsilon = op.scalar(epsilon, variance)?;
    let spread = binary(op, F::Add, variance, epsilon)?;
    let root = unary(op, SQRT, spread)?;
    let factor = binary(op, F::Div, scale, root)?;
    let moved = binary(op, F::Mul, mean, factor)?;
    let shift = binary(op, F::Sub, bias, moved)?;
    let width = shape.iter().skip(2).product();
    let out = if width == 1 {
        let (factor, shift) = (channel(op, factor, shape.len())?, channel(op, shift, shape.len())?);
        let scaled = binary(op, F::Mul, x, factor)?;
        binary(op, F::Add, scaled, shift)?
    } else {
        op.add(Channels { width }, &[x, factor, shift])?
    };
    outputs.insert(0, out);
    Ok(outputs)
}

/// Normalises `groups` groups of channels of each sample.
fn grouped(op: &mut Op<'_, '_>, groups: usize) -> Result<Wire> {
    let (x, scale, bias) = (op.input(0)?, op.input(1)?, op.input(2)?);
    let shape = op.shape(x)?;
    let &[_, channels, ..] = shape.as_slice() else { return Err(op.bad("rank is below 2")) };
    for wire in [x, scale, bias] {
        op.only(wire, &[DType::F32])?;
    }
    if groups == 0 || !channels.is_multiple_of(groups) {
        return Err(op.bad("groups do not divide the channels"));
    }
    let epsilon = op.float("epsilon", 1e-5)?;
    if op.int("stash_type", 1)? != 1 {
        return Err(op.refuse("a stash type other than 32-bit float"));
    }
    // Before operator set 21, GroupNormalization scales by group.
    let by_group = op.node.op_type == "GroupNormalization" && op.opset() < 21;
    let vector = if by_group { groups } else { channels };
    if op.shape(scale)? != [vector] || op.shape(bias)? != [vector] {
        return Err(op.bad("shape of scale or bias"));
    }
    let width = shape.iter().skip(2).product();
    op.add(Groups { groups, channels: channels / groups, width, by_group, epsilon }, &[x, scale, bias])
}

/// GroupNormalization.
pub(in crate::ops) fn group(op: &mut Op<'_, '_>) -> Result<Wire> {
    let groups = op.int("num_groups", 0)?;
    grouped(op, usize::try_from(groups).unwrap_or(0))
}

/// InstanceNormalization: every channel is a group.
pub(in crate::ops) fn instance(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    let channels = op.shape(x)?.get(1).copied().unwrap_or(0);
    grouped(op, channels)
}

/// LpNormalization: 0 where the norm is 0.
pub(in crate::ops) fn lp(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, DType::FLOATS)?;
    let axis = op.axis(op.int("axis", -1)?, op.rank(x)?)?;
    let by = match op.int("p", 2)? {
        1 => By::L1,
        2 => By::L2,
        _ => return Err(op.bad("p is 1 or 2")),
    };
    let total = reduced(op, by, x, &[axis], true)?;
    binary(op, F::Quotient, x, total)
}

/// MeanVarianceNormalization.
pub(in crate::ops) fn mean_variance(op: &mut Op<'_, '_>) -> Result<Wire> {
    let x = op.input(0)?;
    op.only(x, &[DType::F32])?;
    let shape = op.shape(x)?;
    let axes = op.int_list("axes")?.unwrap_or_else(|| vec![0, 2, 3]);
    let axes = op.axes(Some(axes), shape.len())?;
    let kept: Vec<usize> = (0..shape.len()).filter(|a| !axes.contains(a)).collect();
    let perm: Vec<usize> = kept.iter().chain(&axes).copied().collect();
    let moved = permuted(op, x, &perm)?;
    let width = axes.iter().filter_map(|a| shape.get(*a)).product();
    // The reference adds 1e-9 to the deviation.
    let rows = op.add(Rows { kind: Norm::Layer, width, epsilon: 1e-18, stats: None }, &[moved])?;
    permuted(op, rows, &inverse(&perm))
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::*;

    const EXACT: A = A::Float("epsilon", 0.0);

    #[test]
    fn rows_with_scale_and_bias() {
        let x = || given(&[2, 2], &[1.0, 3.0, 10.0, 4.0]);
        let (scale, bias) = (|| known(&[2], &[2.0, 10.0]), || known(&[2], &[0.5, -1.0]));
        let whole = node(17, "LayerNormalization", &[EXACT], &[x(), scale(), bias()], &["f32"; 3]).unwrap();
        assert!(near(&numbers(&whole[0]), &[-1.5, 9.0, 2.5, -11.0]));
        assert_eq!((&whole[1].shape, numbers(&whole[1])), (&vec![2, 1], vec![2.0, 7.0]));
        assert!(near(&numbers(&whole[2]), &[1.0, 1.0 / 3.0]));
        // A scale that is broadcast comes after the rows.
        let down = known(&[2, 1], &[2.0, 3.0]);
        assert!(near(&floats(17, "LayerNormalization", &[EXACT], &[x(), down]), &[-2.0, 2.0, 3.0, -3.0]));
        let all = [EXACT, A::Int("axis", 0)];
        let four = known(&[2, 2], &[1.0; 4]);
        let spread = 11.25_f32.sqrt();
        let want = [-3.5, -1.5, 5.5, -0.5].map(|v: f32| v / spread);
        assert!(near(&floats(17, "LayerNormalization", &all, &[x(), four]), &want));
        let nothing = [given(&[2, 0], &[]), known(&[0], &[])];
        let none = node(17, "LayerNormalization", &[], &nothing, &["f32"; 2]).unwrap();
        assert!(numbers(&none[0]).is_empty() && numbers(&none[1]).iter().all(|v| v.is_nan()));
        let far = known(&[2, 2, 2], &[1.0; 8]);
        assert_eq!(refusal(17, "LayerNormalization", &[], &[x(), far]), Code::ModelMalformed);
        let stash = [A::Int("stash_type", 11)];
        assert_eq!(refusal(17, "LayerNormalization", &stash, &[x(), scale()]), Code::ModelOperatorUnsupported);
    }

    #[test]
    fn roots_of_mean_squares() {
        let (x, scale) = (|| given(&[1, 2], &[3.0, 4.0]), || known(&[2], &[1.0, 2.0]));
        let root = 12.5_f32.sqrt();
        let want = [3.0 / root, 8.0 / root];
        assert!(near(&floats(23, "RMSNormalization", &[EXACT], &[x(), scale()]), &want));
        for name in ["SimplifiedLayerNormalization", "com.microsoft:SimplifiedLayerNormalization"] {
            let both = node(17, name, &[EXACT, A::Int("axis", -1)], &[x(), scale()], &["f32"; 2]).unwrap();
            assert!(near(&numbers(&both[0]), &want) && near(&numbers(&both[1]), &[1.0 / root]), "{name}");
            assert!(near(&floats(17, name, &[EXACT], &[x(), scale()]), &want), "{name}");
        }
    }

    #[test]
    fn what_is_skipped_is_added_first() {
        let name = "com.microsoft:SkipSimplifiedLayerNormalization";
        let (x, skip) = (|| given(&[1, 2], &[1.0, 2.0]), || given(&[1, 2], &[1.0, 1.0]));
        let (scale, bias) = (|| known(&[2], &[1.0, 2.0]), || known(&[2], &[1.0, 1.0]));
        let root = 12.5_f32.sqrt();
        let all = node(17, name, &[EXACT], &[x(), skip(), scale(), bias()], &["f32", "", "f32", "f32"]).unwrap();
        assert!(near(&numbers(&all[0]), &[3.0 / root, 8.0 / root]) && near(&numbers(&all[1]), &[1.0 / root]));
        assert_eq!(numbers(&all[2]), [3.0, 4.0]);
        let mean = node(17, name, &[EXACT], &[x(), skip(), scale()], &["f32"; 2]).unwrap_err();
        assert_eq!(mean.code(), Code::ModelOperatorUnsupported);

        let name = "com.microsoft:SkipLayerNormalization";
        let shift = || known(&[2], &[10.0, 20.0]);
        let all = node(17, name, &[EXACT], &[x(), skip(), scale(), shift(), bias()], &["f32"; 4]).unwrap();
        assert!(near(&numbers(&all[0]), &[9.0, 22.0]));
        let rest = [numbers(&all[1]), numbers(&all[2]), numbers(&all[3])];
        assert_eq!(rest, [vec![3.5], vec![2.0], vec![3.0, 4.0]]);
        let sum = node(17, name, &[], &[x(), skip(), scale(), In::None, bias()], &["f32", "", "", "f32"]).unwrap();
        assert!(near(&numbers(&sum[0]), &[-1.0, 2.0]) && numbers(&sum[1]) == [3.0, 4.0]);
        // One row is added to all.
        let rows = given(&[2, 2], &[0.0, 2.0, 4.0, 2.0]);
        assert!(near(&floats(17, name, &[], &[rows, known(&[2], &[0.0, 0.0]), scale()]), &[-1.0, 2.0, 1.0, -2.0]));
        let wide = given(&[2, 2], &[0.0; 4]);
        assert_eq!(refusal(17, name, &[], &[x(), wide, scale()]), Code::ModelMalformed);
        assert_eq!(refusal(17, name, &[], &[x(), skip(), known(&[1], &[1.0])]), Code::ModelMalformed);
        // Without its domain it is nobody's, though tract knows the name.
        #[cfg(not(feature = "tract"))]
        assert_eq!(refusal(17, "SkipLayerNormalization", &[], &[x(), skip(), scale()]), Code::ModelOperatorUnsupported);
    }

    #[test]
    fn channels_and_groups() {
        let x = || given(&[1, 2, 2], &[1.0, 3.0, 10.0, 4.0]);
        let (scale, bias) = (|| known(&[2], &[2.0, 10.0]), || known(&[2], &[0.5, -1.0]));
        let (mean, variance) = (|| known(&[2], &[1.0, 2.0]), || known(&[2], &[4.0, 25.0]));
        let inputs = || [x(), scale(), bias(), mean(), variance()];
        assert!(near(&floats(15, "BatchNormalization", &[EXACT], &inputs()), &[0.5, 2.5, 15.0, 3.0]));
        let flat = [given(&[1, 2], &[3.0, 4.0]), scale(), bias(), mean(), variance()];
        assert!(near(&floats(15, "BatchNormalization", &[EXACT], &flat), &[2.5, 3.0]));
        let training = [EXACT, A::Int("training_mode", 1), A::Float("momentum", 0.5)];
        let moved = node(15, "BatchNormalization", &training, &inputs(), &["f32"; 3]).unwrap();
        assert!(near(&numbers(&moved[0]), &[-1.5, 2.5, 9.0, -11.0]));
        assert!(near(&numbers(&moved[1]), &[1.5, 4.5]) && near(&numbers(&moved[2]), &[2.5, 17.0]));
        let short = [x(), known(&[1], &[1.0]), bias(), mean(), variance()];
        assert_eq!(refusal(15, "BatchNormalization", &[], &short), Code::ModelMalformed);

        let want = [-1.5, 2.5, 9.0, -11.0];
        assert!(near(&floats(13, "InstanceNormalization", &[EXACT], &[x(), scale(), bias()]), &want));
        let groups = |n| [EXACT, A::Int("num_groups", n)];
        assert!(near(&floats(21, "GroupNormalization", &groups(2), &[x(), scale(), bias()]), &want));
        let spread = 11.25_f32.sqrt();
        let unit = [-3.5, -1.5, 5.5, -0.5].map(|v: f32| v / spread);
        let by_channel = [unit[0] * 2.0 + 0.5, unit[1] * 2.0 + 0.5, unit[2] * 10.0 - 1.0, unit[3] * 10.0 - 1.0];
        assert!(near(&floats(21, "GroupNormalization", &groups(1), &[x(), scale(), bias()]), &by_channel));
        // Before operator set 21 scale and bias are one a group.
        let one = || [x(), known(&[1], &[2.0]), known(&[1], &[0.5])];
        assert!(near(&floats(18, "GroupNormalization", &groups(1), &one()), &unit.map(|v| v * 2.0 + 0.5)));
        assert_eq!(refusal(21, "GroupNormalization", &groups(1), &one()), Code::ModelMalformed);
        assert_eq!(refusal(21, "GroupNormalization", &groups(3), &one()), Code::ModelMalformed);
        assert_eq!(refusal(21, "GroupNormalization", &[], &one()), Code::ModelMalformed);
    }

    #[test]
    fn norms_means_and_variances() {
        let x = || given(&[2, 2], &[3.0, 4.0, 0.0, 0.0]);
        assert!(near(&floats(13, "LpNormalization", &[], &[x()]), &[0.6, 0.8, 0.0, 0.0]));
        let first = [A::Int("p", 1), A::Int("axis", 0)];
        assert_eq!(floats(13, "LpNormalization", &first, &[x()]), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(refusal(13, "LpNormalization", &[A::Int("p", 3)], &[x()]), Code::ModelMalformed);
        let x = || given(&[2, 2, 1, 1], &[1.0, 10.0, 3.0, 4.0]);
        assert!(near(&floats(13, "MeanVarianceNormalization", &[], &[x()]), &[-1.0, 1.0, 1.0, -1.0]));
        let one = [A::Ints("axes", &[1])];
        assert!(near(&floats(13, "MeanVarianceNormalization", &one, &[x()]), &[-1.0, 1.0, -1.0, 1.0]));
    }
}
