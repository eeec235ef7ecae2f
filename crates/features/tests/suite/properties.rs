//! Random events, in order and out of it, repeated, labelled, peeked at and restored, against brute force.

use crate::brute::Brute;
use crate::{Dice, EVERYTHING, everything};
use nearhand_features::{Answer, Columns, Event, Outcome, Spec, Windows};

/// How events come.
struct World {
    cards: u64,
    shops: u64,
    /// Largest step of time, and how far behind an event may be.
    step: u64,
    behind: u64,
}

fn run(spec: &Spec, seed: u64, events: usize, world: &World) -> Windows {
    let (mut dice, mut windows, mut brute) = (Dice(seed), Windows::new(spec.clone()), Brute::new(spec));
    let (mut now, mut outcomes) = (0_i64, Vec::new());
    for n in 0..events {
        now += dice.below(world.step) as i64;
        // Two times in three what came is in order.
        let behind = if dice.below(3) == 0 { dice.below(world.behind) as i64 } else { 0 };
        let name = |of: &str, n: u64| if n == 0 { String::new() } else { format!("{of}{n}") };
        let (card, shop) = (name("c", dice.below(world.cards)), name("s", dice.below(world.shops)));
        // Now and then an id of before.
        let id = if n > 0 && dice.below(12) == 0 {
            format!("{}", n - 1 - dice.below(60.min(n as u64)) as usize)
        } else {
            format!("{n}")
        };
        let (keys, amounts) = ([card.as_str(), shop.as_str()], [dice.below(12) as i64 * 75 - 200]);
        let time = (now - behind).max(0);
        let event = Event { time, id: &id, keys: &keys, amounts: &amounts, flags: dice.below(4) as u32, ..Event::default() };
        match dice.below(10) {
            0 => {
                let far = Event { time: time + dice.below(400) as i64, id: "none", ..event };
                compare(spec, &windows.peek(&far).unwrap(), &brute.peek(&far), n);
            }
            1 => windows = Windows::restore(spec.clone(), &windows.snapshot()).unwrap(),
            2 => {
                // What comes next, what was there, what never comes, and more than is looked at: the answers stay those of brute force.
                let keys = [[&card, "c1", "nobody", ""], ["", "s1", &shop, "nobody"]];
                windows
                    .look_ahead([&id, "0", "", "none"].into_iter(), keys.iter().map(|key| key.iter().copied().cycle().take(20)));
            }
            _ => {}
        }
        let answer = windows.observe(&event).unwrap();
        outcomes.push(answer.seen.outcome);
        compare(spec, &answer, &brute.observe(&event), n);
        if dice.below(2) == 0 {
            let (id, fraud) = (dice.below(n as u64 + 2).to_string(), dice.below(2) == 0);
            let at = now + dice.below(200) as i64 - 100;
            assert_eq!(windows.label(&id, fraud, at), brute.label(&id, fraud, at), "label {id} at {n}");
        }
    }
    for outcome in [Outcome::Observed, Outcome::Duplicate, Outcome::Late] {
        let count = outcomes.iter().filter(|o| **o == outcome).count();
        assert!(count > events / 200, "{} of {events} are {}", count, outcome.as_str());
    }
    windows
}

fn compare(spec: &Spec, answer: &Answer, (outcome, features, capped): &(Outcome, Vec<f64>, bool), n: usize) {
    assert_eq!((answer.seen.outcome, answer.seen.capped), (*outcome, *capped), "event {n}");
    assert_eq!(answer.features.len(), features.len());
    for ((got, want), feature) in answer.features.iter().zip(features).zip(spec.features()) {
        let near = feature.name.contains("zscore") || feature.name == "entropy";
        let same = got.to_bits() == want.to_bits() || (got - want).abs() <= if near { 1e-9 * want.abs().max(1.0) } else { 0.0 };
        assert!(same, "event {n}, {}: {got}, not {want}", feature.name);
    }
}

