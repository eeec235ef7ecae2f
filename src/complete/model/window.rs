//! What stays of a text that has more tokens than the context.

/// Tokens to be left out behind the first `keep`, so that of `have` tokens no more than the context stay, with room for `coming` more, or
/// for half of what is not kept where that is less. They are left out in blocks of an eighth: a prompt that grows by a word loses
/// none most of the time, and what was computed of it stays of use.
pub(in crate::complete) fn left_out(have: usize, context: usize, keep: usize, coming: usize) -> usize {
    let moving = context.saturating_sub(keep).max(2);
    let block = (moving / 8).max(1);
    let free = coming.clamp(1, moving / 2);
    let over = (have + free).saturating_sub(context);
    // At least the newest one stays.
    let most = have.saturating_sub(keep + 1);
    if have < context { 0 } else { (over.div_ceil(block) * block).min(most) }
}

#[cfg(test)]
mod tests {
    use super::left_out;

    #[test]
    fn the_beginning_and_the_newest_stay() {
        // It fits.
        assert_eq!(left_out(10, 64, 0, 8), 0);
        // 64 of 64: room for 8 more, in blocks of 8.
        assert_eq!(left_out(64, 64, 0, 8), 8);
        assert_eq!(left_out(65, 64, 0, 8), 16);
        // Never more than half, however much is to come.
        assert_eq!(left_out(64, 64, 0, 1000), 32);
        // With ten that are kept blocks are of 6, and half is 27.
        assert_eq!(left_out(64, 64, 10, 1000), 30);
        // A huge one.
        assert_eq!(left_out(1_000_000, 64, 10, 4) % 6, 0);
        for (have, context, keep, coming) in [(3, 2, 0, 1), (9, 4, 1, 9), (1000, 512, 255, 0), (64, 64, 31, 64), (2, 2, 0, 5)] {
            let left = have - left_out(have, context, keep, coming);
            assert!(left < context.max(2) && left > keep, "{have} {context} {keep}: {left}");
        }
    }

    #[test]
    fn a_prompt_that_grows_keeps_its_window_most_of_the_time() {
        let starts: Vec<usize> = (100..200).map(|have| left_out(have, 64, 1, 4)).collect();
        let moved = starts.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(moved <= 15, "{moved}");
    }
}
