//! The kernel of functions of two elements, with ONNX's broadcasting.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs};
use crate::lower::{Op, Wire};
use crate::refusal::{failed, malformed, unsupported};
use crate::shape::{Loops, broadcast};
use nearhand_kernels::elementwise::{self, Side};

/// A function of two elements of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum F {
    /// Sum; integers wrap.
    Add,
    /// Difference; integers wrap.
    Sub,
    /// Product; integers wrap.
    Mul,
    /// Quotient; of integers cut toward 0, a division by 0 fails.
    Div,
    /// Larger one; NaN where one is.
    Max,
    /// Smaller one; NaN where one is.
    Min,
    /// Remainder with the sign of the divisor.
    Modulo,
    /// Remainder with the sign of the dividend.
    Remainder,
    /// Power.
    Pow,
    /// a, or a · b where a is below 0.
    PRelu,
    /// a / b, and 0 where b is 0.
    Quotient,
    /// And, of truth values or bits.
    And,
    /// Or.
    Or,
    /// Exclusive or.
    Xor,
    /// Bits moved up by b places; 0 where b is negative or no less than there are bits.
    ShiftLeft,
    /// Bits moved down by b places, the sign following; what is left of the sign where b is no number of places.
    ShiftRight,
    /// a = b.
    Equal,
    /// a > b.
    Greater,
    /// a ≥ b.
    GreaterOrEqual,
    /// a < b.
    Less,
    /// a ≤ b.
    LessOrEqual,
}

impl F {
    /// Name for profiles: that of ONNX where it has one.
    const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Sub => "Sub",
            Self::Mul => "Mul",
            Self::Div | Self::Quotient => "Div",
            Self::Max => "Max",
            Self::Min => "Min",
            Self::Modulo | Self::Remainder => "Mod",
            Self::Pow => "Pow",
            Self::PRelu => "PRelu",
            Self::And => "And",
            Self::Or => "Or",
            Self::Xor => "Xor",
            Self::ShiftLeft | Self::ShiftRight => "BitShift",
            Self::Equal => "Equal",
            Self::Greater => "Greater",
            Self::GreaterOrEqual => "GreaterOrEqual",
            Self::Less => "Less",
            Self::LessOrEqual => "LessOrEqual",
        }
    }

    const fn compares(self) -> bool {
        matches!(self, Self::Equal | Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual)
    }

    /// The loop of `kernels` for 32-bit floats, where there is one.
    const fn fast(self) -> Option<elementwise::F> {
        Some(match self {
            Self::Add => elementwise::F::Add,
            Self::Sub => elementwise::F::Sub,
            Self::Mul => elementwise::F::Mul,
            Self::Div => elementwise::F::Div,
            Self::Max => elementwise::F::Max,
            Self::Min => elementwise::F::Min,
            _ => return None,
        })
    }
}

/// Adds a function of two elements of one type.
///
/// # Errors
/// `model-malformed` where types differ or shapes do not broadcast, `model-operator-unsupported` for types that do not have
/// the function.
pub(crate) fn binary(op: &mut Op<'_, '_>, f: F, a: Wire, b: Wire) -> Result<Wire> {
    let dtype = op.same_type(a, b)?;
    let (x, y) = (op.shape(a)?, op.shape(b)?);
    let shape = broadcast(&[&x, &y])?;
    let loops = Loops::broadcast(&shape, [&x, &y]);
    op.add(Binary { f, dtype, shape, loops }, &[a, b])
}

/// Whether bits of a type can move by so many places.
const fn places<T>(by: i64) -> bool {
    by >= 0 && by < 8 * size_of::<T>() as i64
}

/// Elements that are copied and changed in one go.
const BLOCK: usize = 2048;

#[derive(Debug)]
pub(in crate::ops) struct Binary {
    pub(in crate::ops) f: F,
    dtype: DType,
    shape: Vec<usize>,
    loops: Loops<2>,
}

