//! An online bias on the output logits: what is written here more often than the model thinks becomes likelier.

/// A number for each token that is added to its logit.
#[derive(Clone, Debug)]
pub(super) struct Bias {
    bias: Vec<f32>,
    /// Step of learning.
    rate: f32,
    /// The most that a logit is raised or lowered.
    most: f32,
}

impl Bias {
    pub(super) fn new(tokens: usize, rate: f32, most: f32) -> Self {
        Self { bias: vec![0.0; tokens], rate, most }
    }

    /// Bytes of memory.
    pub(super) const fn bytes(&self) -> usize {
        self.bias.len() * size_of::<f32>()
    }

    pub(super) fn add(&self, logits: &mut [f32]) {
        logits.iter_mut().zip(&self.bias).for_each(|(logit, bias)| *logit += bias);
    }

    /// One step down the gradient of the loss of the token that came: 1 less its probability for it, less its probability for every
    /// other. `likely` are probabilities with the bias in them already.
    pub(super) fn learn(&mut self, likely: &[f32], id: u32) {
        let Self { bias, rate, most } = self;
        for ((bias, probability), at) in bias.iter_mut().zip(likely).zip(0..) {
            let wanted = if at == id { 1.0 } else { 0.0 };
            *bias = (*bias + *rate * (wanted - probability)).clamp(-*most, *most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four tokens, equally likely: the one that came gets ¾ of a step, the others −¼.
    #[test]
    fn worked_example() {
        let mut bias = Bias::new(4, 0.02, 3.0);
        bias.learn(&[0.25; 4], 2);
        for (have, want) in bias.bias.iter().zip([-0.005, -0.005, 0.015, -0.005]) {
            assert!((have - want).abs() < 1e-8, "{have}");
        }
        let mut logits = [1.0; 4];
        bias.add(&mut logits);
        assert!((logits[2] - 1.015).abs() < 1e-6);
    }

    #[test]
    fn it_is_bounded_whatever_comes() {
        let mut bias = Bias::new(2, 0.02, 3.0);
        (0..10_000).for_each(|_| bias.learn(&[0.5, 0.5], 1));
        assert_eq!(bias.bias, [-3.0, 3.0]);
    }
}
