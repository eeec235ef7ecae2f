//! A graph as an export has it becomes one that the engine fills and reads: nodes in front of its inputs and behind its
//! output, as a reading asks for them.

use crate::graph::{Attribute, Data, Element, Graph, Side};
use crate::pack::meaning::fill::{Fill, Ids, Place, Sense};
use crate::pack::meaning::port::Port;
use crate::pack::meaning::reading::Reading;
use crate::pack::running::rows::Rows;
use crate::vectors::halves;
use nearhand::bundle::{Align, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec};
use nearhand::session::MAX_EVENTS;
use nearhand::{Code, Error, Result};

/// What stands for "never" in an additive mask.
const NEVER: f32 = -1e9;

/// A graph with its inputs in place, and what fills them.
pub(crate) struct Fed {
    pub(crate) graph: Graph,
    pub(crate) inputs: Vec<InputSpec>,
    /// The item vectors, where they stand in the graph.
    table: Option<String>,
}

/// Puts nodes in front of the inputs that are not filled as they are.
///
/// # Errors
/// `invalid-option` for an input of a type that nothing fills.
pub(crate) fn feed(graph: &Graph, ports: &[Port], reading: &Reading, rows: Option<&Rows>) -> Result<Fed> {
    let mut fed = Feeder { graph: graph.clone(), inputs: Vec::new(), reading, table: None, items: 0 };
    if let Some(rows) = rows.filter(|_| reading.exact.is_some()) {
        fed.table = Some(table(&mut fed.graph, rows, reading)?);
        fed.items = rows.count() as i64;
    }
    for (port, fill) in ports.iter().zip(&reading.fills) {
        fed.input(port, *fill)?;
    }
    // The engine takes the side of the events from the first input: let it be one with a window.
    fed.inputs.sort_by_key(|input| input.feature == Feature::Length);
    Ok(Fed { graph: fed.graph, inputs: fed.inputs, table: fed.table })
}

/// All item vectors, and zeros behind them for padding.
fn table(graph: &mut Graph, rows: &Rows, reading: &Reading) -> Result<String> {
    let mut values = if reading.cosine { &rows.cosine } else { &rows.dot }.clone();
    values.resize(values.len() + rows.dim, 0.0);
    let dims = [rows.count() + 1, rows.dim];
    if reading.exact != Some(16) {
        return Ok(graph.constant(&dims, Data::F32(&values)));
    }
    let halves = graph.constant(&dims, Data::F16(&halves(&values, rows.dim)?));
    Ok(graph.op(Side::Before, "Cast", &[&halves], &[Attribute::Int("to", Element::F32 as i64)]))
}

struct Feeder<'a> {
    graph: Graph,
    inputs: Vec<InputSpec>,
    reading: &'a Reading,
    table: Option<String>,
    items: i64,
}

