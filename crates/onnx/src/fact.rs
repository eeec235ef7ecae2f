//! What is known of a tensor before it is there: type and shape. And one that is there for good.

use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::file::TensorProto;
use crate::refusal::malformed;
use crate::store::{Restore, Store};
use crate::tensor::{Tensor, Values};
use crate::texts::Texts;
use std::sync::{Arc, OnceLock};

/// Most axes of a tensor.
pub(crate) const MAX_RANK: usize = 16;

/// Element type and shape of a tensor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Type of the elements.
    pub dtype: DType,
    /// Extent of each axis.
    pub shape: Vec<usize>,
}

impl Clone for Fact {
    fn clone(&self) -> Self {
        Self { dtype: self.dtype, shape: self.shape.clone() }
    }

    /// In the memory of the old one.
    fn clone_from(&mut self, from: &Self) {
        self.dtype = from.dtype;
        self.shape.clone_from(&from.shape);
    }
}

impl Fact {
    /// Of this type and shape.
    #[must_use]
    pub(crate) fn new(dtype: DType, shape: &[usize]) -> Self {
        Self { dtype, shape: shape.to_vec() }
    }

    /// Number of elements. The limits of a graph have been held against it, so it is no larger than fits.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Bytes of the elements.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.len() * self.dtype.bytes()
    }
}

/// Where the elements of a constant are.
#[derive(Clone, Debug)]
enum Memory {
    /// In memory of its own.
    Own(Arc<Buffer>),
    /// With the graph; held here too from the first time they are read.
    Stored(Arc<Store>, OnceLock<Arc<Buffer>>),
}

/// A tensor whose elements are known when a graph is planned. Clones and views share its memory.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    /// Type and shape.
    pub fact: Fact,
    data: Memory,
    /// Elements before the first.
    from: usize,
    /// That of the graph's constant that it is, if it is one.
    number: Option<u32>,
}

impl Constant {
    /// Of memory that holds at least as many elements as `fact` says.
    #[must_use]
    pub(crate) fn new(fact: Fact, data: Buffer) -> Self {
        Self { fact, data: Memory::Own(Arc::new(data)), from: 0, number: None }
    }

    /// These elements, as many as `shape` holds.
    #[must_use]
    pub(crate) fn of<T: Element>(dtype: DType, shape: &[usize], values: &[T]) -> Self {
        Self::new(Fact::new(dtype, shape), Buffer::of(values))
    }

    /// 32-bit floats.
    #[must_use]
    pub(crate) fn f32(shape: &[usize], values: &[f32]) -> Self {
        Self::of(DType::F32, shape, values)
    }

    /// 64-bit integers.
    #[must_use]
    pub(crate) fn i64(shape: &[usize], values: &[i64]) -> Self {
        Self::of(DType::I64, shape, values)
    }

    /// One number in a type: rounded to it as `as` does.
    #[must_use]
    pub(crate) fn scalar(dtype: DType, value: f64) -> Self {
        match dtype {
            DType::F32 => Self::of(dtype, &[], &[value as f32]),
            DType::F64 => Self::of(dtype, &[], &[value]),
            DType::I64 => Self::of(dtype, &[], &[value as i64]),
            DType::I32 => Self::of(dtype, &[], &[value as i32]),
            DType::I8 => Self::of(dtype, &[], &[value as i8]),
            DType::U8 => Self::of(dtype, &[], &[value as u8]),
            DType::Bool => Self::of(dtype, &[], &[u8::from(value != 0.0)]),
            DType::Str => Self::of(dtype, &[], &[value as i64]),
        }
    }

