//! Weights in 4 bits: blocks of 32 along a row, each with a scale of 16 bits and codes from 0 to 15 about 8 (onnxruntime's MatMulNBits).
//!
//! While a model is trained for it, the way forward runs on what the codes stand for, and the gradient goes to the weights behind them as
//! if nothing had been rounded (Bengio et al. 2013, straight through).

use crate::math::vectorised;

/// Weights of a block.
pub(crate) const BLOCK: usize = 32;

/// Scales that are tried for a block, as shares of the one with which its largest weight is code 0, and of a symmetric one.
const SHARES: [f32; 5] = [1.0, 0.93, 0.86, 0.79, 8.0 / 7.0];

vectorised! {
    /// Writes what the codes of `weights` stand for.
    pub(crate) fn rounded<'a>(weights: &'a [f32], out: &'a mut [f32]) -> () {
        for (block, out) in weights.as_chunks::<BLOCK>().0.iter().zip(out.as_chunks_mut::<BLOCK>().0) {
            let scale = best(block);
            let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
            for (o, w) in out.iter_mut().zip(block) {
                *o = whole(*w, inverse) * scale;
            }
        }
    }
}

/// The codes of weights, two to a byte, the first in the lower half, and the scales as bits of 16-bit floats.
pub(crate) fn codes(weights: &[f32]) -> (Vec<u8>, Vec<u16>) {
    let (mut codes, mut scales) = (Vec::with_capacity(weights.len() / 2), Vec::with_capacity(weights.len() / BLOCK));
    for block in weights.as_chunks::<BLOCK>().0 {
        let scale = best(block);
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        let code = |w: f32| (whole(w, inverse) + 8.0) as u8;
        codes.extend(block.as_chunks::<2>().0.iter().map(|[low, high]| code(*low) | code(*high) << 4));
        scales.push(half_bits(scale));
    }
    (codes, scales)
}

/// From −8 to 7.
#[inline(always)]
fn whole(weight: f32, inverse: f32) -> f32 {
    let near = (weight * inverse + 12_582_912.0) - 12_582_912.0; // rounds: 1.5 · 2^23
    near.clamp(-8.0, 7.0)
}

/// The scale with the least squared error, which a 16-bit float holds.
#[inline(always)]
fn best(block: &[f32; BLOCK]) -> f32 {
    let (mut low, mut high) = (0.0_f32, 0.0_f32);
    for w in block {
        low = low.min(*w);
        high = high.max(*w);
    }
    let most = if -low > high { low } else { high };
    let (mut found, mut least) = (0.0, f32::INFINITY);
    for share in SHARES {
        let scale = half(most * share / -8.0);
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        let mut sums = [0f32; 16];
        for part in block.as_chunks::<16>().0 {
            for (s, w) in sums.iter_mut().zip(part) {
                let miss = whole(*w, inverse) * scale - w;
                *s += miss * miss;
            }
        }
        let mut sum = 0.0;
        for s in sums {
            sum += s;
        }
        if sum < least {
            (found, least) = (scale, sum);
        }
    }
    found
}

/// The nearest number that a 16-bit float holds, of those that are 0 or at least 2^-14.
#[inline(always)]
fn half(x: f32) -> f32 {
    if x.abs() < 6.103_515_6e-5 {
        return 0.0;
    }
    // 13 bits of the fraction go, to even.
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0xFFF + (bits >> 13 & 1)) & !0x1FFF;
    f32::from_bits(rounded).clamp(-65_504.0, 65_504.0)
}

/// The bits of a number that [`half`] has made.
fn half_bits(x: f32) -> u16 {
    if x == 0.0 {
        return 0;
    }
    let bits = x.to_bits();
    let exponent = (bits >> 23 & 0xFF) as i32 - 127 + 15;
    ((bits >> 16 & 0x8000) | (exponent.clamp(1, 30) as u32) << 10 | bits >> 13 & 0x3FF) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearhand_numerics::random::Random;
    use nearhand_onnx::file::f16_to_f32;

    #[test]
    fn codes_stand_for_what_the_way_forward_runs_on() {
        let mut random = Random::of(4, 0);
        let mut weights: Vec<f32> = (0..64 * BLOCK).map(|i| random.normal() * 10_f32.powi(i as i32 / 256 - 4)).collect();
        weights[..BLOCK].fill(0.0);
        weights[BLOCK..2 * BLOCK].fill(1e-9);
        let mut out = vec![1.0; weights.len()];
        rounded(&weights, &mut out);
        let (codes, scales) = codes(&weights);
        for (at, o) in out.iter().enumerate() {
            let code = codes[at / 2] >> (at % 2 * 4) & 15;
            let value = (f32::from(code) - 8.0) * f16_to_f32(scales[at / BLOCK]);
            assert!(value == *o, "{at}: {value} {o}");
        }
    }

    #[test]
    fn the_error_is_within_half_a_step_and_rounding_again_changes_little() {
        let mut random = Random::of(5, 0);
        let weights: Vec<f32> = (0..256 * BLOCK).map(|_| random.normal()).collect();
        let mut out = vec![0.0; weights.len()];
        rounded(&weights, &mut out);
        let error: f32 = weights.iter().zip(&out).map(|(w, o)| (w - o) * (w - o)).sum();
        // Uniform noise of a step of 2.1 / 8, the mean of the largest of 32, is 0.0057 a weight.
        assert!(error / (weights.len() as f32) < 0.008, "{error}");
    }
}
