//! Operators that work element by element, casts, constants, choices and If: worked examples, and uses that are refused.

use crate::writer::{Attribute, File};
use nearhand_onnx::{Code, Error, Graph, ModelLimits, Tensor, Values};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn kind(tensor: &Tensor) -> u64 {
    match &tensor.values {
        Values::F32(_) => 1,
        Values::U8(_) => 2,
        Values::I8(_) => 3,
        Values::I32(_) => 6,
        Values::I64(_) => 7,
        Values::Bool(_) => 9,
        Values::F64(_) => 11,
        Values::Str(_) => 8,
    }
}

/// A use of one operator: domain and name, attributes, element type of the answer.
struct Use<'a> {
    domain: &'a str,
    operator: &'a str,
    opset: u64,
    attributes: &'a [(&'a str, Attribute)],
    answers: u64,
}

impl<'a> Use<'a> {
    fn of(operator: &'a str) -> Self {
        Self { domain: "", operator, opset: 28, attributes: &[], answers: 1 }
    }

    fn run(&self, inputs: &[Tensor]) -> Result<Values, Error> {
        let mut file = File::default();
        file.opset = self.opset;
        let names = &NAMES[..inputs.len()];
        for (name, input) in names.iter().zip(inputs) {
            file.input(name, kind(input), &input.shape);
        }
        file.node_of(self.domain, self.operator, names, &["y"], self.attributes);
        file.output("y", self.answers, &[]);
        let mut graph = Graph::load(&file.finish(), &ModelLimits::default())?;
        Ok(graph.run(inputs.to_vec())?.remove(0).values)
    }
}

fn tensor(shape: &[usize], values: Values) -> Tensor {
    Tensor { shape: shape.to_vec(), values }
}

fn floats(values: &[f32]) -> Tensor {
    tensor(&[values.len()], Values::F32(values.to_vec()))
}

fn ints(values: &[i64]) -> Tensor {
    tensor(&[values.len()], Values::I64(values.to_vec()))
}

/// A use of an operator of ai.onnx without attributes.
fn plain(operator: &str, inputs: &[Tensor], answers: u64) -> Values {
    Use { answers, ..Use::of(operator) }.run(inputs).unwrap()
}

fn near(have: Values, want: &[f32]) -> bool {
    let Values::F32(have) = have else { panic!("{have:?}") };
    have.len() == want.len()
        && have.iter().zip(want).all(|(a, b)| (a - b).abs() <= 1e-6 * (1.0 + b.abs()) || (a.is_nan() && b.is_nan()))
}

#[test]
fn functions_of_one_element() {
    // erf(½), Φ(1) and others from tables.
    assert!(near(plain("Erf", &[floats(&[0.5, -1.0, 3.0])], 1), &[0.520_499_9, -0.842_700_8, 0.999_977_9]));
    assert!(near(plain("Gelu", &[floats(&[1.0, -1.0, 0.0])], 1), &[0.841_344_7, -0.158_655_3, 0.0]));
    assert!(near(plain("Exp", &[floats(&[1.0, 88.5, -200.0])], 1), &[std::f32::consts::E, 2.723_088e38, 0.0]));
    assert_eq!(plain("Round", &[floats(&[0.5, 1.5, -2.5])], 1), Values::F32(vec![0.0, 2.0, -2.0]));
    assert_eq!(plain("Sign", &[ints(&[-7, 0, 9])], 7), Values::I64(vec![-1, 0, 1]));
    assert_eq!(plain("Relu", &[ints(&[-7, 9])], 7), Values::I64(vec![0, 9]));
    assert_eq!(plain("Not", &[tensor(&[2], Values::Bool(vec![true, false]))], 9), Values::Bool(vec![false, true]));
    assert!(near(plain("Relu", &[floats(&[-1.0, f32::NAN, 2.0])], 1), &[0.0, f32::NAN, 2.0]));
    assert_eq!(plain("IsNaN", &[tensor(&[2], Values::F64(vec![f64::NAN, 1.0]))], 9), Values::Bool(vec![true, false]));
    let e = Use { answers: 7, ..Use::of("Exp") }.run(&[ints(&[1])]).unwrap_err();
    assert_eq!(e.code(), Code::ModelOperatorUnsupported);
}

