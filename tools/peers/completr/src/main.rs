//! Ranks by the crate completr, for `nearhand eval-suggest --ranks`.
//!
//! `completr TEXTS TYPED plain|faded|log`: the files of `--texts-out` and `--typed-out`; a rank a line on standard output.
//! The popularity of a text is its count over the greatest, or the logarithm of that, as completr wants it in 0 to 1.

use completr::{Document, Index};
use std::fs::read_to_string;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, texts, typed, by] = args.as_slice() else { return Err("completr TEXTS TYPED plain|faded|log".into()) };
    let texts = read_to_string(texts)?;
    let rows: Vec<(f64, &str)> = texts
        .lines()
        .filter_map(|line| {
            let mut cells = line.splitn(3, '\t');
            let (plain, faded, text) = (cells.next()?, cells.next()?, cells.next()?);
            let count: f64 = if by == "faded" { faded.parse().ok()? } else { plain.parse().ok()? };
            Some((if by == "log" { count.ln_1p() } else { count }, text))
        })
        .collect();
    let most = rows.iter().map(|(count, _)| *count).fold(1e-9, f64::max);
    let documents = rows.iter().zip(0..).map(|((count, text), id)| Document::new(id, *text, (count / most) as f32));
    let index = Index::from_documents(documents)?;
    let plain = |text: &str| text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase();
    let mut out = String::new();
    let mut times = Vec::new();
    for line in read_to_string(typed)?.lines() {
        let mut cells = line.splitn(3, '\t');
        let (Some(_), Some(wanted), Some(typed)) = (cells.next(), cells.next(), cells.next()) else { continue };
        let wanted = plain(wanted);
        let begin = std::time::Instant::now();
        let found = index.complete(typed, 10);
        times.push(begin.elapsed());
        let rank = found.iter().position(|suggestion| plain(&suggestion.text) == wanted).map_or(0, |at| at + 1);
        out.push_str(&format!("{rank}\n"));
    }
    times.sort();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    eprintln!("completr {by}: p50 {:?} p99 {:?}", at(0.5), at(0.99));
    print!("{out}");
    Ok(())
}
