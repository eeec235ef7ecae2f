//! Convolutions: what a window reads, as the packed right matrix of a product; and sums of scaled rows.

use crate::matmul_f32::{PANEL, WIDE, wide_until};
use wide::f32x4;

/// A spatial axis of a window over a padded input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Extent of the input.
    pub input: usize,
    /// Extent of the output.
    pub output: usize,
    /// Places of the window.
    pub kernel: usize,
    /// From one output to the next.
    pub stride: usize,
    /// From one place of the window to the next.
    pub dilation: usize,
    /// Padding before the input.
    pub before: usize,
}

impl Axis {
    /// An axis of one element and a window of one place.
    pub const ONE: Self = Self { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, before: 0 };

    /// The input that place `k` of the window reads at `output`, where it is no padding.
    #[inline]
    #[must_use]
    pub fn reads(&self, output: usize, k: usize) -> Option<usize> {
        (output * self.stride + k * self.dilation).checked_sub(self.before).filter(|at| *at < self.input)
    }

    /// The outputs at which place `k` of the window reads the input: from, up to, and the first one's input.
    #[must_use]
    pub fn inside(&self, k: usize) -> (usize, usize, usize) {
        let shift = k * self.dilation;
        let from = self.before.saturating_sub(shift).div_ceil(self.stride);
        let until = (self.input + self.before).saturating_sub(shift).div_ceil(self.stride).min(self.output);
        if from < until { (from, until, from * self.stride + shift - self.before) } else { (0, 0, 0) }
    }
}

/// The window of a convolution.
pub type Window = [Axis; 3];

/// Packs what the windows of outputs `from..from + width` read, as [`crate::matmul_f32::pack`] packs: a row for each channel
/// of `x` and place of the window, a column for each output.
#[inline(never)]
pub fn columns(x: &[f32], channels: usize, window: &Window, (from, width): (usize, usize), out: &mut [f32]) {
    let depth = channels * window.iter().map(|a| a.kernel).product::<usize>();
    let until = wide_until(width);
    let (wide, rest) = out.split_at_mut((until * depth).min(out.len()));
    panels::<WIDE>(x, channels, window, (from, from + until), depth, wide);
    panels::<PANEL>(x, channels, window, (from + until, from + width), depth, rest);
}

fn panels<const N: usize>(
    x: &[f32],
    channels: usize,
    window: &Window,
    (from, until): (usize, usize),
    depth: usize,
    out: &mut [f32],
) {
    let [d, h, w] = window;
    let plane = d.input * h.input * w.input;
    for (panel, first) in out.chunks_exact_mut((depth * N).max(1)).zip((from..until).step_by(N)) {
        let count = N.min(until - first);
        let mut at = [[0_usize; 3]; N];
        for (at, p) in at.iter_mut().zip(first..) {
            *at = [p / (w.output * h.output), p / w.output % h.output, p % w.output];
        }
        // Columns that follow each other in the input are copied at once.
        let along = w.stride == 1 && count == N && at[0][2] + N <= w.output;
        let mut steps = panel.as_chunks_mut::<N>().0.iter_mut();
        for channel in 0..channels {
            let x = x.get(channel * plane..(channel + 1) * plane).unwrap_or_default();
            for (kd, kh, kw) in places(window) {
                let Some(step) = steps.next() else { return };
                let row = |at: &[usize; 3]| Some((d.reads(at[0], kd)? * h.input + h.reads(at[1], kh)?) * w.input);
                if along {
                    let left = (at[0][2] + kw * w.dilation).checked_sub(w.before).filter(|left| left + N <= w.input);
                    match (row(&at[0]), left) {
                        (None, _) => {
                            *step = [0.0; N];
                            continue;
                        }
                        (Some(row), Some(left)) => {
                            *step = x.get(row + left..).and_then(|x| x.first_chunk()).copied().unwrap_or([0.0; N]);
                            continue;
                        }
                        _ => {}
                    }
                }
                *step = [0.0; N];
                for (cell, at) in step.iter_mut().zip(&at[..count]) {
                    if let (Some(row), Some(i)) = (row(at), w.reads(at[2], kw)) {
                        *cell = x.get(row + i).copied().unwrap_or(0.0);
                    }
                }
            }
        }
    }
}

