//! False alarms and delays as stated; `cargo run --release -p nearhand-monitor --example simulate` has the large ones.

use super::world::{Fault, HARMFUL, alarming_windows, caught, year_alarms};
use nearhand_monitor::Level;

#[test]
fn windows_without_a_fault_are_quiet() {
    for (seed, n, windows) in [(1, 50, 2000), (2, 100, 1000), (3, 1000, 100)] {
        let alarming = alarming_windows(seed, n, windows);
        assert!(alarming * 1000 <= windows, "{alarming} of {windows} windows of {n}");
    }
}

/// Ten years of 300 predictions a day: more than two with an alarm have a probability of 0.01 at 5 % a year.
#[test]
fn a_year_of_looking_is_quiet() {
    let alarms = (0..10).filter(|seed| year_alarms(100 + seed, 300)).count();
    assert!(alarms <= 2, "{alarms} of 10 years");
}

#[test]
fn harmful_faults_are_caught_within_a_thousand_predictions() {
    for fault in HARMFUL {
        for healthy in [0, 3000] {
            let (noticed, warned, _) = caught(7, healthy, fault, 1000);
            assert!(noticed.is_some() && warned.is_some(), "{fault:?} after {healthy}: {noticed:?} {warned:?}");
        }
    }
}

/// Half a standard deviation of one input: sure that it drifts within a thousand, that it drifts more than is tolerated within
/// five.
#[test]
fn a_slight_shift_is_noticed_and_later_warned_of() {
    let (noticed, warned, _) = caught(7, 3000, Fault::Slight, 5000);
    assert!(noticed.is_some_and(|after| after <= 1000) && warned.is_some(), "{noticed:?} {warned:?}");
}

#[test]
fn harmless_drift_is_no_more_than_noticed() {
    for fault in [Fault::Sunday, Fault::Unused] {
        let (_, warned, highest) = caught(8, 3000, fault, 20_000);
        assert!(warned.is_none() && highest <= Some(Level::Notice), "{fault:?}");
    }
    assert_eq!(caught(8, 3000, Fault::Unused, 1000).2, Some(Level::Notice), "it is told, though");
}