impl Feeder<'_> {
    fn input(&mut self, port: &Port, fill: Fill) -> Result<()> {
        let shape = self.reading.shape(port, fill);
        let element = Element::named(&port.dtype).ok_or_else(|| {
            Error::new(Code::OptionInvalid, "no feature is of the type of an input: export it with numbers")
                .with("input", &port.name)
                .with("type", port.text())
        })?;
        if let Some(feature) = self.native(fill, element, &shape) {
            self.take(&port.name, feature, element, &shape);
            return Ok(());
        }
        let value = self.made(port, fill)?;
        let value = self.typed(&value, fill, element);
        self.shaped(&value, &port.name, &shape, fill);
        self.graph.replace_input(&port.name, None);
        Ok(())
    }

    /// The feature that fills the input as it is.
    fn native(&self, fill: Fill, element: Element, shape: &[usize]) -> Option<Feature> {
        let own = if fill == Fill::ItemVector { 2 } else { 1 };
        let leads = shape.len().saturating_sub(own);
        let ones = shape.iter().take(leads).all(|d| *d == 1);
        let whole = self.reading.token().is_none() && ones && (fill == Fill::Length || shape.len() >= own);
        let lasts = fill == Fill::Length || shape.get(leads) == Some(&self.reading.window);
        let (feature, of) = match fill {
            Fill::ItemVector if self.table.is_none() => (Feature::ItemVector, [Element::F32; 2]),
            Fill::Ids(Ids { offset, pad, token: None }) => (Feature::ItemIndex { offset, pad }, [Element::I64; 2]),
            Fill::Mask(Sense::Events) => (Feature::Mask, [Element::F32, Element::I64]),
            Fill::Length if self.reading.window >= MAX_EVENTS => (Feature::Length, [Element::I64; 2]),
            Fill::Position(Place::Newest(0)) => (Feature::Recency, [Element::I64; 2]),
            Fill::DwellLog => (Feature::DwellLog, [Element::F32; 2]),
            Fill::GapLog => (Feature::GapLog, [Element::F32; 2]),
            Fill::Kind => (Feature::Kind, [Element::I64; 2]),
            Fill::PriceLog => (Feature::PriceLog, [Element::F32; 2]),
            _ => return None,
        };
        let one = fill != Fill::Length || shape.iter().all(|d| *d == 1);
        (whole && lasts && one && of.contains(&element)).then_some(feature)
    }

    /// Declares an input of the engine's in the place of the export's.
    fn take(&mut self, name: &str, feature: Feature, element: Element, shape: &[usize]) {
        let dtype = if element == Element::F32 { "f32" } else { "i64" }.to_owned();
        self.graph.replace_input(name, Some((name, element, shape)));
        self.inputs.push(InputSpec { name: name.to_owned(), feature, shape: shape.to_vec(), dtype, align: self.reading.align });
    }

    /// A new input of the engine's, of one axis: the events.
    fn add(&mut self, port: &Port, what: &str, feature: Feature, element: Element) -> String {
        let name = format!("{}.{what}", port.name);
        let shape = match (&feature, port.dims.last()) {
            (Feature::Length, _) => vec![1],
            (Feature::ItemVector, Some(width)) => vec![self.reading.events(), width.fixed.unwrap_or(1)],
            _ => vec![self.reading.events()],
        };
        self.take(&name, feature, element, &shape);
        name
    }

    fn op(&mut self, kind: &str, inputs: &[&str]) -> String {
        self.graph.op(Side::Before, kind, inputs, &[])
    }

    fn float(&mut self, value: f32) -> String {
        self.graph.constant(&[1], Data::F32(&[value]))
    }

    fn whole(&mut self, value: i64) -> String {
        self.graph.constant(&[1], Data::I64(&[value]))
    }

    fn join(&mut self, parts: &[&str]) -> String {
        self.graph.op(Side::Before, "Concat", parts, &[Attribute::Int("axis", 0)])
    }

    /// The values, of one axis, as f32 or i64: of the window, a token's place included.
    fn made(&mut self, port: &Port, fill: Fill) -> Result<String> {
        let token = self.reading.token().is_some();
        Ok(match fill {
            Fill::ItemVector => match self.table.clone() {
                Some(table) => {
                    let feature = Feature::ItemIndex { offset: 0, pad: self.items };
                    let items = self.add(port, "items", feature, Element::I64);
                    self.graph.op(Side::Before, "Gather", &[&table, &items], &[Attribute::Int("axis", 0)])
                }
                None => self.add(port, "vectors", Feature::ItemVector, Element::F32),
            },
            Fill::Ids(ids) => {
                let items = self.add(port, "items", Feature::ItemIndex { offset: ids.offset, pad: ids.pad }, Element::I64);
                match ids.token {
                    Some(token) => self.asked(&items, ids.pad, token),
                    None => items,
                }
            }
            Fill::Mask(sense) => {
                let events = self.add(port, "events", Feature::Mask, Element::F32);
                let events = if token { self.with_token(&events) } else { events };
                let one = self.float(1.0);
                match sense {
                    Sense::Events => events,
                    Sense::Padding => self.op("Sub", &[&one, &events]),
                    Sense::Additive => {
                        let (none, never) = (self.op("Sub", &[&one, &events]), self.float(NEVER));
                        self.op("Mul", &[&none, &never])
                    }
                }
            }
            Fill::Length => {
                // The engine counts all events of the session, the graph those of its window.
                let (length, most) =
                    (self.add(port, "length", Feature::Length, Element::I64), self.whole(self.reading.events() as i64));
                let length = self.op("Min", &[&length, &most]);
                let one = self.whole(i64::from(token));
                if token { self.op("Add", &[&length, &one]) } else { length }
            }
            Fill::Position(place) => self.position(port, place),
            Fill::DwellLog => self.behind(port, "dwell", Feature::DwellLog),
            Fill::GapLog => self.behind(port, "gap", Feature::GapLog),
            Fill::PriceLog => self.behind(port, "price", Feature::PriceLog),
            Fill::Gap(unit) => {
                let log = self.behind(port, "gap", Feature::GapLog);
                let (one, unit) = (self.float(1.0), self.float(unit as f32));
                let seconds = self.op("Exp", &[&log]);
                let seconds = self.op("Sub", &[&seconds, &one]);
                self.op("Div", &[&seconds, &unit])
            }
            Fill::Kind => {
                let kind = self.add(port, "kind", Feature::Kind, Element::I64);
                if token { self.with_nothing(&kind, Data::I64(&[0])) } else { kind }
            }
            Fill::Const(value) => self.float(value as f32),
        })
    }

    /// A feature in floats, with nothing at a token's place.
    fn behind(&mut self, port: &Port, what: &str, feature: Feature) -> String {
        let values = self.add(port, what, feature, Element::F32);
        if self.reading.token().is_some() { self.with_nothing(&values, Data::F32(&[0.0])) } else { values }
    }

    /// A mask that counts the token in: in front of a window that begins with the events, so that these are one more.
    fn with_token(&mut self, events: &str) -> String {
        let one = self.float(1.0);
        let parts = if self.reading.align == Align::Right { [events, one.as_str()] } else { [one.as_str(), events] };
        self.join(&parts)
    }

    /// Values with nothing for the token: padding is nothing as well, so the end is the place whichever side the events are.
    fn with_nothing(&mut self, values: &str, nothing: Data<'_>) -> String {
        let nothing = self.graph.constant(&[1], nothing);
        self.join(&[values, &nothing])
    }

    /// Numbers of items with the token behind the newest.
    fn asked(&mut self, items: &str, pad: i64, token: i64) -> String {
        if self.reading.align == Align::Right {
            let token = self.whole(token);
            return self.join(&[items, &token]);
        }
        // Where the padding begins: it is padding, and what is before it is none.
        let (pad_one, difference, zero, one) = (self.whole(pad), self.whole(token - pad), self.whole(0), self.whole(1));
        let padded = self.join(&[items, &pad_one]);
        let is = self.op("Equal", &[&padded, &pad_one]);
        let is = self.graph.op(Side::Before, "Cast", &[&is], &[Attribute::Int("to", Element::I64 as i64)]);
        let places: Vec<i64> = (0..self.reading.events() as i64).collect();
        let places = self.graph.constant(&[places.len()], Data::I64(&places));
        let before = self.op("Gather", &[&is, &places]);
        let before = self.join(&[&zero, &before]);
        let not = self.op("Sub", &[&one, &before]);
        let first = self.op("Mul", &[&is, &not]);
        let change = self.op("Mul", &[&first, &difference]);
        self.op("Add", &[&padded, &change])
    }

    fn position(&mut self, port: &Port, place: Place) -> String {
        if let Place::Window(from) = place {
            let places: Vec<i64> = (0..self.reading.window as i64).map(|at| at + from).collect();
            return self.graph.constant(&[places.len()], Data::I64(&places));
        }
        let token = self.reading.token().is_some();
        let events = self.add(port, "events", Feature::Mask, Element::I64);
        let newest = self.add(port, "newest", Feature::Recency, Element::I64);
        let sum = self.graph.op(Side::Before, "ReduceSum", &[&events], &[Attribute::Int("keepdims", 1)]);
        let counted = match place {
            Place::Newest(from) => {
                // A token is newer than the newest event.
                let from = self.whole(from + i64::from(token));
                self.op("Add", &[&newest, &from])
            }
            Place::Oldest(from) | Place::Window(from) => {
                let from = self.whole(from - 1);
                let oldest = self.op("Sub", &[&sum, &newest]);
                self.op("Add", &[&oldest, &from])
            }
        };
        let counted = self.op("Mul", &[&counted, &events]);
        if !token {
            return counted;
        }
        let own = match place {
            Place::Newest(from) => self.whole(from),
            Place::Oldest(from) | Place::Window(from) => {
                let from = self.whole(from);
                self.op("Add", &[&sum, &from])
            }
        };
        if self.reading.align == Align::Right {
            return self.join(&[&counted, &own]);
        }
        // Behind the newest event of a window that begins with them: the place of its number is the count of events.
        let zero = self.whole(0);
        let padded = self.join(&[&counted, &zero]);
        let places: Vec<i64> = (0..self.reading.window as i64).collect();
        let places = self.graph.constant(&[places.len()], Data::I64(&places));
        let is = self.op("Equal", &[&places, &sum]);
        let is = self.graph.op(Side::Before, "Cast", &[&is], &[Attribute::Int("to", Element::I64 as i64)]);
        let own = self.op("Mul", &[&is, &own]);
        self.op("Add", &[&padded, &own])
    }

    /// Of the export's type.
    fn typed(&mut self, value: &str, fill: Fill, element: Element) -> String {
        let is = match fill {
            Fill::Ids(_) | Fill::Length | Fill::Position(_) | Fill::Kind => Element::I64,
            _ => Element::F32,
        };
        if is == element {
            return value.to_owned();
        }
        self.graph.op(Side::Before, "Cast", &[value], &[Attribute::Int("to", element as i64)])
    }

    /// Of the export's shape and name.
    fn shaped(&mut self, value: &str, name: &str, shape: &[usize], fill: Fill) {
        let size = match fill {
            Fill::Length | Fill::Const(_) => 1,
            Fill::ItemVector => self.reading.window.saturating_mul(shape.last().copied().unwrap_or(1)),
            _ => self.reading.window,
        };
        let batch = shape.iter().copied().fold(1, usize::saturating_mul) / size.max(1);
        let ints = |shape: &[usize]| shape.iter().map(|d| *d as i64).collect::<Vec<i64>>();
        if batch <= 1 {
            let to = self.graph.constant(&[shape.len()], Data::I64(&ints(shape)));
            self.graph.op_named(Side::Before, "Reshape", &[value, &to], name, &[]);
            return;
        }
        // One session, as often as the batch is long.
        let mut one = shape.to_vec();
        let axis =
            if self.reading.window_first { one.iter().rposition(|d| *d == batch) } else { one.iter().position(|d| *d == batch) };
        if let Some(axis) = axis {
            one.splice(axis..=axis, [1]).for_each(drop);
        }
        let (one, all) = (ints(&one), ints(shape));
        let to = self.graph.constant(&[one.len()], Data::I64(&one));
        let value = self.op("Reshape", &[value, &to]);
        let to = self.graph.constant(&[all.len()], Data::I64(&all));
        self.graph.op_named(Side::Before, "Expand", &[&value, &to], name, &[]);
    }
}

