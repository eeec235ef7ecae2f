//! What can be fitted: which settings of `SignalSpec`, over which values, and which pairs can tell.

use super::Heard;
use nearhand::EventKind;
use nearhand::bundle::SignalSpec;
use nearhand::recommend::GRACE_MS;

/// One question to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// The weight of a kind of event.
    Kind(EventKind),
    /// Reference, least and most of the dwell of views.
    Dwell,
    /// The half-life of gaps.
    Gap,
    /// What dismissed items take from those like them.
    Dismiss,
}

/// All of them, in the order in which they are asked.
pub(super) const SIGNALS: [Signal; 7] = [
    Signal::Kind(EventKind::View),
    Signal::Kind(EventKind::SearchClick),
    Signal::Kind(EventKind::CartAdd),
    Signal::Kind(EventKind::Purchase),
    Signal::Dwell,
    Signal::Gap,
    Signal::Dismiss,
];

/// A setting and its values.
pub(super) type Walk = (fn(&mut SignalSpec) -> &mut f32, &'static [f32]);

const KINDS: [f32; 13] = [0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 12.0];
const DWELL_REFS: [f32; 10] = [2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 22.0, 32.0, 50.0, 80.0];
const DWELL_MINS: [f32; 7] = [0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0];
const DWELL_MAXS: [f32; 7] = [1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0];
/// A quarter of an hour to a month.
const HALF_LIVES: [f32; 10] = [900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0, 259_200.0, 864_000.0, 2_592_000.0];
const DISMISSALS: [f32; 7] = [0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0];

impl Signal {
    /// The settings with their values.
    pub(super) fn walks(self) -> Vec<Walk> {
        match self {
            Self::Kind(EventKind::SearchClick) => vec![(|s| &mut s.search_click, &KINDS)],
            Self::Kind(EventKind::CartAdd) => vec![(|s| &mut s.cart_add, &KINDS)],
            Self::Kind(EventKind::Purchase) => vec![(|s| &mut s.purchase, &KINDS)],
            Self::Kind(_) => vec![(|s| &mut s.view, &KINDS)],
            Self::Dwell => vec![
                (|s| &mut s.dwell_ref_s, &DWELL_REFS),
                (|s| &mut s.dwell_min, &DWELL_MINS),
                (|s| &mut s.dwell_max, &DWELL_MAXS),
            ],
            Self::Gap => vec![(|s| &mut s.half_life_s, &HALF_LIVES)],
            Self::Dismiss => vec![(|s| &mut s.dismiss, &DISMISSALS)],
        }
    }

    /// Where walks begin, beside the settings as they are. Dwell has three settings that only move together: it tells
    /// nothing, or much.
    pub(super) fn starts(self, now: &SignalSpec) -> Vec<SignalSpec> {
        let mut starts = vec![*now];
        if self == Self::Dwell {
            starts.push(SignalSpec { dwell_min: 1.0, dwell_max: 1.0, ..*now });
            starts.extend([5.0, 20.0].map(|dwell_ref_s| SignalSpec { dwell_ref_s, dwell_min: 0.1, dwell_max: 4.0, ..*now }));
        }
        starts
    }

    /// The signal made dumb: one weight for all views, however long they were looked at.
    pub(super) fn dumb(self, now: &SignalSpec) -> Vec<SignalSpec> {
        let constants: &[f32] = if self == Self::Dwell { &[0.0, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 8.0] } else { &[] };
        constants.iter().map(|&weight| SignalSpec { dwell_min: weight, dwell_max: weight, ..*now }).collect()
    }

    /// Whether the settings say that the signal tells nothing: a measured dwell weighs as an unknown one.
    pub(super) fn is_dumb(self, signals: &SignalSpec) -> bool {
        self != Self::Dwell || (signals.dwell_min, signals.dwell_max) == (1.0, 1.0)
    }

    /// The settings at their defaults, the others as they are.
    pub(super) fn reset(self, now: &SignalSpec) -> SignalSpec {
        let (mut reset, mut default) = (*now, SignalSpec::default());
        self.walks().iter().for_each(|(setting, _)| *setting(&mut reset) = *setting(&mut default));
        reset
    }

    /// Whether another weight could change how the `last` events compare: what all of them share tells nothing.
    pub(super) fn can_tell(self, heard: &Heard, last: usize) -> bool {
        let visits = heard.visits.get(heard.visits.len().saturating_sub(last)..).unwrap_or_default();
        let newest = visits.last().map_or(0, |visit| visit.at_ms);
        match self {
            Self::Kind(kind) => {
                let of_kind = visits.iter().filter(|visit| visit.kind == kind).count();
                0 < of_kind && of_kind < visits.len()
            }
            Self::Dwell => visits.len() > 1 && visits.iter().any(|v| v.kind == EventKind::View && v.dwell_ms > 0),
            Self::Gap => visits.iter().any(|visit| newest.saturating_sub(visit.at_ms) > GRACE_MS),
            Self::Dismiss => !heard.dismissed.is_empty(),
        }
    }

    /// The signal's name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kind(EventKind::SearchClick) => "search_click",
            Self::Kind(EventKind::CartAdd) => "cart_add",
            Self::Kind(EventKind::Purchase) => "purchase",
            Self::Kind(_) => "view",
            Self::Dwell => "dwell",
            Self::Gap => "half_life_s",
            Self::Dismiss => "dismiss",
        }
    }

    /// Its settings in words: `4`, or `ref 5 s, 0.1 to 4` for dwell.
    pub(super) fn words(self, signals: &SignalSpec) -> String {
        let mut signals = *signals;
        match self {
            Self::Dwell => format!("ref {} s, {} to {}", signals.dwell_ref_s, signals.dwell_min, signals.dwell_max),
            _ => self.walks().first().map(|(setting, _)| setting(&mut signals).to_string()).unwrap_or_default(),
        }
    }
}
