//! Text with commas: numbers with as many digits as tell them apart.

use super::{Chunk, Names};
use std::io::{self, Write};

/// A text that is being written.
pub(crate) struct Writer {
    header: Option<String>,
}

impl Writer {
    pub(super) fn begin(names: &Names) -> Self {
        let all = [names.id.as_str(), names.time].into_iter().chain(names.features.iter().map(String::as_str));
        Self { header: Some(all.map(quoted).collect::<Vec<_>>().join(",")) }
    }

    pub(super) fn write(&mut self, chunk: &Chunk, to: &mut dyn Write) -> io::Result<()> {
        if let Some(header) = self.header.take() {
            writeln!(to, "{header}")?;
        }
        for (row, (id, time)) in chunk.ids.iter().zip(&chunk.times).enumerate() {
            write!(to, "{},{time}", quoted(id))?;
            for value in chunk.values.iter().filter_map(|column| column.get(row)) {
                // Nothing, as every reader has it for what is no number.
                if value.is_nan() { to.write_all(b",")? } else { write!(to, ",{value}")? }
            }
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
