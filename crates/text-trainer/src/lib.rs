//! A shop's own small language model from its own text, on the processor: what `nearhand train-text` runs.
//!
//! ```no_run
//! use nearhand_text_trainer::evaluation::{Asked, Model, Plain, measure};
//! use nearhand_text_trainer::text::{Kind, Source};
//! use nearhand_text_trainer::training::{Options, train};
//!
//! let source = Source::parse("dialogues.txt@2", Kind::Text)?;
//! let options = Options::new(vec![source], "shop-text".into());
//! train(&options, &mut |progress| println!("{progress:?}"))?;
//! let mut model = Model::open(&options.out, None)?;
//! let asked = Asked { bytes: 1 << 20, borders: 100 };
//! println!("{:?}", measure(&mut model, "What is it that you would like?\n", asked, &mut [&mut Plain])?);
//! # Ok::<(), nearhand_text_trainer::error::Error>(())
//! ```
//!
//! | room | what |
//! |---|---|
//! | [`error`] `math` | words: the error, sums |
//! | [`text`] | files as documents |
//! | [`bpe`] | the tokenizer: learnt, written as `tokenizer.json`, applied |
//! | [`model`] | the decoder's sizes, its arithmetic forward and back, its weights in 4 bits |
//! | `export` | the decoder as an ONNX file |
//! | [`training`] | options, data, steps, checkpoints, the curve |
//! | [`evaluation`] | bits a byte and words right, through nearhand-onnx |
//!
//! The way back is written by hand for this one decoder; every weight's gradient is held against finite differences. Products run on the
//! widest vectors of the machine, through [`nearhand_numerics`], without unsafe code.

pub mod bpe;
pub mod error;
pub mod evaluation;
mod export;
mod math;
pub mod model;
pub mod text;
pub mod training;
