//! The statistics of what is made.

use super::days::Days;
use super::settings::Settings;
use super::transaction::{DAY_MS, Scenario, Transaction};
use super::write::{COLUMNS, Format};
use super::{Args, run, simulate};
use clap::Parser;
use nearhand::Code;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    args: Args,
}

fn args(flags: &[&str]) -> Args {
    let out: &[&str] = if flags.contains(&"--out") { &[] } else { &["--out", "unused.csv"] };
    Alone::parse_from([&["simulate"], out, flags].concat()).args
}

pub(super) fn settings() -> Settings {
    args(&[]).settings
}

/// The Handbook's world alone: nothing declined, no strangers, no rush, no card testing.
fn plain() -> Settings {
    Settings { strangers: 0, attacks: 0.0, rushes: 0.0, declined: 0.0, ..settings() }
}

fn rows(settings: &Settings) -> Vec<Transaction> {
    let mut days = Days::new(settings, settings.check().unwrap());
    (0..u64::from(settings.days)).flat_map(|day| days.day(day).to_vec()).collect()
}

fn bytes(settings: &Settings, format: Format) -> Vec<u8> {
    let mut to = Vec::new();
    let (written, _) = simulate(settings, settings.check().unwrap(), format, &mut to).unwrap();
    assert_eq!(written.bytes, to.len() as u64);
    to
}

#[test]
fn the_plain_world_has_the_published_statistics() {
    // Of 183 days of 5,000 customers and 10,000 terminals are published: 1,754,155 transactions, .8369 % fraud, of which 978
    // by the first, 9,099 by the second, 4,604 by the third scenario. A third of the days has a third of them, but that the
    // second needs 28 days, and the third 14, until as many are compromised as later.
    let settings = Settings { days: 60, ..plain() };
    let rows = rows(&settings);
    let daily = rows.len() as f64 / 60.0;
    assert!((daily / (1_754_155.0 / 183.0) - 1.0).abs() < 0.03, "{daily} a day");
    let count = |scenario| rows.iter().filter(|row| row.scenario == scenario).count() as f64;
    // Compromised terminal-days: 2 a day, each with 28 days, cut at the end.
    let whole = |days: f64, each: f64| (days - each) * each + each * (each + 1.0) / 2.0;
    let close = |scenario, published: f64, each: f64, within: f64| {
        let wanted = published * whole(60.0, each) / whole(183.0, each);
        assert!((count(scenario) / wanted - 1.0).abs() < within, "{scenario:?} {} for {wanted}", count(scenario));
    };
    close(Scenario::Amount, 978.0, 1.0, 0.25);
    close(Scenario::Terminal, 9_099.0, 28.0, 0.15);
    close(Scenario::Customer, 4_604.0, 14.0, 0.2);
    assert!(rows.iter().all(|row| !row.declined && row.card < 5_000 && row.terminal < 10_000 && row.cents > 0));
    // Times: normal around noon, deviation 20,000 s, what is outside the day is left out: a standard deviation of 18,150 s.
    let seconds: Vec<f64> = rows.iter().map(|row| (row.time_ms % DAY_MS) as f64 / 1000.0).collect();
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let deviation = (seconds.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / seconds.len() as f64).sqrt();
    assert!((mean - 43_200.0).abs() < 200.0, "{mean}");
    let cut = 43_200.0 / 20_000.0f64;
    let (density, inside) = ((-cut * cut / 2.0).exp() / (std::f64::consts::TAU).sqrt(), 1.0 - 2.0 * 0.015_386);
    let truncated = 20_000.0 * (1.0 - 2.0 * cut * density / inside).sqrt();
    assert!((deviation - truncated).abs() < 100.0, "{deviation} for {truncated}");
    // Amounts of honest customers: half their mean amount is the deviation; negative ones are drawn anew, which adds little.
    let mut spent: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    rows.iter().filter(|r| r.scenario != Scenario::Customer).for_each(|r| spent.entry(r.card).or_default().push(r.cents as f64));
    let ratios: Vec<f64> = spent
        .values()
        .filter(|amounts| amounts.len() > 100)
        .map(|amounts| {
            let mean = amounts.iter().sum::<f64>() / amounts.len() as f64;
            (amounts.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / (amounts.len() - 1) as f64).sqrt() / mean
        })
        .collect();
    let ratio = ratios.iter().sum::<f64>() / ratios.len() as f64;
    assert!(ratios.len() > 1_000 && (0.45..0.5).contains(&ratio), "{ratio} of {}", ratios.len());
}

