//! Graphs that are valid: made node by node of random operators, shapes and attributes.

use crate::nodes;
use crate::writer::{Attribute, File};

/// Where chance comes from: a fuzzer's bytes, or a seed.
pub(crate) struct Chance<'a> {
    bytes: std::slice::Iter<'a, u8>,
    state: u64,
}

impl<'a> Chance<'a> {
    /// These bytes first; after them, numbers of a seed.
    pub(crate) fn new(bytes: &'a [u8], seed: u64) -> Self {
        Self { bytes: bytes.iter(), state: seed }
    }

    /// A number below `n`, which is at least 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if let Some(byte) = self.bytes.next() {
            return usize::from(*byte) % n;
        }
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 33) as usize % n
    }

    fn floats(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.below(65) as f32 / 16.0 - 2.0).collect()
    }
}

/// A graph, written twice: with its inputs open, and with these very values in their place.
pub(crate) struct Pair {
    /// With inputs.
    pub(crate) open: Vec<u8>,
    /// All known.
    pub(crate) known: Vec<u8>,
    /// What the inputs are: shape and values.
    pub(crate) inputs: Vec<(Vec<usize>, Vec<f32>)>,
    /// Operators, for messages.
    pub(crate) operators: Vec<String>,
}

/// A graph in the making.
pub(crate) struct Making<'c, 'b> {
    /// Where chance comes from.
    pub(crate) chance: &'c mut Chance<'b>,
    both: [File; 2],
    /// Names and shapes of values, all 32-bit floats.
    values: Vec<(String, Vec<usize>)>,
    /// Values that no order of sums and no fused kernel changes by a bit.
    exact: Vec<String>,
    operators: Vec<String>,
    fresh: usize,
}

/// Ways of making a step that are plain, and all of them, for [`graph`].
pub(crate) const PLAIN: usize = 17;
pub(crate) const ALL: usize = PLAIN + nodes::WAYS;

const UNARY: &[&str] = &["Relu", "Neg", "Abs", "Sigmoid", "Tanh", "Exp", "Floor", "Softsign", "Erf", "LeakyRelu", "Identity"];
const BINARY: &[&str] = &["Add", "Sub", "Mul", "Max", "Min", "Div"];
const REDUCE: &[&str] = &["ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean", "ReduceL2"];

impl Making<'_, '_> {
    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    fn any(&mut self) -> (String, Vec<usize>) {
        let at = self.chance.below(self.values.len());
        self.values[at].clone()
    }

