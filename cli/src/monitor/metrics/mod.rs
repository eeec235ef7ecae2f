//! What was watched as metrics: for Prometheus as OpenMetrics text, for a collector as OTLP/JSON. Names are those of OpenTelemetry's
//! rules (dots, UCUM units, attributes of an own namespace); OpenMetrics has them as its compatibility rules make them of that, so that
//! one dashboard reads both.

mod made;
mod openmetrics;
mod otlp;

pub(super) use made::made;
pub(super) use openmetrics::text;
pub(super) use otlp::json;

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows, until a run begins anew.
    Counter,
    Gauge,
    Histogram,
}

/// One value and what it is of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub attributes: Vec<(&'static str, String)>,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Number(f64),
    /// Bounds in the metric's unit, how many were within each, and how many there are.
    Buckets {
        bounds: Vec<f64>,
        within: Vec<u64>,
        count: u64,
    },
}

/// A metric with its points.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metric {
    pub name: &'static str,
    /// By UCUM; in braces what is counted.
    pub unit: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    pub points: Vec<Point>,
}

impl Metric {
    /// As Prometheus has it: dots are underscores; a unit of 1 ends a gauge's name with `ratio`, seconds any.
    pub(super) fn prometheus(&self) -> String {
        let name = self.name.replace('.', "_");
        match (self.unit, self.kind) {
            ("s", _) => name + "_seconds",
            ("1", Kind::Gauge) => name + "_ratio",
            _ => name,
        }
    }
}

#[cfg(test)]
mod tests;
