//! What was watched as a page for the person on call: what stands, what was told and what to do first, then every stream and rate.

use super::feedback::{ALPHA, Feedback};
use super::history::Window;
use super::text::{compared, label, total};
use super::visitors;
use super::watch::Watched;
use crate::page::{END, bars, begin, columns, escape, few, line, percent, span, thousands};
use crate::read::value::cell::short;
use nearhand_monitor::{
    Alert, Kind, Latency, Level, PolicyValue, Role, State, Stream, chebyshev, jensen_shannon, kolmogorov_smirnov, psi,
    psi_by_chance, share_interval,
};
use std::fmt::Write as _;

const MORE: &str = ".standing{border-radius:8px;padding:.7em 1.1em;margin:1em 0;border-left:8px solid #2f855a;background:#e8f5ee}\
    .standing b{font-size:1.6em;display:block}.standing.notice{border-color:#2b6cb0;background:#eaf2fb}.standing.warn{border-color:#b7791f;background:#fdf4dd}\
    .standing.fallback,.standing.stop{border-color:#c53030;background:#fdeaea}.standing.waiting{border-color:#718096;background:#edf0f4}.alert{border:1px solid #d5dbe3;border-left:6px solid #2b6cb0;\
    border-radius:6px;padding:.5em 1em;margin:.7em 0}.alert.warn{border-left-color:#b7791f}.alert.fallback,.alert.stop{border-left-color:#c53030}\
    .alert p{margin:.3em 0}.alert.over{opacity:.75}.pill{display:inline-block;border-radius:1em;padding:0 .6em;font-size:.86em;font-weight:600;color:#fff;background:#4a5568}\
    .pill.quiet{background:#2f855a}.pill.notice{background:#2b6cb0}.pill.warn{background:#8f5d14}.pill.fallback,.pill.stop{background:#c53030}\
    figure{border:1px solid #e2e7ee;border-radius:6px;padding:.5em .8em}\
    @media(prefers-color-scheme:dark){.standing{background:#16271e}.standing.notice{background:#152334}.standing.warn{background:#2a2313}\
    .standing.fallback,.standing.stop{background:#331a1a}.standing.waiting{background:#22272e}.alert,figure{border-color:#39424f}}";

/// A p-value that chance reaches once in a thousand looks at one window.
const BY_CHANCE: f64 = 0.001;
/// Alerts that are told whole.
const ALERTS: usize = 50;

/// What to do about a level, in a sentence.
const fn advice(level: Option<Level>, waits: bool) -> &'static str {
    match level {
        None if waits => "Too little was seen for a verdict: this is not quiet. Do rows or reports still arrive?",
        None => "Nothing is wrong that would be sure.",
        Some(Level::Notice) => "Something has changed, and it is sure. Nothing need be done at once.",
        Some(Level::Warn) => "Something has changed more than is tolerated: look at the alerts below.",
        Some(Level::Fallback) => "Answers may be garbage: serve the table or what is popular until the cause is found.",
        Some(Level::Stop) => "The bundle may not be served.",
    }
}

/// The page. `read` says when it was read, in UTC.
pub(super) fn page(watched: &Watched, feedback: Option<&Feedback>, read: &str) -> String {
    let mut page = begin("Monitor", MORE);
    standing(&mut page, watched, read);
    alerts(&mut page, watched);
    streams(&mut page, watched);
    rates(&mut page, watched);
    latency(&mut page, watched);
    watched.quality.iter().for_each(|quality| quality.page(&mut page));
    if let Some(feedback) = feedback {
        visitors::page(&mut page, feedback);
    }
    reading(&mut page, watched);
    page.push_str(END);
    page
}

// Writing to a String cannot fail.

fn standing(page: &mut String, watched: &Watched, read: &str) {
    let (level, waits) = (watched.level(), watched.waits());
    let _ = writeln!(
        page,
        "<div class=\"standing {}\"><b>{}</b>{}</div>\n<p><small>Read at {}. This page does not renew itself: an older one says what was then.</small></p>\n<div class=cards>",
        watched.standing("quiet"),
        level.map_or(if waits { "Waiting" } else { "Quiet" }, |level| match level {
            Level::Notice => "Notice",
            Level::Warn => "Warning",
            Level::Fallback => "Fall back",
            Level::Stop => "Stop",
        }),
        advice(level, waits),
        escape(read)
    );
    let reference = watched.monitor.reference();
    let of = |state: &dyn Fn(State) -> bool| {
        let streams = (0..reference.streams().len()).map(|at| watched.monitor.stream(at));
        streams.chain((0..reference.rates().len()).map(|at| watched.monitor.rate(at))).filter(|s| state(*s)).count()
    };
    let raised = of(&|state| matches!(state, State::Raised(_)));
    for (count, what, bad) in [
        (watched.rows, format!("{}s", watched.unit), false),
        (watched.told.len() as u64, "alerts told".to_owned(), false),
        (raised as u64, "streams and rates that stand out".to_owned(), raised > 0),
        (of(&|state| state == State::Waiting) as u64, "with too little for a verdict".to_owned(), false),
        ((reference.streams().len() + reference.rates().len()) as u64, "watched".to_owned(), false),
    ] {
        let class = if bad { "bad" } else { "good" };
        let _ = write!(page, "<div class={class}><b>{}</b>{what}</div>", thousands(count));
    }
    page.push_str("</div>\n");
    if watched.tally.saturated() {
        page.push_str("<p class=note>A count is larger than fits: somebody sent reports that cannot be.</p>\n");
    }
    for note in &watched.notes {
        let _ = writeln!(page, "<p class=note>{}</p>", escape(&short(note)));
    }
}