    /// A node of one output of 32-bit floats: its name.
    pub(crate) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        shape: Vec<usize>,
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.of("", operator, inputs, shape, attributes)
    }

    /// As [`Making::node`], of some domain.
    pub(crate) fn of(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        shape: Vec<usize>,
        attributes: &[(&str, Attribute)],
    ) -> String {
        let out = self.name();
        self.both.iter_mut().for_each(|file| file.node_of(domain, operator, inputs, &[&out], attributes));
        self.operators.push(operator.to_owned());
        self.values.push((out.clone(), shape));
        out
    }

    /// As [`Making::node`], where elements are moved alone: what was exact stays so.
    pub(crate) fn moved(
        &mut self,
        operator: &str,
        inputs: &[&str],
        shape: Vec<usize>,
        attributes: &[(&str, Attribute)],
    ) -> String {
        let exact = inputs.iter().all(|name| self.is_exact(name) || !self.values.iter().any(|(value, _)| value == name));
        let out = self.node(operator, inputs, shape, attributes);
        if exact {
            self.exact.push(out.clone());
        }
        out
    }

    /// A node whose output is read where it is named, and nowhere else.
    pub(crate) fn hidden(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let out = self.name();
        self.both.iter_mut().for_each(|file| file.node(operator, inputs, &[&out], attributes));
        self.operators.push(operator.to_owned());
        out
    }

    /// As [`Making::hidden`], with three outputs.
    pub(crate) fn three(&mut self, operator: &str, inputs: &[&str]) -> [String; 3] {
        let outs = [self.name(), self.name(), self.name()];
        let names: Vec<&str> = outs.iter().map(String::as_str).collect();
        self.both.iter_mut().for_each(|file| file.node(operator, inputs, &names, &[]));
        self.operators.push(operator.to_owned());
        outs
    }

    /// A node with two outputs, which moves elements alone.
    pub(crate) fn two(&mut self, operator: &str, inputs: &[&str], shapes: [Vec<usize>; 2], attributes: &[(&str, Attribute)]) {
        let outs = [self.name(), self.name()];
        self.both.iter_mut().for_each(|file| file.node(operator, inputs, &[&outs[0], &outs[1]], attributes));
        self.operators.push(operator.to_owned());
        for (out, shape) in outs.into_iter().zip(shapes) {
            if self.is_exact(inputs[0]) {
                self.exact.push(out.clone());
            }
            self.values.push((out, shape));
        }
    }

    /// Whether every way of computing a value gives the same bits.
    pub(crate) fn is_exact(&self, name: &str) -> bool {
        self.exact.iter().any(|exact| exact == name)
    }

    /// A constant of these floats.
    pub(crate) fn constant(&mut self, shape: &[usize], values: &[f32]) -> String {
        let name = self.name();
        self.both.iter_mut().for_each(|file| file.floats(&name, shape, values));
        name
    }

    /// A constant of floats by chance.
    pub(crate) fn floats(&mut self, shape: &[usize]) -> String {
        let values = self.chance.floats(shape.iter().product());
        self.constant(shape, &values)
    }

    /// As [`Making::floats`], of numbers above 0.
    pub(crate) fn positive(&mut self, shape: &[usize]) -> String {
        let values: Vec<f32> = self.chance.floats(shape.iter().product()).iter().map(|v| v.abs() / 8.0 + 0.0625).collect();
        self.constant(shape, &values)
    }

    /// As [`Making::floats`], mostly: else a sum that is computed in the run of the one and known in that of the other.
    pub(crate) fn weights(&mut self, shape: &[usize]) -> String {
        let held = self.floats(shape);
        let like = self.values.iter().find(|(_, s)| s.iter().product::<usize>() == 1).map(|(name, _)| name.clone());
        match like {
            Some(like) if self.chance.below(4) == 0 => {
                let none = self.hidden("Sub", &[&like, &like], &[]);
                let one = self.ints(&[]);
                let none = self.hidden("Reshape", &[&none, &one], &[]);
                self.hidden("Add", &[&held, &none], &[])
            }
            _ => held,
        }
    }

    /// A constant of bytes.
    pub(crate) fn bytes(&mut self, shape: &[usize]) -> String {
        let (name, n) = (self.name(), shape.iter().product());
        let values: Vec<u8> = (0..n).map(|_| self.chance.below(256) as u8).collect();
        self.both.iter_mut().for_each(|file| file.initializer(&name, 2, shape, &values));
        name
    }

    /// A constant list of 64-bit integers.
    pub(crate) fn ints(&mut self, values: &[i64]) -> String {
        self.table(&[values.len()], values)
    }

    /// A constant of 64-bit integers.
    pub(crate) fn table(&mut self, shape: &[usize], values: &[i64]) -> String {
        let name = self.name();
        self.both.iter_mut().for_each(|file| file.ints(&name, shape, values));
        name
    }

    fn step(&mut self, ways: usize) {
        let (x, shape) = self.any();
        let rank = shape.len();
        match self.chance.below(ways) {
            0 => {
                let operator = UNARY[self.chance.below(UNARY.len())];
                self.node(operator, &[&x], shape, &[]);
            }
            // Two values, or one and a constant: a row, a column, a number.
            1 | 2 => {
                let operator = BINARY[self.chance.below(BINARY.len())];
                let others: Vec<String> = self.values.iter().filter(|(_, s)| *s == shape).map(|(n, _)| n.clone()).collect();
                let y = match self.chance.below(4) {
                    0 => self.floats(&[]),
                    1 if rank > 0 => self.floats(&shape[rank - 1..]),
                    2 if rank > 1 => self.floats(&[&shape[rank - 2..rank - 1], &[1]].concat()),
                    _ => others[self.chance.below(others.len())].clone(),
                };
                let sides = if self.chance.below(2) == 0 { [&*x, &*y] } else { [&*y, &*x] };
                self.node(operator, &sides, shape, &[]);
            }
            3 if rank > 1 => {
                let mut perm: Vec<usize> = (0..rank).collect();
                (1..rank).for_each(|i| perm.swap(i, self.chance.below(i + 1)));
                let to = perm.iter().map(|a| shape[*a]).collect();
                self.moved("Transpose", &[&x], to, &[("perm", Attribute::Ints(perm.iter().map(|a| *a as i64).collect()))]);
            }
            4 => {
                let cells: usize = shape.iter().product();
                let divisors: Vec<usize> = (1..=cells).filter(|d| cells.is_multiple_of(*d)).collect();
                let rows = divisors[self.chance.below(divisors.len())];
                let to = self.ints(&[rows as i64, -1]);
                self.moved("Reshape", &[&x, &to], vec![rows, cells / rows], &[]);
            }
            5 if rank > 0 && shape.iter().product::<usize>() < 300 => {
                let axis = self.chance.below(rank);
                let fits = |s: &[usize]| s.len() == rank && (0..rank).all(|a| a == axis || s[a] == shape[a]);
                let others: Vec<_> = self.values.iter().filter(|(_, s)| fits(s)).cloned().collect();
                let (y, more) = others[self.chance.below(others.len())].clone();
                let mut to = shape.clone();
                to[axis] += more[axis];
                self.moved("Concat", &[&x, &y], to, &[("axis", Attribute::Int(axis as i64))]);
            }
            6 if rank > 0 => {
                let axis = self.chance.below(rank);
                let start = self.chance.below(shape[axis]);
                let end = start + 1 + self.chance.below(shape[axis] - start);
                let step = 1 + self.chance.below(3);
                let mut to = shape.clone();
                to[axis] = (end - start).div_ceil(step);
                let lists = if self.chance.below(4) == 0 {
                    // From the end to the beginning.
                    to[axis] = shape[axis].div_ceil(step);
                    [-1, i64::MIN, axis as i64, -(step as i64)]
                } else {
                    [start as i64, end as i64, axis as i64, step as i64]
                };
                let names = lists.map(|v| self.ints(&[v]));
                self.moved("Slice", &[&x, &names[0], &names[1], &names[2], &names[3]], to, &[]);
            }
            7 if rank > 0 => {
                let axis = self.chance.below(rank);
                let indices: Vec<i64> = (0..1 + self.chance.below(3)).map(|_| self.chance.below(shape[axis]) as i64).collect();
                let mut to = shape.clone();
                to[axis] = indices.len();
                let indices = self.ints(&indices);
                self.moved("Gather", &[&x, &indices], to, &[("axis", Attribute::Int(axis as i64))]);
            }
            8 | 9 if rank > 1 => {
                let width = 1 + self.chance.below(9);
                let w = self.floats(&[shape[rank - 1], width]);
                let to = [&shape[..rank - 1], &[width]].concat();
                self.node("MatMul", &[&x, &w], to.clone(), &[]);
                if self.chance.below(2) == 0 {
                    let (product, bias) = (self.values[self.values.len() - 1].0.clone(), self.floats(&[width]));
                    self.node("Add", &[&bias, &product], to, &[]);
                }
            }
            10 if rank > 1 => {
                // x xᵀ
                let mut perm: Vec<i64> = (0..rank as i64).collect();
                perm.swap(rank - 1, rank - 2);
                let mut turned = shape.clone();
                turned.swap(rank - 1, rank - 2);
                self.moved("Transpose", &[&x], turned, &[("perm", Attribute::Ints(perm))]);
                let y = self.values[self.values.len() - 1].0.clone();
                let mut to = shape.clone();
                to[rank - 1] = shape[rank - 2];
                self.node("MatMul", &[&x, &y], to, &[]);
            }
            11 if rank > 0 => {
                let axis = self.chance.below(rank);
                self.node("Softmax", &[&x], shape, &[("axis", Attribute::Int(axis as i64))]);
            }
            12 if rank > 0 => {
                let operator = REDUCE[self.chance.below(REDUCE.len())];
                let axis = self.chance.below(rank);
                let keep = self.chance.below(2);
                let mut to = shape.clone();
                if keep == 1 {
                    to[axis] = 1
                } else {
                    to.remove(axis);
                }
                let axes = self.ints(&[axis as i64]);
                let attributes = [("keepdims", Attribute::Int(keep as i64))];
                // Up to operator set 17 all but ReduceSum have their axes as an attribute; 18 on, an input.
                self.node(operator, &[&x, &axes], to, &attributes);
            }
            13 if rank > 0 => {
                let width = shape[rank - 1];
                let (scale, bias) = (self.floats(&[width]), self.floats(&[width]));
                self.node("LayerNormalization", &[&x, &scale, &bias], shape, &[("epsilon", Attribute::Float(1e-3))]);
            }
            14 => {
                let (zero, condition) = (self.floats(&[]), self.name());
                self.both.iter_mut().for_each(|file| file.node("Greater", &[&x, &zero], &[&condition], &[]));
                self.operators.push("Greater".to_owned());
                self.node("Where", &[&condition, &x, &zero], shape, &[]);
            }
            15 if rank < 4 => {
                let axis = self.chance.below(rank + 1);
                let axes = self.ints(&[axis as i64]);
                let mut to = shape.clone();
                to.insert(axis, 1);
                self.moved("Unsqueeze", &[&x, &axes], to, &[]);
            }
            16 if rank > 0 => {
                let before = 1 + self.chance.below(2);
                let mut pads = vec![0_i64; 2 * rank];
                pads[rank - 1] = before as i64;
                let mut to = shape.clone();
                to[rank - 1] += before;
                let pads = self.ints(&pads);
                self.moved("Pad", &[&x, &pads], to, &[]);
            }
            way @ PLAIN.. => nodes::step(self, way - PLAIN, &x, &shape),
            _ => drop(self.node("Relu", &[&x], shape, &[])),
        }
    }
}

