//! Matrices of the encoder in 8 bits, a scale a column, as its file holds them.

/// A matrix in row-major order: value = code · its column's scale.
pub(crate) struct Rounded {
    /// −127 to 127.
    pub(crate) codes: Vec<i8>,
    /// One a column.
    pub(crate) scales: Vec<f32>,
}

impl Rounded {
    /// Rounds a matrix of so many columns: scale = largest magnitude of the column / 127.
    pub(crate) fn new(values: &[f32], columns: usize) -> Rounded {
        let mut scales = vec![0f32; columns];
        for row in values.chunks_exact(columns) {
            scales.iter_mut().zip(row).for_each(|(most, v)| *most = most.max(v.abs()));
        }
        scales.iter_mut().for_each(|most| *most /= 127.0);
        let code = |(v, scale): (&f32, &f32)| if *scale > 0.0 { (v / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
        let codes = values.chunks_exact(columns).flat_map(|row| row.iter().zip(&scales).map(code)).collect();
        Rounded { codes, scales }
    }

    /// The values that the codes stand for.
    pub(crate) fn values(&self) -> Vec<f32> {
        let row =
            |row: &[i8]| -> Vec<f32> { row.iter().zip(&self.scales).map(|(code, scale)| f32::from(*code) * scale).collect() };
        self.codes.chunks_exact(self.scales.len()).flat_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_example() {
        let rounded = Rounded::new(&[1.0, 0.0, -0.5, 0.0, 0.003, 0.0], 2);
        assert_eq!((rounded.codes.as_slice(), rounded.scales.as_slice()), (&[127, 0, -64, 0, 0, 0][..], &[1.0 / 127.0, 0.0][..]));
        assert!((rounded.values()[2] + 64.0 / 127.0).abs() < 1e-6);
        // What is rounded stays as it is.
        assert_eq!(Rounded::new(&rounded.values(), 2).codes, rounded.codes);
    }
}