/// What an alert's value is.
const fn measure(kind: Kind) -> &'static str {
    match kind {
        Kind::InputDrift | Kind::ScoreDrift | Kind::SlateDrift => "Divergence from the reference (nats)",
        Kind::Schema => "Share that is missing or unknown",
        Kind::Units => "Share beyond all that was seen",
        Kind::RateHigh => "Share of the last occasions",
        Kind::Slow => "Share of slow calls",
        Kind::SameForAll => "Share of visitors with one slate",
        Kind::Stale | Kind::Expired | Kind::ClockWrong => "Age in milliseconds",
        Kind::Calibration => "Share that happened",
        Kind::Change => "Mean since (of a column: the place of the bin, 0 to 1)",
        Kind::Golden => "Engines that did not answer a golden as recorded",
    }
}

fn alerts(page: &mut String, watched: &Watched) {
    if watched.told.is_empty() {
        return;
    }
    page.push_str("<h2>Alerts</h2>\n<p>The worst first; of one subject what was told last. What is over is paler.</p>\n");
    // Of each subject the last one: before it stood at a lower level, or began and was over.
    let mut last: Vec<(u64, &Alert, usize)> = Vec::new();
    for (after, alert) in &watched.told {
        match last.iter_mut().find(|(_, other, _)| other.kind == alert.kind && other.subject == alert.subject) {
            Some(known) => *known = (*after, alert, known.2 + 1),
            None => last.push((*after, alert, 1)),
        }
    }
    let stands = |alert: &Alert| watched.stands(alert);
    last.sort_by(|(a, one, _), (b, two, _)| stands(two).cmp(&stands(one)).then(two.level.cmp(&one.level)).then(a.cmp(b)));
    let left_out = last.len().saturating_sub(ALERTS);
    for (after, alert, times) in last.into_iter().take(ALERTS) {
        let over = if stands(alert) { "" } else { " over" };
        let subject = match (alert.kind, alert.subject.as_str()) {
            (_, "") => "the bundle",
            (Kind::Calibration, "high") => "probabilities above their mean",
            (Kind::Calibration, _) => "probabilities below their mean",
            (_, subject) => subject,
        };
        let _ = writeln!(
            page,
            "<div class=\"alert {level}{over}\"><span class=\"pill {level}\">{level}</span> <b>{}</b> of {} at {} {}{}{}",
            alert.kind.as_str(),
            escape(&short(subject)),
            watched.unit,
            thousands(after),
            if times > 1 { format!(", told {times} times") } else { String::new() },
            if over.is_empty() { "" } else { ", over since" },
            level = alert.level.as_str(),
        );
        let threshold = few(alert.threshold);
        let allowed = match alert.kind {
            Kind::Change => format!("{threshold} before"),
            Kind::Calibration if alert.value < alert.threshold => format!("at least {threshold} would be right at this level"),
            _ => format!("{threshold} is allowed at this level"),
        };
        let _ = write!(page, "<p>{} {}, {allowed}", measure(alert.kind), few(alert.value));
        if let Some(psi) = alert.psi {
            let _ = write!(page, "; PSI {}", few(psi));
        }
        if let Some(evidence) = alert.evidence {
            let _ = write!(page, "; odds against chance e<sup>{evidence:.1}</sup> to 1");
        }
        let reference = watched.monitor.reference();
        let rate = reference.rates().iter().position(|rate| alert.kind == Kind::RateHigh && rate.name == alert.subject);
        let usual = rate.and_then(|at| reference.rates().get(at)).map(|rate| rate.events as f64 / rate.of.max(1) as f64);
        if let Some(usual) = usual {
            let _ = write!(page, "; {} in the reference", few(usual));
        }
        let stream =
            watched.stream_of(alert).and_then(|own| reference.streams().iter().position(|stream| stream.name() == own.name()));
        let place = stream.map(|at| format!("s{at}")).or_else(|| rate.map(|at| format!("r{at}")));
        let link = place.map_or_else(String::new, |place| format!(" <a href=\"#{place}\">Over time</a>"));
        let _ = writeln!(page, ", after {} observations.{link}</p>", thousands(alert.seen));
        if let Some(stream) = watched.stream_of(alert) {
            let labels: Vec<String> = alert.moved.iter().map(|moved| label(stream.bins(), moved.bin)).collect();
            let was: Vec<f64> = alert.moved.iter().map(|moved| moved.reference).collect();
            let now: Vec<f64> = alert.moved.iter().map(|moved| moved.current).collect();
            bars(page, &labels, &was, &now);
        }
        let compared = compared(alert).map_or_else(String::new, |text| format!("; {text}"));
        let _ = writeln!(page, "<p><b>First:</b> {}{compared}.</p></div>", escape(alert.kind.advice()));
    }
    if left_out > 0 {
        let _ = writeln!(page, "<small>and {left_out} more</small>");
    }
}