    /// A plain tensor, its texts by their numbers.
    ///
    /// # Errors
    /// `model-malformed` where the shape has another number of elements.
    pub(crate) fn of_tensor(tensor: &Tensor, texts: &Texts) -> Result<Self> {
        let shape = &tensor.shape;
        if shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)) != Some(tensor.values.len()) || shape.len() > MAX_RANK {
            return Err(malformed("shape of a tensor", &crate::tensor::shape_text(shape)));
        }
        Ok(match &tensor.values {
            Values::F32(v) => Self::of(DType::F32, shape, v),
            Values::F64(v) => Self::of(DType::F64, shape, v),
            Values::I64(v) => Self::of(DType::I64, shape, v),
            Values::I32(v) => Self::of(DType::I32, shape, v),
            Values::I8(v) => Self::of(DType::I8, shape, v),
            Values::U8(v) => Self::of(DType::U8, shape, v),
            Values::Bool(v) => Self::of(DType::Bool, shape, &v.iter().map(|b| u8::from(*b)).collect::<Vec<_>>()),
            Values::Str(v) => Self::of(DType::Str, shape, &v.iter().map(|t| texts.number(t)).collect::<Vec<_>>()),
        })
    }

    /// A constant of a file: what is large is copied once.
    ///
    /// # Errors
    /// As [`TensorProto::widened`] and [`Constant::of_tensor`].
    pub(crate) fn read(tensor: &TensorProto<'_>, texts: &Texts) -> Result<Self> {
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|d| usize::try_from(*d).ok()).collect();
        let plain = DType::of_onnx(tensor.data_type.into()).filter(|t| *t != DType::Bool && !tensor.is_half());
        if let (Some(shape), Some(dtype), Some(raw), false) = (shape, plain, tensor.raw(), tensor.external)
            && cfg!(target_endian = "little")
            && shape.iter().try_fold(dtype.bytes(), |n, d| n.checked_mul(*d)) == Some(raw.len())
            && shape.len() <= MAX_RANK
        {
            return Ok(Self::new(Fact { dtype, shape }, Buffer::of(raw)));
        }
        Self::of_tensor(&tensor.widened()?, texts)
    }

    /// The same, its elements held by the graph: they may go when something packed stands for them.
    #[must_use]
    pub(crate) fn stored(self) -> Self {
        match self.data {
            Memory::Own(data) if self.from == 0 => {
                let data = Arc::try_unwrap(data).unwrap_or_else(|shared| (*shared).clone());
                Self { data: Memory::Stored(Arc::new(Store::new(data)), OnceLock::new()), ..self }
            }
            data => Self { data, ..self },
        }
    }

    /// Lets the graph go of the elements, where it holds them: `packed` was made of all of them and stands for them.
    pub(crate) fn replace(&self, packed: &Arc<impl Restore + 'static>) {
        if let (Memory::Stored(store, _), Some(_)) = (&self.data, self.number) {
            store.replace(packed.clone());
        }
    }

    fn memory(&self) -> &Buffer {
        match &self.data {
            Memory::Own(data) => data,
            Memory::Stored(store, held) => held.get_or_init(|| store.elements()),
        }
    }

    /// The elements. Empty where the type is another.
    #[must_use]
    pub(crate) fn get<T: Element>(&self) -> &[T] {
        if !T::reads(self.fact.dtype) {
            return &[];
        }
        self.memory().all::<T>().get(self.from..self.from + self.fact.len()).unwrap_or_default()
    }

    /// The memory and the number of elements before the first.
    #[must_use]
    pub(crate) fn raw(&self) -> (&Buffer, usize) {
        (self.memory(), self.from)
    }

    /// Elements from `skip` on in another shape, in the same memory.
    #[must_use]
    pub(crate) fn view(&self, shape: &[usize], skip: usize) -> Self {
        let fact = Fact::new(self.fact.dtype, shape);
        let number = self.number.filter(|_| fact.len() == self.fact.len());
        Self { fact, data: self.data.clone(), from: self.from + skip, number }
    }

    /// As the graph's constant of that number.
    #[must_use]
    pub(crate) fn numbered(self, number: u32) -> Self {
        Self { number: Some(number), ..self }
    }

    /// The number of the graph's constant whose elements these are, all of them.
    #[must_use]
    pub(crate) const fn number(&self) -> Option<u32> {
        self.number
    }

    /// Whether the graph is to keep it: it has no other source, or another owner besides.
    #[must_use]
    pub(crate) fn wanted(&self) -> bool {
        match &self.data {
            Memory::Own(data) => Arc::strong_count(data) > 1,
            Memory::Stored(..) => true,
        }
    }

    /// Whether it is the same elements in the same shape.
    #[must_use]
    pub(crate) fn same(&self, other: &Self) -> bool {
        fn bytes(c: &Constant) -> Option<&[u8]> {
            let width = c.fact.dtype.bytes();
            c.memory().all::<u8>().get(c.from * width..c.from * width + c.fact.bytes())
        }
        let one = self.number.is_some() && self.number == other.number;
        self.fact == other.fact && (one || bytes(self) == bytes(other))
    }

    /// The elements as 64-bit floats, whatever their type; texts are none.
    #[must_use]
    pub(crate) fn floats(&self) -> Vec<f64> {
        match self.fact.dtype {
            DType::F32 => self.get::<f32>().iter().map(|v| f64::from(*v)).collect(),
            DType::F64 => self.get::<f64>().to_vec(),
            DType::I64 => self.get::<i64>().iter().map(|v| *v as f64).collect(),
            DType::I32 => self.get::<i32>().iter().map(|v| f64::from(*v)).collect(),
            DType::I8 => self.get::<i8>().iter().map(|v| f64::from(*v)).collect(),
            DType::U8 | DType::Bool => self.get::<u8>().iter().map(|v| f64::from(*v)).collect(),
            DType::Str => Vec::new(),
        }
    }

    /// The elements as 64-bit integers, floats cut; texts are none.
    #[must_use]
    pub(crate) fn ints(&self) -> Vec<i64> {
        match self.fact.dtype {
            DType::F32 => self.get::<f32>().iter().map(|v| *v as i64).collect(),
            DType::F64 => self.get::<f64>().iter().map(|v| *v as i64).collect(),
            DType::I64 => self.get::<i64>().to_vec(),
            DType::I32 => self.get::<i32>().iter().map(|v| i64::from(*v)).collect(),
            DType::I8 => self.get::<i8>().iter().map(|v| i64::from(*v)).collect(),
            DType::U8 | DType::Bool => self.get::<u8>().iter().map(|v| i64::from(*v)).collect(),
            DType::Str => Vec::new(),
        }
    }
}

/// A plain tensor of elements in memory.
pub(crate) fn plain(fact: &Fact, data: &Buffer, from: usize, texts: &Texts) -> Tensor {
    fn cut<T: Element>(fact: &Fact, data: &Buffer, from: usize) -> Vec<T> {
        data.all::<T>().get(from..from + fact.len()).unwrap_or_default().to_vec()
    }
    let values = match fact.dtype {
        DType::F32 => Values::F32(cut(fact, data, from)),
        DType::F64 => Values::F64(cut(fact, data, from)),
        DType::I64 => Values::I64(cut(fact, data, from)),
        DType::I32 => Values::I32(cut(fact, data, from)),
        DType::I8 => Values::I8(cut(fact, data, from)),
        DType::U8 => Values::U8(cut(fact, data, from)),
        DType::Bool => Values::Bool(cut::<u8>(fact, data, from).iter().map(|b| *b != 0).collect()),
        DType::Str => Values::Str(cut::<i64>(fact, data, from).iter().map(|number| texts.text(*number)).collect()),
    };
    Tensor { shape: fact.shape.clone(), values }
}
