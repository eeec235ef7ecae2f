//! What a search or a fit ends with, as bytes: every number comes back in all its bits.

use super::bytes::{Reader, Writer};
use crate::choosing::blend::Blend;
use crate::choosing::choose::Choice;
use crate::choosing::parts::Line;
use crate::choosing::quality::Quality;
use crate::choosing::table::TableConfig;
use crate::train::held::Found;
use crate::train::report::Point;
use nearhand::bundle::SignalSpec;
use std::io;

/// A value that a checkpoint holds.
pub(in super::super) trait Stored: Sized {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()>;
    /// `None` for the bytes of something else.
    fn take(from: &mut Reader<'_>) -> Option<Self>;
}

impl Stored for Quality {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        let (pairs, hits, reciprocal) = self.sums();
        to.u64(pairs as u64)?;
        to.u64(hits as u64)?;
        to.f64(reciprocal)
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self::of_sums(from.usize()?, from.usize()?, from.f64()?))
    }
}

impl Stored for Choice {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        let TableConfig { width, mean, ordered, reach, backward, damp, source, half_life } = self.table;
        for count in [width, reach, usize::from(ordered), self.blend.last, self.tried] {
            to.u64(count as u64)?;
        }
        to.f64(mean)?;
        let Blend { last: _, lambda, table, repeat, repeat_lambda, model, tau } = self.blend;
        for value in [backward, damp, source, half_life, lambda, table, repeat, repeat_lambda, model, tau] {
            to.f32(value)?;
        }
        self.quality.put(to)
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        let (width, reach, ordered, last, tried) = (from.usize()?, from.usize()?, from.bool()?, from.usize()?, from.usize()?);
        let mean = from.f64()?;
        let (backward, damp, source, half_life) = (from.f32()?, from.f32()?, from.f32()?, from.f32()?);
        let table = TableConfig { width, mean, ordered, reach, backward, damp, source, half_life };
        let (lambda, table_weight, repeat, repeat_lambda) = (from.f32()?, from.f32()?, from.f32()?, from.f32()?);
        let blend = Blend { last, lambda, table: table_weight, repeat, repeat_lambda, model: from.f32()?, tau: from.f32()? };
        Some(Self { table, blend, tried, quality: Quality::take(from)? })
    }
}

impl Stored for SignalSpec {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        let Self { view, search_click, cart_add, purchase, dwell_ref_s, dwell_min, dwell_max, half_life_s, dismiss } = *self;
        let mut values =
            [view, search_click, cart_add, purchase, dwell_ref_s, dwell_min, dwell_max, half_life_s, dismiss].into_iter();
        values.try_for_each(|value| to.f32(value))
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            view: from.f32()?,
            search_click: from.f32()?,
            cart_add: from.f32()?,
            purchase: from.f32()?,
            dwell_ref_s: from.f32()?,
            dwell_min: from.f32()?,
            dwell_max: from.f32()?,
            half_life_s: from.f32()?,
            dismiss: from.f32()?,
        })
    }
}

impl Stored for Point {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.u64(self.epoch as u64)?;
        [self.loss, self.hr, self.mrr].into_iter().try_for_each(|value| to.f64(value))
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { epoch: from.usize()?, loss: from.f64()?, hr: from.f64()?, mrr: from.f64()? })
    }
}

impl Stored for Line {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.text(&self.label)?;
        to.u64(self.pairs as u64)?;
        [self.hr, self.mrr].into_iter().try_for_each(|value| to.f64(value))
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { label: from.text()?.to_owned(), pairs: from.usize()?, hr: from.f64()?, mrr: from.f64()? })
    }
}

impl Stored for Found {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.both.put(to)?;
        self.signals.put(to)?;
        self.heard.put(to)?;
        self.curve.put(to)?;
        self.groups.put(to)
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        let (both, signals, heard) = (Choice::take(from)?, SignalSpec::take(from)?, String::take(from)?);
        Some(Self { both, signals, heard, curve: Vec::take(from)?, groups: Vec::take(from)? })
    }
}

impl Stored for String {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.text(self)
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(str::to_owned)
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.u64(self.len() as u64)?;
        self.iter().try_for_each(|value| value.put(to))
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        (0..from.usize()?).map(|_| T::take(from)).collect()
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.0.put(to)?;
        self.1.put(to)
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}
