//! Plain types and lists of them, read from values.

use super::decode::{Decode, Faults, Step};
use super::tree::Value;

impl Decode for bool {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Bool(b) => return b,
            other => faults.wanted("true or false", &other),
        }
        false
    }
}

impl Decode for String {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Text(text) => return text,
            other => faults.wanted("a string", &other),
        }
        Self::new()
    }
}

impl Decode for u64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(Self::MAX, faults)
    }
}

impl Decode for u32 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(u64::from(Self::MAX), faults) as Self
    }
}

impl Decode for u16 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(u64::from(Self::MAX), faults) as Self
    }
}

impl Decode for usize {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.natural(Self::MAX as u64, faults) as Self
    }
}

impl Decode for i64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Negative(n) => n,
            other => other.natural(Self::MAX.cast_unsigned(), faults).cast_signed(),
        }
    }
}

impl Decode for f64 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::Natural(n) => return n as Self,
            Value::Negative(n) => return n as Self,
            Value::Float(x) if x.is_finite() => return x,
            other => faults.wanted("a finite number", &other),
        }
        0.0
    }
}

impl Decode for f32 {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let wide = f64::decode(value, faults);
        let cast = wide as Self;
        if cast.is_finite() {
            return cast;
        }
        faults.wanted("a number within 32 bits", &Value::Float(wide));
        0.0
    }
}

impl<T: Decode> Decode for Option<T> {
    const MAY_BE_ABSENT: bool = true;

    fn decode(value: Value, faults: &mut Faults) -> Self {
        if value.is_null() { None } else { Some(T::decode(value, faults)) }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut list = Self::with_capacity(value.len());
        value.each(faults, &mut |value, faults| list.push(T::decode(value, faults)));
        list
    }
}

impl<T: Decode> Decode for (T, T) {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let pair: Result<[Value; 2], Value> = match value {
            Value::List(list) => list.try_into().map_err(Value::List),
            other => Err(other),
        };
        let [a, b] = pair.unwrap_or_else(|other| {
            faults.wanted("a pair", &other);
            [Value::Null, Value::Null]
        });
        (faults.within(Step::At(0), a), faults.within(Step::At(1), b))
    }
}

/// A value that is read later.
impl Decode for Value {
    fn decode(value: Value, _: &mut Faults) -> Self {
        value
    }
}

/// Values that are read later, one by one.
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Decode for Values {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        match value {
            Value::List(list) => return Self(list),
            other => faults.wanted("an array", &other),
        }
        Self::default()
    }
}
