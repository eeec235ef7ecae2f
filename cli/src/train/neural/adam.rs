//! Adam (Kingma and Ba 2015) in one pass over each variable, and over the rows of a matrix that have a gradient.

use crate::math::vectorised;
use crate::train::checkpoint::{Reader, Writer};
use std::io;

/// Steps so far.
#[derive(Default)]
pub(crate) struct Adam {
    steps: i32,
}

/// First and second moments of one variable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Moments {
    /// Of a variable with `len` numbers.
    pub(crate) fn new(len: usize) -> Self {
        Moments { first: vec![0.0; len], second: vec![0.0; len] }
    }

    pub(crate) fn store(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.f32s(&self.first)?;
        to.f32s(&self.second)
    }

    /// `None` for those of another variable.
    pub(crate) fn restore(&mut self, from: &mut Reader<'_>) -> Option<()> {
        from.f32s(&mut self.first)?;
        from.f32s(&mut self.second)
    }
}

impl Adam {
    /// Begins a step: the rate that [`apply`] takes, with the moments' bias corrected.
    pub(crate) fn rate(&mut self, lr: f64) -> f32 {
        self.steps += 1;
        (lr * (1.0 - 0.999f64.powi(self.steps)).sqrt() / (1.0 - 0.9f64.powi(self.steps))) as f32
    }

    pub(crate) fn store(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.u64(self.steps as u64)
    }

    pub(crate) fn restore(&mut self, from: &mut Reader<'_>) -> Option<()> {
        self.steps = from.u64()?.try_into().ok()?;
        Some(())
    }
}

/// Moves a variable against its gradient: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
pub(crate) fn apply(value: &mut [f32], moments: &mut Moments, gradient: &[f32], rate: f32) {
    update(value, &mut moments.first, &mut moments.second, gradient, rate);
}

/// Moments of a matrix's rows, of which a step touches those that have a gradient. What the others would have moved by
/// their momentum they make up for when they are next asked for ([`RowMoments::catch_up`]): a large catalog's rows rest
/// in most steps, and to move them all takes longer than the step.
#[derive(Debug, Clone)]
pub(crate) struct RowMoments {
    moments: Moments,
    d: usize,
    /// Steps that each row has made, and the rate of its last one with a gradient.
    done: Vec<(i32, f32)>,
}

/// What a step without gradient makes of the first moment over the root of the second: β₁/√β₂.
const FADE: f64 = 0.900_450_337_9;

impl RowMoments {
    /// Of `rows` rows of `d` numbers.
    pub(crate) fn new(rows: usize, d: usize) -> Self {
        RowMoments { moments: Moments::new(rows * d), d, done: vec![(0, 0.0); rows] }
    }

    pub(crate) fn store(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.moments.store(to)?;
        for (steps, rate) in &self.done {
            to.bytes(&steps.to_le_bytes())?;
            to.bytes(&rate.to_le_bytes())?;
        }
        Ok(())
    }

    /// `None` for those of another matrix.
    pub(crate) fn restore(&mut self, from: &mut Reader<'_>) -> Option<()> {
        self.moments.restore(from)?;
        for (steps, rate) in &mut self.done {
            *steps = i32::from_le_bytes(from.bytes(4)?.try_into().ok()?);
            *rate = f32::from_le_bytes(from.bytes(4)?.try_into().ok()?);
        }
        Some(())
    }

    /// Brings some rows, each once, to where dense Adam would have them before the step that `adam` has begun: k steps
    /// without gradient move a row by rate · m/√v · Σ_{j ≤ k} FADEʲ, the rate taken as that of its last gradient.
    pub(crate) fn catch_up(&mut self, value: &mut [f32], rows: &[u32], adam: &Adam) {
        for &row in rows {
            let row = row as usize;
            let missed = adam.steps - 1 - self.done[row].0;
            if missed > 0 {
                let range = row * self.d..(row + 1) * self.d;
                drift(&mut value[range.clone()], &self.moments.first[range.clone()], &self.moments.second[range.clone()], {
                    (f64::from(self.done[row].1) * faded(missed)) as f32
                });
                let (first, second) = (0.9f64.powi(missed) as f32, 0.999f64.powi(missed) as f32);
                self.moments.first[range.clone()].iter_mut().for_each(|m| *m *= first);
                self.moments.second[range].iter_mut().for_each(|v| *v *= second);
                // A row that rests again goes on from here with what is left of its momentum.
                self.done[row].0 = adam.steps - 1;
            }
        }
    }