/// An output of the graph: its name, type, and the shape that it has for the reading's inputs.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) name: String,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
}

/// Puts nodes behind the output, so that it is one row of `items` values (from `offset` on) or a query of `width`, or a row a
/// position that the engine itself picks from.
///
/// # Errors
/// `model-mismatch` for an output that is no row a session or position.
pub(crate) fn read(
    fed: Fed,
    output: &Answered,
    reading: &Reading,
    (width, items): (usize, usize),
) -> Result<(Vec<u8>, ModelSpec)> {
    let Fed { mut graph, mut inputs, table } = fed;
    let last = output.shape.last().copied().unwrap_or(0);
    let rows = output.shape.iter().product::<usize>() / last.max(1);
    let window = reading.window;
    let (one, each) = (rows == 1, rows == window && reading.batch == 1);
    let plain = output.dtype == "f32" && last == width && reading.token().is_none() && !reading.log && table.is_none();
    let as_is = plain && (one || each);
    if as_is {
        graph.keep_output(&output.name);
        let output = OutputSpec { name: output.name.clone(), kind: reading.kind, width, offset: reading.offset.unwrap_or(0) };
        return Ok((graph.bytes(), ModelSpec { inputs, output, engine: None }));
    }
    let after =
        |graph: &mut Graph, kind: &str, of: &[&str], attributes: &[Attribute<'_>]| graph.op(Side::After, kind, of, attributes);
    let mut value = output.name.clone();
    if output.dtype != "f32" {
        value = after(&mut graph, "Cast", &[&value], &[Attribute::Int("to", Element::F32 as i64)]);
    }
    let to = graph.constant(&[2], Data::I64(&[rows as i64, last as i64]));
    value = after(&mut graph, "Reshape", &[&value, &to], &[]);
    if rows > 1 {
        // Which row: the first of a batch; of positions that of the newest event or of its token.
        let positions = rows == window * reading.batch && window > 1;
        let step = if positions && reading.window_first { reading.batch } else { 1 };
        let row = match (positions, reading.align) {
            (false, _) if rows == reading.batch => graph.constant(&[1], Data::I64(&[0])),
            (false, _) => {
                return Err(Error::new(Code::ModelMismatch, "an output has neither one row a session nor one a position")
                    .with("output", &output.name)
                    .with("rows", rows)
                    .with("window", window)
                    .with("batch", reading.batch));
            }
            (true, Align::Right) => graph.constant(&[1], Data::I64(&[((window - 1) * step) as i64])),
            (true, Align::Left) => {
                let name = format!("{}.length", output.name);
                graph.replace_input(&name, Some((&name, Element::I64, &[1])));
                let spec = InputSpec {
                    name: name.clone(),
                    feature: Feature::Length,
                    shape: vec![1],
                    dtype: "i64".into(),
                    align: Align::Left,
                };
                inputs.push(spec);
                // With a token the newest row is its own, one behind the events.
                let back = graph.constant(&[1], Data::I64(&[i64::from(reading.token().is_none())]));
                let step = graph.constant(&[1], Data::I64(&[step as i64]));
                let most = graph.constant(&[1], Data::I64(&[reading.events() as i64]));
                let length = after(&mut graph, "Min", &[&name, &most], &[]);
                let at = after(&mut graph, "Sub", &[&length, &back], &[]);
                after(&mut graph, "Mul", &[&at, &step], &[])
            }
        };
        value = after(&mut graph, "Gather", &[&value, &row], &[Attribute::Int("axis", 0)]);
    }
    if last > width {
        value = cut(&mut graph, &value, width);
    }
    let mut kind = reading.kind;
    let mut width = width;
    if let Some(table) = table {
        // The product with every item, and with the row for padding, which is cut off.
        let columns = graph.op(Side::After, "Transpose", &[&table], &[Attribute::Ints("perm", &[1, 0])]);
        value = graph.op(Side::After, "MatMul", &[&value, &columns], &[]);
        (kind, width) = (OutputKind::Logits, items);
        value = cut(&mut graph, &value, width);
    }
    if reading.log {
        let least = graph.constant(&[1], Data::F32(&[f32::MIN_POSITIVE]));
        value = graph.op(Side::After, "Max", &[&value, &least], &[]);
        value = graph.op(Side::After, "Log", &[&value], &[]);
    }
    let name = format!("{}.answer", output.name);
    let to = graph.constant(&[2], Data::I64(&[1, width as i64]));
    graph.op_named(Side::After, "Reshape", &[&value, &to], &name, &[]);
    graph.only_output(&name, Element::F32, &[1, width]);
    let output = OutputSpec { name, kind, width, offset: reading.offset.unwrap_or(0) };
    Ok((graph.bytes(), ModelSpec { inputs, output, engine: None }))
}

/// The first columns of a matrix.
fn cut(graph: &mut Graph, value: &str, width: usize) -> String {
    // From operator set 10 on the ends are inputs.
    if graph.opset >= 10 {
        let starts = graph.constant(&[1], Data::I64(&[0]));
        let ends = graph.constant(&[1], Data::I64(&[width as i64]));
        let axes = graph.constant(&[1], Data::I64(&[1]));
        return graph.op(Side::After, "Slice", &[value, &starts, &ends, &axes], &[]);
    }
    let ends = [width as i64];
    graph.op(
        Side::After,
        "Slice",
        &[value],
        &[Attribute::Ints("starts", &[0]), Attribute::Ints("ends", &ends), Attribute::Ints("axes", &[1])],
    )
}
