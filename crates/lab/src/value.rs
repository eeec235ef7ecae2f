//! Tensors and errors across the boundary.

use js_sys::{Array, BigInt64Array, Float32Array, Float64Array, Int8Array, Int32Array, Number, Object, Reflect, Uint8Array};
use nearhand_onnx::{Error, Port, Tensor, Values};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `{ dtype, shape, data }`; properties by getter and setter, so that a call spends no time on their names.
    type JsTensor;
    #[wasm_bindgen(method, getter, structural)]
    fn dtype(this: &JsTensor) -> String;
    #[wasm_bindgen(method, setter, structural)]
    fn set_dtype(this: &JsTensor, dtype: &str);
    #[wasm_bindgen(method, getter, structural)]
    fn shape(this: &JsTensor) -> Array;
    #[wasm_bindgen(method, setter, structural)]
    fn set_shape(this: &JsTensor, shape: &Array);
    #[wasm_bindgen(method, getter, structural)]
    fn data(this: &JsTensor) -> JsValue;
    #[wasm_bindgen(method, setter, structural)]
    fn set_data(this: &JsTensor, data: &JsValue);
}

pub(crate) fn tensor_from_js(value: JsValue) -> Result<Tensor, JsValue> {
    let js: JsTensor = value.unchecked_into();
    let (dtype, data) = (js.dtype(), js.data());
    let shape: Vec<usize> = js.shape().iter().filter_map(|d| d.as_f64()).map(|d| d as usize).collect();
    let values = match dtype.as_str() {
        "f32" => data.dyn_ref::<Float32Array>().map(|v| Values::F32(v.to_vec())),
        "f64" => data.dyn_ref::<Float64Array>().map(|v| Values::F64(v.to_vec())),
        "i64" => data.dyn_ref::<BigInt64Array>().map(|v| Values::I64(v.to_vec())),
        "i32" => data.dyn_ref::<Int32Array>().map(|v| Values::I32(v.to_vec())),
        "i8" => data.dyn_ref::<Int8Array>().map(|v| Values::I8(v.to_vec())),
        "u8" => data.dyn_ref::<Uint8Array>().map(|v| Values::U8(v.to_vec())),
        "bool" => data.dyn_ref::<Uint8Array>().map(|v| Values::Bool(v.to_vec().into_iter().map(|b| b != 0).collect())),
        "str" => data.dyn_ref::<Array>().and_then(|v| v.iter().map(|s| s.as_string()).collect()).map(Values::Str),
        _ => None,
    };
    let sizes = || shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    let wrong =
        |what: &'static str| invalid(what, &[("dtype", JsValue::from_str(&dtype)), ("shape", JsValue::from_str(&sizes()))]);
    let values = values.ok_or_else(|| wrong("an input has an element type or data that cannot cross"))?;
    if values.len() != shape.iter().product::<usize>() {
        return Err(wrong("an input has another number of values than its shape says"));
    }
    Ok(Tensor { shape, values })
}

/// New values for a tensor of known type and length.
pub(crate) fn refill(values: &mut Values, data: &JsValue) -> Result<(), JsValue> {
    let wrong = || invalid("values of another type or number than those bound", &[]);
    macro_rules! copy {
        ($to:expr, $array:ty) => {{
            let from = data.dyn_ref::<$array>().filter(|a| a.length() as usize == $to.len()).ok_or_else(wrong)?;
            from.copy_to($to);
        }};
    }
    match values {
        Values::F32(v) => copy!(v, Float32Array),
        Values::F64(v) => copy!(v, Float64Array),
        Values::I64(v) => copy!(v, BigInt64Array),
        Values::I32(v) => copy!(v, Int32Array),
        Values::I8(v) => copy!(v, Int8Array),
        Values::U8(v) => copy!(v, Uint8Array),
        Values::Bool(_) | Values::Str(_) => return Err(wrong()),
    }
    Ok(())
}

pub(crate) fn values_to_js(values: Values) -> JsValue {
    match values {
        Values::F32(v) => Float32Array::from(v.as_slice()).into(),
        Values::F64(v) => Float64Array::from(v.as_slice()).into(),
        Values::I64(v) => BigInt64Array::from(v.as_slice()).into(),
        Values::I32(v) => Int32Array::from(v.as_slice()).into(),
        Values::I8(v) => Int8Array::from(v.as_slice()).into(),
        Values::U8(v) => Uint8Array::from(v.as_slice()).into(),
        Values::Bool(v) => Uint8Array::from(v.into_iter().map(u8::from).collect::<Vec<_>>().as_slice()).into(),
        Values::Str(v) => v.iter().map(|s| JsValue::from_str(s)).collect::<Array>().into(),
    }
}

pub(crate) fn tensor_to_js(tensor: Tensor) -> JsValue {
    let js: JsTensor = Object::new().unchecked_into();
    js.set_dtype(tensor.values.dtype());
    js.set_shape(&numbers(&tensor.shape));
    js.set_data(&values_to_js(tensor.values));
    js.into()
}

fn numbers(shape: &[usize]) -> Array {
    shape.iter().map(|d| Number::from(*d as f64)).collect()
}

pub(crate) fn port_to_js(port: &Port) -> JsValue {
    let dims: Array = port.dims.iter().map(|d| d.map_or(JsValue::NULL, |d| JsValue::from_f64(d as f64))).collect();
    record(&[
        ("name", JsValue::from_str(&port.name)),
        ("dtype", JsValue::from_str(&port.dtype)),
        ("dims", dims.into()),
        ("optional", JsValue::from_bool(port.optional)),
    ])
}

/// As the package throws: an `Error` with `name`, `code`, `message` and `details`.
fn thrown(code: &str, message: &str, details: &[(&str, JsValue)]) -> JsValue {
    let js = js_sys::Error::new(&format!("nearhand: {message}"));
    js.set_name("NearhandError");
    set(&js, "code", &JsValue::from_str(code));
    set(&js, "details", &record(details));
    js.into()
}

/// What the engine refuses.
pub(crate) fn raise(error: Error) -> JsValue {
    let details: Vec<_> = error.details().iter().map(|(name, value)| (*name, JsValue::from_str(value))).collect();
    thrown(error.code().as_str(), error.message(), &details)
}

/// What cannot cross the boundary.
fn invalid(message: &str, details: &[(&str, JsValue)]) -> JsValue {
    thrown("invalid-option", message, details)
}

/// A plain object.
pub(crate) fn record(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

/// Setting a property of an object just made cannot fail.
fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}
