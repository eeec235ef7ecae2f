//! How many bits the values of given item vectors keep.
//!
//! Where it is not said, 8, unless these answer fewer than 99.9 % of the sessions as the vectors themselves do: then 32, in the
//! graph, as far as a page would take them.

use crate::pack::judging::expect::{self, Expected};
use crate::pack::judging::{AGREE, SESSIONS};
use crate::pack::running::probe::Loaded;
use crate::pack::running::rows::Rows;
use crate::pack::told::Told;
use crate::vectors::{Made, Placed, Score, VectorArgs};
use nearhand::bundle::StoredVectors;
use nearhand::features::ContextEvent;
use nearhand::rank::ItemVectors;
use nearhand::session::MAX_EVENTS;
use nearhand::{Code, Error, Result};

/// Places of a top.
const K: usize = 20;
/// The most bytes of vectors in 32 bits that are taken without being asked for.
const TAKEN: usize = 48 << 20;

/// Vectors, and what was said of them.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) args: &'a VectorArgs,
    pub(super) placed: &'a Placed,
    pub(super) rows: &'a Rows,
}

/// Sessions to compare on, and the expected tops.
pub(super) type Asked<'a> = (&'a [Vec<ContextEvent>], Option<&'a Expected>);

impl Given<'_> {
    /// Rounded to so many bits, 8 at most, and with the model of the query where one is asked for.
    fn made(&self, bits: usize, cosine: Option<bool>) -> Result<Made> {
        let score = cosine.map(|cosine| if cosine { Score::Cosine } else { Score::Dot }).or(self.args.score);
        VectorArgs { bits: Some(bits), score, ..self.args.clone() }.make(self.placed, MAX_EVENTS)
    }

    /// The bits to take: as said, or 8 where these answer alike, else 32.
    fn bits(&self, kept: (usize, usize), told: &mut Told) -> usize {
        let (same, all) = kept;
        let enough = same * 1000 >= all * AGREE;
        match self.args.bits {
            Some(bits) => bits,
            None if enough => {
                told.guess("bits", 8, format!("the 20 best are those of the vectors as given in {same} of {all} sessions"));
                8
            }
            None => {
                told.guess("bits", 32, format!("8 bits answer {same} of {all} sessions as the vectors as given do, and take a quarter of the bytes: --bits 8"));
                32
            }
        }
    }
}

/// Where a graph answers a query: the graph to pack and the vectors beside it.
///
/// # Errors
/// Those of rounding and loading.
pub(super) fn of_graph(
    given: Option<Given<'_>>,
    (mut loaded, cosine): (Loaded, bool),
    exact: &dyn Fn(usize) -> Result<Loaded>,
    asked: Asked<'_>,
    told: &mut Told,
) -> Result<(Loaded, Option<StoredVectors>)> {
    let Some(given) = given else { return Ok((loaded, None)) };
    if loaded.spec.output.kind == nearhand::bundle::OutputKind::Logits && !loaded.takes_vectors() {
        return Err(Error::new(
            Code::OptionInvalid,
            "the graph answers one value an item and takes no vectors: --vectors are for a graph that ends in a query",
        )
        .with("option", "--vectors")
        .with("output", &loaded.spec.output.name));
    }
    let bits = given.args.bits.unwrap_or(8);
    let stored = given.made(bits.min(8), Some(cosine))?.stored;
    told.lines.push(stored.to_string());
    let rows = ItemVectors::new(stored.vectors.dim, stored.vectors.rows.clone(), stored.vectors.scales.clone())?;
    if bits <= 8 && given.placed.values.len().saturating_mul(4) > TAKEN {
        told.guess("bits", bits, "in 32 bits the graph would be larger than a page takes unasked");
        loaded.stored = Some(rows);
        return Ok((loaded, Some(stored.vectors)));
    }
    let mut whole = exact(32)?;
    loaded.stored = Some(rows);
    if given.args.bits == Some(16) {
        loaded = exact(16)?;
    }
    let kept = kept(&mut whole, &mut loaded, given.rows, asked)?;
    let bits = given.bits(kept, told);
    tell(bits, kept, given.args, told);
    Ok((if bits == 32 { whole } else { loaded }, Some(stored.vectors)))
}

/// Where there are vectors alone: the graph of their query and the vectors beside it; and, where these are rounded, the graph that
/// has them as given.
///
/// # Errors
/// Those of rounding and loading.
pub(super) fn of_vectors(
    given: Given<'_>,
    asked: Asked<'_>,
    told: &mut Told,
) -> Result<(Loaded, Option<StoredVectors>, Option<Loaded>)> {
    let model = |bits: usize| -> Result<(Loaded, Made)> {
        let mut made = given.made(bits, None)?;
        let (spec, bytes) = made.model.take().ok_or_else(|| {
            Error::new(
                Code::OptionInvalid,
                "say what a session asks of the vectors: --query mean, last or decay:0.6, or a graph with --onnx",
            )
            .with("option", "--query")
        })?;
        Ok((Loaded::new(bytes, spec, Some(given.placed.dim), expect::ROUNDING)?, made))
    };
    let (mut rounded, made) = model(given.args.bits.unwrap_or(8).min(8))?;
    let stored = made.stored;
    told.lines.push(stored.to_string());
    rounded.stored = Some(ItemVectors::new(stored.vectors.dim, stored.vectors.rows.clone(), stored.vectors.scales.clone())?);
    if given.args.bits.is_none_or(|bits| bits <= 8) && given.placed.values.len().saturating_mul(4) > TAKEN {
        told.guess("bits", stored.bits, "in 32 bits the graph would be larger than a page takes unasked");
        return Ok((rounded, Some(stored.vectors), None));
    }
    let (loaded, whole) = match model(32) {
        Ok((mut whole, _)) => {
            if given.args.bits == Some(16) {
                rounded = model(16)?.0;
            }
            let kept = kept(&mut whole, &mut rounded, given.rows, asked)?;
            let bits = given.bits(kept, told);
            tell(bits, kept, given.args, told);
            if bits == 32 { (whole, None) } else { (rounded, Some(whole)) }
        }
        Err(error) if given.args.bits.is_some_and(|bits| bits > 8) => return Err(error),
        Err(_) => (rounded, None),
    };
    Ok((loaded, Some(stored.vectors), whole))
}

fn tell(bits: usize, (same, all): (usize, usize), args: &VectorArgs, told: &mut Told) {
    if args.bits.is_some() && bits < 32 {
        told.lines.push(format!("bits={bits} same_top={same} of={all}"));
        if same * 1000 < all * AGREE {
            told.warn(format!("in {bits} bits the 20 best are those of the vectors as given in {same} of {all} sessions"));
        }
    }
}

/// How many sessions have the same best items, by the vectors as given and as rounded.
fn kept(whole: &mut Loaded, rounded: &mut Loaded, rows: &Rows, (contexts, expected): Asked<'_>) -> Result<(usize, usize)> {
    let tops = expected.map_or(&[][..], |expected| &expected.tops);
    let newest = contexts.iter().rev().filter(|session| !session.is_empty()).take(SESSIONS);
    let sessions: Vec<&Vec<ContextEvent>> =
        if tops.is_empty() { newest.collect() } else { tops.iter().map(|top| &top.session).collect() };
    let (mut same, all) = (0, sessions.len());
    for session in sessions {
        let values = whole.values(session, Some(rows))?;
        let best = expect::best(&rounded.values(session, Some(rows))?, K);
        same += usize::from(expect::differing(&values, &best, expect::ROUNDING).is_empty());
    }
    Ok((same, all))
}