#[test]
fn answers_are_those_of_brute_force() {
    let spec = everything("");
    for seed in 0..3 {
        let windows = run(&spec, seed, 2000, &World { cards: 4, shops: 6, step: 20, behind: 60 });
        assert_eq!(windows.counts().events_forgotten + windows.counts().keys_forgotten, 0);
        // Crowded: dozens of events a window, many at one time.
        run(&spec, seed, 2000, &World { cards: 3, shops: 3, step: 3, behind: 50 });
    }
}

#[test]
fn limits_forget_the_oldest_and_say_so() {
    let spec = everything(r#""limits": {"events_per_key": 5, "keys": 3},"#);
    for seed in 0..3 {
        let windows = run(&spec, seed, 2000, &World { cards: 6, shops: 8, step: 8, behind: 60 });
        assert!(windows.counts().events_forgotten > 100 && windows.counts().keys_forgotten > 100, "{:?}", windows.counts());
    }
}

/// Columns that a log may be without; ids are where the specification declares them.
#[derive(Clone, Copy, Debug)]
struct Given {
    labels: bool,
    flags: bool,
}

/// So many events at a time, as columns and one by one, on two states that go on: the same answers, and the same states to the byte.
fn columns_against_events(spec: &Spec, rows: usize, given: Given) {
    let (mut dice, mut now, mut labelled, mut repeated) = (Dice(rows as u64), 0_i64, 0, 0);
    let (mut together, mut apart) = (Windows::new(spec.clone()), Windows::new(spec.clone()));
    let has_ids = spec.id().is_some();
    for round in 0..1 + 300 / rows {
        let mut times = Vec::new();
        for _ in 0..rows {
            now += dice.below(12) as i64;
            times.push((now - if dice.below(3) == 0 { dice.below(60) as i64 } else { 0 }).max(0));
        }
        let mut some = |of: &str, most: u64| -> Vec<String> {
            (0..rows).map(|_| dice.below(most)).map(|n| if n == 0 { String::new() } else { format!("{of}{n}") }).collect()
        };
        let (cards, shops) = (some("c", 5), some("s", 6));
        // Most are new, some were there a moment ago.
        let ids: Vec<String> =
            (0..rows).map(|row| format!("{}", (round * rows + row) as u64 - u64::from(row > 0 && dice.below(6) == 0))).collect();
        let amounts: Vec<i64> = (0..rows).map(|_| dice.below(12) as i64 * 75 - 200).collect();
        let flags: Vec<u32> = (0..rows).map(|_| dice.below(4) as u32).collect();
        let labels: Vec<_> =
            (0..rows).map(|_| (dice.below(2) == 0).then(|| (dice.below(2) == 0, now + dice.below(200) as i64 - 100))).collect();
        let [cards, shops, ids] = [&cards, &shops, &ids].map(|column| column.iter().map(String::as_str).collect::<Vec<_>>());
        let keys = [&cards[..], &shops[..]];
        let columns = Columns {
            times: &times,
            ids: if has_ids { &ids } else { &[] },
            keys: &keys,
            amounts: &[&amounts],
            flags: if given.flags { &flags } else { &[] },
            currency: "",
            labels: if given.labels { &labels } else { &[] },
        };
        let features = spec.features().len();
        // A number that no feature has: where there are none it stays.
        let (mut out, mut told) = (vec![-7.125; rows * features], Vec::new());
        together.observe_all(&columns, &mut out, &mut |row, seen| told.push((row, seen.outcome, seen.capped))).unwrap();
        for (row, out) in out.chunks(features).enumerate() {
            let (id, keys) = (if has_ids { ids[row] } else { "" }, [cards[row], shops[row]]);
            let flags = if given.flags { flags[row] } else { 0 };
            let event = Event { time: times[row], id, keys: &keys, amounts: &[amounts[row]], flags, ..Event::default() };
            let answer = apart.observe(&event).unwrap();
            assert_eq!(told[row], (row, answer.seen.outcome, answer.seen.capped), "{rows} {given:?} {round}");
            let mut want = vec![-7.125; features];
            want.iter_mut().zip(&answer.features).for_each(|(place, value)| *place = *value);
            let bits = |list: &[f64]| list.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(out), bits(&want), "{rows} {given:?} {round}, row {row}");
            repeated += usize::from(answer.seen.outcome == Outcome::Duplicate);
            let label = labels[row].filter(|_| given.labels && has_ids && answer.seen.outcome == Outcome::Observed);
            if let Some((fraud, at)) = label {
                apart.label(id, fraud, at);
                labelled += 1;
            }
        }
        assert_eq!(told.len(), rows);
        assert!(together.snapshot() == apart.snapshot(), "{rows} {given:?} {round}: the states differ");
    }
    assert_eq!((repeated > 3, labelled > 30), (has_ids && rows > 1, has_ids && given.labels), "{rows}: {repeated} {labelled}");
}