#[test]
fn scenarios_are_what_they_say() {
    let settings = Settings { customers: 400, terminals: 300, days: 50, radius: 12.0, ..plain() };
    let honest = rows(&Settings { compromised_terminals: 0, compromised_customers: 0, ..settings.clone() });
    let rows = rows(&settings);
    assert_eq!(rows.len(), honest.len(), "frauds change nothing of who pays when and where");
    let mut stolen = [0u32; 2];
    for (row, was) in rows.iter().zip(&honest) {
        assert_eq!((row.time_ms, row.card, row.terminal), (was.time_ms, was.card, was.terminal));
        assert_eq!(was.scenario, if was.cents > 22_000 { Scenario::Amount } else { Scenario::Honest });
        assert_eq!(row.cents, if row.scenario == Scenario::Customer { was.cents * 5 } else { was.cents });
    }
    // All that a terminal took while it was compromised is fraud: on each of its days all or nothing (but for stolen cards).
    let mut days: BTreeMap<(u32, i64), BTreeSet<bool>> = BTreeMap::new();
    let mut cards: BTreeMap<u64, BTreeSet<i64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.scenario != Scenario::Customer) {
        days.entry((row.terminal, row.time_ms / DAY_MS)).or_default().insert(row.scenario == Scenario::Terminal);
    }
    assert!(days.values().all(|marks| marks.len() == 1));
    assert!(days.values().filter(|marks| marks.contains(&true)).count() > 500);
    for row in rows.iter().filter(|row| row.scenario == Scenario::Customer) {
        cards.entry(row.card).or_default().insert(row.time_ms / DAY_MS);
    }
    // A third of a compromised customer's transactions between the first and the last that was stolen; those two not counted.
    for row in &rows {
        if let Some(days) = cards.get(&row.card)
            && let (Some(first), Some(last)) = (days.first(), days.last())
            && last - first < 14
            && (first + 1..*last).contains(&(row.time_ms / DAY_MS))
        {
            stolen[usize::from(row.scenario == Scenario::Customer)] += 1;
        }
    }
    let share = f64::from(stolen[1]) / f64::from(stolen[0] + stolen[1]);
    assert!(stolen[1] > 200 && (share - 1.0 / 3.0).abs() < 0.06, "{stolen:?}");
}

#[test]
fn parts_do_not_change_each_other() {
    let plain = Settings { customers: 200, terminals: 200, days: 20, radius: 20.0, ..plain() };
    let with = Settings { attacks: 2.0, ..plain.clone() };
    let (before, after) = (rows(&plain), rows(&with));
    let kept: Vec<_> = after.iter().filter(|row| row.scenario != Scenario::Testing).copied().collect();
    assert_eq!(kept, before);
    assert!(after.len() > before.len() + 1_000);
    let other = rows(&Settings { seed: 2, ..plain });
    assert_ne!(other, before);
}