impl Kernel for Binary {
    fn name(&self) -> &'static str {
        self.f.name()
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let [a, b] = inputs else { return Err(malformed("number of inputs", "")) };
        if a.dtype != b.dtype || a.dtype != self.dtype {
            return Err(malformed("inputs of different types", b.dtype.name()));
        }
        let of_floats = matches!(self.f, F::PRelu | F::Quotient);
        let of_bits = matches!(self.f, F::And | F::Or | F::Xor);
        let shifts = matches!(self.f, F::ShiftLeft | F::ShiftRight);
        let fits = match self.dtype {
            DType::F32 | DType::F64 => !of_bits && !shifts,
            DType::Bool => of_bits || self.f == F::Equal,
            // Equal texts have equal numbers.
            DType::Str => self.f == F::Equal,
            _ => !of_floats,
        };
        if !fits {
            return Err(unsupported("an element type that this build does not run here").with("type", self.dtype.name()));
        }
        Ok(vec![Fact::new(if self.f.compares() { DType::Bool } else { self.dtype }, &self.shape)])
    }

    fn over(&self) -> &'static [usize] {
        if self.dtype == DType::F32 && self.f.fast().is_some() { &[0, 1] } else { &[] }
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        macro_rules! compare {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<u8> = match self.f {
                    F::Equal => |a, b| Some(u8::from(a == b)),
                    F::Greater => |a, b| Some(u8::from(a > b)),
                    F::GreaterOrEqual => |a, b| Some(u8::from(a >= b)),
                    F::Less => |a, b| Some(u8::from(a < b)),
                    _ => |a, b| Some(u8::from(a <= b)),
                };
                self.zip(inputs, outputs, f)
            }};
        }
        macro_rules! integers {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<$t> = match self.f {
                    F::Add => |a, b| Some(a.wrapping_add(b)),
                    F::Sub => |a, b| Some(a.wrapping_sub(b)),
                    F::Mul => |a, b| Some(a.wrapping_mul(b)),
                    F::Div => |a, b| (b != 0).then(|| a.wrapping_div(b)),
                    F::Max => |a, b| Some(a.max(b)),
                    F::Min => |a, b| Some(a.min(b)),
                    F::Remainder => |a, b| (b != 0).then(|| a.wrapping_rem(b)),
                    // The sign of the divisor, as in Python.
                    F::Modulo => |a, b| {
                        (b != 0).then(|| {
                            let r = a.wrapping_rem(b);
                            if r != 0 && ((r < 0 as $t) != (b < 0 as $t)) { r.wrapping_add(b) } else { r }
                        })
                    },
                    F::Pow => |a, b| Some((a as f64).powf(b as f64) as $t),
                    F::And => |a, b| Some(a & b),
                    F::Or => |a, b| Some(a | b),
                    F::Xor => |a, b| Some(a ^ b),
                    F::ShiftLeft => |a, b| Some(if places::<$t>(b as i64) { a << b } else { 0 }),
                    F::ShiftRight => |a, b| {
                        let sign = a.wrapping_shr(<$t>::BITS - 1).wrapping_shr(1);
                        Some(if places::<$t>(b as i64) { a >> b } else { sign })
                    },
                    _ => return Err(failed("not a function of integers")),
                };
                self.zip(inputs, outputs, f)
            }};
        }
        macro_rules! floats {
            ($t:ty) => {{
                let f: fn($t, $t) -> Option<$t> = match self.f {
                    F::Add => |a, b| Some(a + b),
                    F::Sub => |a, b| Some(a - b),
                    F::Mul => |a, b| Some(a * b),
                    F::Div => |a, b| Some(a / b),
                    F::Max => |a, b| Some(if a.is_nan() || b.is_nan() { <$t>::NAN } else { a.max(b) }),
                    F::Min => |a, b| Some(if a.is_nan() || b.is_nan() { <$t>::NAN } else { a.min(b) }),
                    F::Remainder => |a, b| Some(a % b),
                    // The sign of the divisor, as numpy's mod.
                    F::Modulo => |a, b| {
                        let r = a % b;
                        Some(if r == 0.0 {
                            (0.0 as $t).copysign(b)
                        } else if (r < 0.0) != (b < 0.0) {
                            r + b
                        } else {
                            r
                        })
                    },
                    F::Pow => |a, b| Some(a.powf(b)),
                    F::PRelu => |a, b| Some(if a < 0.0 { a * b } else { a }),
                    F::Quotient => |a, b| Some(if b == 0.0 { 0.0 } else { a / b }),
                    _ => return Err(failed("not a function of floats")),
                };
                self.zip(inputs, outputs, f)
            }};
        }
        match (self.dtype, self.f.compares()) {
            (DType::F32, true) => compare!(f32),
            (DType::F64, true) => compare!(f64),
            (DType::I64 | DType::Str, true) => compare!(i64),
            (DType::I32, true) => compare!(i32),
            (DType::I8, true) => compare!(i8),
            (DType::U8 | DType::Bool, true) => compare!(u8),
            (DType::F32, _) => match self.f.fast() {
                Some(f) => self.fast(f, inputs, outputs),
                None => floats!(f32),
            },
            (DType::F64, _) => floats!(f64),
            (DType::I64, _) => integers!(i64),
            (DType::I32, _) => integers!(i32),
            (DType::I8, _) => integers!(i8),
            // Truth values are 0 and 1, so bits do for them.
            (DType::U8 | DType::Bool, _) => integers!(u8),
            (DType::Str, _) => Err(failed("arithmetic of texts")),
        }
    }
}