/// A log of columns, at times with an event that is refused at its end, on one thread and on several: the same answers, the same refusal and the same
/// state to the byte.
fn threads_against_one(spec: &Spec, seed: u64, rows: usize, threads: usize) -> (Windows, Vec<Outcome>) {
    let (mut dice, mut now, mut outcomes) = (Dice(seed), 0_i64, Vec::new());
    let (mut one, mut many) = (Windows::new(spec.clone()), Windows::new(spec.clone()));
    for round in 0..2 {
        let mut times = Vec::new();
        for _ in 0..rows {
            now += dice.below(4) as i64;
            times.push((now - if dice.below(3) == 0 { dice.below(60) as i64 } else { 0 }).max(0));
        }
        let keys: Vec<Vec<String>> = (0..spec.keys().len() as u64)
            .map(|key| {
                (0..rows).map(|_| dice.below(5 + 3 * key)).map(|n| if n == 0 { String::new() } else { n.to_string() }).collect()
            })
            .collect();
        // Repeats of a moment ago, of a batch ago, and of before these columns.
        let far = [0, 0, 0, 0, 0, 0, 1, 1, 20, 200, 600, 3000];
        let ids: Vec<String> = (0..rows)
            .map(|row| (round * rows + row) as u64)
            .map(|n| n.saturating_sub(far[dice.below(12) as usize]).to_string())
            .collect();
        let amounts: Vec<i64> = (0..rows).map(|_| dice.below(12) as i64 * 75 - 200).collect();
        let flags: Vec<u32> = (0..rows).map(|_| dice.below(4) as u32).collect();
        let labels: Vec<_> = times
            .iter()
            .map(|time| (dice.below(3) > 0).then(|| (dice.below(2) == 0, time + dice.below(250) as i64 - 50)))
            .collect();
        let keys: Vec<Vec<&str>> = keys.iter().map(|column| column.iter().map(String::as_str).collect()).collect();
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let keys: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
        let fault = (round == 1).then(|| rows - 1 - dice.below(700) as usize);
        if let Some(row) = fault {
            ids[row] = "";
        }
        let columns =
            Columns { times: &times, ids: &ids, keys: &keys, amounts: &[&amounts], flags: &flags, currency: "", labels: &labels };
        let (mut out, mut told) = (vec![vec![-7.125; rows * spec.features().len()]; 2], [Vec::new(), Vec::new()]);
        let (of_one, of_many) = out.split_at_mut(1);
        let said = [
            one.observe_all(&columns, &mut of_one[0], &mut |row, seen| told[0].push((row, seen))),
            many.observe_all_on(threads, &columns, &mut of_many[0], &mut |row, seen| told[1].push((row, seen))),
        ];
        assert!(said[0] == said[1] && said[0].is_err() == fault.is_some(), "{said:?}, the fault is at {fault:?}");
        assert_eq!(told[0].len(), fault.unwrap_or(rows), "every row before it is told");
        let differs = (0..rows).find(|row| told[0].get(*row) != told[1].get(*row));
        assert_eq!(differs, None, "{seed} {round}: {:?}", differs.map(|row| (told[0].get(row), told[1].get(row))));
        let differs = (0..out[0].len()).find(|at| out[0][*at].to_bits() != out[1][*at].to_bits());
        let place = differs
            .map(|at| (at / spec.features().len(), &spec.features()[at % spec.features().len()].name, out[0][at], out[1][at]));
        assert_eq!(place, None, "{seed} {round}");
        assert_eq!(one.counts(), many.counts(), "{seed} {round}");
        assert!(one.snapshot() == many.snapshot(), "{seed} {round}: the states differ");
        outcomes.extend(told[0].iter().map(|(_, seen)| seen.outcome));
    }
    (one, outcomes)
}

