//! Rows of floats to bytes and back, by one scale and one zero point (ONNX, QuantizeLinear and DequantizeLinear).

/// `(x − zero) · scale` of unsigned bytes: fills `out`, as far as both reach.
#[inline(never)]
pub fn dequantise_u8(values: &[u8], zero: i32, scale: f32, out: &mut [f32]) {
    dequantise(values, zero, scale, out);
}

/// [`dequantise_u8`] of signed bytes.
#[inline(never)]
pub fn dequantise_i8(values: &[i8], zero: i32, scale: f32, out: &mut [f32]) {
    dequantise(values, zero, scale, out);
}

#[inline]
fn dequantise<T: Copy + Into<i32>>(values: &[T], zero: i32, scale: f32, out: &mut [f32]) {
    for (out, v) in out.iter_mut().zip(values) {
        *out = ((*v).into() - zero) as f32 * scale;
    }
}

/// The byte that stands for a float: round(x / scale), halves to even, plus `zero`, held between `low` and `high`, whose
/// lowest eight bits it is. A NaN is the zero point.
#[must_use]
#[inline]
pub fn byte(x: f32, scale: f32, zero: i32, (low, high): (i32, i32)) -> u8 {
    // Held within what saturates anyway, so that the sum below cannot overflow.
    let nearest = (x / scale).clamp(-1e6, 1e6).round_ties_even() as i32;
    (nearest + zero).clamp(low, high) as u8
}

/// [`byte`] of each: fills `out`, as far as both reach.
#[inline(never)]
pub fn quantise(values: &[f32], scale: f32, zero: i32, range: (i32, i32), out: &mut [u8]) {
    for (out, v) in out.iter_mut().zip(values) {
        *out = byte(*v, scale, zero, range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut out = [0.0; 3];
        dequantise_u8(&[0, 128, 255], 128, 0.5, &mut out);
        assert_eq!(out, [-64.0, 0.0, 63.5]);
        dequantise_i8(&[-128, 0, 127], -1, 2.0, &mut out);
        assert_eq!(out, [-254.0, 2.0, 256.0]);
        // Halves to even; saturated; infinite; not a number.
        let mut bytes = [9; 6];
        quantise(&[1.0, 3.0, -400.0, 1e9, f32::NEG_INFINITY, f32::NAN], 2.0, 10, (0, 255), &mut bytes);
        assert_eq!(bytes, [10, 12, 0, 255, 0, 10]);
        quantise(&[-3.0, 300.0], 2.0, 0, (-128, 127), &mut bytes);
        assert_eq!(bytes[..2], [254, 127]);
        assert_eq!(byte(1.0, 0.0, 3, (0, 255)), 255);
    }
}
