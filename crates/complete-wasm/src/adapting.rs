//! What adapts, as numbers: n-grams (0 or 1), their bits, the longest context, the rate of their weights, the bias (0 or 1), its rate and its
//! bound, then the four first weights. NaN, or nothing, stands for a default.

use nearhand::complete::Adapting;

/// Nothing where neither adapts. What is out of range the completer refuses.
pub(crate) fn of(numbers: &[f64]) -> Option<Adapting> {
    let default = Adapting::default();
    let said = |at: usize| numbers.get(at).copied().filter(|number| !number.is_nan());
    let float = |at: usize, default: f32| said(at).map_or(default, |number| number as f32);
    let mut ngram_weights = default.ngram_weights;
    for (at, weight) in ngram_weights.iter_mut().enumerate() {
        *weight = float(7 + at, *weight);
    }
    let adapting = Adapting {
        ngrams: said(0) == Some(1.0),
        ngram_bits: said(1).map_or(default.ngram_bits, |bits| bits as u32),
        ngram_order: said(2).map_or(default.ngram_order, |order| order as usize),
        ngram_weights,
        ngram_rate: float(3, default.ngram_rate),
        bias: said(4) == Some(1.0),
        bias_rate: float(5, default.bias_rate),
        bias_most: float(6, default.bias_most),
    };
    (adapting.ngrams || adapting.bias).then_some(adapting)
}