/// Two thirds of all features, with those that others ask for.
fn some_of_everything(dice: &mut Dice, limits: &str, keys: &str) -> Spec {
    let text = EVERYTHING.replace("LIMITS", limits).replace(r#""keys": ["card", "shop"]"#, keys);
    let text = if keys.contains("repeats") { text.replace(r#" "repeats": "300ms","#, "") } else { text };
    let asked = ["count", "count late", "risk", "velocity"].map(|name| format!(r#"{{"name": "{name}","#));
    let asked = |line: &str| asked.iter().any(|name| line.contains(name));
    let kept = |line: &&str| !line.trim_start().starts_with(r#"{"name": "#) || asked(line) || dice.below(3) > 0;
    Spec::from_json(&text.lines().filter(kept).collect::<Vec<_>>().join("\n")).unwrap()
}

#[test]
fn threads_change_no_bit() {
    let (mut dice, mut outcomes) = (Dice(16), Vec::new());
    let whole = r#""keys": ["card", "shop"]"#;
    // Answers are forgotten before they are back, as ids are before, and later than the columns before.
    for (seed, repeats) in (0..).zip(["300ms", "60ms", "20s", "1ms"]) {
        let keys = format!(r#"{whole}, "repeats": "{repeats}""#);
        let spec = some_of_everything(&mut dice, "", &keys);
        // Fewer batches than may be on their way, and more.
        outcomes.extend(threads_against_one(&spec, seed, [1025, 4000][seed as usize % 2], 2).1);
    }
    for outcome in [Outcome::Observed, Outcome::Duplicate, Outcome::Repeated, Outcome::Late] {
        let count = outcomes.iter().filter(|o| **o == outcome).count();
        assert!(count > 200, "{count} are {}", outcome.as_str());
    }
    // More keys than threads, and fewer, one of them without features of its own.
    for threads in [2, 8] {
        let keys = r#""keys": ["card", "till", "shop"]"#;
        threads_against_one(&some_of_everything(&mut dice, "", keys), 9, 2000, threads);
    }
    // Where the oldest are forgotten, in every place.
    for limits in [r#""events_per_key": 5, "keys": 3, "ids": 100, "labels": 30"#, r#""events": 40, "ids": 20, "labels": 6"#] {
        let spec = some_of_everything(&mut dice, &format!(r#""limits": {{{limits}}},"#), whole);
        let counts = threads_against_one(&spec, 5, 3000, 2).0.counts();
        assert!(counts.ids_forgotten > 100 && counts.labels_refused > 100, "{counts:?}");
        assert!(counts.events_forgotten + counts.keys_forgotten > 100, "{counts:?}");
    }
}

/// Of fewer, as many and more events than are looked at ahead at once.
#[test]
fn columns_answer_as_events_one_by_one() {
    let spec = everything("");
    let kept = |line: &&str| !line.contains(r#""kind": "frauds""#) && !line.contains(r#""kind": "risk""#);
    let text = EVERYTHING
        .replace("LIMITS", "")
        .replace(r#""id": "id", "#, "")
        .replace(r#""label": {"name": "fraud", "delay": "0s"}, "#, "");
    let nameless = Spec::from_json(&text.lines().filter(kept).collect::<Vec<_>>().join("\n")).unwrap();
    for rows in [1, Windows::AHEAD - 1, Windows::AHEAD, Windows::AHEAD + 1, 2 * Windows::AHEAD + 1] {
        for (labels, flags) in [(true, true), (false, true), (true, false), (false, false)] {
            columns_against_events(&spec, rows, Given { labels, flags });
            columns_against_events(&nameless, rows, Given { labels, flags });
        }
    }
    // Where the oldest are forgotten.
    let few = everything(r#""limits": {"events_per_key": 5, "keys": 3, "ids": 20, "labels": 6},"#);
    columns_against_events(&few, 33, Given { labels: true, flags: true });
}