/// A graph of up to `nodes` steps over one or two inputs, of the first so many ways.
pub(crate) fn graph(chance: &mut Chance<'_>, nodes: usize, ways: usize) -> Pair {
    let mut making = Making {
        chance,
        both: [File::default(), File::default()],
        values: Vec::new(),
        exact: Vec::new(),
        operators: Vec::new(),
        fresh: 0,
    };
    let mut inputs = Vec::new();
    for _ in 0..1 + making.chance.below(2) {
        let shape: Vec<usize> = (0..1 + making.chance.below(3)).map(|_| 1 + making.chance.below(5)).collect();
        let (name, values) = (making.name(), making.chance.floats(shape.iter().product()));
        making.both[0].input(&name, 1, &shape);
        making.both[1].floats(&name, &shape, &values);
        making.exact.push(name.clone());
        making.values.push((name, shape.clone()));
        inputs.push((shape, values));
    }
    let given = making.values.len();
    for _ in 0..1 + making.chance.below(nodes) {
        making.step(ways);
    }
    // A step may have been one that is not for what it met.
    if making.values.len() == given {
        let (name, shape) = making.any();
        making.node("Relu", &[&name], shape, &[]);
    }
    // The last value leaves, and one from anywhere.
    let last = making.values.len() - 1;
    let other = given + making.chance.below(last + 1 - given);
    for at in if other == last { vec![last] } else { vec![other, last] } {
        let (name, shape) = making.values[at].clone();
        making.both.iter_mut().for_each(|file| file.output(&name, 1, &shape));
    }
    let [open, known] = making.both.map(|file| file.finish());
    Pair { open, known, inputs, operators: making.operators }
}
