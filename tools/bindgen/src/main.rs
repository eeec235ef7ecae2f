//! Writes the glue of a wasm module as `wasm-bindgen --target web` does. Usage: nearhand-bindgen WASM OUT-DIR

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(wasm), Some(out), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: nearhand-bindgen WASM OUT-DIR");
        return ExitCode::from(2);
    };
    match write(&wasm, &out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nearhand-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The options of tools/wasm.sh.
fn write(wasm: &PathBuf, out: &PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.web(true)?;
    bindgen.input_path(wasm).out_name("nearhand").omit_default_module_path(true).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    Ok(bindgen.generate(out)?)
}
