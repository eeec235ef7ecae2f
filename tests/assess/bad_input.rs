//! Whatever a host gives, and whatever is declared: typed errors that name the place.

use crate::recorded::{FEATURES, THRESHOLDS, about, golden, labels, numbers, onnx, opened, spec};
use nearhand::assess::{Columns, Explain, Labelled, Spec, Transaction, pack};
use nearhand::{Code, Error};

const MONEY: &str =
    r#""fields": ["card"], "currencies": [{"code": "EUR", "costs": {"margin": 0.1, "review": 300}}], "decide": {"by": "costs"}"#;

#[test]
fn transactions_that_cannot_be() {
    let mut assessor = opened("boosting", &spec("refuse", MONEY));
    let row = numbers(&golden()["held"])[..FEATURES].to_vec();
    let before = assessor.assess(&Transaction { amount: Some(500), ..Transaction::default() }, &row, Explain::Always).unwrap();
    let good = Transaction { amount: Some(500), currency: Some("EUR"), fields: &[] };
    let long = "x".repeat(257);
    let long: &[(&str, &str)] = &[("card", &long)];
    let cases: &[(Transaction<'_>, Code)] = &[
        (Transaction { amount: None, ..good }, Code::TransactionInvalid),
        (Transaction { amount: Some(-1), ..good }, Code::TransactionInvalid),
        (Transaction { amount: Some(i64::MAX), ..good }, Code::TransactionInvalid),
        (Transaction { amount: Some(1_000_000_000_000_001), ..good }, Code::TransactionInvalid),
        (Transaction { currency: Some("XXX"), ..good }, Code::CurrencyUnknown),
        (Transaction { currency: Some(""), ..good }, Code::CurrencyUnknown),
        (Transaction { fields: &[("crad", "c1")], ..good }, Code::TransactionInvalid),
        (Transaction { fields: &[("card", "")], ..good }, Code::TransactionInvalid),
        (Transaction { fields: &[("card", "c1"), ("card", "c2")], ..good }, Code::TransactionInvalid),
        (Transaction { fields: long, ..good }, Code::TransactionInvalid),
    ];
    for (transaction, code) in cases {
        let error = assessor.assess(transaction, &row, Explain::Always).unwrap_err();
        assert_eq!(error.code(), *code, "{transaction:?}");
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e39, -1e300] {
        let mut other = row.clone();
        other[3] = bad;
        let error = assessor.assess(&good, &other, Explain::Always).unwrap_err();
        assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::FeatureInvalid, "f3"));
    }
    for len in [0, 1, FEATURES - 1, FEATURES + 1] {
        assert_eq!(assessor.assess(&good, &vec![0.5; len], Explain::Always).unwrap_err().code(), Code::SchemaMismatch);
    }
    // Free, huge, and as before.
    for amount in [0, 1_000_000_000_000_000] {
        assert!(assessor.assess(&Transaction { amount: Some(amount), ..good }, &row, Explain::Always).is_ok());
    }
    assert_eq!(assessor.assess(&good, &row, Explain::Always).unwrap(), before);
    assert_eq!(assessor.set_list("x", vec![]).unwrap_err().code(), Code::OptionInvalid);
    assert!(Columns::find(&assessor.manifest().spec, &["f5", "f4", "f3", "f2", "f1", "f0"]).is_ok());
}

