//! Losses: NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.

use super::softmax::{Kind, Softmax};
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire, Wires};
use crate::ops::moving::indexing::INDEX;
use crate::ops::moving::places::Indices;

/// What becomes of the losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduction {
    None,
    Sum,
    Mean,
}

pub(in crate::ops) fn loss(op: &mut Op<'_, '_>) -> Result<Wires> {
    let (x, target) = (op.input(0)?, op.input(1)?);
    op.only(x, &[DType::F32])?;
    op.only(target, INDEX)?;
    let (shape, labels) = (op.shape(x)?, op.shape(target)?);
    let ([batch, classes, ..], false) = (shape.as_slice(), shape.contains(&0)) else {
        return Err(op.refuse("a loss of this rank"));
    };
    if labels.first() != Some(batch) || labels[1..] != shape[2..] {
        return Err(op.bad("labels of a shape that does not fit"));
    }
    let weights = op.maybe(2);
    if let Some(weights) = weights
        && (op.shape(weights)? != [*classes] || op.dtype(weights)? != DType::F32)
    {
        return Err(op.bad("weights of a shape that does not fit"));
    }
    let reduction = match op.text("reduction", "mean")? {
        "none" => Reduction::None,
        "sum" => Reduction::Sum,
        "mean" => Reduction::Mean,
        _ => return Err(op.bad("reduction")),
    };
    let ignored = op.attribute("ignore_index").map(crate::file::Attribute::int).transpose()?;
    let softmax = op.node.op_type == "SoftmaxCrossEntropyLoss";
    let inner = shape[2..].iter().product();
    let logs = if softmax { op.add(Softmax { kind: Kind::Log, extent: *classes, below: inner }, &[x])? } else { x };
    let out = if reduction == Reduction::None { labels } else { Vec::new() };
    let inputs: Vec<Wire> = [Some(logs), Some(target), weights].into_iter().flatten().collect();
    let loss = op.add(Loss { shape: out, classes: *classes, inner, reduction, ignored }, &inputs)?;
    Ok(if softmax { vec![loss, logs] } else { vec![loss] })
}

#[derive(Debug)]
struct Loss {
    shape: Vec<usize>,
    classes: usize,
    /// Labels of a row.
    inner: usize,
    reduction: Reduction,
    /// The label that counts for nothing.
    ignored: Option<i64>,
}

impl Kernel for Loss {
    fn name(&self) -> &'static str {
        "Loss"
    }

    fn facts(&self, _: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![Fact::new(DType::F32, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (logs, labels) = (inputs.get::<f32>(0)?, Indices::of(inputs, 1)?);
        let weights = if inputs.len() > 2 { Some(inputs.get::<f32>(2)?) } else { None };
        let out = outputs.get::<f32>(0)?;
        let (mut sum, mut total) = (0.0_f64, 0.0_f64);
        for number in 0..labels.len() {
            let (mut loss, mut weight) = (0.0, 0.0);
            if self.ignored != Some(labels.value(number)) {
                let class = labels.place(number, self.classes)?;
                let at = (number / self.inner * self.classes + class) * self.inner + number % self.inner;
                weight = weights.map_or(1.0, |w| w.get(class).copied().unwrap_or(0.0));
                loss = -logs.get(at).copied().unwrap_or(0.0) * weight;
            }
            sum += f64::from(loss);
            total += f64::from(weight);
            if let (Reduction::None, Some(cell)) = (self.reduction, out.get_mut(number)) {
                *cell = loss;
            }
        }
        if let (Reduction::Sum | Reduction::Mean, Some(cell)) = (self.reduction, out.first_mut()) {
            *cell = if self.reduction == Reduction::Mean { sum / total } else { sum } as f32;
        }
        Ok(())
    }
}
