//! The completer: held to onnxruntime's answers, to what people report of others, and to bad input.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::single_range_in_vec_init)]

#[path = "../suite/onnx.rs"]
#[allow(dead_code)]
mod onnx;

mod adaptation;
mod allocations;
mod bad_input;
mod context;
mod controls;
mod golden;
mod half;
mod llama2c;
mod models;
mod reports;
mod situations;
mod steps;
mod tokenized;
