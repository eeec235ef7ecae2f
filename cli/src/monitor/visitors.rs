//! What visitors did, in words, as JSON and on the page.

use super::feedback::{Feedback, word};
use crate::page::{escape, few, percent, span, thousands};
use nearhand_monitor::{Examination, PolicyValue, Reliability};
use serde_json::{Value, json};
use std::fmt::Write as _;

// Writing to a String cannot fail.

/// A line a figure.
pub(super) fn lines(out: &mut String, feedback: &Feedback) {
    feedback.notes.iter().for_each(|note| out.push_str(&format!("{note}\n")));
    let _ = writeln!(
        out,
        "feedback slates={} shown={} clicked={} bought={} influenced={}",
        feedback.slates, feedback.rows, feedback.clicked, feedback.bought, feedback.influenced
    );
    for (name, value) in [("clicks", feedback.clicks), ("purchases", feedback.purchases)] {
        if let Some(PolicyValue { mean, low, high }) = value {
            let _ = writeln!(out, "feedback {name} mean={mean:.5} low={low:.5} high={high:.5}");
        }
    }
    if let Some((value, overlap, reliability)) = &feedback.target {
        let told = value.map(|v| format!(" mean={:.5} low={:.5} high={:.5}", v.mean, v.low, v.high)).unwrap_or_default();
        let verdict = word(*reliability);
        let (effective, weight) = (overlap.effective, overlap.mean_weight);
        let _ = writeln!(out, "feedback target{told} effective={effective:.0} mean_weight={weight:.4} verdict={verdict}");
    }
    for place in &feedback.places {
        let look = place.relative.map_or_else(|| "none".to_owned(), |x| format!("{x:.4}"));
        let _ = writeln!(out, "place {} shown={} clicked={} looked_at={look}", place.place + 1, place.shown, place.clicked);
    }
}

/// As JSON.
pub(super) fn json(feedback: &Feedback) -> Value {
    let value = |value: &Option<PolicyValue>| value.map(|v| json!({ "mean": v.mean, "low": v.low, "high": v.high }));
    let target = feedback.target.as_ref().map(|(estimate, overlap, reliability)| {
        json!({ "value": value(estimate), "effective": overlap.effective, "meanWeight": overlap.mean_weight,
            "verdict": word(*reliability) })
    });
    let place = |place: &Examination| json!({ "place": place.place + 1, "shown": place.shown, "clicked": place.clicked, "lookedAt": place.relative });
    json!({
        "slates": feedback.slates, "shown": feedback.rows, "clicked": feedback.clicked, "bought": feedback.bought,
        "influenced": feedback.influenced, "clicks": value(&feedback.clicks), "purchases": value(&feedback.purchases),
        "target": target, "places": feedback.places.iter().map(place).collect::<Vec<Value>>(), "notes": feedback.notes,
    })
}

/// As a part of the page.
pub(super) fn page(page: &mut String, feedback: &Feedback) {
    page.push_str("<h2>What visitors did</h2>\n<div class=cards>");
    for (count, what) in [
        (feedback.slates, "slates"),
        (feedback.rows, "items shown"),
        (feedback.clicked, "clicked"),
        (feedback.bought, "bought"),
        (feedback.influenced, "chosen by a model"),
    ] {
        let _ = write!(page, "<div><b>{}</b>{what}</div>", thousands(count));
    }
    page.push_str("</div>\n");
    for note in &feedback.notes {
        let _ = writeln!(page, "<p class=note>{}</p>", escape(note));
    }
    page.push_str("<div class=plots>\n");
    let target = feedback.target.as_ref();
    let other = target.and_then(|(value, ..)| *value);
    let values = [
        ("clicks an item shown", feedback.clicks),
        ("purchases an item shown", feedback.purchases),
        ("clicks, by the policy of the column target", other),
    ];
    let most = values.iter().filter_map(|(_, value)| value.as_ref()).map(|value| value.high).fold(0.0, f64::max);
    for (name, value) in values {
        let Some(PolicyValue { mean, low, high }) = value else { continue };
        let _ = write!(page, "<figure><figcaption>{name}</figcaption>");
        span(page, name, [low, mean, high], None, (1.1 * most).min(1.0));
        let _ = writeln!(page, "<small>{} ({} to {}, 95 %)</small></figure>", percent(mean), percent(low), percent(high));
    }
    page.push_str("</div>\n");
    if let Some((_, overlap, reliability)) = target {
        let word = match reliability {
            Reliability::Waiting => "too few slates for a verdict",
            Reliability::Propensities => "the log's propensities are not what was done: do not use it",
            Reliability::Thin => "the policies have too little in common: explore more, or cap weights",
            Reliability::Sound => "sound",
        };
        let _ = writeln!(
            page,
            "<p>The other policy's estimate rests on {} effective slates of {}, mean weight {}: {word}.</p>",
            few(overlap.effective.round()),
            few(overlap.units),
            few(overlap.mean_weight)
        );
    }
    if !feedback.places.is_empty() {
        page.push_str("<div class=wide><table><tr><th class=n>place</th><th class=n>shown</th><th class=n>clicked</th><th class=n>rate</th><th class=n>looked at, beside the first</th></tr>\n");
        for place in &feedback.places {
            let look = place.relative.map_or_else(|| "–".to_owned(), |x| format!("{x:.3}"));
            let rate = if place.shown > 0.0 { percent(place.clicked / place.shown) } else { "–".to_owned() };
            let _ = writeln!(
                page,
                "<tr><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{rate}</td><td class=n>{look}</td></tr>",
                place.place + 1,
                few(place.shown),
                few(place.clicked)
            );
        }
        page.push_str("</table></div>\n");
    }
}
