//! Sequences of tokens that never come.

/// Makes the last token of each sequence impossible where the tokens before it are those of the sequence.
pub(in crate::complete) fn block(sequences: &[Vec<u32>], context: &[u32], logits: &mut [f32]) {
    for sequence in sequences {
        if let Some((last, before)) = sequence.split_last()
            && context.ends_with(before)
            && let Some(logit) = logits.get_mut(*last as usize)
        {
            *logit = f32::NEG_INFINITY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn only_where_the_tokens_before_are_there() {
        let sequences = [vec![1, 2], vec![3]];
        let mut logits = [0.0; 4];
        block(&sequences, &[0, 1], &mut logits);
        assert_eq!(logits, [0.0, 0.0, f32::NEG_INFINITY, f32::NEG_INFINITY]);
        logits = [0.0; 4];
        block(&sequences, &[1, 0], &mut logits);
        assert_eq!(logits, [0.0, 0.0, 0.0, f32::NEG_INFINITY]);
    }
}
