//! `inspect --profile`: what each step of a model takes, in time and in bytes.

use super::given::{self, Given};
use super::measured::Profile;
use super::table;
use crate::limit::LimitArgs;
use clap::Args;
use nearhand::bundle;
use nearhand::{Code, Error, Result};
use nearhand_onnx::{Interface, ModelLimits};
use std::path::Path;

/// Arguments of `--profile`.
#[derive(Args, Debug)]
pub(super) struct ProfileArgs {
    /// Run the model on made-up inputs and tell what each step takes: time, and bytes of what it reads and writes
    #[arg(long)]
    pub(super) profile: bool,
    /// Runs that are timed: medians are told
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000), requires = "profile")]
    runs: u32,
    /// An extent that an ONNX file leaves open, by its name (batch=1) or by input and axis (x.0=1). May be given several times
    #[arg(long, value_name = "NAME=N", requires = "profile")]
    dim: Vec<String>,
    /// What an input of whole numbers is filled with (seqlens_k=7); the others are filled with 1. May be given several times
    #[arg(long, value_name = "INPUT=N", requires = "profile")]
    fill: Vec<String>,
    /// Steps in the table, the dearest first; JSON has all, in the order in which they run
    #[arg(long, value_name = "N", default_value_t = 40, requires = "profile")]
    top: usize,
}

/// Runs `inspect --profile`.
pub(super) fn run(path: &Path, bytes: &[u8], args: &ProfileArgs, limit: LimitArgs, json: bool) -> Result<()> {
    let (dims, fills) = (given::words("--dim", &args.dim)?, given::words("--fill", &args.fill)?);
    let limits = limit.limit.map_or_else(ModelLimits::none, ModelLimits::within);
    // A safetensors file has the length of its header first, and then the header's brace; an ONNX file has no length.
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let profile = if bytes.get(8) == Some(&b'{') {
        let opened = bundle::open(bytes, None, &limit.limits())?;
        let (Some(onnx), Some(spec)) = (opened.onnx.as_deref(), &opened.manifest.model) else {
            return Err(Error::new(Code::OptionInvalid, "there is no model in this file to be profiled").with("file", file));
        };
        if let Some((name, _)) = dims.first() {
            let what = "the manifest of a bundle says all extents";
            return Err(Error::new(Code::OptionInvalid, what).with("option", "--dim").with("name", name));
        }
        let by_name = |name: &str| spec.inputs.iter().find(|input| input.name == name);
        let ports = Interface::within(onnx, &limits)?.inputs;
        let inputs = ports.iter().filter_map(|port| by_name(&port.name));
        let given = |i: &bundle::InputSpec| Given { name: i.name.clone(), dtype: i.dtype.clone(), shape: i.shape.clone() };
        Profile::of(file, onnx, inputs.map(given).collect(), &fills, args.runs, &limits)?
    } else {
        Profile::of(file, bytes, given::inputs(bytes, &dims, &limits)?, &fills, args.runs, &limits)?
    };
    if json {
        let json = serde_json::to_string_pretty(&profile)
            .map_err(|e| Error::new(Code::DataInvalid, "the profile cannot be written as JSON").with("why", e))?;
        println!("{json}");
    } else {
        print!("{}", table::text(&profile, args.top));
    }
    Ok(())
}
