//! Situations that people have told of with labels that come late, wrongly, for some alone or of one kind, made small.

use nearhand_kernels::random::SplitMix64;
use nearhand_monitor::{Alert, Changes, Kind, Level, OutcomeSettings, Outcomes, State};

fn outcomes() -> Outcomes {
    Outcomes::new(OutcomeSettings::default()).unwrap()
}

/// Tells so many rows, a probability with or without its label each, with a look after each.
fn tell(outcomes: &mut Outcomes, count: usize, mut row: impl FnMut(usize) -> (f64, Option<bool>)) -> Vec<Alert> {
    let mut out = Vec::new();
    for at in 0..count {
        let (p, label) = row(at);
        assert!(outcomes.foretold(p) && label.is_none_or(|happened| outcomes.labelled(p, happened)));
        out.extend(outcomes.look());
    }
    out
}

#[test]
fn a_month_of_a_few_labels_is_no_verdict_though_its_calibration_error_is_large() {
    // Fifty labels on ten bins: an error above 0.1 by chance, over which fixed thresholds alarm each week.
    let (mut random, mut large) = (SplitMix64::new(1), 0);
    for _ in 0..100 {
        let mut outcomes = outcomes();
        assert_eq!(
            tell(&mut outcomes, 50, |_| {
                let p = random.unit();
                (p, Some(random.unit() < p))
            }),
            []
        );
        assert_eq!(outcomes.state(), State::Waiting);
        large += usize::from(outcomes.calibration().expected_error().unwrap() > 0.1);
    }
    assert!(large > 50, "{large} of 100 by chance alone");
}

#[test]
fn labels_for_those_alone_who_were_let_pass_are_no_alarm() {
    // Whoever was above 0.6 was refused, and nothing is known of him. Of the others all comes true.
    let (mut random, mut outcomes) = (SplitMix64::new(2), outcomes());
    let told = tell(&mut outcomes, 6000, |_| {
        let p = random.unit();
        (p, (p < 0.6).then(|| random.unit() < p))
    });
    assert_eq!((told, outcomes.state()), (vec![], State::Quiet));
    // Half of all would have; of those that are labelled three in ten did.
    let (_, rate) = outcomes.calibration().means().unwrap();
    assert!((rate - 0.3).abs() < 0.03);
}

#[test]
fn labels_of_one_kind_have_figures_and_tell_that_the_other_is_lost() {
    let (mut random, mut outcomes) = (SplitMix64::new(3), outcomes());
    // Only frauds are reported: who is honest is never told.
    let told = tell(&mut outcomes, 2000, |_| {
        let p = 0.5 * random.unit();
        (p, Some(random.unit() < p).filter(|fraud| *fraud))
    });
    assert!(
        told.iter().any(|alert| alert.kind == Kind::Calibration && alert.level == Level::Fallback && alert.value == 1.0),
        "{told:?}"
    );
    assert_eq!((outcomes.calibration().means().unwrap().1, outcomes.powered().estimate(0.05)), (1.0, None));
    assert!(outcomes.calibration().brier().unwrap() > 0.4);
}

#[test]
fn a_night_of_labels_is_told_in_the_order_of_its_answers() {
    // The same labels, sorted by their outcome or not: each is bet on by those before.
    for sorted in [false, true] {
        let (mut random, mut outcomes, mut told) = (SplitMix64::new(7), outcomes(), 0);
        for _ in 0..30 {
            let mut answer = || {
                let p = 0.4 * random.unit();
                (p, random.unit() < p)
            };
            let mut night: Vec<(f64, bool)> = (0..200).map(|_| answer()).collect();
            if sorted {
                night.sort_by_key(|(_, fraud)| !fraud);
            }
            for (p, fraud) in night {
                assert!(outcomes.foretold(p) && outcomes.labelled(p, fraud));
                told += outcomes.look().len();
            }
        }
        assert_eq!(told > 0, sorted, "{told}");
    }
}

#[test]
fn labels_joined_to_the_row_below_are_told() {
    let (mut random, mut outcomes, mut last) = (SplitMix64::new(4), outcomes(), false);
    let mut draw = || {
        let p: f64 = if random.unit() < 0.3 { 0.9 } else { 0.1 };
        (p, random.unit() < p)
    };
    assert_eq!(
        tell(&mut outcomes, 2000, |_| {
            let (p, happened) = draw();
            (p, Some(happened))
        }),
        []
    );
    let told = tell(&mut outcomes, 1000, |_| {
        let (p, happened) = draw();
        (p, Some(std::mem::replace(&mut last, happened)))
    });
    // The mean is right: those that were sure are not, and those that were not are.
    let of = |subject: &str| told.iter().filter(|alert| alert.subject == subject).map(|alert| alert.level).max();
    assert_eq!((of("high"), of("low")), (Some(Level::Fallback), Some(Level::Fallback)), "{told:?}");
    assert!(told.iter().all(|alert| (alert.value < alert.threshold) == (alert.subject == "high")));
}

#[test]
fn per_cent_for_shares_and_texts_are_nothing_and_certainties_stay_numbers() {
    let mut outcomes = outcomes();
    assert!(!outcomes.foretold(37.0) && !outcomes.labelled(37.0, true), "whoever tells it counts what was not taken");
    let mut random = SplitMix64::new(5);
    // Rounded to certainty, and wrong once in a hundred.
    let told = tell(&mut outcomes, 3000, |at| (f64::from(at % 2 == 0), Some((at % 2 == 0) != (random.unit() < 0.01))));
    assert!(
        told.iter().all(|alert| alert.value.is_finite() && alert.threshold.is_finite() && alert.evidence.unwrap().is_finite())
    );
    assert!(!told.is_empty(), "never and always are not once in a hundred");
}

#[test]
fn one_change_is_found_once_by_each() {
    // Three levels, as a tutorial has them: two changes, and not one for each look after.
    let (mut random, mut changes) = (SplitMix64::new(6), Changes::default());
    for (level, from) in [(0.8, 0), (0.4, 1000), (0.6, 2000)] {
        (from..from + 1000).for_each(|at| changes.update(at, level + 0.1 * (random.unit() - 0.5)));
    }
    for by in ["adwin", "page-hinkley"] {
        let found: Vec<u64> = changes.found().iter().filter(|change| change.by == by).map(|change| change.at).collect();
        assert!(found.len() == 2 && (1000..1300).contains(&found[0]) && (2000..2500).contains(&found[1]), "{by} {found:?}");
    }
}
