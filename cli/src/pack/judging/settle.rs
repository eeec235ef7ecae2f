//! Which way to read a graph is right: every way is run on sessions, and the one that finds what came next is taken.
//!
//! ```text
//! loss(way)  = mean over questions of ln(place of the item that came next among all, by the graph's values)
//! z(a, b)    = mean d / (sd d / √n),  d = ln place under b − ln place under a, question by question
//! ```
//! A way is better than another where z is at least 3, a paired test. Ways that answer alike make no difference. Where
//! neither holds the sessions do not tell, and it is asked for.

use crate::pack::judging::asked::{Question, place};
use crate::pack::judging::loss::Loss;
use crate::pack::meaning::reading::Reading;
use crate::pack::meaning::way::{Matter, Way};
use crate::pack::running::adapt::Answered;
use crate::pack::running::probe::{Export, Loaded};
use nearhand::{Code, Error, Result};

/// How a matter was settled.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) what: String,
    pub(crate) way: Way,
    pub(crate) why: String,
    /// Whether the sessions tell it, but not by much.
    pub(crate) narrow: bool,
}

/// What a way is measured by.
pub(crate) enum Judge<'a> {
    /// What came next in sessions.
    Next(&'a [Question]),
    /// The tops that the export's own runtime answers.
    Tops(&'a crate::pack::judging::expect::Expected),
}

/// What one way answers to each question.
type Losses = Vec<Loss>;

/// Questions of the first round, of the second, and how many ways are left for it. All are asked where these do not tell.
const FIRST: usize = 16;
const SECOND: usize = 200;
const LEFT: usize = 6;
/// More combinations than this are not all tried: one matter at a time is.
const MOST: usize = 128;
/// Times that the best may be bettered with one thing changed.
const ROUNDS: usize = 16;
/// Fewer questions tell nothing.
const FEWEST: usize = 10;
/// What a paired test takes for a difference.
const SURE: f64 = 3.0;
/// From where on it is beyond doubt.
const WIDE: f64 = 5.0;

/// A reading with all matters settled, and how.
pub(crate) struct Found {
    pub(crate) reading: Reading,
    pub(crate) settled: Vec<Settled>,
    losses: Losses,
    /// What speaks against what was said.
    pub(crate) against: Option<String>,
}

/// Runs the ways and takes the best. What was said stays, and is held against what is found without it.
///
/// # Errors
/// `invalid-option` where the sessions do not tell, or what was said makes no sense; what loading or running said where no way
/// runs.
pub(crate) fn settle(export: &Export<'_>, start: &Reading, matters: &[Matter], judge: &Judge<'_>) -> Result<Found> {
    let only_said = |matter: &Matter| Matter { ways: matter.ways.iter().take(1).cloned().collect(), ..matter.clone() };
    let fixed: Vec<Matter> = matters.iter().map(|m| if m.said { only_said(m) } else { m.clone() }).collect();
    let found = run(export, start, &fixed, judge);
    if !matters.iter().any(|matter| matter.said && matter.ways.len() > 1) {
        return found;
    }
    // What would be found if nothing had been said?
    let free: Vec<Matter> = matters.iter().map(|matter| Matter { said: false, strict: false, ..matter.clone() }).collect();
    let Ok(free) = run(export, start, &free, judge) else { return found };
    let text = |settled: &[Settled]| settled.iter().map(|one| format!("{} {}", one.what, one.way)).collect::<Vec<_>>().join(", ");
    let mut found = found.map_err(|error| {
        let said = matters.iter().filter(|m| m.said).filter_map(|m| Some(format!("{} {}", m.option, m.ways.first()?)));
        Error::new(Code::OptionInvalid, "what was said makes no sense of the graph")
            .with("said", said.collect::<Vec<_>>().join(" ").replace("= ", "="))
            .with("so", error)
            .with("without", format!("{}: {}", text(&free.settled), judge.typical(&free.losses)))
    })?;
    if free.reading == found.reading {
        return Ok(found);
    }
    // All questions, so that what is a little worse is found as well.
    let mut trials = Trials::new(export, judge);
    let mut all = |found: &Found| trials.losses(&found.reading, usize::MAX).unwrap_or_else(|| found.losses.clone());
    let (without, with) = (all(&free), all(&found));
    if sure(&without, &with) >= SURE {
        let said = matters.iter().zip(&free.settled).filter(|(m, other)| m.said && m.ways.first() != Some(&other.way));
        let said: Vec<String> =
            said.filter_map(|(m, _)| Some(format!("{} {}", m.option, m.ways.first()?).replace("= ", "="))).collect();
        found.against = Some(format!(
            "{} was said; without it the graph reads as {}: {} against {}",
            said.join(" "),
            text(&free.settled),
            judge.typical(&without),
            judge.typical(&with)
        ));
    }
    Ok(found)
}

fn run(export: &Export<'_>, start: &Reading, matters: &[Matter], judge: &Judge<'_>) -> Result<Found> {
    let mut trials = Trials::new(export, judge);
    // What was said stays; the rest is open.
    let open: Vec<&Matter> = matters.iter().filter(|matter| !matter.said && matter.ways.len() > 1).collect();
    let mut base = start.clone();
    matters.iter().filter_map(|matter| matter.ways.first()).for_each(|way| way.set(&mut base));
    let combinations: usize = open.iter().map(|matter| matter.ways.len()).product();
    let mut best =
        if combinations <= MOST { trials.all(&base, &open) } else { trials.one_by_one(&base, &open) }.ok_or_else(|| {
            trials.failed.clone().unwrap_or_else(|| Error::new(Code::ModelMismatch, "no way to read the graph runs"))
        })?;
    // From the best, once more with one thing changed.
    let mut own = trials.losses(&best, SECOND).ok_or_else(|| trials.failure())?;
    let mut settled: Vec<Settled> = Vec::new();
    let mut again = true;
    for _ in 0..ROUNDS {
        again = false;
        settled.clear();
        for matter in matters {
            match trials.hold(&best, &own, matter)? {
                Held::Settled(one) => settled.push(one),
                Held::Better(reading, losses) => {
                    // Two things had to change at once.
                    (best, own, again) = (*reading, losses, true);
                    break;
                }
            }
        }
        if !again {
            break;
        }
    }
    if again {
        let why =
            "the sessions do not tell how the graph is meant: each way is bettered by another. Say more of it, or give --expect";
        return Err(Error::new(Code::OptionInvalid, why).with("option", "--expect").with("rounds", ROUNDS));
    }
    Ok(Found { reading: best, settled, losses: own, against: None })
}

enum Held {
    Settled(Settled),
    Better(Box<Reading>, Losses),
}

struct Trials<'a> {
    export: &'a Export<'a>,
    judge: &'a Judge<'a>,
    /// Shapes of the outputs by what they depend on.
    shapes: Vec<((usize, bool, usize), Vec<Answered>)>,
    /// Why a way did not run: the first one's.
    failed: Option<Error>,
    last: Option<Error>,
}

