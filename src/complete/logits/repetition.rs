//! Repetition penalty (Keskar et al. 2019, CTRL): tokens that are there already become less likely.

/// Divides positive logits of the tokens that were seen by the penalty, and multiplies the others. Each token counts once.
pub(in crate::complete) fn penalize(seen: &Seen, penalty: f32, logits: &mut [f32]) {
    if penalty == 1.0 {
        return;
    }
    for (word, logits) in seen.bits.iter().zip(logits.chunks_mut(64)) {
        for (_, logit) in logits.iter_mut().enumerate().filter(|(bit, _)| word >> bit & 1 == 1) {
            *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
        }
    }
}

/// Which tokens were seen, one bit each.
#[derive(Clone, Debug)]
pub(in crate::complete) struct Seen {
    bits: Vec<u64>,
}

impl Seen {
    pub(in crate::complete) fn new(tokens: usize, seen: &[u32]) -> Self {
        let mut all = Self { bits: vec![0; tokens.div_ceil(64)] };
        seen.iter().for_each(|id| all.add(*id));
        all
    }

    pub(in crate::complete) fn add(&mut self, id: u32) {
        if let Some(word) = self.bits.get_mut(id as usize / 64) {
            *word |= 1 << (id % 64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// transformers' RepetitionPenaltyLogitsProcessor, penalty 2: 4 becomes 2, −3 becomes −6, and twice is once.
    #[test]
    fn worked_example() {
        let mut logits = [4.0, -3.0, 1.0, 0.0];
        penalize(&Seen::new(4, &[0, 1, 0, 3]), 2.0, &mut logits);
        assert_eq!(logits, [2.0, -6.0, 1.0, 0.0]);
    }

    #[test]
    fn a_penalty_of_one_changes_nothing() {
        let mut logits = [4.0, -3.0];
        penalize(&Seen::new(2, &[0, 1]), 1.0, &mut logits);
        assert_eq!(logits, [4.0, -3.0]);
    }
}
