//! A column of a batch as cells.

use crate::read::value::cell::Cell;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, BooleanArray, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::{DataType, TimeUnit};

const DAY_MS: i64 = 86_400_000;

/// Values by row; those of rows that are null say nothing.
pub(super) struct Column<'a> {
    array: &'a dyn Array,
    values: Values<'a>,
}

enum Values<'a> {
    Nothing,
    Int(Vec<i64>),
    Uint(&'a [u64]),
    Single(Vec<f32>),
    Float(&'a [f64]),
    /// Unix milliseconds.
    Time(Vec<i64>),
    Truth(&'a BooleanArray),
    Text(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    Written(Vec<String>),
    /// Numbers of words, as categories have them.
    Words {
        keys: Vec<i64>,
        words: Box<Column<'a>>,
    },
}

/// Whether a column of this type can be read.
pub(super) fn is_read(of: &DataType) -> bool {
    use DataType as Of;
    match of {
        Of::Dictionary(_, words) => !matches!(**words, Of::Dictionary(..)) && is_read(words),
        Of::Null | Of::Boolean | Of::Utf8 | Of::LargeUtf8 | Of::Utf8View | Of::Timestamp(..) | Of::Date32 | Of::Date64 => true,
        Of::Decimal128(..) | Of::Float16 | Of::Float32 | Of::Float64 => true,
        other => other.is_integer(),
    }
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<&[T::Native]> {
    array.as_primitive_opt::<T>().map(|array| array.values().as_ref())
}

fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array) -> Option<Vec<i64>> {
    Some(values::<T>(array)?.iter().map(|v| (*v).into()).collect())
}

/// Milliseconds of so many to the second, or of days.
fn time<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, ms: impl Fn(i64) -> i64) -> Option<Values<'_>> {
    Some(Values::Time(values::<T>(array)?.iter().map(|v| ms((*v).into())).collect()))
}

impl<'a> Column<'a> {
    /// `None` for lists, structures, bytes, times of day and what else has no place in a table of values.
    pub(super) fn of(array: &'a dyn Array) -> Option<Self> {
        use DataType as Of;
        let values = match array.data_type() {
            Of::Null => Values::Nothing,
            Of::Boolean => Values::Truth(array.as_boolean_opt()?),
            Of::Int8 => Values::Int(whole::<Int8Type>(array)?),
            Of::Int16 => Values::Int(whole::<Int16Type>(array)?),
            Of::Int32 => Values::Int(whole::<Int32Type>(array)?),
            Of::Int64 => Values::Int(whole::<Int64Type>(array)?),
            Of::UInt8 => Values::Int(whole::<UInt8Type>(array)?),
            Of::UInt16 => Values::Int(whole::<UInt16Type>(array)?),
            Of::UInt32 => Values::Int(whole::<UInt32Type>(array)?),
            Of::UInt64 => Values::Uint(values::<UInt64Type>(array)?),
            Of::Float16 => Values::Single(values::<Float16Type>(array)?.iter().map(|v| v.to_f32()).collect()),
            Of::Float32 => Values::Single(values::<Float32Type>(array)?.to_vec()),
            Of::Float64 => Values::Float(values::<Float64Type>(array)?),
            Of::Timestamp(TimeUnit::Second, _) => time::<TimestampSecondType>(array, |v| v.saturating_mul(1000))?,
            Of::Timestamp(TimeUnit::Millisecond, _) => time::<TimestampMillisecondType>(array, |v| v)?,
            Of::Timestamp(TimeUnit::Microsecond, _) => time::<TimestampMicrosecondType>(array, |v| v.div_euclid(1000))?,
            Of::Timestamp(TimeUnit::Nanosecond, _) => time::<TimestampNanosecondType>(array, |v| v.div_euclid(1_000_000))?,
            Of::Date32 => time::<Date32Type>(array, |v| v.saturating_mul(DAY_MS))?,
            Of::Date64 => time::<Date64Type>(array, |v| v)?,
            Of::Decimal128(..) => {
                let decimals = array.as_primitive_opt::<Decimal128Type>()?;
                Values::Written((0..decimals.len()).map(|at| decimals.value_as_string(at)).collect())
            }
            Of::Utf8 => Values::Text(array.as_string_opt::<i32>()?),
            Of::LargeUtf8 => Values::Large(array.as_string_opt::<i64>()?),
            Of::Utf8View => Values::View(array.as_string_view_opt()?),
            Of::Dictionary(..) => {
                let dictionary = array.as_any_dictionary_opt()?;
                let keys = match Self::of(dictionary.keys())?.values {
                    Values::Int(keys) => keys,
                    Values::Uint(keys) => keys.iter().map(|key| i64::try_from(*key).unwrap_or(-1)).collect(),
                    _ => return None,
                };
                Values::Words { keys, words: Box::new(Self::of(dictionary.values().as_ref())?) }
            }
            _ => return None,
        };
        Some(Self { array, values })
    }

    /// The value of a row.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        if row >= self.array.len() || self.array.is_null(row) {
            return Cell::Empty;
        }
        let cell = match &self.values {
            Values::Nothing => None,
            Values::Int(v) => v.get(row).map(|v| Cell::Int(*v)),
            Values::Uint(v) => v.get(row).map(|v| i64::try_from(*v).map_or(Cell::Uint(*v), Cell::Int)),
            // Tables made by pandas hold NaN where there is nothing.
            Values::Single(v) => v.get(row).filter(|v| !v.is_nan()).map(|v| Cell::Single(*v)),
            Values::Float(v) => v.get(row).filter(|v| !v.is_nan()).map(|v| Cell::Float(*v)),
            Values::Time(v) => v.get(row).map(|v| Cell::TimeMs(*v)),
            Values::Truth(v) => Some(Cell::Text(if v.value(row) { "true" } else { "false" })),
            Values::Text(v) => Some(Cell::text(v.value(row))),
            Values::Large(v) => Some(Cell::text(v.value(row))),
            Values::View(v) => Some(Cell::text(v.value(row))),
            Values::Written(v) => v.get(row).map(|v| Cell::Text(v)),
            Values::Words { keys, words } => {
                keys.get(row).map(|key| usize::try_from(*key).map_or(Cell::Empty, |key| words.cell(key)))
            }
        };
        cell.unwrap_or_default()
    }
}
