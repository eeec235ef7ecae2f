//! One way to read a graph: what fills each input, which end the events stand at, which output answers.

use crate::pack::meaning::fill::{Fill, Ids};
use crate::pack::meaning::port::Port;
use nearhand::bundle::{Align, OutputKind};

/// A way to read a graph.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// What fills the inputs, in the graph's order.
    pub(crate) fills: Vec<Fill>,
    /// Which of them `--input` said.
    pub(crate) said: Vec<bool>,
    pub(crate) align: Align,
    /// Places of a window as the graph has it, a token's included.
    pub(crate) window: usize,
    /// Whether the window is the first axis and the batch the second.
    pub(crate) window_first: bool,
    /// Sessions that the graph answers at once.
    pub(crate) batch: usize,
    /// Which output answers.
    pub(crate) output: usize,
    pub(crate) kind: OutputKind,
    /// Logits before the first item's; as many as numbers before the first item's where it is not said.
    pub(crate) offset: Option<usize>,
    /// Whether item vectors are compared by cosine: they are given the length 1.
    pub(crate) cosine: bool,
    /// Whether the answers are probabilities, which are ranked by their logarithms.
    pub(crate) log: bool,
    /// Bits, 16 or 32, of item vectors that stand in the graph, which then answers logits.
    pub(crate) exact: Option<usize>,
}

impl Reading {
    /// How items are numbered, where any input has numbers.
    pub(crate) fn ids(&self) -> Option<Ids> {
        self.fills.iter().find_map(|fill| if let Fill::Ids(ids) = fill { Some(*ids) } else { None })
    }

    /// The token behind the newest item.
    pub(crate) fn token(&self) -> Option<i64> {
        self.ids().and_then(|ids| ids.token)
    }

    /// Events of a session that the graph sees.
    pub(crate) fn events(&self) -> usize {
        self.window - usize::from(self.token().is_some()).min(self.window)
    }

    /// The shape of an input: the batch, the window, and what is behind them.
    pub(crate) fn shape(&self, port: &Port, fill: Fill) -> Vec<usize> {
        let (one, vector) = (matches!(fill, Fill::Length | Fill::Const(_)), fill == Fill::ItemVector);
        let own = usize::from(vector);
        let rank = port.dims.len();
        // Axes that may be the window: not those that are fixed at 1, and not the vector's own.
        let open: Vec<usize> =
            (0..rank.saturating_sub(own)).filter(|axis| port.dims.get(*axis).is_some_and(|d| d.fixed != Some(1))).collect();
        let window = match open.as_slice() {
            _ if one => None,
            [only] => Some(*only),
            [first, ..] if self.window_first => Some(*first),
            [.., last] => Some(*last),
            [] => None,
        };
        let axis = |(at, size): (usize, &crate::pack::meaning::port::Size)| match size.fixed {
            Some(n) => n,
            None if window == Some(at) => self.window,
            None => 1,
        };
        port.dims.iter().enumerate().map(axis).collect()
    }
}
