//! What is simulated.

use clap::Args;
use nearhand::{Code, Error, Result};

/// The world, and what happens in it a day.
#[derive(Args, Clone, Debug)]
pub(crate) struct Settings {
    /// Seed: another one is another world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Customers, each with one card
    #[arg(long, default_value_t = 5_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub customers: u32,
    /// Terminals
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub terminals: u32,
    /// How far customers go, on a grid of 100 × 100
    #[arg(long, default_value_t = 5.0)]
    pub radius: f64,
    /// Days
    #[arg(long, default_value_t = 183, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_600))]
    pub days: u32,
    /// First day, UTC
    #[arg(long, default_value = "2026-01-01", value_name = "YYYY-MM-DD")]
    pub start: String,
    /// Terminals that are compromised a day, each for 28 days: all that is paid there is fraud (scenario 2)
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub compromised_terminals: u32,
    /// Customers that are compromised a day, each for 14 days: a third of their transactions is fraud of five times the amount
    /// (scenario 3)
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub compromised_customers: u32,
    /// Cards a day that were never seen before, and pay once, honestly
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub strangers: u32,
    /// Card testing attacks a day, on average (scenario 4)
    #[arg(long, default_value_t = 1.0, value_name = "MEAN")]
    pub attacks: f64,
    /// Rushes a day, on average: many honest cards at one terminal within the hour
    #[arg(long, default_value_t = 1.0, value_name = "MEAN")]
    pub rushes: f64,
    /// Share of transactions that the issuer declines for reasons other than fraud
    #[arg(long, default_value_t = 0.02, value_name = "SHARE")]
    pub declined: f64,
}

/// Pairs of a customer and a terminal within reach that are held in memory, four bytes each.
const MOST_PAIRS: f64 = 268_435_456.0;

impl Settings {
    /// The first day's midnight, ms since 1970 UTC.
    ///
    /// # Errors
    /// `invalid-option` for numbers out of their range, a date that is none, more compromised than there are, and a world in
    /// which too many terminals are within reach.
    pub(super) fn check(&self) -> Result<i64> {
        let refuse = |option: &'static str, value: String, why: String| {
            Err(Error::new(Code::OptionInvalid, why).with("option", option).with("value", value))
        };
        let ranges = [
            ("--radius", self.radius, 0.0, 150.0),
            ("--attacks", self.attacks, 0.0, 500.0),
            ("--rushes", self.rushes, 0.0, 500.0),
            ("--declined", self.declined, 0.0, 1.0),
        ];
        for (option, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return refuse(option, value.to_string(), format!("say a number from {low} to {high}"));
            }
        }
        let counts = [
            ("--compromised-terminals", self.compromised_terminals, self.terminals, "--terminals"),
            ("--compromised-customers", self.compromised_customers, self.customers, "--customers"),
        ];
        for (option, value, most, other) in counts {
            if value > most {
                return refuse(option, value.to_string(), format!("there are only {most} ({other})"));
            }
        }
        let reached = (std::f64::consts::PI * self.radius * self.radius / 10_000.0).min(1.0);
        let pairs = f64::from(self.customers) * f64::from(self.terminals) * reached;
        if pairs > MOST_PAIRS {
            let why = format!(
                "about {pairs:.0} pairs of a customer and a terminal within reach, of at most {MOST_PAIRS}: \
                               say a smaller radius, or fewer customers or terminals"
            );
            return refuse("--radius", self.radius.to_string(), why);
        }
        let midnight = self
            .start
            .parse::<jiff::civil::Date>()
            .ok()
            .filter(|date| (1970..=2500).contains(&date.year()))
            .and_then(|date| jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok());
        match midnight {
            Some(midnight) => Ok(midnight.as_millisecond()),
            None => refuse("--start", self.start.clone(), "say a day from 1970 to 2500, as 2026-01-31".to_owned()),
        }
    }
}
