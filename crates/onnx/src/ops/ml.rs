//! The operators of ai.onnx.ml: trees, linear models, and the scaling, imputing and encoding in front of them, as steps of a plan.

use super::base::elements::cast;
use super::base::layout::{joined, reshaped, sliced, spread};
use super::moving::indexing::gathered;
use crate::attrs::Attrs;
use crate::check::ML;
use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::{Constant, Fact};
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire, Wires};
use crate::ml::{self, Built, Context, NEWEST, Room, View, failed, matrix};
use crate::refusal::{malformed, unsupported};
use crate::tensor::{Tensor, Values};
use std::sync::Arc;

/// Lowers a node; `None` where there is no such operator.
pub(super) fn lower(op: &mut Op<'_, '_>) -> Result<Option<Wires>> {
    if op.importer.ml > NEWEST {
        return Err(unsupported("a newer operator set of ai.onnx.ml").with("version", op.importer.ml).with("newest", NEWEST));
    }
    Ok(Some(match op.node.op_type {
        "ArrayFeatureExtractor" => vec![extract(op)?],
        "FeatureVectorizer" => vec![vectorize(op)?],
        // Names of the columns, which stay columns: see `Interface::with_maps`.
        "ZipMap" => {
            let _ = (op.attribute("classlabels_int64s"), op.attribute("classlabels_strings"));
            vec![op.input(0)?]
        }
        _ => return computed(op),
    }))
}

/// An operator that is written once for all engines.
fn computed(op: &mut Op<'_, '_>) -> Result<Option<Wires>> {
    let given = op.maybe(0).map(|x| op.dtype(x)).transpose()?.map(DType::name);
    let (node, texts, ml, trees) = (op.node, op.texts(), op.importer.ml, op.importer.trees);
    let Some(name) = ML.iter().copied().find(|name| *name == node.op_type) else { return Ok(None) };
    let output = node.outputs.iter().find(|o| !o.is_empty()).copied().unwrap_or_default();
    let numbering = |text: &str| texts.number(text);
    let built = op.importer.read(output, || {
        let mut attrs = Attrs::new(node);
        let built = ml::build(node, &mut attrs, Context { ml, dtype: given, trees: &trees, numbering: Some(&numbering) })?;
        // Of an operator that is not known neither are its attributes.
        if built.is_some() { attrs.done().map(|()| built) } else { Ok(None) }
    });
    let built: Arc<Option<Built>> = built?;
    let Some(Built { operator, labels }) = &*built else { return Ok(None) };
    // Read above, all of them.
    node.attributes.iter().for_each(|a| {
        op.attribute(a.name);
    });
    let x = op.input(0)?;
    let reads = DType::named(operator.reads(op.dtype(x)?.name())?);
    let x = cast(op, x, reads.ok_or_else(|| op.bad("type"))?)?;
    let rows = op.shape(x)?.split_last().map_or(1, |(_, outer)| outer.iter().product());
    op.work(&[rows, operator.work()])?;
    let mut wires = op.add_all(Computed { name, built: built.clone() }, &[x])?;
    if let (Some(labels), Some(places)) = (labels, wires.first_mut())
        && !matches!(labels, Values::I64(list) if list.iter().copied().eq(0..list.len() as i64))
    {
        let list = Tensor { shape: vec![labels.len()], values: labels.clone() };
        let list = op.constant(Constant::of_tensor(&list, &texts)?)?;
        *places = gathered(op, list, *places, 0)?;
    }
    Ok(Some(wires))
}

/// The kernel of [`computed`].
#[derive(Debug)]
struct Computed {
    name: &'static str,
    built: Arc<Option<Built>>,
}

impl Computed {
    fn built(&self) -> Result<&Built> {
        (*self.built).as_ref().ok_or_else(|| failed("an operator is missing"))
    }
}

impl Kernel for Computed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let x = single(inputs)?;
        let answers = self.built()?.operator.answers(x.dtype.name(), &x.shape)?;
        let fact = |a: &ml::Answer| DType::named(a.dtype).map(|dtype| Fact::new(dtype, &a.shape));
        answers.iter().map(|a| fact(a).ok_or_else(|| malformed("type", a.dtype))).collect()
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (x, two) = (inputs.fact(0)?, outputs.fact(1).is_ok());
        let view = match x.dtype {
            DType::F32 => View::F32(inputs.get(0)?),
            DType::F64 => View::F64(inputs.get(0)?),
            _ => View::I64(inputs.get(0)?),
        };
        let (first, second) = if two {
            let (first, second) = outputs.two::<i64, f32>()?;
            (Room::I64(first), Some(Room::F32(second)))
        } else {
            let first = match outputs.fact(0)?.dtype {
                DType::F32 => Room::F32(outputs.get(0)?),
                DType::F64 => Room::F64(outputs.get(0)?),
                _ => Room::I64(outputs.get(0)?),
            };
            (first, None)
        };
        self.built()?.operator.run(&x.shape, view, first, second)
    }
}

/// ArrayFeatureExtractor: columns of the last axis; one dimension answers one row, as in onnxruntime.
fn extract(op: &mut Op<'_, '_>) -> Result<Wire> {
    let (x, columns) = (op.input(0)?, op.input(1)?);
    op.only(columns, &[DType::I64])?;
    let (shape, count) = (op.shape(x)?, op.fact(columns)?.len());
    let Some((width, outer)) = shape.split_last() else {
        return Err(failed("ArrayFeatureExtractor wants a dimension"));
    };
    // Counted from the end, as Gather would, they are not.
    if let Some(bad) = op.konst(columns)?.and_then(|c| c.ints().into_iter().find(|c| !(0..*width as i64).contains(c))) {
        return Err(failed("ArrayFeatureExtractor: a column is out of range").with("column", bad).with("columns", width));
    }
    let columns = reshaped(op, columns, &[count])?;
    let picked = gathered(op, x, columns, outer.len())?;
    if outer.is_empty() { reshaped(op, picked, &[1, count]) } else { Ok(picked) }
}

/// FeatureVectorizer: columns of all inputs side by side, each input cut or filled up with 0 to its declared width.
fn vectorize(op: &mut Op<'_, '_>) -> Result<Wire> {
    let widths = op.int_list("inputdimensions")?.unwrap_or_default();
    let count = op.inputs.len();
    if count != widths.len() || count == 0 {
        return Err(failed("FeatureVectorizer has another number of inputs than of widths").with("inputs", count));
    }
    let (mut parts, mut rows) = (Vec::with_capacity(count), None);
    for (at, width) in widths.into_iter().enumerate() {
        let width = usize::try_from(width).map_err(|_| malformed("inputdimensions", &width.to_string()))?;
        let x = op.input(at)?;
        let (own, columns) = matrix(&op.shape(x)?)?;
        if *rows.get_or_insert(own) != own {
            return Err(failed("FeatureVectorizer: inputs of unequal numbers of rows").with("rows", own));
        }
        let x = cast(op, x, DType::F32)?;
        let x = reshaped(op, x, &[own, columns])?;
        parts.push(sliced(op, x, &[(0, 1, own), (0, 1, columns.min(width))])?);
        if columns < width {
            let zero = op.constant(Constant::f32(&[], &[0.0]))?;
            parts.push(spread(op, zero, &[own, width - columns])?);
        }
    }
    joined(op, &parts, 1)
}
