//! Inputs and outputs as plain objects.

use crate::place::number;
use js_sys::Array;
use nearhand_onnx::{Interface, Port};
use nearhand_thrown::record;
use wasm_bindgen::JsValue;

pub(crate) fn to_js(interface: &Interface) -> JsValue {
    let list = |ports: &[Port]| -> JsValue { ports.iter().map(port).collect::<Array>().into() };
    record(&[("inputs", list(&interface.inputs)), ("outputs", list(&interface.outputs))])
}

fn port(port: &Port) -> JsValue {
    let dims = port.dims.iter().zip(&port.names).map(|(dim, name)| match (dim, name) {
        (Some(dim), _) => JsValue::from_f64(*dim as f64),
        (None, Some(name)) => JsValue::from_str(name),
        (None, None) => JsValue::NULL,
    });
    let dtype = match number(&port.dtype) {
        0 => JsValue::from_str(&port.dtype),
        number => number.into(),
    };
    record(&[
        ("name", JsValue::from_str(&port.name)),
        ("type", dtype),
        ("dims", dims.collect::<Array>().into()),
        ("optional", JsValue::from_bool(port.optional)),
    ])
}
