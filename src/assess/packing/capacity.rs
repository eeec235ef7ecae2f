//! Thresholds of a capacity, as declared: so many a day.

use crate::assess::fit::at_most;
use crate::assess::manifest::Thresholds;
use crate::assess::spec::{Deciding, Spec};
use crate::error::{Code, Error, Result};

/// Thresholds that keep a capacity. Rows of one score go together, so that fewer may be declined than could be: reviews count on top of
/// those that really are.
pub(in crate::assess) fn thresholds(
    spec: &Spec,
    scores: &[f32],
    days: Option<u64>,
    notes: &mut Vec<String>,
) -> Result<Option<Thresholds>> {
    let Deciding::Capacity { reviews, declines } = spec.decide else { return Ok(None) };
    let days = days.filter(|days| *days > 0).ok_or_else(|| {
        Error::new(
            Code::DataInvalid,
            "a capacity is so many a day: of how many days are the rows? give their times or their days",
        )
    })?;
    let all = |a_day: u32| u64::from(a_day).saturating_mul(days);
    let taken = |threshold: Option<f32>| scores.iter().filter(|score| threshold.is_some_and(|t| **score >= t)).count() as u64;
    let decline = at_most(scores, all(declines));
    let declined = taken(decline);
    let review = at_most(scores, declined.saturating_add(all(reviews))).filter(|t| taken(Some(*t)) > declined);
    let left = scores.len() as u64 > declined;
    for (word, count, nobody) in
        [("declined", all(declines), decline.is_none()), ("reviewed", all(reviews), review.is_none() && left)]
    {
        if count > 0 && nobody {
            notes.push(format!(
                "nobody is {word}: more rows than the {count} of the capacity have one score, and they go together"
            ));
        }
    }
    Ok(Some(Thresholds { review, decline }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ties leave the queue of declines unused: reviewers get no more for it than they can see.
    #[test]
    fn reviews_count_on_top_of_those_really_declined() {
        let at = |scores: &[f32], reviews: u32, declines: u32| {
            let decide = format!(r#""decide": {{"by": "capacity", "reviews": {reviews}, "declines": {declines}}}"#);
            let spec = Spec::parse(&format!(r#"{{"features": [{{"name": "x"}}], {decide}}}"#)).unwrap();
            let mut notes = Vec::new();
            let found = thresholds(&spec, scores, Some(1), &mut notes).unwrap().unwrap();
            (found.review, found.decline, notes.len())
        };
        let scores = [0.9, 0.9, 0.8, 0.7, 0.6, 0.5];
        // One may be declined, but two have the highest score: none is. Two reviews are two and not three.
        assert_eq!(at(&scores, 2, 1), (Some(0.9), None, 1));
        // Three may be declined, and are; two reviews beside them.
        assert_eq!(at(&scores, 2, 3), (Some(0.6), Some(0.8), 0));
        // Nobody is reviewed as the next two share a score; nobody is left; nobody is wanted.
        assert_eq!(at(&[0.9, 0.5, 0.5], 1, 1), (None, Some(0.9), 1));
        assert_eq!(at(&[0.9, 0.5], 1, 2), (None, Some(0.5), 0));
        assert_eq!(at(&scores, 0, 2), (None, Some(0.9), 0));
    }
}
