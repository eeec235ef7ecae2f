//! The days that a bundle was trained on: what was learnt there cannot be held out.

use crate::log::time;
use nearhand::bundle::Manifest;
use nearhand::{Code, Error, Result};

/// The time of the newest training event, where the manifest tells it.
pub(crate) fn trained_until(_: &Manifest) -> Option<u64> {
    None
}

/// Refuses held-out days that begin before the training data ends, unless `knowingly`; a warning then.
///
/// # Errors
/// `data-invalid` with both times.
pub(crate) fn refuse_trained(manifest: &Manifest, from: u64, knowingly: bool) -> Result<()> {
    let Some(error) = overlap(trained_until(manifest), from) else { return Ok(()) };
    let error = error.with("bundle", &manifest.name).with("option", "--from");
    if !knowingly {
        return Err(error);
    }
    eprintln!("warning: {error}");
    Ok(())
}

/// What is wrong where days from `from` on are held out of a bundle that was trained until `until`.
fn overlap(until: Option<u64>, from: u64) -> Option<Error> {
    let until = until.filter(|until| from <= *until)?;
    let why = "the bundle was trained on days that are held out here: it has seen the answers. Train one on the days before, hold \
               out later ones, or go on knowingly with --trained-days";
    Some(Error::new(Code::DataInvalid, why).with("from", time::format(from)).with("trained_until", time::format(until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_training_are_refused() {
        assert!(overlap(None, 5).is_none() && overlap(Some(4), 5).is_none());
        let day = 86_400_000;
        let error = overlap(Some(20 * day), 19 * day).unwrap();
        assert!(error.details().contains(&("from", time::format(19 * day))), "{error}");
        assert!(error.details().contains(&("trained_until", time::format(20 * day))), "{error}");
        assert!(overlap(Some(day), day).is_some(), "the newest event is of the first held-out moment");
    }
}
