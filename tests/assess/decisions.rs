//! Decisions of whole bundles: costs, capacity, rules, reasons, a model that fails.

use crate::recorded::{FEATURES, THRESHOLDS, golden, numbers, opened, packed, spec};
use nearhand::assess::{Assessor, By, Decision, Expected, Explain, Transaction, by_costs};

const COSTS: &str = r#""currencies": [
    {"code": "EUR", "costs": {"missed_fee": 1500, "margin": 0.1, "goodwill": 500, "review": 300, "caught": 0.8}},
    {"code": "JPY", "decimals": 0, "costs": {"margin": 0.02}}], "decide": {"by": "costs"}"#;

fn rows() -> Vec<f64> {
    numbers(&golden()["held"])
}

#[test]
fn costs_decide_by_amount_and_currency() {
    let golden = golden();
    let (rows, frauds) = (numbers(&golden["rows"]), crate::recorded::labels(&golden["labels"]));
    let amounts: Vec<Option<i64>> = (0..frauds.len() as i64).map(|i| Some(100 + 997 * i)).collect();
    let currencies: Vec<Option<String>> =
        (0..frauds.len()).map(|i| Some(if i % 2 == 0 { "EUR" } else { "JPY" }.to_owned())).collect();
    let table =
        nearhand::assess::Labelled { rows: &rows, frauds: &frauds, amounts: &amounts, currencies: &currencies, days: None };
    let more = format!(r#"{COSTS}, "calibration": {{"kind": "isotonic"}}"#);
    let packed =
        nearhand::assess::pack(&crate::recorded::onnx("boosting"), &spec("refuse", &more), &table, &crate::recorded::about())
            .unwrap();
    assert_eq!(packed.money, None, "two currencies have no common sum");
    let mut assessor = Assessor::open(&packed.bytes, None, 1 << 20).unwrap();
    let mut seen = [0; 3];
    for (at, row) in self::rows().chunks(FEATURES).enumerate() {
        for (amount, code) in [(100 * at as i64, "EUR"), (500_000, "EUR"), (100, "JPY")] {
            let transaction = Transaction { amount: Some(amount), currency: Some(code), fields: &[] };
            let judged = assessor.assess(&transaction, row, Explain::Never).unwrap().model.unwrap();
            let costs = assessor.manifest().spec.currencies.iter().find(|c| c.code == code).unwrap().costs.unwrap();
            let (decision, expected) = by_costs(&costs, amount as u64, judged.risk);
            assert_eq!((judged.decision, judged.costs), (decision, Some(expected)));
            assert!(code == "EUR" || (expected.review.is_none() && decision != Decision::Review), "nobody reviews yen");
            seen[decision as usize] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
}

#[test]
fn money_is_counted_on_the_rows() {
    let one = r#""currencies": [{"code": "EUR", "costs": {"missed_fee": 1500, "margin": 0.1, "review": 300}}], "decide": {"by": "costs"}"#;
    let packed = packed("boosting", &spec("refuse", one));
    let money = packed.money.unwrap();
    assert!(money.decided < money.approved && money.fixed <= money.approved, "{money:?}");
    assert!(money.decided < money.fixed, "by amount beats one threshold for all here: {money:?}");
}

#[test]
fn a_capacity_is_kept_on_its_rows() {
    let more = r#""decide": {"by": "capacity", "reviews": 4, "declines": 1}"#;
    for (name, missing) in [("lightgbm", "model"), ("boosting", "refuse")] {
        let packed = packed(name, &spec(missing, more));
        // Of ten days.
        let [_, review, decline] = packed.decisions;
        assert!(decline <= 10 && review + decline <= 50 && review + decline > 25, "{name}: {:?}", packed.decisions);
    }
}

const RULED: &str = r#""decide": {"by": "thresholds", "review": 0.3, "decline": 0.5}, "fields": ["card"],
    "lists": [{"name": "blocked", "keys": ["c-bad"]}, {"name": "trusted"}],
    "rules": [{"code": "BLOCKED", "text": "the card is blocked", "then": "decline", "when": [{"field": "card", "in": "blocked"}]},
              {"code": "TRUSTED", "then": "approve", "when": [{"field": "card", "in": "trusted"}]},
              {"code": "COUNT", "then": "review", "when": [{"feature": "f4", "gte": 4}]}]"#;

#[test]
fn rules_stand_beside_the_model() {
    let mut assessor = opened("boosting", &spec("refuse", RULED));
    let rows = rows();
    let mut seen = [false; 4];
    for row in rows.chunks(FEATURES) {
        let plain =
            assessor.assess(&Transaction { fields: &[("card", "c1")], ..Transaction::default() }, row, Explain::Severe).unwrap();
        let model = plain.model.unwrap().decision;
        let counted = row[4] >= 4.0;
        assert_eq!(
            plain.rules.iter().map(|hit| hit.code.as_str()).collect::<Vec<_>>(),
            if counted { vec!["COUNT"] } else { vec![] }
        );
        let want = if counted { model.max(Decision::Review) } else { model };
        assert_eq!(plain.decision, want);
        assert_eq!(plain.by, if want == model { By::Model } else { By::Rule("COUNT".into()) });
        assert_eq!(plain.explained.is_some(), want != Decision::Approve, "reasons where it is not approved");
        let blocked = assessor
            .assess(&Transaction { fields: &[("card", "c-bad")], ..Transaction::default() }, row, Explain::Severe)
            .unwrap();
        assert_eq!((blocked.decision, &blocked.by), (Decision::Decline, &By::Rule("BLOCKED".into())));
        assert_eq!(blocked.model, plain.model, "the model's decision is told in any case");
        assert_eq!(blocked.rules[0].text, "the card is blocked");
        seen[model as usize] = true;
        seen[3] |= counted;
    }
    assert_eq!(seen, [true; 4]);
    // A list given by the host: trust beats the model and reviews, a block beats trust.
    assessor.set_list("trusted", vec!["c1".into(), "c-bad".into()]).unwrap();
    for row in rows.chunks(FEATURES) {
        let of = |assessor: &mut Assessor, card| {
            assessor
                .assess(&Transaction { fields: &[("card", card)], ..Transaction::default() }, row, Explain::Never)
                .unwrap()
                .decision
        };
        assert_eq!((of(&mut assessor, "c1"), of(&mut assessor, "c-bad")), (Decision::Approve, Decision::Decline));
    }
    assessor.set_list("trusted", Vec::new()).unwrap();
    assert!(assessor.set_list("elsewhere", Vec::new()).is_err());
}

#[test]
fn features_of_one_code_are_one_reason() {
    let features = (0..FEATURES)
        .map(|i| format!(r#"{{"name": "f{i}", "code": "{}", "text": "t"}}"#, if i < 3 { "FIRST" } else { "OTHER" }))
        .collect::<Vec<_>>()
        .join(",");
    let spec = nearhand::assess::Spec::parse(&format!(r#"{{"features": [{features}], {THRESHOLDS}}}"#)).unwrap();
    let mut assessor = opened("boosting", &spec);
    let mut both = false;
    for row in rows().chunks(FEATURES) {
        let answer = assessor.assess(&Transaction::default(), row, Explain::Always).unwrap();
        let parts = assessor.contributions();
        for reason in &answer.reasons {
            let own = if reason.code == "FIRST" { &parts[..3] } else { &parts[3..] };
            assert!((reason.contribution - own.iter().sum::<f64>()).abs() < 1e-12 && reason.contribution > 0.0);
            let most = own.iter().copied().fold(f64::MIN, f64::max);
            let at: usize = reason.feature[1..].parse().unwrap();
            assert!(parts[at] == most && reason.value == row[at]);
        }
        both |= answer.reasons.len() == 2;
    }
    assert!(both);
}

#[test]
fn a_model_that_fails_is_told_and_rules_still_decide() {
    // A network overflows where features are huge: nothing of it is in the rows of packing, so that only serving meets it.
    let mut assessor = opened("network", &spec("refuse", &RULED.replace(r#""fields""#, r#""fallback": "decline", "fields""#)));
    let mut plain = rows()[..FEATURES].to_vec();
    plain[4] = 0.0;
    let huge = |signs: usize| {
        let mut row = plain.clone();
        row.iter_mut().take(4).enumerate().for_each(|(at, value)| *value = if signs >> at & 1 == 1 { 3e38 } else { -3e38 });
        row
    };
    let mut fails = |row: &Vec<f64>| assessor.assess(&Transaction::default(), row, Explain::Always).unwrap().failure.is_some();
    let row = (0..16).map(huge).find(|row| fails(row)).unwrap();
    let answer = assessor.assess(&Transaction::default(), &row, Explain::Always).unwrap();
    assert_eq!(
        (answer.decision, &answer.by, answer.model, answer.failure),
        (Decision::Decline, &By::Fallback, None, Some("score-not-finite"))
    );
    assert!(answer.reasons.is_empty());
    assessor.set_list("trusted", vec!["c1".into()]).unwrap();
    let trusted = Transaction { fields: &[("card", "c1")], ..Transaction::default() };
    assert_eq!(assessor.assess(&trusted, &row, Explain::Always).unwrap().decision, Decision::Approve);
    assert_eq!(
        assessor.assess(&Transaction::default(), &plain, Explain::Always).unwrap().failure,
        None,
        "the next one is judged"
    );
}

#[test]
fn an_answer_is_json() {
    let one = r#""currencies": [{"code": "EUR", "costs": {"margin": 0.1, "review": 300}}], "decide": {"by": "costs"}"#;
    let mut assessor = opened("boosting", &spec("refuse", one));
    let row = rows()[..FEATURES].to_vec();
    let answer = assessor.assess(&Transaction { amount: Some(2_000), ..Transaction::default() }, &row, Explain::Always).unwrap();
    let json = serde_json::to_value(&answer).unwrap();
    let Expected { approve, .. } = answer.model.unwrap().costs.unwrap();
    assert_eq!((json["decision"].as_str(), json["by"].as_str()), (Some(answer.decision.as_str()), Some("model")));
    assert_eq!(json["model"]["costs"]["approve"], approve);
    assert_eq!(json["explained"]["link"], "logistic");
}