#[test]
fn card_testing_is_many_small_tries_at_one_terminal() {
    let settings = Settings { customers: 1_000, days: 60, attacks: 1.0, ..settings() };
    let mut attacks: BTreeMap<(u32, i64), Vec<Transaction>> = BTreeMap::new();
    for row in rows(&settings).into_iter().filter(|row| row.scenario == Scenario::Testing) {
        attacks.entry((row.terminal, row.time_ms / DAY_MS)).or_default().push(row);
    }
    // Poisson of mean 60.
    assert!((37..=83).contains(&attacks.len()), "{}", attacks.len());
    let all: Vec<&Transaction> = attacks.values().flatten().collect();
    assert!(all.iter().all(|row| (50..=500).contains(&row.cents)));
    let share = |of: &dyn Fn(&Transaction) -> bool| all.iter().filter(|row| of(row)).count() as f64 / all.len() as f64;
    assert!((0.68..0.82).contains(&share(&|row| row.declined)), "{}", share(&|row| row.declined));
    assert!((0.4..0.6).contains(&share(&|row| row.card >= 1_000)), "cards of nobody");
    let mut one_amount = 0;
    for tries in attacks.values() {
        assert!((1..=200).contains(&tries.len()));
        let cards: BTreeSet<u64> = tries.iter().map(|row| row.card).collect();
        assert!(tries.len() < 20 || cards.len() * 10 > tries.len() * 6, "{} cards of {}", cards.len(), tries.len());
        one_amount += usize::from(tries.iter().all(|row| row.cents == tries[0].cents));
    }
    assert!((attacks.len() / 4..attacks.len() * 3 / 4).contains(&one_amount), "{one_amount}");
}

#[test]
fn rushes_and_declines_are_honest() {
    let settings =
        Settings { customers: 2_000, days: 30, attacks: 0.0, compromised_terminals: 0, compromised_customers: 0, ..settings() };
    let rows = rows(&settings);
    let mut busy: BTreeMap<(u32, i64), usize> = BTreeMap::new();
    rows.iter().for_each(|row| *busy.entry((row.terminal, row.time_ms / 3_600_000)).or_default() += 1);
    let rushes = busy.values().filter(|many| **many >= 20).count();
    assert!((12..90).contains(&rushes), "{rushes} hours of rushes");
    assert!(rows.iter().all(|row| matches!(row.scenario, Scenario::Honest | Scenario::Amount)));
    let first = rows.iter().filter(|row| row.declined).count() as f64 / rows.len() as f64;
    // 2 % are declined, half of those are tried again, of which half are declined, …: .02 · (1 + .25 + .0625 + .0156) of
    // 1 + .02 · (.5 + .125 + .03125).
    assert!((first - 0.0262).abs() < 0.003, "{first}");
    // Who tries again does so at the same terminal, with the same amount, soon.
    let again = rows.iter().enumerate().filter(|(_, row)| row.declined).filter(|(at, row)| {
        let soon = rows[at + 1..].iter().take_while(|later| later.time_ms <= row.time_ms + 180_000);
        soon.into_iter().any(|later| (later.card, later.terminal, later.cents) == (row.card, row.terminal, row.cents))
    });
    let (again, declined) = (again.count() as f64, rows.iter().filter(|row| row.declined).count() as f64);
    assert!((0.4..0.55).contains(&(again / declined)), "{again} of {declined}");
}

#[test]
fn strangers_come_once() {
    let settings = Settings { customers: 1_000, days: 10, attacks: 0.0, rushes: 0.0, declined: 0.0, ..settings() };
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    rows(&settings).iter().filter(|row| row.card >= 1_000).for_each(|row| *seen.entry(row.card).or_default() += 1);
    // 500 a day, of whom 3 % come outside the day's hours; of a thousand million numbers two are hardly the same.
    assert!((4_700..=5_000).contains(&seen.len()) && seen.values().all(|times| *times == 1), "{}", seen.len());
}

