//! Hard rules, judged.

use super::lists::Lists;
use super::transaction::Transaction;
use crate::assess::spec::{Condition, Rule, Spec};
use crate::assess::words::Decision;

/// What a condition looks at.
#[derive(Clone, Copy, Debug)]
enum On {
    Feature(usize),
    Amount,
    Currency,
    Field(usize),
}

/// The rules of a spec, names found.
#[derive(Clone, Debug)]
pub(in crate::assess) struct Rules {
    /// Of each rule, what each of its conditions looks at.
    on: Vec<Vec<On>>,
}

impl Rules {
    /// Of a spec that was checked.
    pub(in crate::assess) fn new(spec: &Spec) -> Self {
        let on = |condition: &Condition| match (&condition.feature, condition.field.as_deref()) {
            (Some(name), _) => On::Feature(spec.feature(name).unwrap_or(usize::MAX)),
            (None, Some("amount")) => On::Amount,
            (None, Some("currency")) => On::Currency,
            (None, field) => On::Field(spec.fields.iter().position(|f| Some(f.as_str()) == field).unwrap_or(usize::MAX)),
        };
        Self { on: spec.rules.iter().map(|rule| rule.when.iter().map(on).collect()).collect() }
    }

    /// Places of the rules that hold, in order. `features` are those of the spec, `currency` is the place of the transaction's.
    pub(in crate::assess) fn hold(
        &self,
        spec: &Spec,
        lists: &Lists,
        transaction: &Transaction<'_>,
        currency: Option<usize>,
        features: &[f64],
    ) -> Vec<usize> {
        let currency = currency.and_then(|at| spec.currencies.get(at)).map(|currency| currency.code.as_str());
        let currency = currency.or(transaction.currency);
        let holds = |rule: &Rule, on: &[On]| {
            rule.when.iter().zip(on).all(|(condition, on)| match *on {
                On::Feature(at) => number(condition, features.get(at).copied().filter(|v| !v.is_nan())),
                On::Amount => {
                    let in_it = condition.currency.is_none() || condition.currency.as_deref() == currency;
                    number(condition, transaction.amount.filter(|_| in_it).map(|amount| amount as f64))
                }
                On::Currency => text(condition, currency, lists),
                On::Field(at) => text(condition, spec.fields.get(at).and_then(|name| transaction.field(name)), lists),
            })
        };
        let rules = spec.rules.iter().zip(&self.on).enumerate();
        rules.filter(|(_, (rule, on))| holds(rule, on)).map(|(at, _)| at).collect()
    }
}

fn number(condition: &Condition, value: Option<f64>) -> bool {
    if condition.missing.is_some_and(|missing| missing != value.is_none()) {
        return false;
    }
    if !condition.is_numeric() {
        return true;
    }
    value.is_some_and(|v| {
        condition.lt.is_none_or(|t| v < t)
            && condition.lte.is_none_or(|t| v <= t)
            && condition.gt.is_none_or(|t| v > t)
            && condition.gte.is_none_or(|t| v >= t)
    })
}

fn text(condition: &Condition, value: Option<&str>, lists: &Lists) -> bool {
    if condition.missing.is_some_and(|missing| missing != value.is_none()) {
        return false;
    }
    if !condition.is_textual() {
        return true;
    }
    let one_of = |texts: &Vec<String>, v: &str| texts.iter().any(|text| text == v);
    value.is_some_and(|v| {
        condition.is.as_ref().is_none_or(|texts| one_of(texts, v))
            && condition.is_not.as_ref().is_none_or(|texts| !one_of(texts, v))
            && condition.within.as_ref().is_none_or(|list| lists.has(list, v))
            && condition.not_in.as_ref().is_none_or(|list| !lists.has(list, v))
    })
}