/// Counts as shares.
fn shares(counts: &[u64]) -> Vec<f64> {
    let all = total(counts).max(1) as f64;
    counts.iter().map(|count| *count as f64 / all).collect()
}

fn pill(state: State) -> String {
    let word = state.as_str();
    format!("<span class=\"pill {word}\">{word}</span>")
}

/// For the order: what stands first.
const fn severity(state: State) -> u8 {
    match state {
        State::Raised(Level::Stop) => 5,
        State::Raised(Level::Fallback) => 4,
        State::Raised(Level::Warn) => 3,
        State::Raised(Level::Notice) => 2,
        State::Quiet => 1,
        State::Waiting => 0,
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Input => "input",
        Role::Score => "score",
        Role::Slate => "slate",
    }
}

const KEY: &str = "<p class=key><i class=was></i>reference<i class=now></i>now</p>\n";

fn streams(page: &mut String, watched: &Watched) {
    let mut all: Vec<(usize, &Stream)> = watched.monitor.reference().streams().iter().enumerate().collect();
    if all.is_empty() {
        return;
    }
    let far = |at: usize, stream: &Stream| psi(stream.counts(), watched.tally.counts(at));
    all.sort_by(|(a, one), (b, two)| {
        let state = |at: usize| severity(watched.monitor.stream(at));
        state(*b).cmp(&state(*a)).then(far(*b, two).total_cmp(&far(*a, one))).then(a.cmp(b))
    });
    page.push_str("<h2>Streams</h2>\n");
    page.push_str(KEY);
    page.push_str("<div class=plots>\n");
    for (at, stream) in all {
        let (was, is) = (stream.counts(), watched.tally.counts(at));
        let seen = total(is);
        let labels: Vec<String> = (0..is.len()).map(|bin| label(stream.bins(), bin)).collect();
        let _ = writeln!(
            page,
            "<figure id=s{at}><figcaption><b>{}</b> {} <small>{}, {} seen</small></figcaption>",
            escape(&short(stream.name())),
            pill(watched.monitor.stream(at)),
            role(stream.role()),
            thousands(seen)
        );
        let about = format!("shares of the bins of {}", short(stream.name()));
        columns(page, &about, &labels, &shares(was), &shares(is));
        let windows = watched.history.windows();
        if let [whole @ .., _] = windows
            && !whole.is_empty()
        {
            // Of a window in which nothing was seen there is none.
            let far = |window: &Window| {
                let is = window.tally.counts(at);
                if total(is) == 0 { f64::NAN } else { psi(was, is) }
            };
            let far: Vec<f64> = windows.iter().map(far).collect();
            // Chance is largest where least was seen; the last window may be shorter, and is left out.
            let least = whole.iter().map(|window| total(window.tally.counts(at))).filter(|seen| *seen > 0).min();
            let chance = least.map(|least| psi_by_chance(was.len(), stream.total(), least, BY_CHANCE));
            line(
                page,
                &format!("PSI of {} over time", short(stream.name())),
                &far,
                chance.filter(|chance| chance.is_finite()),
                watched.ends().each_ref().map(String::as_str),
            );
        }
        if seen == 0 {
            page.push_str("<small>nothing seen yet</small></figure>\n");
            continue;
        }
        let _ = write!(
            page,
            "<small>PSI {} (by chance up to {}), Jensen–Shannon {}, largest share {}",
            few(psi(was, is)),
            few(psi_by_chance(was.len(), stream.total(), seen, BY_CHANCE)),
            few(jensen_shannon(was, is)),
            few(chebyshev(was, is))
        );
        let ordered = stream.bins().ordered();
        if let (Some(was @ [_, ..]), Some(is)) = (was.get(..ordered), is.get(..ordered)) {
            let _ = write!(page, ", Kolmogorov–Smirnov {}", few(kolmogorov_smirnov(was, is)));
        }
        page.push_str("</small>");
        if matches!(watched.monitor.stream(at), State::Raised(_)) {
            page.push_str("<details><summary>Bin by bin</summary>");
            bars(page, &labels, &shares(was), &shares(is));
            page.push_str("</details>");
        }
        page.push_str("</figure>\n");
    }
    page.push_str("</div>\n");
}

