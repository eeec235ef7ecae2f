//! The fit in one line.

use super::fit::{ENOUGH, Finding, Fit, Outcome};
use nearhand::bundle::SignalSpec;
use std::fmt;

/// `pairs=… validation_hr@20=… validation_mrr@20=… before_hr@20=… before_mrr@20=… fitted: … kept: …`; the figures are those of
/// the pairs that can tell; without such pairs `defaults: no pair tells of them`.
impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.after.pairs == 0 {
            return f.write_str("defaults: no pair tells of them");
        }
        write!(f, "pairs={} ", self.after.pairs)?;
        write!(f, "validation_hr@20={:.4} validation_mrr@20={:.4} ", self.after.hr(), self.after.mrr())?;
        write!(f, "before_hr@20={:.4} before_mrr@20={:.4}", self.before.hr(), self.before.mrr())?;
        let (fitted, kept): (Vec<&Finding>, Vec<&Finding>) =
            self.findings.iter().partition(|finding| matches!(finding.outcome, Outcome::Fitted(_)));
        for (what, findings) in [("fitted", fitted), ("kept", kept)] {
            write!(f, " {what}:")?;
            if findings.is_empty() {
                write!(f, " nothing;")?;
            }
            for finding in findings {
                write!(f, " {};", self.one(finding))?;
            }
        }
        Ok(())
    }
}

impl Fit {
    fn one(&self, Finding { signal, cases, outcome }: &Finding) -> String {
        let (name, now, usual) = (signal.name(), signal.words(&self.signals), signal.words(&SignalSpec::default()));
        match outcome {
            Outcome::Unit => format!("{name} {now} (the unit)"),
            Outcome::TooFew => format!("{name} {now} ({cases} pairs, {ENOUGH} needed)"),
            Outcome::NoGain(z) => format!("{name} {now} ({cases} pairs, no sure gain, z {z:.1})"),
            Outcome::Fitted(z) => format!("{name} {now} (not {usual}: {cases} pairs, z {z:.1})"),
        }
    }
}
