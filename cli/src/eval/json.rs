//! What was found as one JSON object, for programs.

use super::found::{Difference, FEW, Figures, Found, MEASURES, Part, Way};
use super::intervals::Interval;
use serde_json::{Map, Value, json};

/// All figures.
pub(super) fn found(found: &Found) -> String {
    let name = |way: usize| found.ways.get(way).map(|way| way.name.as_str());
    let ways: Vec<Value> = found.ways.iter().zip(&found.figures).map(|(way, figures)| self::way(found, way, figures)).collect();
    json!({
        "ok": true,
        "name": found.name,
        "k": found.rule.k,
        "without_newest": found.rule.without_newest,
        "pairs": found.pairs,
        "sessions": found.sessions,
        "interval": { "level": 0.95, "resamples": found.draws.resamples, "seed": found.draws.seed, "of": "sessions" },
        "ways": ways,
        "against": name(found.against),
        "differences": found.differences.iter().map(|d| difference(d, name(d.way))).collect::<Vec<_>>(),
        "segments": found.parts.iter().map(|part| self::part(found, part)).collect::<Vec<_>>(),
        "notes": found.notes,
    })
    .to_string()
}

fn way(found: &Found, way: &Way, figures: &Figures) -> Value {
    let mut of: Map<String, Value> = Map::new();
    for (measure, interval) in MEASURES.iter().zip(&figures.all) {
        of.insert((*measure).to_owned(), self::interval(interval));
    }
    for (measure, interval) in ["explore_hr", "explore_mrr"].iter().zip(&figures.explore) {
        of.insert((*measure).to_owned(), self::interval(interval));
    }
    let all = &way.report.all;
    let other = [
        ("coverage", all.coverage()),
        ("gini", way.exposure.gini),
        ("novelty", way.exposure.novelty),
        ("popularity_bias", all.popularity_bias()),
    ];
    of.extend(other.map(|(measure, value)| (measure.to_owned(), json!({ "value": round(value) }))));
    let told: Map<String, Value> = way.told.iter().map(|(what, count)| ((*what).to_owned(), json!(count))).collect();
    json!({
        "name": way.name,
        "kind": way.kind.name(),
        "about": way.about,
        "k": found.rule.k,
        "n": all.pairs(),
        "explore_n": way.report.explore.pairs(),
        "bundle_bytes": way.bytes,
        "counts": told,
        "figures": of,
    })
}

fn difference(difference: &Difference, name: Option<&str>) -> Value {
    let mut of = Map::new();
    for (m, (measure, (interval, p))) in MEASURES.iter().zip(difference.of.iter().zip(&difference.p)).enumerate() {
        let mut one = self::interval(interval);
        if let Some(one) = one.as_object_mut() {
            one.insert("p".to_owned(), json!(round(*p)));
            one.insert("verdict".to_owned(), json!(difference.verdict(m)));
        }
        of.insert((*measure).to_owned(), one);
    }
    json!({ "way": name, "of": of })
}

fn part(found: &Found, part: &Part) -> Value {
    let one = |(way, [hr, mrr]): (&Way, &[Interval; 2])| json!({ "name": way.name, "hr": interval(hr), "mrr": interval(mrr) });
    json!({
        "by": part.segment.by.name(),
        "name": part.segment.name,
        "n": part.pairs,
        "sessions": part.sessions,
        "few": part.sessions < FEW,
        "ways": found.ways.iter().zip(&part.ways).map(one).collect::<Vec<_>>(),
    })
}

fn interval(interval: &Interval) -> Value {
    json!({ "value": round(interval.value), "low": round(interval.low), "high": round(interval.high) })
}

/// To six digits: more are noise.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn every_printed_figure_has_its_twin() {
        let all = found();
        let json: Value = serde_json::from_str(&super::found(&all)).unwrap();
        assert_eq!(json["ways"][0]["figures"]["mrr"]["value"], 0.611111);
        for key in ["hr", "mrr", "ndcg", "explore_hr", "explore_mrr", "coverage", "gini", "novelty", "popularity_bias"] {
            assert!(json["ways"][1]["figures"][key]["value"].is_f64(), "{key}");
        }
        assert_eq!(json["ways"][0]["bundle_bytes"], 4711);
        assert_eq!((json["against"].as_str(), json["differences"][0]["way"].as_str()), (Some("shop"), Some("shop/<b>&")));
        assert_eq!(json["differences"][1]["of"]["hr"]["verdict"], "no difference shown");
        assert_eq!((json["segments"][1]["name"].as_str(), json["segments"][1]["few"].as_bool()), (Some("2"), Some(true)));
        assert_eq!(json["notes"][0], "a <note>");
        let error = nearhand::Error::new(nearhand::Code::ItemUnknown, "no").with("item", "x");
        let json: Value = serde_json::from_str(&crate::refusal::json(&error).to_string()).unwrap();
        assert_eq!(
            (json["error"]["code"].as_str(), json["error"]["details"]["item"].as_str()),
            (Some("item-unknown"), Some("x"))
        );
    }
}