impl<'a> Trials<'a> {
    fn new(export: &'a Export<'a>, judge: &'a Judge<'a>) -> Self {
        Self { export, judge, shapes: Vec::new(), failed: None, last: None }
    }

    fn failure(&self) -> Error {
        self.failed.clone().unwrap_or_else(|| Error::new(Code::ModelMismatch, "no way to read the graph runs"))
    }

    fn load(&mut self, reading: &Reading) -> Result<Loaded> {
        let key = (reading.window, reading.window_first, reading.events());
        if !self.shapes.iter().any(|(other, _)| *other == key) {
            let shapes = self.export.answered(reading)?;
            self.shapes.push((key, shapes));
        }
        let shapes = self.shapes.iter().find(|(other, _)| *other == key).map_or(&[][..], |(_, shapes)| shapes);
        self.export.load(reading, shapes)
    }

    /// The losses of a way on the first questions; nothing where it does not run.
    fn losses(&mut self, reading: &Reading, most: usize) -> Option<Losses> {
        let run = |trials: &mut Self| -> Result<Losses> {
            let mut loaded = trials.load(reading)?;
            match trials.judge {
                Judge::Next(questions) => {
                    let one = |asked: &Question| {
                        let values = loaded.values(&asked.prefix, trials.export.rows)?;
                        Ok(Loss::of(place(&values, asked.next).ln(), &values))
                    };
                    questions.iter().take(most).map(one).collect()
                }
                Judge::Tops(expected) => expected.losses(&mut loaded, trials.export.rows, most),
            }
        };
        match run(self) {
            Ok(losses) => Some(losses),
            Err(error) => {
                self.last = Some(error.clone());
                self.failed.get_or_insert(error);
                None
            }
        }
    }

