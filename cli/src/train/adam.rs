//! Adam (Kingma and Ba 2015) in one pass over each variable.

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};

/// First and second moments of every variable.
#[derive(Default)]
pub(super) struct Adam {
    steps: i32,
    state: Vec<Moments>,
}

struct Moments {
    value: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Adam {
    /// Moves each variable against its gradient: β₁ 0.9, β₂ 0.999, ε 1e-8, no weight decay.
    ///
    /// # Errors
    /// From candle.
    pub(super) fn step(&mut self, vars: &[&Var], grads: &GradStore, lr: f64) -> Result<()> {
        if self.state.is_empty() {
            for var in vars {
                let value = var.flatten_all()?.to_vec1::<f32>()?;
                self.state.push(Moments { first: vec![0.0; value.len()], second: vec![0.0; value.len()], value });
            }
        }
        self.steps += 1;
        let rate = (lr * (1.0 - 0.999f64.powi(self.steps)).sqrt() / (1.0 - 0.9f64.powi(self.steps))) as f32;
        for (var, state) in vars.iter().zip(&mut self.state) {
            let Some(grad) = grads.get(var) else { continue };
            let grad = grad.flatten_all()?.to_vec1::<f32>()?;
            let moments = state.first.iter_mut().zip(state.second.iter_mut());
            for ((value, g), (m, v)) in state.value.iter_mut().zip(&grad).zip(moments) {
                *m += 0.1 * (g - *m);
                *v += 0.001 * (g * g - *v);
                *value -= rate * *m / (v.sqrt() + 1e-8);
            }
            var.set(&Tensor::from_slice(&state.value, var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }
}