#[test]
fn declarations_that_do_not_fit() {
    let features = r#""features": [{"name": "a"}, {"name": "b"}]"#;
    let decide = r#""decide": {"by": "thresholds", "review": 0.5}"#;
    let rule =
        |when: &str| format!(r#"{{{features}, {decide}, "rules": [{{"code": "R", "then": "review", "when": [{when}]}}]}}"#);
    let filled = |fill: &str| format!(r#"{{"features": [{{"name": "a", "missing": "fill", "fill": {fill}}}], {decide}}}"#);
    assert!(Spec::parse(&filled("-3e38")).is_ok());
    let cases: Vec<(String, &str)> = vec![
        (filled("1e39"), "a number within 32 bits"),
        (filled("-1e300"), "features[0].fill"),
        (String::new(), "EOF"),
        ("[]".into(), "must be an object"),
        ("{}".into(), "features must be given"),
        (format!("{{{features}}}"), "decide must be given"),
        (format!(r#"{{{features}, "decide": {{"by": "luck"}}}}"#), "one of costs, capacity, thresholds"),
        (format!(r#"{{{features}, {decide}, "rule": []}}"#), "did you mean \"rules\""),
        (format!(r#"{{"features": [], {decide}}}"#), "at least one"),
        (format!(r#"{{"features": [{{"name": "a"}}, {{"name": "a"}}], {decide}}}"#), "has this name"),
        (format!(r#"{{"features": [{{"name": ""}}], {decide}}}"#), "1 to 256 bytes"),
        (format!(r#"{{"features": [{{"name": "a", "missing": "fill"}}], {decide}}}"#), "go together"),
        (format!(r#"{{"features": [{{"name": "a", "fill": 1}}], {decide}}}"#), "go together"),
        (format!(r#"{{"features": [{{"name": "a", "code": "C"}}, {{"name": "b", "code": "C"}}], {decide}}}"#), "one reason"),
        (format!(r#"{{{features}, "decide": {{"by": "thresholds"}}}}"#), "a threshold is needed"),
        (
            format!(r#"{{{features}, "decide": {{"by": "thresholds", "review": 0.9, "decline": 0.1}}}}"#),
            "review not above decline",
        ),
        (format!(r#"{{{features}, "decide": {{"by": "thresholds", "review": 1.5}}}}"#), "from 0 to 1"),
        (format!(r#"{{{features}, "decide": {{"by": "costs"}}}}"#), "costs decide"),
        (format!(r#"{{{features}, "decide": {{"by": "costs"}}, "currencies": [{{"code": "EUR"}}]}}"#), "costs decide"),
        (
            format!(r#"{{{features}, {decide}, "currencies": [{{"code": "EUR", "costs": {{"margin": 0.1, "caught": 1.1}}}}]}}"#),
            "from 0 to 1",
        ),
        (
            format!(r#"{{{features}, {decide}, "currencies": [{{"code": "EUR", "costs": {{"margin": -1}}}}]}}"#),
            "a share from 0 to 10",
        ),
        (format!(r#"{{{features}, {decide}, "currencies": [{{"code": "EUR"}}, {{"code": "EUR"}}]}}"#), "this name or code"),
        (format!(r#"{{{features}, {decide}, "fields": ["amount"]}}"#), "there by themselves"),
        (format!(r#"{{{features}, {decide}, "reasons": {{"top": 33}}}}"#), "0 to 32"),
        (format!(r#"{{{features}, {decide}, "output": {{"column": 1, "positive": "1"}}}}"#), "not both"),
        (rule(""), "1 to 16 conditions"),
        (rule(r#"{"feature": "c", "gt": 1}"#), "no feature has this name"),
        (rule(r#"{"field": "card", "is": ["x"]}"#), "no field has this name"),
        (rule(r#"{"field": "currency", "in": "l"}"#), "no list has this name"),
        (rule(r#"{"field": "amount", "currency": "EUR", "gt": 1}"#), "no currency has this code"),
        (rule(r#"{"feature": "a"}"#), "asks something"),
        (rule(r#"{"gt": 1}"#), "one of them"),
        (rule(r#"{"feature": "a", "field": "amount", "gt": 1}"#), "one of them"),
        (rule(r#"{"feature": "a", "is": ["x"]}"#), "are numbers"),
        (rule(r#"{"field": "currency", "gt": 1}"#), "are texts"),
        (rule(r#"{"feature": "a", "gt": "1"}"#), "rules[0].when[0].gt must be a finite number"),
        (rule(r#"{"field": "currency", "is": [""]}"#), "1 to 256 bytes"),
    ];
    for (json, why) in cases {
        let error = Spec::parse(&json).unwrap_err();
        assert_eq!(error.code(), Code::ManifestInvalid);
        assert!(error.to_string().contains(why), "{json}: {error}");
    }
    let several = format!(
        r#"{{{features}, {decide}, "currencies": [{{"code": "EUR"}}, {{"code": "USD"}}],
           "rules": [{{"code": "R", "then": "review", "when": [{{"field": "amount", "gt": 1}}]}}]}}"#
    );
    assert!(Spec::parse(&several).unwrap_err().to_string().contains("in which one"));
}

fn refused(name: &str, spec: &Spec, change: &dyn Fn(&mut Vec<f64>, &mut Vec<bool>)) -> Error {
    let golden = golden();
    let (mut rows, mut frauds) = (numbers(&golden["rows"]), labels(&golden["labels"]));
    change(&mut rows, &mut frauds);
    let table = Labelled { rows: &rows, frauds: &frauds, ..Labelled::default() };
    pack(&onnx(name), spec, &table, &about()).map(|_| ()).unwrap_err()
}

#[test]
fn what_cannot_be_packed() {
    let plain = spec("refuse", THRESHOLDS);
    let keep: &dyn Fn(&mut Vec<f64>, &mut Vec<bool>) = &|_, _| {};
    let code = |name, spec: &Spec, change| refused(name, spec, change).code();
    assert_eq!(code("boosting", &plain, &|_, frauds| frauds.truncate(10)), Code::DataInvalid);
    assert_eq!(code("boosting", &plain, &|rows, frauds| (rows.clear(), frauds.clear()).0), Code::DataInvalid);
    let missing = refused("boosting", &plain, &|rows, _| rows[8] = f64::NAN);
    assert_eq!((missing.code(), missing.details().last().unwrap().1.as_str()), (Code::FeatureInvalid, "2"), "the second row");
    // A network has no answer to a missing value: found where it is packed.
    assert_eq!(code("network", &spec("model", THRESHOLDS), &|rows, _| rows[8] = f64::NAN), Code::ScoreNotFinite);
    // So it is where no row of packing lacks anything: each feature that is left to the model is tried, and named.
    let untried = refused("network", &spec("model", THRESHOLDS), keep);
    assert!(untried.code() == Code::ScoreNotFinite && untried.to_string().contains("features=f0 row=1"), "{untried}");
    let last = (0..FEATURES).map(|i| format!(r#"{{"name": "f{i}", "missing": "{}"}}"#, if i == 4 { "model" } else { "refuse" }));
    let last = format!(r#"{{"features": [{}], {THRESHOLDS}}}"#, last.collect::<Vec<_>>().join(", "));
    assert!(refused("network", &Spec::parse(&last).unwrap(), keep).to_string().contains("features=f4 row=1"));
    // The labels turned round: the score falls where the risk rises.
    let turned = refused("boosting", &plain, &|_, frauds| frauds.iter_mut().for_each(|fraud| *fraud = !*fraud));
    assert!(turned.code() == Code::ModelMismatch && turned.to_string().contains("falls where the risk rises"), "{turned}");
    assert_eq!(
        code("boosting", &spec("refuse", &format!(r#"{THRESHOLDS}, "output": {{"column": 0}}"#)), keep),
        Code::ModelMismatch
    );
    // Labels that are words: nobody knows which one is the fraud.
    let words = refused("words", &plain, keep);
    assert!(words.code() == Code::ModelMismatch && words.to_string().contains("labels=fraud, honest"), "{words}");
    for (name, output, why) in [
        ("words", r#"{"positive": "frad"}"#, "no class of this label"),
        ("boosting", r#"{"column": 2}"#, "no such column"),
        ("boosting", r#"{"name": "score"}"#, "no output of floats"),
    ] {
        let error = refused(name, &spec("refuse", &format!(r#"{THRESHOLDS}, "output": {output}"#)), keep);
        assert!(error.code() == Code::ModelMismatch && error.to_string().contains(why), "{error}");
    }
    // A score that is no probability.
    assert!(refused("linear", &plain, keep).to_string().contains("declare a calibration"));
    let odds = format!(r#"{THRESHOLDS}, "calibration": {{"kind": "platt", "of": "log-odds"}}"#);
    assert!(refused("linear", &spec("refuse", &odds), keep).to_string().contains("no log-odds"));
    // Methods that do not suit the model.
    for (name, method) in [("network", "shap"), ("network", "linear"), ("boosting", "linear"), ("logistic", "path")] {
        let more = format!(r#"{THRESHOLDS}, "reasons": {{"method": "{method}"}}"#);
        assert_eq!(code(name, &spec("refuse", &more), keep), Code::OptionInvalid, "{name} {method}");
    }
    // Another number of features than the graph takes, and bytes that are no graph.
    let fewer = Spec::parse(&format!(r#"{{"features": [{{"name": "f0"}}], {THRESHOLDS}}}"#)).unwrap();
    assert_eq!(code("boosting", &fewer, &|rows, frauds| rows.truncate(frauds.len())), Code::ModelMismatch);
    let golden = golden();
    let (rows, frauds) = (numbers(&golden["rows"]), labels(&golden["labels"]));
    let table = Labelled { rows: &rows, frauds: &frauds, ..Labelled::default() };
    for bytes in [&b""[..], b"not a graph", &onnx("boosting")[..200]] {
        assert!(pack(bytes, &plain, &table, &about()).is_err());
    }
    // A capacity of unknown days, costs without amounts.
    let capacity = spec("refuse", r#""decide": {"by": "capacity", "reviews": 5}"#);
    assert_eq!(pack(&onnx("boosting"), &capacity, &table, &about()).unwrap_err().code(), Code::DataInvalid);
    assert_eq!(pack(&onnx("boosting"), &spec("refuse", MONEY), &table, &about()).unwrap_err().code(), Code::TransactionInvalid);
}
