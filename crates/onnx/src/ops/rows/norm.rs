//! Kernels of normalisation: rows, groups of channels, channels.

use crate::dtype::{Buffer, DType};
use crate::error::Result;
use crate::fact::Fact;
use crate::kernel::{Inputs, Kernel, Outputs, in_place};
use crate::refusal::{malformed, unsupported};
use nearhand_kernels::norm::{Norm, moments, moved, normalise, shift};

/// The first input, all being 32-bit floats.
fn floats<'f>(inputs: &[&'f Fact]) -> Result<&'f Fact> {
    if let Some(other) = inputs.iter().find(|f| f.dtype != DType::F32) {
        return Err(unsupported("an element type that this build does not run here").with("type", other.dtype.name()));
    }
    inputs.first().copied().ok_or_else(|| malformed("number of inputs", "0"))
}

/// Rows normalised where they lie, then scaled and shifted where scale and bias are given (inputs 1 and 2).
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) kind: Norm,
    /// Elements of a row.
    pub(super) width: usize,
    pub(super) epsilon: f32,
    /// Shape of the means and of 1 / deviation, where these are outputs.
    pub(super) stats: Option<Vec<usize>>,
}

impl Kernel for Rows {
    fn name(&self) -> &'static str {
        "Normalise"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        let mut facts = vec![floats(inputs)?.clone()];
        for shape in [&self.stats, &self.stats].into_iter().flatten() {
            facts.push(Fact::new(DType::F32, shape));
        }
        Ok(facts)
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let vector = |at: usize| if at < inputs.len() { inputs.get::<f32>(at) } else { Ok(&[][..]) };
        let (scale, bias) = (vector(1)?, vector(2)?);
        let x = in_place::<f32>(inputs, outputs)?;
        if self.stats.is_none() {
            normalise(self.kind, x, self.width, self.epsilon, scale, bias);
            return Ok(());
        }
        let (x, means, factors) = outputs.three::<f32, f32, f32>()?;
        // The mean of nothing.
        if x.is_empty() {
            means.fill(f32::NAN);
            factors.fill(f32::NAN);
        }
        for ((row, mean), factor) in x.chunks_exact_mut(self.width.max(1)).zip(means).zip(factors) {
            (*mean, *factor) = moments(self.kind, row, self.epsilon);
            shift(row, *mean, *factor, scale, bias);
        }
        Ok(())
    }
}

/// Groups of channels normalised where they lie, then scaled and shifted by channel or group (inputs 1 and 2).
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) groups: usize,
    /// Channels of a group.
    pub(super) channels: usize,
    /// Elements of a channel.
    pub(super) width: usize,
    /// Whether scale and bias are one a group, not one a channel.
    pub(super) by_group: bool,
    pub(super) epsilon: f32,
}

impl Kernel for Groups {
    fn name(&self) -> &'static str {
        "Normalise"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![floats(inputs)?.clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (scale, bias) = (inputs.get::<f32>(1)?, inputs.get::<f32>(2)?);
        let x = in_place::<f32>(inputs, outputs)?;
        for (number, row) in x.chunks_exact_mut((self.channels * self.width).max(1)).enumerate() {
            let group = number % self.groups.max(1);
            let (mean, factor) = moments(Norm::Layer, row, self.epsilon);
            for (at, channel) in row.chunks_exact_mut(self.width.max(1)).enumerate() {
                let place = if self.by_group { group } else { group * self.channels + at };
                let of = |list: &[f32]| list.get(place).copied().unwrap_or(0.0);
                moved(channel, mean, factor * of(scale), of(bias));
            }
        }
        Ok(())
    }
}

/// Every channel times its factor (input 1), plus its shift (input 2), where it lies.
#[derive(Debug)]
pub(super) struct Channels {
    /// Elements of a channel.
    pub(super) width: usize,
}

impl Kernel for Channels {
    fn name(&self) -> &'static str {
        "Channels"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        Ok(vec![floats(inputs)?.clone()])
    }

    fn over(&self) -> &'static [usize] {
        &[0]
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        let (factors, shifts) = (inputs.get::<f32>(1)?, inputs.get::<f32>(2)?);
        let x = in_place::<f32>(inputs, outputs)?;
        let each = factors.iter().zip(shifts).cycle();
        for (channel, (factor, shift)) in x.chunks_exact_mut(self.width.max(1)).zip(each) {
            moved(channel, 0.0, *factor, *shift);
        }
        Ok(())
    }
}
