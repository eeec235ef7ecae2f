//! A profile as a table: the dearest steps first.

use super::measured::{Profile, Row};
use crate::provenance::plain as printable;
use std::fmt::Write as _;

/// A time with three digits that matter.
fn time(us: f64) -> String {
    match us {
        us if us < 1000.0 => format!("{us:.1} µs"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

fn shape(dtype: &str, shape: &[usize]) -> String {
    format!("{dtype} [{}]", shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn row(out: &mut String, cells: [&str; 6], rest: &str) {
    let [time, share, reads, writes, weights, kernel] = cells;
    let _ = writeln!(out, "{time:>10} {share:>7} {reads:>13} {writes:>13} {weights:>13}  {kernel:<22} {}", printable(rest));
}

/// The profile in words, with the `top` dearest steps.
pub(super) fn text(profile: &Profile, top: usize) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{name:<12} {}", printable(&value));
    };
    line("model", format!("{}, on {}", profile.file, profile.engine));
    for input in &profile.inputs {
        line("input", format!("{} {}", input.name, shape(&input.dtype, &input.shape)));
    }
    line("opened", format!("{}, first run {}", time(profile.opened_us), time(profile.first_us)));
    line(
        "run",
        format!(
            "{} in the median of {}, {} at best; {} of it before the first step",
            time(profile.median_us),
            profile.runs,
            time(profile.fastest_us),
            time(profile.inputs_us)
        ),
    );
    if let Some(m) = &profile.memory {
        line(
            "memory",
            format!(
                "{} bytes: arena {}, scratch {}, constants {}, packed {}, file {}",
                spaced(m.total),
                spaced(m.arena),
                spaced(m.scratch),
                spaced(m.constants),
                spaced(m.packed),
                spaced(m.file)
            ),
        );
    }
    line("steps", profile.steps.len().to_string());
    let mut steps: Vec<&Row> = profile.steps.iter().collect();
    steps.sort_by(|a, b| b.us.total_cmp(&a.us));
    out.push('\n');
    row(&mut out, ["time", "share", "reads", "writes", "weights", "kernel"], "node");
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let all = |rows: &[&Row], of: fn(&Row) -> usize| spaced(rows.iter().map(|r| of(r)).fold(0, usize::saturating_add));
    let summed = |out: &mut String, rows: &[&Row], rest: &str| {
        let (us, share) = (rows.iter().map(|r| r.us).sum(), rows.iter().map(|r| r.share).sum());
        let bytes = [all(rows, |r| r.reads), all(rows, |r| r.writes), all(rows, |r| r.weights)];
        row(out, [&time(us), &percent(share), &bytes[0], &bytes[1], &bytes[2], ""], rest);
    };
    let (shown, others) = steps.split_at(top.min(steps.len()));
    for step in shown {
        let node = match (&step.operator, &step.name) {
            (Some(operator), Some(name)) => format!("{operator} {name}"),
            _ => String::new(),
        };
        let bytes = [step.reads, step.writes, step.weights].map(spaced);
        let cells = [&time(step.us), &percent(step.share), &bytes[0], &bytes[1], &bytes[2], step.kernel];
        row(&mut out, cells, &format!("{node} -> {}", shape(step.dtype, &step.shape)));
    }
    if !others.is_empty() {
        summed(&mut out, others, &format!("{} others: --top N shows more, --json all", others.len()));
    }
    summed(&mut out, &steps, "all");
    out
}

/// Digits in groups of three.
pub(super) fn spaced(number: impl ToString) -> String {
    let digits = number.to_string();
    let place = |(i, c): (usize, char)| (i > 0 && (digits.len() - i).is_multiple_of(3)).then_some(' ').into_iter().chain([c]);
    digits.chars().enumerate().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_threes() {
        assert_eq!(["0", "999", "1000", "1234567"].map(spaced), ["0", "999", "1 000", "1 234 567"]);
    }
}