/// What rules make of the model's decision, and which rule decides: one that declines before one that approves, before one that asks
/// for review where the model's decision is milder. Of several of a kind the first.
pub(in crate::assess) fn decided(rules: &[Rule], holding: &[usize], model: Decision) -> (Decision, Option<usize>) {
    let first = |then: Decision| holding.iter().copied().find(|at| rules.get(*at).is_some_and(|rule| rule.then == then));
    if let Some(at) = first(Decision::Decline) {
        return (Decision::Decline, Some(at));
    }
    if let Some(at) = first(Decision::Approve) {
        return (Decision::Approve, Some(at));
    }
    match first(Decision::Review) {
        Some(at) if model < Decision::Review => (Decision::Review, Some(at)),
        _ => (model, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        Spec::parse(
            r#"{
            "features": [{"name": "count_1h", "model": false}, {"name": "x"}],
            "fields": ["card", "country"],
            "currencies": [{"code": "EUR"}, {"code": "JPY", "decimals": 0}],
            "decide": {"by": "thresholds", "review": 0.5},
            "lists": [{"name": "blocked", "keys": ["c9"]}, {"name": "trusted", "keys": ["c1", "c9"]}],
            "rules": [
                {"code": "R-AMOUNT", "then": "review", "when": [{"field": "amount", "currency": "EUR", "gt": 50000}]},
                {"code": "R-SPEED", "then": "review", "when": [{"feature": "count_1h", "gte": 5, "lt": 100}, {"field": "country", "is_not": ["DE"]}]},
                {"code": "R-TRUST", "then": "approve", "when": [{"field": "card", "in": "trusted"}]},
                {"code": "R-BLOCK", "then": "decline", "when": [{"field": "card", "in": "blocked"}]},
                {"code": "R-NOCARD", "then": "review", "when": [{"field": "card", "missing": true}]},
                {"code": "R-ABROAD", "then": "review", "when": [{"field": "currency", "is": ["JPY"]}, {"field": "card", "not_in": "trusted"}]}
            ]}"#,
        )
        .unwrap()
    }

    fn codes(transaction: &Transaction<'_>, features: &[f64]) -> Vec<String> {
        let spec = spec();
        let lists = Lists::new(&spec).unwrap();
        let (_, currency) = transaction.money(&spec).unwrap();
        let holding = Rules::new(&spec).hold(&spec, &lists, transaction, currency, features);
        holding.iter().map(|at| spec.rules[*at].code.clone()).collect()
    }

    #[test]
    fn conditions_by_hand() {
        let eur = |amount, fields| Transaction { amount: Some(amount), currency: Some("EUR"), fields };
        assert_eq!(codes(&eur(50_000, &[("card", "c2")]), &[0.0, 0.0]), [""; 0]);
        assert_eq!(codes(&eur(50_001, &[("card", "c2")]), &[0.0, 0.0]), ["R-AMOUNT"]);
        // Yen are no euros.
        let yen = Transaction { amount: Some(90_000), currency: Some("JPY"), fields: &[("card", "c2")] };
        assert_eq!(codes(&yen, &[0.0, 0.0]), ["R-ABROAD"]);
        assert_eq!(codes(&Transaction { fields: &[("card", "c1")], ..yen }, &[0.0, 0.0]), ["R-TRUST"]);
        // Both conditions, from 5 on and below 100; without a country `is_not` does not hold.
        let abroad: &[(&str, &str)] = &[("card", "c2"), ("country", "FR")];
        for (count, holds) in [(4.9, false), (5.0, true), (99.0, true), (100.0, false), (f64::NAN, false)] {
            assert_eq!(!codes(&eur(1, abroad), &[count, 0.0]).is_empty(), holds, "{count}");
        }
        assert_eq!(codes(&eur(1, &[("card", "c2")]), &[9.0, 0.0]), [""; 0]);
        assert_eq!(codes(&eur(1, &[]), &[0.0, 0.0]), ["R-NOCARD"]);
        assert_eq!(codes(&eur(1, &[("card", "c9")]), &[0.0, 0.0]), ["R-TRUST", "R-BLOCK"]);
    }

    /// Where the bundle declares one currency, an amount without a code is in that one.
    #[test]
    fn the_only_currency_need_not_be_named() {
        let spec = Spec::parse(
            r#"{"features": [{"name": "x"}], "currencies": [{"code": "EUR"}], "decide": {"by": "thresholds", "review": 0.5},
            "rules": [{"code": "R", "then": "review", "when": [{"field": "amount", "currency": "EUR", "gt": 10}, {"field": "currency", "is": ["EUR"]}]}]}"#,
        )
        .unwrap();
        let hold = |transaction: Transaction<'_>| {
            let (_, currency) = transaction.money(&spec).unwrap();
            Rules::new(&spec).hold(&spec, &Lists::default(), &transaction, currency, &[0.0])
        };
        let eleven = Transaction { amount: Some(11), ..Transaction::default() };
        assert_eq!(hold(eleven), [0]);
        assert_eq!(hold(Transaction { currency: Some("EUR"), ..eleven }), [0]);
        assert!(hold(Transaction { amount: None, ..eleven }).is_empty());
    }

    #[test]
    fn precedence_is_not_the_order() {
        let rules = spec().rules;
        let (amount, trust, block) = (0, 2, 3);
        use Decision::{Approve, Decline, Review};
        for (holding, model, want) in [
            (vec![], Decline, (Decline, None)),
            (vec![amount], Approve, (Review, Some(amount))),
            (vec![amount], Decline, (Decline, None)),
            (vec![amount, trust], Decline, (Approve, Some(trust))),
            (vec![amount, trust, block], Approve, (Decline, Some(block))),
            (vec![block], Decline, (Decline, Some(block))),
        ] {
            assert_eq!(decided(&rules, &holding, model), want);
        }
    }
}
