//! From the model's logits to the next token: adaptation, penalty, what may come at all, and the draw.

use super::answer::TokenLogprob;
use super::completion::Completion;
use super::options::Options;
use crate::complete::logits::{Sampling, block, draw, greedy, likeliest, penalize, probabilities};
use crate::complete::tokens::{Pieces, Vocabulary};
use crate::error::{Code, Error, Result};

/// Tokens as the completer knows them.
pub(super) struct Tokens<'a> {
    pub(super) words: &'a dyn Vocabulary,
    pub(super) pieces: &'a Pieces,
}

/// A token that was chosen, with its log-probability where that is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    pub(super) id: u32,
    pub(super) logprob: f32,
}

/// Makes `work` of what `adapted` holds: penalty, constraint, blocklist. What cannot come is minus infinity.
pub(super) fn weigh(completion: &mut Completion, tokens: &Tokens<'_>) {
    let Completion { options, logits, work, seen, .. } = completion;
    work.clear();
    work.extend_from_slice(logits);
    penalize(seen, options.repetition_penalty, work);
    constrain(completion, tokens);
    block(&completion.options.blocked, &completion.ids, &mut completion.work);
}

/// Leaves what the prompt's end begins with or what begins with it, as far as it was taken back; and what the allowed texts go on with.
fn constrain(completion: &mut Completion, tokens: &Tokens<'_>) {
    let Completion { options, work, choice, kept, heal, walk, ends, .. } = completion;
    let allowed = options.allowed.as_ref().zip(*walk);
    if heal.is_empty() && allowed.is_none() {
        return;
    }
    let begun = tokens.pieces.beginning(tokens.words, heal);
    choice.clear();
    match allowed {
        Some((allowed, walk)) => {
            allowed.next(walk, tokens.words, begun, heal.len(), choice);
            if heal.is_empty() && allowed.may_end(walk) {
                choice.extend(ends.iter());
            }
        }
        None => choice.extend(begun),
    }
    choice.extend(parts_of(heal, tokens));
    kept.clear();
    kept.extend(choice.iter().map(|id| work.get(*id as usize).copied().unwrap_or(f32::NEG_INFINITY)));
    work.fill(f32::NEG_INFINITY);
    for (id, logit) in choice.iter().zip(kept) {
        if let Some(to) = work.get_mut(*id as usize) {
            *to = *logit;
        }
    }
}

/// The next token.
///
/// # Errors
/// `nothing-allowed` where constraint and blocklist leave none.
pub(super) fn choose(completion: &mut Completion, tokens: &Tokens<'_>) -> Result<Chosen> {
    weigh(completion, tokens);
    let Completion { options, work, candidates, random, logits, kept, .. } = completion;
    let id = if options.temperature == 0.0 {
        greedy(work)
    } else {
        let Options { temperature, top_k, top_p, min_p, .. } = *options;
        candidates.of(work, Sampling { temperature, top_k, top_p, min_p });
        draw(&candidates.list, random.unit())
    };
    let id = id.ok_or_else(nothing)?;
    let wanted = options.logprobs.is_some() || options.min_confidence > 0.0;
    let logprob = if wanted { logits.get(id as usize).map_or(0.0, |logit| logit - probabilities(logits, kept)) } else { 0.0 };
    Ok(Chosen { id, logprob })
}

/// How likely the model holds what a chosen token adds to the text, 0 to 1. As far as the prompt's end is written anew (healing) the
/// visitor has said it already: a token that adds nothing is not in doubt, and one that goes on is judged among those that spell what was typed.
pub(super) fn confidence(completion: &Completion, chosen: Chosen, tokens: &Tokens<'_>) -> f32 {
    let Completion { heal, logits, .. } = completion;
    if heal.is_empty() {
        return libm::expf(chosen.logprob);
    }
    if tokens.words.piece(chosen.id).len() <= heal.len() {
        return 1.0;
    }
    let logit = |id: u32| logits.get(id as usize).copied().unwrap_or(f32::NEG_INFINITY);
    let of = logit(chosen.id);
    let begun = tokens.pieces.beginning(tokens.words, heal);
    let sum: f32 = begun.iter().chain(parts_of(heal, tokens)).map(|id| libm::expf(logit(*id) - of)).sum();
    // Itself is one of them.
    1.0 / sum.max(1.0)
}

/// Tokens that are a beginning of this, but not the whole.
fn parts_of<'a>(heal: &'a [u8], tokens: &'a Tokens<'_>) -> impl Iterator<Item = &'a u32> {
    (1..heal.len()).flat_map(|short| tokens.pieces.being(tokens.words, heal.get(..short).unwrap_or_default()))
}

/// The error where no token may come.
pub(super) fn nothing() -> Error {
    Error::new(
        Code::NothingAllowed,
        "no token may come next: the blocked sequences, or the allowed texts in this tokenizer, leave none",
    )
}

/// What is told of a chosen token.
pub(super) fn told(completion: &mut Completion, Chosen { id, logprob }: Chosen) {
    let Some(count) = completion.options.logprobs else { return };
    likeliest(&completion.logits, count, &mut completion.top);
    let sum = probabilities(&completion.logits, &mut completion.kept);
    let top = completion.top.iter().map(|(id, logit)| (*id, logit - sum)).collect();
    completion.logprobs.push(TokenLogprob { id, logprob, top });
}