fn rates(page: &mut String, watched: &Watched) {
    let all = watched.monitor.reference().rates();
    if all.is_empty() {
        return;
    }
    page.push_str("<h2>Rates</h2>\n<p>The bar is the 95 % interval of what is seen, the mark its middle, the broken line what the reference had.</p>\n<div class=plots>\n");
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(severity(watched.monitor.rate(*at))), *at));
    for at in order {
        let Some(rate) = all.get(at) else { continue };
        let happened = watched.tally.happened(at);
        let usual = rate.events as f64 / rate.of.max(1) as f64;
        let _ = writeln!(
            page,
            "<figure id=r{at}><figcaption><b>{}</b> {} <small>{} of {}</small></figcaption>",
            escape(&short(&rate.name)),
            pill(watched.monitor.rate(at)),
            thousands(happened.events),
            thousands(happened.of)
        );
        let about = short(&rate.name);
        match share_interval(happened.events, happened.of, ALPHA) {
            Some(PolicyValue { mean, low, high }) => {
                let most = (1.2 * high.max(usual)).min(1.0);
                span(page, &format!("interval of {about}"), [low, mean, high], Some(usual), most);
                let _ = writeln!(
                    page,
                    "<small>{} ({} to {}), was {}; the scale ends at {}</small>",
                    percent(mean),
                    percent(low),
                    percent(high),
                    percent(usual),
                    percent(most)
                );
            }
            None => {
                let _ = writeln!(page, "<small>no occasion yet; was {}</small>", percent(usual));
            }
        }
        let windows = watched.history.windows();
        if windows.len() > 1 {
            let share = |window: &Window| {
                let happened = window.tally.happened(at);
                if happened.of == 0 { f64::NAN } else { happened.events as f64 / happened.of as f64 }
            };
            let shares: Vec<f64> = windows.iter().map(share).collect();
            line(page, &format!("{about} over time"), &shares, Some(usual), watched.ends().each_ref().map(String::as_str));
        }
        page.push_str("</figure>\n");
    }
    page.push_str("</div>\n");
}

fn latency(page: &mut String, watched: &Watched) {
    let whole = watched.tally.latency();
    if whole.count() == 0 {
        return;
    }
    let ms = |latency: &Latency, q: f64| latency.quantile(q).map_or(f64::NAN, |micros| micros / 1e3);
    page.push_str("<h2>How long calls took</h2>\n<div class=cards>");
    for (name, q) in [("half within", 0.5), ("90 % within", 0.9), ("99 % within", 0.99), ("99.9 % within", 0.999)] {
        let _ = write!(page, "<div><b>{} ms</b>{name}</div>", few(ms(whole, q)));
    }
    let _ = writeln!(page, "<div><b>{}</b>calls</div></div>\n<div class=plots>", thousands(whole.count()));
    let windows = watched.history.windows();
    if windows.len() > 1 {
        for (name, q) in [("median", 0.5), ("99 %", 0.99)] {
            let values: Vec<f64> = windows.iter().map(|window| ms(window.tally.latency(), q)).collect();
            let _ = write!(page, "<figure><figcaption>{name}, ms</figcaption>");
            line(page, name, &values, None, watched.ends().each_ref().map(String::as_str));
            page.push_str("</figure>\n");
        }
    }
    page.push_str("</div>\n");
}

fn reading(page: &mut String, watched: &Watched) {
    page.push_str("<h2>How to read this</h2>\n<ul>\n");
    let windows = watched.history.windows().len();
    for line in [
        "The level at the top is what stands now. Alarms are bets that stay valid however often one looks: a false one in the whole life of this monitor has the stated probability, and so has one of calibration. A change of a mean is no bet: now and then it is chance."
            .to_owned(),
        "Distances tell how much has moved and are no alarms: the broken line is what chance exceeds in one window of a thousand, of the windows the one in which least was seen.".to_owned(),
        format!("Plots over time have {windows} windows of {}s, in the order in which they were added; the last may be shorter.", watched.unit),
        "Shares are of what was seen, the reference's of what it was made of: of another number of observations.".to_owned(),
    ] {
        let _ = writeln!(page, "<li>{line}</li>");
    }
    page.push_str("</ul>\n");
}
