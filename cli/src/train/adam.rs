//! Adam (Kingma and Ba 2015) in one pass over each variable.

use crate::math::vectorised;

/// Steps so far.
#[derive(Default)]
pub(super) struct Adam {
    steps: i32,
}

/// First and second moments of one variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Moments {
    /// Of a variable with `len` numbers.
    pub(super) fn new(len: usize) -> Self {
        Moments { first: vec![0.0; len], second: vec![0.0; len] }
    }
}

impl Adam {
    /// Begins a step: the rate that [`apply`] takes, with the moments' bias corrected.
    pub(super) fn rate(&mut self, lr: f64) -> f32 {
        self.steps += 1;
        (lr * (1.0 - 0.999f64.powi(self.steps)).sqrt() / (1.0 - 0.9f64.powi(self.steps))) as f32
    }
}

/// Moves a variable against its gradient: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
pub(super) fn apply(value: &mut [f32], moments: &mut Moments, gradient: &[f32], rate: f32) {
    update_rows(value, &mut moments.first, &mut moments.second, &[0], gradient, rate);
}

/// The same for the rows of a matrix, of which `gradient` holds those that have one: `slots` tells each row's place
/// there, `u32::MAX` for none. The other rows go on by their momentum. Split over `threads`, which changes no bit.
pub(super) fn apply_rows(
    value: &mut [f32],
    moments: &mut Moments,
    (slots, gradient, d): (&[u32], &[f32], usize),
    rate: f32,
    threads: usize,
) {
    let share = slots.len().div_ceil(threads.max(1)).max(1);
    let parts = value.chunks_mut(share * d).zip(moments.first.chunks_mut(share * d)).zip(moments.second.chunks_mut(share * d));
    let work = |((value, first), second): ((&mut [f32], &mut [f32]), &mut [f32]), slots: &[u32]| {
        update_rows(value, first, second, slots, gradient, rate);
    };
    if threads <= 1 {
        parts.zip(slots.chunks(share)).for_each(|(part, slots)| work(part, slots));
        return;
    }
    std::thread::scope(|scope| {
        for (part, slots) in parts.zip(slots.chunks(share)) {
            scope.spawn(|| work(part, slots));
        }
    });
}

vectorised! {
    /// As many rows as `slots`.
    fn update_rows<'a>(
        value: &'a mut [f32],
        first: &'a mut [f32],
        second: &'a mut [f32],
        slots: &'a [u32],
        gradient: &'a [f32],
        rate: f32,
    ) -> () {
        let d = value.len() / slots.len().max(1);
        if d == 0 {
            return;
        }
        let zeros = vec![0f32; d];
        let rows = value.chunks_exact_mut(d).zip(first.chunks_exact_mut(d)).zip(second.chunks_exact_mut(d));
        for (((value, first), second), slot) in rows.zip(slots) {
            let gradient = if *slot == u32::MAX { &zeros[..] } else { &gradient[*slot as usize * d..][..d] };
            update(value, (first, second), gradient, rate);
        }
    }
}

#[inline(always)]
fn update(value: &mut [f32], (first, second): (&mut [f32], &mut [f32]), gradient: &[f32], rate: f32) {
    for (((value, g), m), v) in value.iter_mut().zip(gradient).zip(first).zip(second) {
        *m += 0.1 * (g - *m);
        *v += 0.001 * (g * g - *v);
        *value -= rate * *m / (v.sqrt() + 1e-8);
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
    fn rows_without_gradient_go_on() {
        let mut all: Vec<(Vec<f32>, Moments)> = (0..3).map(|_| (vec![1f32; 6], Moments::new(6))).collect();
        let mut adam = Adam::default();
        for (slots, gradient) in [([0, u32::MAX, 1], vec![1f32, 2.0, 3.0, 4.0]), ([u32::MAX, u32::MAX, 0], vec![1.0, 1.0])] {
            let rate = adam.rate(0.01);
            let dense: Vec<f32> = slots
                .iter()
                .flat_map(|s| gradient.get(*s as usize * 2..).filter(|_| *s != u32::MAX).map_or([0.0, 0.0], |g| [g[0], g[1]]))
                .collect();
            let (value, moments) = &mut all[0];
            apply(value, moments, &dense, rate);
            for threads in [1, 2] {
                let (value, moments) = &mut all[threads];
                apply_rows(value, moments, (&slots, &gradient, 2), rate, threads);
            }
        }
        assert_eq!(all[0].0, all[1].0);
        assert_eq!(all[0].0, all[2].0);
        assert!(all[0].0[0] < 0.985 && all[0].0[2] == 1.0);
    }
}