    /// The best of all combinations: a few questions of each, all of the best ones.
    fn all(&mut self, base: &Reading, open: &[&Matter]) -> Option<Reading> {
        let mut all = vec![base.clone()];
        for matter in open {
            let with = |reading: &Reading, way: &Way| {
                let mut reading = reading.clone();
                way.set(&mut reading);
                reading
            };
            all = all.iter().flat_map(|reading| matter.ways.iter().map(move |way| with(reading, way))).collect();
        }
        self.best_of(all)
    }

    fn best_of(&mut self, all: Vec<Reading>) -> Option<Reading> {
        if all.len() == 1 {
            return all.into_iter().next();
        }
        let mut measured: Vec<(f64, Reading)> =
            all.into_iter().filter_map(|reading| Some((mean(&self.losses(&reading, FIRST)?), reading))).collect();
        // Stable: of equals the likelier one is first.
        measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        measured.truncate(LEFT);
        if measured.len() > 1 {
            measured =
                measured.into_iter().filter_map(|(_, reading)| Some((mean(&self.losses(&reading, SECOND)?), reading))).collect();
            measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        measured.into_iter().next().map(|(_, reading)| reading)
    }

    /// The best way of one matter after the other, twice.
    fn one_by_one(&mut self, base: &Reading, open: &[&Matter]) -> Option<Reading> {
        let mut best = base.clone();
        for matter in open.iter().chain(open) {
            let ways = matter.ways.iter().map(|way| {
                let mut reading = best.clone();
                way.set(&mut reading);
                reading
            });
            best = self.best_of(ways.collect())?;
        }
        Some(best)
    }

    /// How a matter stands where all others are as in the best reading.
    fn hold(&mut self, best: &Reading, own: &[Loss], matter: &Matter) -> Result<Held> {
        let is = |way: &&Way| {
            let mut with = best.clone();
            way.set(&mut with);
            with == *best
        };
        let settled = |way: &Way, why: String, narrow: bool| {
            Held::Settled(Settled { what: matter.what.clone(), way: way.clone(), why, narrow })
        };
        let Some(way) = matter.ways.iter().find(is) else {
            return Err(Error::new(Code::ModelMismatch, "no way to read the graph runs").with("matter", &matter.what));
        };
        let (mut why, mut narrow) = (Vec::new(), false);
        let mut alike = true;
        for other in matter.ways.iter().filter(|other| *other != way) {
            let mut with = best.clone();
            other.set(&mut with);
            let Some(mut losses) = self.losses(&with, SECOND) else {
                alike = false;
                let failed = self.last.as_ref().map_or("does not run", |error| error.message());
                why.push(format!("{other} fails: {failed}"));
                continue;
            };
            let same = !own.is_empty() && own.iter().zip(&losses).all(|(a, b)| a.same(b));
            let mut z = sure(own, &losses);
            let mut own = std::borrow::Cow::Borrowed(own);
            if !same && z.abs() < if matter.strict { WIDE } else { SURE } && self.judge.has_more(own.len()) {
                let all = |trials: &mut Self, reading: &Reading| trials.losses(reading, usize::MAX);
                if let (Some(a), Some(b)) = (all(self, best), all(self, &with)) {
                    z = sure(&a, &b);
                    (own, losses) = (a.into(), b);
                }
            }
            let own = own.as_ref();
            let typical = || format!("{} against {} if {other}", self.judge.typical(own), self.judge.typical(&losses));
            if same {
                continue;
            }
            alike = false;
            // Of ways that need not be told apart the likeliest.
            let likelier = !matter.strict && z.abs() < SURE && Some(other) == matter.ways.first();
            if -z >= SURE || likelier {
                let losses = self.losses(&with, SECOND).ok_or_else(|| self.failure())?;
                return Ok(Held::Better(Box::new(with), losses));
            }
            if z < SURE && matter.strict && matches!(self.judge, Judge::Next(_)) {
                return Err(Error::new(Code::OptionInvalid, "the sessions do not tell how the graph is meant: say it")
                    .with("matter", &matter.what)
                    .with("option", &matter.option)
                    .with("either", format!("{way}: {}", self.judge.typical(own)))
                    .with("or", format!("{other}: {}", self.judge.typical(&losses)))
                    .with("questions", own.len()));
            }
            narrow |= matter.strict && z < WIDE && matches!(self.judge, Judge::Next(_));
            why.push(typical());
        }
        let known = &matter.why;
        let told = match (matter.said, matter.ways.len(), alike, why.first()) {
            (true, ..) | (_, 1, ..) => known.clone(),
            (_, _, true, _) => format!("{known}; it makes no difference"),
            (_, _, _, Some(first)) => format!("{known}; {first}"),
            _ => known.clone(),
        };
        Ok(settled(way, told.trim_start_matches("; ").to_owned(), narrow))
    }
}

impl Judge<'_> {
    /// Whether there are more questions than so many.
    fn has_more(&self, asked: usize) -> bool {
        matches!(self, Judge::Next(questions) if questions.len() > asked)
    }

