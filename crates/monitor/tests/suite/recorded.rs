//! The same answers as reference implementations; `tools/monitor_golden.py` records them.

use nearhand_monitor::{
    Adwin, AdwinSettings, Calibration, Direction, PageHinkley, PageHinkleySettings, Powered, chebyshev, jensen_shannon,
    kolmogorov_smirnov, psi, psi_by_chance, rank_biased_overlap,
};
use serde_json::Value;

fn recorded(part: &str) -> Value {
    let golden: Value = serde_json::from_str(include_str!("../golden/references.json")).unwrap();
    golden[part].clone()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|x| x.as_u64().unwrap()).collect()
}

fn close(what: &str, have: f64, want: f64, within: f64) {
    assert!((have - want).abs() <= within * want.abs().max(1.0), "{what}: {have}, recorded {want}");
}

#[test]
fn distances_are_scipys() {
    let cases = recorded("distances");
    assert!(cases.as_array().unwrap().len() > 10);
    for case in cases.as_array().unwrap() {
        let (r, c) = (counts(&case["reference"]), counts(&case["current"]));
        let want = |name: &str| case[name].as_f64().unwrap();
        close("psi", psi(&r, &c), want("psi"), 1e-12);
        // Roots of small differences lose digits, here and there.
        close("jensen_shannon", jensen_shannon(&r, &c), want("jensen_shannon"), 1e-9);
        close("kolmogorov_smirnov", kolmogorov_smirnov(&r, &c), want("kolmogorov_smirnov"), 1e-12);
        close("chebyshev", chebyshev(&r, &c), want("chebyshev"), 1e-12);
        let chance = psi_by_chance(r.len(), r.iter().sum(), c.iter().sum(), 0.001);
        close("psi_by_chance", chance, want("psi_by_chance"), 1e-9);
    }
}

#[test]
fn changes_are_rivers() {
    let cases = recorded("streams");
    let mut found = 0;
    for case in cases.as_array().unwrap() {
        let numbers = list(&case["numbers"]);
        let name = case["name"].as_str().unwrap();
        for run in case["adwin"].as_array().unwrap() {
            let (mut settings, told) = (AdwinSettings::default(), &run["settings"]);
            if let Some(delta) = told["delta"].as_f64() {
                let whole = |name: &str| u32::try_from(told[name].as_u64().unwrap()).unwrap();
                settings = AdwinSettings {
                    delta,
                    every: whole("clock"),
                    buckets: whole("max_buckets") as usize,
                    shortest: whole("min_window_length"),
                    grace: whole("grace_period"),
                };
            }
            let mut adwin = Adwin::new(settings);
            let have: Vec<u64> = (0..).zip(&numbers).filter(|(_, x)| adwin.update(**x)).map(|(at, _)| at).collect();
            assert_eq!(have, counts(&run["found"]), "{name} {settings:?}");
            close(name, adwin.width(), run["width"].as_f64().unwrap(), 0.0);
            close(name, adwin.mean(), run["mean"].as_f64().unwrap(), 1e-9);
            found += have.len();
        }
        for run in case["page_hinkley"].as_array().unwrap() {
            let (usual, told) = (PageHinkleySettings::default(), &run["settings"]);
            let settings = PageHinkleySettings {
                least: told["min_instances"].as_u64().unwrap_or(usual.least),
                delta: told["delta"].as_f64().unwrap_or(usual.delta),
                threshold: told["threshold"].as_f64().unwrap_or(usual.threshold),
                forgetting: told["alpha"].as_f64().unwrap_or(usual.forgetting),
                direction: match told["mode"].as_str() {
                    Some("up") => Direction::Up,
                    Some("down") => Direction::Down,
                    _ => Direction::Both,
                },
            };
            let mut test = PageHinkley::new(settings);
            let have: Vec<u64> = (0..).zip(&numbers).filter(|(_, x)| test.update(**x)).map(|(at, _)| at).collect();
            assert_eq!(have, counts(&run["found"]), "{name} {settings:?}");
            found += have.len();
        }
    }
    assert!(found > 20, "changes were recorded: {found}");
}

#[test]
fn overlaps_are_rbos() {
    let cases = recorded("rankings");
    for case in cases.as_array().unwrap() {
        let (one, two) = (counts(&case["one"]), counts(&case["two"]));
        let have = rank_biased_overlap(&one, &two, case["p"].as_f64().unwrap());
        close(&format!("{case}"), have, case["rbo"].as_f64().unwrap(), 1e-12);
    }
}

#[test]
fn powered_intervals_are_ppi_pys() {
    let cases = recorded("powered");
    for case in cases.as_array().unwrap() {
        let mut powered = Powered::default();
        list(&case["y"]).iter().zip(list(&case["f"])).for_each(|(y, f)| powered.known(*y, f));
        list(&case["unlabelled"]).iter().for_each(|f| powered.predicted(*f));
        let have = powered.estimate(0.1).unwrap();
        for (name, have) in [("mean", have.mean), ("low", have.low), ("high", have.high)] {
            close(name, have, case[name].as_f64().unwrap(), 1e-9);
        }
    }
}

#[test]
fn calibration_is_scikit_learns() {
    let case = recorded("calibration");
    let mut calibration = Calibration::new(10);
    list(&case["p"]).iter().zip(list(&case["y"])).for_each(|(p, y)| assert!(calibration.add(*p, y > 0.5)));
    close("brier", calibration.brier().unwrap(), case["brier"].as_f64().unwrap(), 1e-12);
    let points: Vec<(f64, f64, u64)> = calibration.reliability().collect();
    let (mean, happened) = (list(&case["mean"]), list(&case["true"]));
    assert_eq!(points.len(), mean.len());
    points.iter().zip(mean.iter().zip(&happened)).for_each(|(point, (mean, happened))| {
        close("mean", point.0, *mean, 1e-12);
        close("share", point.1, *happened, 1e-12);
    });
}
