//! GRU, LSTM and RNN.

mod cell;
pub(super) mod layer;