/// The places of a window, in order.
pub fn places(window: &Window) -> impl Iterator<Item = (usize, usize, usize)> {
    let [d, h, w] = window.map(|a| a.kernel);
    (0..d).flat_map(move |i| (0..h).flat_map(move |j| (0..w).map(move |k| (i, j, k))))
}

/// For each place of the window and each row of outputs that it reaches, calls `row` with the number of the place, the first
/// output, the first input and how many there are.
#[inline(never)]
pub fn rows(window: &Window, row: &mut dyn FnMut(usize, usize, usize, usize)) {
    let [d, h, w] = window;
    for (number, (kd, kh, kw)) in places(window).enumerate() {
        let (from, until, first) = w.inside(kw);
        for od in 0..d.output {
            let Some(id) = d.reads(od, kd) else { continue };
            for oh in 0..h.output {
                let Some(ih) = h.reads(oh, kh) else { continue };
                if from < until {
                    let (to, at) = ((od * h.output + oh) * w.output, (id * h.input + ih) * w.input);
                    row(number, to + from, at + first, until - from);
                }
            }
        }
    }
}

/// One channel with one window: adds to `out` the sums of what the window reads, each place scaled by its weight.
#[inline(never)]
pub fn depthwise(x: &[f32], weights: &[f32], window: &Window, out: &mut [f32]) {
    let stride = window[2].stride;
    rows(window, &mut |number, to, at, count| {
        let out = out.get_mut(to..to + count).unwrap_or_default();
        let x = x.get(at..).unwrap_or_default();
        let weight = weights.get(number).copied().unwrap_or(0.0);
        if stride == 1 {
            add_scaled(out, x, weight);
        } else {
            out.iter_mut().zip(x.iter().step_by(stride)).for_each(|(cell, x)| *cell += weight * x);
        }
    });
}

/// Turned about: adds to what the window reads of `out` each value of `x`, scaled by the place's weight.
#[inline(never)]
pub fn transposed(x: &[f32], weights: &[f32], window: &Window, out: &mut [f32]) {
    let stride = window[2].stride;
    rows(window, &mut |number, from, to, count| {
        let x = x.get(from..from + count).unwrap_or_default();
        let out = out.get_mut(to..).unwrap_or_default();
        let weight = weights.get(number).copied().unwrap_or(0.0);
        if stride == 1 {
            add_scaled(out, x, weight);
        } else {
            out.iter_mut().step_by(stride).zip(x).for_each(|(cell, x)| *cell += weight * x);
        }
    });
}

/// [`depthwise`] of integers; sums wrap.
#[inline(never)]
pub fn depthwise_integer(x: &[i32], weights: impl Fn(usize) -> i32, window: &Window, out: &mut [i32]) {
    let stride = window[2].stride;
    rows(window, &mut |number, to, at, count| {
        let out = out.get_mut(to..to + count).unwrap_or_default();
        let (x, weight) = (x.get(at..).unwrap_or_default(), weights(number));
        if stride == 1 {
            out.iter_mut().zip(x).for_each(|(cell, x)| *cell = cell.wrapping_add(weight.wrapping_mul(*x)));
        } else {
            let x = x.iter().step_by(stride);
            out.iter_mut().zip(x).for_each(|(cell, x)| *cell = cell.wrapping_add(weight.wrapping_mul(*x)));
        }
    });
}