#[test]
fn three_formats_hold_the_same() {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;
    let settings = Settings { customers: 100, terminals: 100, days: 10, radius: 30.0, ..settings() };
    let csv = String::from_utf8(bytes(&settings, Format::Csv)).unwrap();
    let json = String::from_utf8(bytes(&settings, Format::JsonLines)).unwrap();
    let parquet = bytes::Bytes::from(bytes(&settings, Format::Parquet));
    let table = SerializedFileReader::new(parquet).unwrap();
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(csv.lines().next().unwrap(), COLUMNS.join(","));
    assert!(lines.len() > 1_000 && lines.len() == json.lines().count());
    for ((line, json), row) in lines.iter().zip(json.lines()).zip(table.get_row_iter(None).unwrap()) {
        let (row, json): (_, serde_json::Value) = (row.unwrap(), serde_json::from_str(json).unwrap());
        let cells: Vec<&str> = line.split(',').collect();
        for (at, (name, cell)) in COLUMNS.iter().zip(&cells).enumerate() {
            match at {
                0..=3 => assert_eq!(
                    (row.get_long(at).unwrap(), json[name].as_i64().unwrap()),
                    (cell.parse().unwrap(), cell.parse().unwrap())
                ),
                4 => assert_eq!(
                    (row.get_double(at).unwrap(), json[name].as_f64().unwrap()),
                    (cell.parse().unwrap(), cell.parse().unwrap())
                ),
                _ => {
                    let flag: i32 = cell.parse().unwrap();
                    assert_eq!((row.get_int(at).unwrap(), json[name].as_i64().unwrap()), (flag, i64::from(flag)));
                }
            }
        }
    }
}

#[test]
fn a_table_of_several_row_groups_is_whole() {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    let settings = Settings { days: 60, ..settings() };
    let table = SerializedFileReader::new(bytes::Bytes::from(bytes(&settings, Format::Parquet))).unwrap();
    assert!(table.num_row_groups() > 2);
    let ids = table.get_row_iter(None).unwrap().map(|row| ::parquet::record::RowAccessor::get_long(&row.unwrap(), 0).unwrap());
    assert!(ids.eq(0..table.metadata().file_metadata().num_rows()));
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let option = |flags: &[&str]| {
        let error = args(flags).settings.check().unwrap_err();
        assert_eq!(error.code(), Code::OptionInvalid);
        error.details()[0].1.clone()
    };
    assert_eq!(option(&["--radius", "NaN"]), "--radius");
    assert_eq!(option(&["--radius=-1"]), "--radius");
    assert_eq!(option(&["--attacks", "1e9"]), "--attacks");
    assert_eq!(option(&["--rushes", "inf"]), "--rushes");
    assert_eq!(option(&["--declined", "1.5"]), "--declined");
    assert_eq!(option(&["--start", "2026-02-30"]), "--start");
    assert_eq!(option(&["--start", "1066-10-14"]), "--start");
    assert_eq!(option(&["--customers", "2", "--compromised-customers", "3"]), "--compromised-customers");
    assert_eq!(option(&["--terminals", "1", "--compromised-terminals", "2"]), "--compromised-terminals");
    assert_eq!(option(&["--customers", "10000000", "--terminals", "10000000"]), "--radius");
    let error = run(&args(&["--out", "transactions.xlsx"])).unwrap_err();
    assert_eq!((error.code(), error.details()[0].1.as_str()), (Code::OptionInvalid, "--out"));
}

#[test]
fn small_and_lonely_worlds_stand() {
    for (customers, terminals, radius) in [(1, 1, 150.0), (1, 1, 0.0), (3, 2, 0.01)] {
        let settings =
            Settings { customers, terminals, radius, days: 3, compromised_terminals: 1, compromised_customers: 1, ..settings() };
        let rows = rows(&settings);
        assert!(rows.is_sorted() && rows.iter().all(|row| row.terminal < terminals));
    }
    // All declined, and tried again as often as anybody does.
    let settings = Settings {
        customers: 50,
        terminals: 50,
        radius: 150.0,
        days: 3,
        declined: 1.0,
        strangers: 0,
        rushes: 0.0,
        attacks: 0.0,
        ..settings()
    };
    assert!(rows(&settings).iter().filter(|row| row.declined).count() > 250);
}