#[test]
fn functions_of_onnxruntime() {
    let of = |operator| Use { domain: "com.microsoft", ..Use::of(operator) };
    let x = tensor(&[1, 2], Values::F32(vec![0.5, -2.0]));
    let biased = of("BiasGelu").run(&[x.clone(), floats(&[0.5, 1.0])]).unwrap();
    assert!(near(biased, &[0.841_344_7, -0.158_655_3]));
    let biased = of("FastGelu").run(&[x.clone(), floats(&[0.5, 1.0])]).unwrap();
    assert!(near(biased, &[0.841_192, -0.158_808]));
    // x · sigmoid(1.702 x).
    assert!(near(of("QuickGelu").run(&[floats(&[1.0])]).unwrap(), &[0.845_795_8]));
    let e = of("BiasGelu").run(&[x.clone(), floats(&[1.0])]).unwrap_err();
    assert_eq!(e.code(), Code::ModelMalformed);
    // What another domain means by a name is not ONNX's operator of that name.
    for operator in ["Add", "Relu", "NoSuch"] {
        let e = of(operator).run(&[x.clone(), x.clone()]).unwrap_err();
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, operator));
        assert!(e.details().iter().any(|d| d == &("domain", "com.microsoft".to_owned())), "{e}");
    }
    let e = Use { domain: "org.other", ..Use::of("Relu") }.run(&[x]).unwrap_err();
    assert_eq!(e.code(), Code::ModelOperatorUnsupported);
}

#[test]
fn clip_bounds() {
    let number = |v: f32| tensor(&[], Values::F32(vec![v]));
    let x = floats(&[-3.0, 0.5, f32::NAN, 9.0]);
    assert!(near(plain("Clip", &[x.clone(), number(-1.0), number(6.0)], 1), &[-1.0, 0.5, f32::NAN, 6.0]));
    // Where the lower bound is the larger one, the upper one stands.
    assert!(near(plain("Clip", &[x.clone(), number(5.0), number(1.0)], 1), &[1.0, 1.0, f32::NAN, 1.0]));
    let bounds = [("min", Attribute::Float(0.0)), ("max", Attribute::Float(6.0))];
    let older = Use { opset: 10, attributes: &bounds, ..Use::of("Clip") };
    assert!(near(older.run(std::slice::from_ref(&x)).unwrap(), &[0.0, 0.5, f32::NAN, 6.0]));
    // A list of one is a number; a longer one, or one of another type, is no bound.
    assert!(near(plain("Clip", &[x.clone(), floats(&[1.0])], 1), &[1.0, 1.0, f32::NAN, 9.0]));
    for bound in [floats(&[1.0, 2.0]), ints(&[1])] {
        assert_eq!(Use::of("Clip").run(&[x.clone(), bound]).unwrap_err().code(), Code::ModelMalformed);
    }
}

#[test]
fn functions_of_two_elements() {
    let bytes = |v: &[i8]| tensor(&[v.len()], Values::I8(v.to_vec()));
    assert_eq!(plain("Add", &[bytes(&[127, -1]), bytes(&[1, 1])], 3), Values::I8(vec![-128, 0]));
    assert_eq!(plain("Div", &[ints(&[-7, 7]), ints(&[2, -2])], 7), Values::I64(vec![-3, -3]));
    assert_eq!(plain("Mod", &[ints(&[-7, 7]), ints(&[3, -3])], 7), Values::I64(vec![2, -2]));
    let e = Use { answers: 7, ..Use::of("Div") }.run(&[ints(&[1]), ints(&[0])]).unwrap_err();
    assert_eq!(e.code(), Code::ModelFailed);
    // The power of an integer by a float is cut at the end, not before.
    let roots = plain("Pow", &[ints(&[9, 10, 2]), floats(&[0.5, 0.5, -1.0])], 7);
    assert_eq!(roots, Values::I64(vec![3, 3, 0]));
    assert!(near(plain("Pow", &[floats(&[2.0, 3.0]), ints(&[10, -1])], 1), &[1024.0, 1.0 / 3.0]));
    // Signs are spread by shifts to the right; what is no number of places leaves the sign alone.
    for (direction, want) in [("LEFT", [-128, 0, 0, 0]), ("RIGHT", [-32, -1, 0, -1])] {
        let attributes = [("direction", Attribute::Text(direction))];
        let shift = Use { attributes: &attributes, answers: 3, ..Use::of("BitShift") };
        let have = shift.run(&[bytes(&[-64, -3, 5, -5]), bytes(&[1, 9, -1, -1])]).unwrap();
        assert_eq!(have, Values::I8(want.to_vec()), "{direction}");
    }
    assert!(near(plain("Mean", &[floats(&[1.0, 2.0]), floats(&[5.0]), floats(&[0.0, 5.0])], 1), &[2.0, 4.0]));
    assert!(near(plain("Max", &[floats(&[1.0, f32::NAN]), floats(&[2.0, 2.0])], 1), &[2.0, f32::NAN]));
    let e = Use::of("Add").run(&[floats(&[1.0]), ints(&[1])]).unwrap_err();
    assert_eq!(e.code(), Code::ModelMalformed);
    let e = Use::of("Add").run(&[floats(&[1.0, 2.0]), floats(&[1.0, 2.0, 3.0])]).unwrap_err();
    assert_eq!(e.code(), Code::ModelMalformed);
}