    /// All rows where dense Adam would have them after the last step.
    pub(crate) fn settled(&self, value: &[f32], adam: &Adam) -> Vec<f32> {
        let mut value = value.to_vec();
        let (first, second) = (self.moments.first.chunks_exact(self.d), self.moments.second.chunks_exact(self.d));
        for ((row, (first, second)), (done, rate)) in value.chunks_exact_mut(self.d).zip(first.zip(second)).zip(&self.done) {
            let missed = adam.steps - done;
            if missed > 0 {
                drift(row, first, second, (f64::from(*rate) * faded(missed)) as f32);
            }
        }
        value
    }

    /// Moves rows that have caught up, each once, by their gradients, which stand in the order of `rows`.
    pub(crate) fn apply(&mut self, value: &mut [f32], rows: &[u32], gradient: &[f32], adam: &Adam, rate: f32) {
        for (&row, gradient) in rows.iter().zip(gradient.chunks_exact(self.d)) {
            let row = row as usize;
            let range = row * self.d..(row + 1) * self.d;
            let (first, second) = (&mut self.moments.first[range.clone()], &mut self.moments.second[range.clone()]);
            update(&mut value[range], first, second, gradient, rate);
            self.done[row] = (adam.steps, rate);
        }
    }
}

/// Σ_{1 ≤ j ≤ steps} FADEʲ.
fn faded(steps: i32) -> f64 {
    FADE * (1.0 - FADE.powi(steps)) / (1.0 - FADE)
}

vectorised! {
    fn drift<'a>(value: &'a mut [f32], first: &'a [f32], second: &'a [f32], far: f32) -> () {
        for ((value, m), v) in value.iter_mut().zip(first).zip(second) {
            *value -= far * *m / (v.sqrt() + 1e-8);
        }
    }
}

vectorised! {
    fn update<'a>(value: &'a mut [f32], first: &'a mut [f32], second: &'a mut [f32], gradient: &'a [f32], rate: f32) -> () {
        for (((value, g), m), v) in value.iter_mut().zip(gradient).zip(first).zip(second) {
            *m += 0.1 * (g - *m);
            *v += 0.001 * (g * g - *v);
            *value -= rate * *m / (v.sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_against_the_sign() {
        let mut adam = Adam::default();
        let (mut value, mut moments) = (vec![1f32, 1.0, 1.0], Moments::new(3));
        apply(&mut value, &mut moments, &[0.5, -2.0, 0.0], adam.rate(0.1));
        assert!(value.iter().zip([0.9, 1.1, 1.0]).all(|(a, b)| (a - b).abs() < 1e-4), "{value:?}");
    }

    #[test]
    fn rows_that_rest_go_on_as_in_dense_adam() {
        let (mut dense, mut sparse) = ((vec![1f32; 6], Moments::new(6)), (vec![1f32; 6], RowMoments::new(3, 2)));
        let mut adam = Adam::default();
        let rate = 0.01;
        for step in 0..40 {
            let _ = adam.rate(0.01);
            // Row 0 in every step, row 1 in two of them, row 2 never.
            let rows: &[u32] = if step == 3 || step == 30 { &[1, 0] } else { &[0] };
            let slope = |row: u32| [1.0 + row as f32, 0.1 * (step as f32 - 20.0)];
            let gradient: Vec<f32> = rows.iter().flat_map(|row| slope(*row)).collect();
            let full: Vec<f32> = (0..3).flat_map(|row| if rows.contains(&row) { slope(row) } else { [0.0; 2] }).collect();
            apply(&mut dense.0, &mut dense.1, &full, rate);
            sparse.1.catch_up(&mut sparse.0, rows, &adam);
            sparse.1.apply(&mut sparse.0, rows, &gradient, &adam, rate);
            let settled = sparse.1.settled(&sparse.0, &adam);
            assert!(dense.0.iter().zip(&settled).all(|(a, b)| (a - b).abs() < 1e-4), "{step}: {dense:?} {settled:?}");
        }
        assert!(sparse.0[2] < 0.98 && sparse.0[4] == 1.0);
    }
}