impl Binary {
    /// Row by row, `None` being a division by zero.
    fn zip<T: Element, U: Element>(
        &self,
        inputs: &Inputs<'_>,
        outputs: &mut Outputs<'_>,
        f: fn(T, T) -> Option<U>,
    ) -> Result<()> {
        let (x, y) = (inputs.get::<T>(0)?, inputs.get::<T>(1)?);
        let mut cells = outputs.get::<U>(0)?.iter_mut();
        let mut sound = true;
        self.loops.each(|[i, j]| {
            if let (Some(x), Some(y), Some(cell)) = (x.get(i), y.get(j), cells.next()) {
                match f(*x, *y) {
                    Some(z) => *cell = z,
                    None => sound = false,
                }
            }
        });
        if sound { Ok(()) } else { Err(failed("integer division by zero")) }
    }

    fn fast(&self, f: elementwise::F, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>) -> Result<()> {
        let taken = inputs.taken();
        let a = if taken == Some(0) { &[][..] } else { inputs.get::<f32>(0)? };
        let b = if taken == Some(1) { &[][..] } else { inputs.get::<f32>(1)? };
        let out = outputs.get::<f32>(0)?;
        let mut from = 0;
        self.loops.rows(|[i, j], width, [down, across]| {
            let Some(out) = out.get_mut(from..from + width) else { return };
            from += width;
            // A side is a row, or one number for all of it.
            let side = |values: &'_ [f32], at: usize, step: usize| match step {
                0 => values.get(at).map(|v| (true, *v)),
                _ => Some((false, 0.0)),
            };
            match taken {
                Some(0) => match side(b, j, across) {
                    Some((true, one)) => elementwise::apply(f, out, Side::One(one), false),
                    _ => elementwise::apply(f, out, Side::Row(b.get(j..j + width).unwrap_or_default()), false),
                },
                Some(_) => match side(a, i, down) {
                    Some((true, one)) => elementwise::apply(f, out, Side::One(one), true),
                    _ => elementwise::apply(f, out, Side::Row(a.get(i..i + width).unwrap_or_default()), true),
                },
                // A block at a time, so that what was copied is near when it is changed.
                None => {
                    for (number, out) in out.chunks_mut(BLOCK).enumerate() {
                        let past = number * BLOCK;
                        match side(a, i, down) {
                            Some((true, one)) => out.fill(one),
                            _ => out.iter_mut().zip(a.get(i + past..i + width).unwrap_or_default()).for_each(|(to, v)| *to = *v),
                        }
                        match side(b, j, across) {
                            Some((true, one)) => elementwise::apply(f, out, Side::One(one), false),
                            _ => {
                                let end = past + out.len();
                                elementwise::apply(f, out, Side::Row(b.get(j + past..j + end).unwrap_or_default()), false);
                            }
                        }
                    }
                }
            }
        });
        Ok(())
    }
}