#[test]
fn long_rows() {
    let long: Vec<f32> = (0..5001).map(|i| i as f32).collect();
    let turned: Vec<f32> = long.iter().rev().copied().collect();
    let differences: Vec<f32> = long.iter().zip(&turned).map(|(a, b)| a - b).collect();
    assert_eq!(plain("Sub", &[floats(&long), floats(&turned)], 1), Values::F32(differences));
    let from_one: Vec<f32> = long.iter().map(|b| 1.0 - b).collect();
    assert_eq!(plain("Sub", &[floats(&[1.0]), floats(&long)], 1), Values::F32(from_one));
    let less_two: Vec<f32> = long.iter().map(|a| a - 2.0).collect();
    assert_eq!(plain("Sub", &[floats(&long), floats(&[2.0])], 1), Values::F32(less_two));
}

#[test]
fn casts() {
    let to = |number, x: Tensor| {
        let attributes = [("to", Attribute::Int(number))];
        Use { attributes: &attributes, answers: number.cast_unsigned(), ..Use::of("Cast") }.run(&[x])
    };
    assert_eq!(to(7, floats(&[1e30, -2.7, f32::NAN])).unwrap(), Values::I64(vec![i64::MAX, -2, 0]));
    assert_eq!(to(3, ints(&[300, -129])).unwrap(), Values::I8(vec![44, 127]));
    // The nearest 32-bit float at once, not by way of 64 bits; more than one block of elements.
    let many: Vec<i64> = (0..130).map(|i| i + (1 << 60)).collect();
    assert_eq!(to(1, ints(&many)).unwrap(), Values::F32(many.iter().map(|v| *v as f32).collect()));
    assert_eq!(to(9, floats(&[0.0, -0.0, 0.1, f32::NAN])).unwrap(), Values::Bool(vec![false, false, true, true]));
    assert_eq!(to(5, floats(&[1.0])).unwrap_err().code(), Code::ModelOperatorUnsupported);
    let bits = [("to", Attribute::Int(6))];
    let cast = Use { attributes: &bits, answers: 6, ..Use::of("BitCast") };
    assert_eq!(cast.run(&[floats(&[1.0, -0.0])]).unwrap(), Values::I32(vec![0x3f80_0000, i32::MIN]));
    assert_eq!(cast.run(&[ints(&[1])]).unwrap_err().code(), Code::ModelMalformed);
}

#[test]
fn choices() {
    let when = tensor(&[2, 1], Values::Bool(vec![true, false]));
    let have = plain("Where", &[when, ints(&[1, 2]), ints(&[9])], 7);
    assert_eq!(have, Values::I64(vec![1, 2, 9, 9]));
    let mut file = File::default();
    file.input("a", 7, &[3]);
    file.ints("depth", &[], &[3]);
    file.floats("values", &[2], &[0.0, 5.0]);
    file.node("OneHot", &["a", "depth", "values"], &["y"], &[("axis", Attribute::Int(0))]);
    file.output("y", 1, &[3, 3]);
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    // From the end where negative; nothing where it is out of range.
    let have = graph.run(vec![ints(&[0, -1, 3])]).unwrap().remove(0);
    assert_eq!((have.shape, have.values), (vec![3, 3], Values::F32(vec![5., 0., 0., 0., 0., 0., 0., 5., 0.])));
}

