//! A linear model: w · (x − mean).

/// Weights and means.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<f64>,
}

impl Linear {
    pub(super) fn add(&self, row: &[f32], out: &mut [f64]) {
        for (((place, x), weight), mean) in out.iter_mut().zip(row).zip(&self.weights).zip(&self.means) {
            *place += weight * (f64::from(*x) - mean);
        }
    }
}