#[inline]
fn add_scaled(out: &mut [f32], x: &[f32], weight: f32) {
    let count = out.len().min(x.len());
    let (out, x) = (&mut out[..count], &x[..count]);
    let ((blocks, rest), (xs, xs_rest)) = (out.as_chunks_mut::<4>(), x.as_chunks::<4>());
    for (block, x) in blocks.iter_mut().zip(xs) {
        *block = (f32x4::from(*block) + f32x4::from(*x) * f32x4::splat(weight)).to_array();
    }
    rest.iter_mut().zip(xs_rest).for_each(|(cell, x)| *cell += weight * x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul_f32::{packed_len, product};

    fn window(input: [usize; 2], kernel: [usize; 2], stride: usize, dilation: usize, before: usize, after: usize) -> Window {
        let axis = |at: usize| Axis {
            input: input[at],
            output: (input[at] + before + after - (kernel[at] - 1) * dilation - 1) / stride + 1,
            kernel: kernel[at],
            stride,
            dilation,
            before,
        };
        [Axis::ONE, axis(0), axis(1)]
    }

    #[test]
    fn a_product_with_the_columns_is_the_convolution() {
        for window in [
            window([5, 19], [3, 3], 1, 1, 1, 1),
            window([6, 40], [2, 3], 2, 1, 0, 1),
            window([7, 12], [3, 2], 1, 2, 2, 0),
            window([1, 70], [1, 1], 1, 1, 0, 0),
        ] {
            let [_, h, w] = window;
            let (channels, places) = (2, h.kernel * w.kernel);
            let x: Vec<f32> = (0..channels * h.input * w.input).map(|i| (i * 37 % 23) as f32 - 11.0).collect();
            for outputs in [1, 3] {
                let depth = channels * places;
                let weights: Vec<f32> = (0..outputs * depth).map(|i| (i * 29 % 19) as f32 - 9.0).collect();
                let cells = h.output * w.output;
                let mut want = vec![0.0; outputs * cells];
                for (o, want) in want.chunks_exact_mut(cells).enumerate() {
                    for (p, want) in want.iter_mut().enumerate() {
                        for k in 0..depth {
                            let (c, kh, kw) = (k / places, k % places / w.kernel, k % w.kernel);
                            if let (Some(i), Some(j)) = (h.reads(p / w.output, kh), w.reads(p % w.output, kw)) {
                                *want += weights[o * depth + k] * x[(c * h.input + i) * w.input + j];
                            }
                        }
                    }
                }
                // In two blocks, the second from the middle of a row.
                let mut have = vec![0.0; outputs * cells];
                for (from, width) in [(0, cells - 5), (cells - 5, 5)] {
                    let mut packed = vec![f32::NAN; packed_len(depth, width)];
                    columns(&x, channels, &window, (from, width), &mut packed);
                    let mut block = vec![f32::NAN; outputs * width];
                    product(&weights, &packed, depth, width, &[], &mut block);
                    for (o, row) in block.chunks_exact(width).enumerate() {
                        have[o * cells + from..o * cells + from + width].copy_from_slice(row);
                    }
                }
                assert_eq!(have, want, "{window:?}");
                // Channel by channel.
                let mut apart = vec![0.0; outputs * cells];
                for (o, apart) in apart.chunks_exact_mut(cells).enumerate() {
                    for c in 0..channels {
                        let weights = &weights[o * depth + c * places..][..places];
                        depthwise(&x[c * h.input * w.input..][..h.input * w.input], weights, &window, apart);
                    }
                }
                assert_eq!(apart, want, "{window:?}");
            }
        }
    }

    #[test]
    fn turned_about() {
        // 1, 2 with the weights 10, 20, 30 at a stride of 2: 10, 20, 30 + 20, 40, 60.
        let axis = Axis { input: 5, output: 2, kernel: 3, stride: 2, dilation: 1, before: 0 };
        let mut out = [0.0; 5];
        transposed(&[1.0, 2.0], &[10.0, 20.0, 30.0], &[Axis::ONE, Axis::ONE, axis], &mut out);
        assert_eq!(out, [10.0, 20.0, 50.0, 40.0, 60.0]);
    }
}