    /// What the losses come to, in words.
    pub(crate) fn typical(&self, losses: &[Loss]) -> String {
        match self {
            Judge::Next(_) => format!("next items at place {:.0} of a typical session", mean(losses).exp()),
            Judge::Tops(_) => {
                let agreed = losses.iter().filter(|loss| loss.loss == 0.0).count();
                format!("{agreed} of {} sessions agree", losses.len())
            }
        }
    }
}

fn mean(losses: &[Loss]) -> f64 {
    losses.iter().map(|loss| loss.loss).sum::<f64>() / (losses.len().max(1)) as f64
}

/// How sure it is that the losses `b` are larger than `a`.
fn sure(a: &[Loss], b: &[Loss]) -> f64 {
    if a.len().min(b.len()) < FEWEST {
        return 0.0;
    }
    let n = a.len().min(b.len()) as f64;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b.loss - a.loss).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let spread = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if spread > 0.0 { mean / (spread / n).sqrt() } else { mean.signum() * if mean == 0.0 { 0.0 } else { f64::INFINITY } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paired_test_by_hand() {
        let of = |losses: &[f64]| losses.iter().map(|loss| Loss::of(*loss, &[])).collect::<Vec<_>>();
        let z = |a: &[f64], b: &[f64]| sure(&of(a), &of(b));
        // d = 1, 2, 3 four times: mean 2, variance 8/11, n 12.
        let d = [1.0, 2.0, 3.0].repeat(4);
        assert!((z(&[0.0; 12], &d) - 2.0 / (8.0_f64 / 11.0 / 12.0).sqrt()).abs() < 1e-9);
        assert_eq!(z(&[1.0; 12], &[1.0; 12]), 0.0);
        assert_eq!(z(&[0.0; 12], &[1.0; 12]), f64::INFINITY);
        assert_eq!(z(&[0.0; 9], &[1.0; 9]), 0.0, "too few");
    }
}
