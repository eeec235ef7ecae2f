//! What was watched as metrics: for Prometheus as OpenMetrics text, for a collector as OTLP/JSON. Names are those of OpenTelemetry's
//! rules (dots, UCUM units, attributes of an own namespace); OpenMetrics has them as its compatibility rules make them of that, so that
//! one dashboard reads both.

mod made;
mod openmetrics;
mod otlp;

pub(super) use made::made;
pub(super) use openmetrics::text;
pub(super) use otlp::json;

/// The attribute of `--job`. A label called `job` is Prometheus's own: it would be renamed when it is scraped.
const JOB: &str = "nearhand.job";

/// One value and what it is of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub attributes: Vec<(&'static str, String)>,
    pub value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Number(f64),
}

/// A gauge with its points. None is a counter: each run counts anew what it reads, so a count may fall, and what is made of the rises of a
/// counter would be wrong (opentelemetry-specification, data model: a sum whose start is not known is a gauge).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metric {
    pub name: &'static str,
    /// By UCUM; in braces what is counted.
    pub unit: &'static str,
    pub about: &'static str,
    pub points: Vec<Point>,
}

impl Metric {
    /// As Prometheus has it: dots are underscores; a unit of 1 ends a gauge's name with `ratio`, seconds with `seconds`.
    pub(super) fn prometheus(&self) -> String {
        let name = self.name.replace('.', "_");
        match self.unit {
            "s" => name + "_seconds",
            "1" => name + "_ratio",
            _ => name,
        }
    }
}

/// Names the run that made them, where several write for one exporter or collector: without it two monitors have the same series.
pub(super) fn labelled(mut metrics: Vec<Metric>, job: Option<&str>) -> Vec<Metric> {
    let points = metrics.iter_mut().flat_map(|metric| &mut metric.points);
    if let Some(job) = job {
        points.for_each(|point| point.attributes.insert(0, (JOB, job.to_owned())));
    }
    metrics
}

#[cfg(test)]
mod tests;