#[test]
fn sums_so_far() {
    let x = tensor(&[2, 3], Values::I64(vec![1, 2, 3, 4, 5, 6]));
    let axis = |v: i64| tensor(&[], Values::I64(vec![v]));
    let sums = |attributes: &[(&str, Attribute)], at: i64| {
        Use { attributes, answers: 7, ..Use::of("CumSum") }.run(&[x.clone(), axis(at)])
    };
    assert_eq!(sums(&[], 1).unwrap(), Values::I64(vec![1, 3, 6, 4, 9, 15]));
    assert_eq!(sums(&[], -2).unwrap(), Values::I64(vec![1, 2, 3, 5, 7, 9]));
    let back = [("exclusive", Attribute::Int(1)), ("reverse", Attribute::Int(1))];
    assert_eq!(sums(&back, 1).unwrap(), Values::I64(vec![5, 3, 0, 11, 6, 0]));
    assert_eq!(sums(&[], 2).unwrap_err().code(), Code::ModelFailed);
    let have = Use { answers: 7, ..Use::of("CumProd") }.run(&[x, axis(1)]).unwrap();
    assert_eq!(have, Values::I64(vec![1, 2, 6, 4, 20, 120]));
}

#[test]
fn dropout_lets_all_through() {
    let mut file = File::default();
    file.input("a", 1, &[2]);
    file.node("Dropout", &["a"], &["y", "mask"], &[]);
    file.output("y", 1, &[2]);
    file.output("mask", 9, &[2]);
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    let have = graph.run(vec![floats(&[1.0, -2.0])]).unwrap();
    assert_eq!(have, [floats(&[1.0, -2.0]), tensor(&[2], Values::Bool(vec![true, true]))]);
}

/// A branch with a constant `c` of its own that answers a + c under the name `out`.
fn branch(out: &str, c: &[f32]) -> Attribute {
    let mut body = File::default();
    body.floats("c", &[c.len()], c);
    body.node("Add", &["a", "c"], &[out], &[]);
    body.output(out, 1, &[]);
    Attribute::Graph(body.graph())
}

#[test]
fn branches_keep_their_names_to_themselves() {
    // Both branches of both nodes have a constant of one name. The second condition is not known before it runs.
    let mut file = File::default();
    file.input("a", 1, &[2]);
    file.input("open", 9, &[]);
    file.ints("one", &[], &[1]);
    // A name as long as a path.
    file.floats("//x/then/c", &[2], &[7.0, 7.0]);
    file.node("Cast", &["one"], &["yes"], &[("to", Attribute::Int(9))]);
    let branches = |a, b| [("then_branch", branch("t", a)), ("else_branch", branch("e", b))];
    file.node("If", &["yes"], &["x"], &branches(&[1.0, 2.0], &[0.0, 0.0]));
    file.node("If", &["open"], &["y"], &branches(&[10.0, 20.0], &[100.0, 200.0]));
    file.output("x", 1, &[2]);
    file.output("y", 1, &[2]);
    file.node("Sub", &["a", "//x/then/c"], &["z"], &[]);
    file.output("z", 1, &[2]);
    let mut graph = Graph::load(&file.finish(), &ModelLimits::default()).unwrap();
    for (open, want) in [(true, [11.0, 21.0]), (false, [101.0, 201.0])] {
        let have = graph.run(vec![floats(&[1.0, 1.0]), tensor(&[], Values::Bool(vec![open]))]).unwrap();
        assert_eq!(have, [floats(&[2.0, 3.0]), floats(&want), floats(&[-6.0, -6.0])]);
    }
}

#[test]
fn conditions_that_are_computed() {
    let file = |then: &[f32], other: &[f32]| {
        let mut file = File::default();
        file.input("a", 1, &[1]);
        file.floats("zero", &[1], &[0.0]);
        file.node("Greater", &["a", "zero"], &["positive"], &[]);
        file.node("If", &["positive"], &["y"], &[("then_branch", branch("t", then)), ("else_branch", branch("e", other))]);
        file.output("y", 1, &[]);
        file.finish()
    };
    let mut graph = Graph::load(&file(&[1.0, 2.0], &[3.0, 4.0]), &ModelLimits::default()).unwrap();
    for (a, want) in [(0.5, [1.5, 2.5]), (-0.5, [2.5, 3.5])] {
        assert_eq!(graph.run(vec![floats(&[a])]).unwrap(), [floats(&want)]);
    }
    // Branches of different shapes: a plan for every value.
    let mut graph = Graph::load(&file(&[1.0, 2.0], &[3.0]), &ModelLimits::default()).unwrap();
    assert_eq!(graph.run(vec![floats(&[0.5])]).unwrap(), [floats(&[1.5, 2.5])]);
    assert_eq!(graph.run(vec![floats(&[-0.5])]).unwrap(), [floats(&[2.5])]);
}
