//! What of a graph may be one way or another, and the ways.

use crate::pack::meaning::fill::Fill;
use crate::pack::meaning::reading::Reading;
use nearhand::bundle::{Align, OutputKind};

/// What may be one way or the other.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    /// In words.
    pub(crate) what: String,
    /// How the command line says it: `--align`.
    pub(crate) option: String,
    /// All ways, the likeliest first.
    pub(crate) ways: Vec<Way>,
    /// Whether the command line said the first.
    pub(crate) said: bool,
    /// Whether it is asked for where the sessions do not tell; else the likeliest is taken.
    pub(crate) strict: bool,
    /// What is known of it before any session is asked.
    pub(crate) why: String,
}

/// One way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Way {
    Align(Align),
    /// What fills an input.
    Fill(usize, Fill),
    /// Whether the window is the first axis; then window and batch.
    WindowFirst(bool, usize, usize),
    Output(usize, OutputKind, String),
    Cosine(bool),
    /// Logits before the first item's.
    Offset(Option<usize>),
    Window(usize),
}

impl Way {
    pub(crate) fn set(&self, reading: &mut Reading) {
        match self {
            Way::Align(align) => reading.align = *align,
            // Items have the same numbers wherever they stand.
            Way::Fill(at, fill) => {
                for (other, has) in reading.fills.iter_mut().enumerate() {
                    let open = reading.said.get(other) == Some(&false);
                    if other == *at || open && matches!((&*has, fill), (Fill::Ids(_), Fill::Ids(_))) {
                        *has = *fill;
                    }
                }
            }
            Way::WindowFirst(first, window, batch) => {
                (reading.window_first, reading.window, reading.batch) = (*first, *window, *batch);
            }
            Way::Output(at, kind, _) => (reading.output, reading.kind) = (*at, *kind),
            Way::Cosine(cosine) => reading.cosine = *cosine,
            Way::Offset(offset) => reading.offset = *offset,
            Way::Window(window) => reading.window = *window,
        }
    }
}

impl std::fmt::Display for Way {
    /// As the command line says it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Way::Align(Align::Left) => write!(f, "left"),
            Way::Align(Align::Right) => write!(f, "right"),
            Way::Fill(_, fill) => write!(f, "{fill}"),
            Way::WindowFirst(true, ..) => write!(f, "window first"),
            Way::WindowFirst(false, ..) => write!(f, "batch first"),
            Way::Output(_, _, name) => write!(f, "{name}"),
            Way::Cosine(true) => write!(f, "cosine"),
            Way::Cosine(false) => write!(f, "dot"),
            Way::Offset(Some(offset)) => write!(f, "{offset}"),
            Way::Offset(None) => write!(f, "as the inputs"),
            Way::Window(window) => write!(f, "{window}"),
        }
    }
}
