//! What a model is profiled on: inputs of the shapes that it declares, made up.

use nearhand::{Code, Error, Result};
use nearhand_numerics::random::Random;
use nearhand_onnx::file::{Dim, Model, Type};
use nearhand_onnx::{Interface, ModelLimits, Tensor, Values};
use serde::Serialize;

/// Most elements of an input: what is made up is to fit into memory, whatever a file says.
const MOST: usize = 1 << 28;

/// An input of the graph with its extents known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) dtype: String,
    pub(super) shape: Vec<usize>,
}

/// A word of `--dim` or `--fill`: name and number.
type Word = (String, i64);

/// Reads `NAME=N` words. A name may hold `=` itself.
pub(super) fn words(option: &'static str, texts: &[String]) -> Result<Vec<Word>> {
    let word = |text: &String| {
        let (name, number) = text.rsplit_once('=')?;
        Some((name.to_owned(), number.trim().parse().ok()?))
    };
    let one = |text: &String| {
        word(text).ok_or_else(|| {
            Error::new(Code::OptionInvalid, "not a name and a whole number, such as batch=1")
                .with("option", option)
                .with("value", text)
        })
    };
    texts.iter().map(one).collect()
}

/// The inputs that a graph must have: declared extents, and for the open ones those of `--dim`, by the extent's name or by
/// input and axis (`x.0`), which alone can be said of an input of unknown rank.
pub(super) fn inputs(onnx: &[u8], dims: &[Word], limits: &ModelLimits) -> Result<Vec<Given>> {
    let model = Model::read(onnx, &limits.file)?;
    let mut used = vec![false; dims.len()];
    let mut said = |name: &str| {
        let at = dims.iter().position(|(n, _)| n == name)?;
        if let Some(used) = used.get_mut(at) {
            *used = true;
        }
        dims.get(at).map(|(_, number)| *number)
    };
    let mut given = Vec::new();
    for port in Interface::within(onnx, limits)?.inputs.into_iter().filter(|port| !port.optional) {
        let kind = model.graph.inputs.iter().find(|i| i.name == port.name).map(|i| &i.kind);
        let mut shape = Vec::new();
        match kind {
            Some(Type::Tensor(_, Some(declared))) => {
                for (axis, dim) in declared.iter().enumerate() {
                    let place = format!("{}.{axis}", port.name);
                    let (found, name) = match dim {
                        Dim::Fixed(n) => (Some(*n), place),
                        Dim::Named(name) => (said(&place).or_else(|| said(name)), (*name).to_owned()),
                        Dim::Open => (said(&place), place),
                    };
                    shape.push(extent(found, &port.name, &name)?);
                }
            }
            _ => {
                while let Some(n) = said(&format!("{}.{}", port.name, shape.len())) {
                    shape.push(extent(Some(n), &port.name, "rank")?);
                }
                if shape.is_empty() {
                    return Err(open(&port.name, &format!("{}.0", port.name)));
                }
            }
        }
        given.push(Given { name: port.name, dtype: port.dtype, shape });
    }
    match dims.iter().zip(used).find(|(_, used)| !used) {
        Some(((name, _), _)) => {
            let what = "the graph has no open extent of that name";
            Err(Error::new(Code::OptionInvalid, what).with("option", "--dim").with("name", name))
        }
        None => Ok(given),
    }
}

fn open(input: &str, name: &str) -> Error {
    Error::new(Code::OptionInvalid, "an extent of an input is open: say it, by --dim NAME=N")
        .with("input", input)
        .with("name", name)
}

fn extent(found: Option<i64>, input: &str, name: &str) -> Result<usize> {
    let n = found.ok_or_else(|| open(input, name))?;
    usize::try_from(n).map_err(|_| {
        Error::new(Code::OptionInvalid, "an extent below 0").with("input", input).with("name", name).with("value", n)
    })
}

impl Given {
    /// Elements: floats between -1 and 1, the same ones every time; whole numbers are all `fill`, truth values true where it
    /// is not 0.
    pub(super) fn tensor(&self, fill: i64, random: &mut Random) -> Result<Tensor> {
        let count = self.shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= MOST);
        let n = count.ok_or_else(|| {
            let shape = self.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let what = "an input is larger than what is made up";
            Error::new(Code::ModelTooLarge, what).with("input", &self.name).with("shape", shape).with("limit", MOST)
        })?;
        let mut draw = || 2.0 * random.unit() - 1.0;
        let values = match self.dtype.as_str() {
            "f32" => Values::F32((0..n).map(|_| draw()).collect()),
            "f64" => Values::F64((0..n).map(|_| f64::from(draw())).collect()),
            "i64" => Values::I64(vec![fill; n]),
            "i32" => Values::I32(vec![fill as i32; n]),
            "i8" => Values::I8(vec![fill as i8; n]),
            "u8" => Values::U8(vec![fill as u8; n]),
            "bool" => Values::Bool(vec![fill != 0; n]),
            "str" => Values::Str(vec![fill.to_string(); n]),
            other => {
                return Err(Error::new(Code::ModelOperatorUnsupported, "an input has a type that this build does not run")
                    .with("input", &self.name)
                    .with("type", other));
            }
        };
        Ok(Tensor { shape: self.shape.clone(), values })
    }
}

/// Tensors for all inputs; `fills` are what inputs of whole numbers are filled with, 1 where nothing is said.
pub(super) fn tensors(given: &[Given], fills: &[Word]) -> Result<Vec<Tensor>> {
    if let Some((name, _)) = fills.iter().find(|(name, _)| !given.iter().any(|g| g.name == *name)) {
        return Err(Error::new(Code::OptionInvalid, "the graph has no input of that name")
            .with("option", "--fill")
            .with("name", name));
    }
    let mut random = Random::new(1);
    let fill = |name: &str| fills.iter().find(|(n, _)| n == name).map_or(1, |(_, fill)| *fill);
    given.iter().map(|g| g.tensor(fill(&g.name), &mut random)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_and_numbers() {
        let read = |texts: &[&str]| words("--dim", &texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["batch=1", "a=b=2"]).unwrap(), [("batch".to_owned(), 1), ("a=b".to_owned(), 2)]);
        for bad in ["batch", "batch=", "batch=x", "batch=1.5"] {
            assert_eq!(read(&[bad]).unwrap_err().code(), Code::OptionInvalid, "{bad}");
        }
    }

    #[test]
    fn what_is_made_up_has_a_bound() {
        let given = |dtype: &str, shape: &[usize]| Given { name: "x".into(), dtype: dtype.into(), shape: shape.to_vec() };
        let tensor = |g: Given| g.tensor(3, &mut Random::new(1));
        assert_eq!(tensor(given("i32", &[2])).unwrap().values, Values::I32(vec![3, 3]));
        assert_eq!(tensor(given("f32", &[0, 4])).unwrap().values, Values::F32(Vec::new()));
        for shape in [&[usize::MAX, 2][..], &[1 << 20, 1 << 20]] {
            assert_eq!(tensor(given("f32", shape)).unwrap_err().code(), Code::ModelTooLarge);
        }
        assert_eq!(tensor(given("onnx:14", &[1])).unwrap_err().code(), Code::ModelOperatorUnsupported);
    }
}
