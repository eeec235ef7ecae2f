//! Both texts of one watched table, and the dashboard over them.

use super::super::tests::{place, watched_table};
use super::*;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Names of series and their labels: what would bring an exporter down if it stood there twice.
fn series(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

#[test]
fn what_is_written_parses_and_names_nothing_twice() {
    let (watched, feedback) = watched_table("metrics");
    let made = made(&watched, Some(&feedback), 1_796_000_000.0);
    let text = text(&made);
    assert!(text.ends_with("# EOF\n") && !text.contains("\n\n"), "{text}");
    let all = series(&text);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for want in [
        "# TYPE nearhand_monitor_standing gauge\n",
        "nearhand_monitor_standing 3.0\n",
        "nearhand_monitor_level{nearhand_subject=\"price\",nearhand_subject_kind=\"stream\"} 3.0\n",
        "nearhand_monitor_records{nearhand_record=\"row\"} 1000\n",
        "nearhand_monitor_read_time_seconds 1796000000.0\n",
        "# UNIT nearhand_monitor_rate_share_ratio ratio\n",
        "nearhand_monitor_rate_occasions{nearhand_rate=\"unknown\"} 1000\n",
        "nearhand_feedback_slates 2\n",
        "nearhand_monitor_call_duration_seconds{nearhand_quantile=\"0.5\"} 0.00",
        "nearhand_monitor_calls 10\n",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit_once(' ').unwrap().1;
        assert!(["NaN", "+Inf", "-Inf"].contains(&value) || value.parse::<f64>().is_ok(), "{line}");
    }
    // One type of each family, before its series.
    let families: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(families.iter().collect::<BTreeSet<_>>().len(), families.len());
    for name in all {
        assert!(families.contains(&name.split('{').next().unwrap()), "{name}");
    }
    // A collector's compatibility rules make the same names of the other text.
    let json = json(&made, 1_796_000_000_000_000_000, 7, None);
    let metrics = json["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let ratio = metrics.iter().find(|metric| metric["name"] == "nearhand.monitor.rate.share").unwrap();
    assert!(ratio["unit"] == "1" && ratio["gauge"]["dataPoints"][0]["asDouble"].is_number(), "{ratio}");
    let records = metrics.iter().find(|metric| metric["name"] == "nearhand.monitor.records").unwrap();
    assert!(records["gauge"]["dataPoints"][0]["asInt"] == "1000" && records.get("sum").is_none(), "{records}");
    // Each run counts anew: what falls is no counter, in either text.
    assert!(!text.contains(" counter\n") && !text.contains("_total"), "{text}");
    assert!(
        metrics.iter().all(|metric| !metric["name"].as_str().unwrap().ends_with("_total")) && metrics.len() == families.len()
    );
}

/// Labels with quotes, line ends and backslashes, a stream of no observation, and times at the ends of the buckets.
#[test]
fn hostile_names_and_empty_counts_are_told_whole() {
    let point = |name: &str, value| Point { attributes: vec![("nearhand.stream", name.to_owned())], value };
    let points = vec![
        point("2.5\" disk\n\\", Value::Number(f64::INFINITY)),
        point("\u{1b}", Value::Number(f64::NAN)),
        point("\\x1b", Value::Number(-0.0)),
    ];
    let gauge = Metric { name: "a.b", unit: "", about: "of\nall", points };
    let times = Metric { name: "t", unit: "s", about: "", points: vec![point("x", Value::Number(0.5))] };
    let none = Metric { name: "none", unit: "", about: "", points: vec![] };
    let all = [gauge, times, none];
    let text = text(&all);
    assert!(
        text.contains("a_b{nearhand_stream=\"2.5\\\" disk\\n\\\\\"} +Inf\n# ")
            || text.contains("a_b{nearhand_stream=\"2.5\\\" disk\\n\\\\\"} +Inf\na_b")
    );
    assert!(text.contains("# HELP a_b of\\nall\n") && !text.contains("none") && series(&text).len() == 3 + 1);
    assert!(text.contains("t_seconds{nearhand_stream=\"x\"} 0.5\n"));
    let json = json(&all, 1, 2, None);
    let metrics = &json["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert_eq!(metrics[0]["gauge"]["dataPoints"][0]["asDouble"], "Infinity");
}

/// Two monitors that write for one exporter: where neither is named, it has every series twice and shows one of them at most.
#[test]
fn two_monitors_on_one_exporter_are_two_by_their_names() {
    let (watched, feedback) = watched_table("jobs");
    let of = |job| labelled(made(&watched, Some(&feedback), 0.0), job);
    let (shop, fraud, none) = (text(&of(Some("shop"))), text(&of(Some("fraud \"eu\""))), text(&of(None)));
    let both: Vec<&str> = [series(&shop), series(&fraud), series(&none)].concat();
    assert_eq!(both.iter().collect::<BTreeSet<_>>().len(), both.len());
    assert!(
        shop.contains("nearhand_monitor_standing{nearhand_job=\"shop\"} 3.0\n")
            && none.contains("nearhand_monitor_standing 3.0\n")
    );
    assert!(fraud.contains("{nearhand_job=\"fraud \\\"eu\\\"\",nearhand_record=\"row\"} 1000\n"), "{fraud}");
    let json = json(&of(Some("shop")), 1, 2, Some("shop"));
    let of = &json["resourceMetrics"][0];
    assert_eq!(
        of["resource"]["attributes"][2],
        serde_json::json!({ "key": "service.instance.id", "value": { "stringValue": "shop" } })
    );
    let metrics = of["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let points = metrics.iter().flat_map(|metric| metric["gauge"]["dataPoints"].as_array().unwrap());
    assert!(points.clone().count() > 20 && points.into_iter().all(|point| point["attributes"][0]["key"] == "nearhand.job"));
}

/// Each panel asks for metrics that are there, by labels that they have.
#[test]
fn the_dashboard_asks_for_what_there_is() {
    let (watched, feedback) = watched_table("grafana");
    let made = labelled(made(&watched, Some(&feedback), 0.0), Some("shop"));
    let mut known = BTreeSet::new();
    let mut labels: BTreeSet<String> = ["job", "instance"].map(str::to_owned).into();
    for metric in &made {
        known.insert(metric.prometheus());
        labels.extend(metric.points.iter().flat_map(|point| &point.attributes).map(|(name, _)| name.replace('.', "_")));
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/grafana/nearhand.json");
    let dashboard: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut asked: Vec<String> = Vec::new();
    // Rows are folded, with their panels in them.
    let flat = |panel: &Json| panel["panels"].as_array().cloned().unwrap_or_else(|| vec![panel.clone()]);
    for panel in dashboard["panels"].as_array().unwrap().iter().flat_map(flat) {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty() && targets.iter().all(|target| target["datasource"]["uid"] == "${datasource}"), "{panel}");
        asked.extend(targets.iter().map(|target| target["expr"].as_str().unwrap().to_owned()));
    }
    asked.extend(
        dashboard["templating"]["list"].as_array().unwrap().iter().filter_map(|list| Some(list["query"].as_str()?.to_owned())),
    );
    let mut used = BTreeSet::new();
    for expr in &asked {
        for word in expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("nearhand_")) {
            assert!(known.contains(word) || labels.contains(word), "{word} of {expr}");
            used.insert(word.to_owned());
        }
    }
    let unused: Vec<&String> = known.iter().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "no panel shows {unused:?}");
    assert!(place("grafana").contains("nearhand-monitor"));
}
