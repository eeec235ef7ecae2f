//! What each of two policies would earn by the log of the other, beside what it did earn: `./build.sh eval bandit`.
//!
//! Usage: `off_policy RANDOM.csv OTHER.csv`, logs of the Open Bandit Dataset (Saito et al. 2021): the first by chance, the second of a policy
//! whose choice does not go by the visitor. The columns item_id, position, click and propensity_score are read.

use nearhand_monitor::{OffPolicy, PolicyValue, Shown};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

/// Stated of the intervals: 95 %.
const ALPHA: f64 = 0.05;

struct Seen {
    item: u32,
    position: u32,
    click: f64,
    propensity: f64,
}

fn read(path: &str) -> Result<Vec<Seen>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().ok_or("no header")?.split(',').collect();
    let find = |name: &str| head.iter().position(|column| *column == name).ok_or(format!("{path} has no column {name}"));
    let [item, position, click, propensity] = [find("item_id")?, find("position")?, find("click")?, find("propensity_score")?];
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |at: usize| cells.get(at).copied().ok_or(format!("{path}: a short line"));
            let [item, position] = [cell(item)?.parse()?, cell(position)?.parse()?];
            Ok(Seen { item, position, click: cell(click)?.parse()?, propensity: cell(propensity)?.parse()? })
        })
        .collect()
}

fn rate(log: &[Seen]) -> Result<PolicyValue, Box<dyn Error>> {
    let mut own = OffPolicy::new(0.0)?;
    for seen in log {
        own.add(&[Shown { logged: 1.0, target: 1.0, reward: seen.click, foretold: None }])?;
    }
    own.self_normalised(ALPHA).ok_or_else(|| "an empty log".into())
}

fn told(name: &str, log: &OffPolicy, observed: PolicyValue) -> Result<bool, Box<dyn Error>> {
    let found = log.self_normalised(ALPHA).ok_or("an empty log")?;
    let overlap = log.overlap();
    let agrees = found.low <= observed.mean && observed.mean <= found.high;
    println!(
        "bandit {name} snips={:.5} low={:.5} high={:.5} observed={:.5} observed_low={:.5} observed_high={:.5} effective={:.0} rows={:.0} mean_weight={:.3} verdict={:?} agrees={agrees}",
        found.mean,
        found.low,
        found.high,
        observed.mean,
        observed.low,
        observed.high,
        overlap.effective,
        overlap.rows,
        overlap.mean_weight,
        log.reliability()
    );
    Ok(agrees)
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [random, other] = files.as_slice() else { return Err("usage: off_policy RANDOM.csv OTHER.csv".into()) };
    let (random, other) = (read(random)?, read(other)?);
    // By chance each of the items is as likely as any other; the log says so.
    let chance = random.first().ok_or("an empty log")?.propensity;
    let mut of_random = OffPolicy::new(0.0)?;
    for seen in &other {
        of_random.add(&[Shown { logged: seen.propensity, target: chance, reward: seen.click, foretold: None }])?;
    }
    // The policy learnt as it went: over the whole time it showed an item in a place as often as it did.
    let (mut cells, mut places) = (BTreeMap::<_, f64>::new(), BTreeMap::<_, f64>::new());
    for seen in &other {
        *cells.entry((seen.item, seen.position)).or_default() += 1.0;
        *places.entry(seen.position).or_default() += 1.0;
    }
    let mut of_other = OffPolicy::new(0.0)?;
    for seen in &random {
        let target = cells.get(&(seen.item, seen.position)).map_or(0.0, |count| count / places[&seen.position]);
        of_other.add(&[Shown { logged: seen.propensity, target, reward: seen.click, foretold: None }])?;
    }
    let both = told("random-from-other", &of_random, rate(&random)?)? & told("other-from-random", &of_other, rate(&other)?)?;
    if both { Ok(()) } else { Err("an interval does not hold the rate that was observed".into()) }
}
