//! Steps of random graphs beyond the plainest: convolutions, recurrent layers, attention, weights in few bits, what is written out
//! to be recognised.

use crate::graphs::Making;
use crate::writer::Attribute::{Float, Int, Ints, Text};

/// Ways of [`step`].
pub(crate) const WAYS: usize = 30;

/// Adds what way `way` makes of `x`.
pub(crate) fn step(making: &mut Making<'_, '_>, way: usize, x: &str, shape: &[usize]) {
    match way {
        0..=2 => image(making, way, x, shape),
        3 => pool(making, x, shape),
        4 => resize(making, x, shape),
        5..=8 => normalise(making, way, x, shape),
        9 | 10 => recurrent(making, x, shape),
        11 => attention(making, x, shape),
        12 | 13 => blocks(making, x, shape),
        14 | 15 => stored(making, x, shape),
        16 | 17 => bytes(making, x, shape),
        18 | 19 => scatter(making, x, shape),
        20 => gather(making, x, shape),
        21 => best(making, x, shape),
        22 | 23 => written(making, x, shape),
        24 => gemm(making, x, shape),
        25 => spread(making, x, shape),
        26 => split(making, x, shape),
        27 => whole(making, x, shape),
        28 => einsum(making, x, shape),
        _ => running(making, x, shape),
    }
}

/// `x` as a tensor of `rank`: ones in front, or its leading axes as one.
fn ranked(making: &mut Making<'_, '_>, x: &str, shape: &[usize], rank: usize) -> (String, Vec<usize>) {
    if shape.len() == rank {
        return (x.to_owned(), shape.to_vec());
    }
    let last = &shape[shape.len() - shape.len().min(rank - 1)..];
    let lead: usize = shape[..shape.len() - last.len()].iter().product();
    let to: Vec<usize> = std::iter::once(lead).chain(vec![1; rank - 1 - last.len()]).chain(last.iter().copied()).collect();
    let list = making.ints(&to.iter().map(|d| *d as i64).collect::<Vec<_>>());
    (making.moved("Reshape", &[x, &list], to.clone(), &[]), to)
}

/// Conv, ConvTranspose or GlobalAveragePool.
fn image(making: &mut Making<'_, '_>, way: usize, x: &str, shape: &[usize]) {
    let axes = 1 + making.chance.below(2);
    let (x, shape) = ranked(making, x, shape, axes + 2);
    let channels = shape[1];
    if way == 2 || shape.iter().product::<usize>() > 400 {
        let to = [&shape[..2], &vec![1; axes]].concat();
        making.node("GlobalAveragePool", &[&x], to, &[]);
        return;
    }
    let group = if channels.is_multiple_of(2) && making.chance.below(2) == 0 { 2 } else { 1 };
    let outs = group * (1 + making.chance.below(3));
    let kernel: Vec<usize> = (0..axes).map(|_| 1 + making.chance.below(3)).collect();
    let strides: Vec<usize> = (0..axes).map(|_| 1 + making.chance.below(2)).collect();
    let dilations: Vec<usize> = (0..axes).map(|_| 1 + making.chance.below(2)).collect();
    let reach: Vec<usize> = kernel.iter().zip(&dilations).map(|(k, d)| (k - 1) * d + 1).collect();
    // Enough that a window fits; of the transposed, none.
    let pads: Vec<usize> =
        (0..2 * axes).map(|a| if way == 0 { reach[a % axes] / 2 + making.chance.below(2) } else { 0 }).collect();
    let extent = |a: usize| {
        let padded = shape[2 + a] + pads[a] + pads[a + axes];
        if way == 0 {
            padded.checked_sub(reach[a]).map(|free| free / strides[a] + 1)
        } else {
            Some((shape[2 + a] - 1) * strides[a] + reach[a])
        }
    };
    let Some(extents) = (0..axes).map(extent).collect::<Option<Vec<_>>>() else {
        making.node("Relu", &[&x], shape, &[]);
        return;
    };
    let list = |values: &[usize]| Ints(values.iter().map(|v| *v as i64).collect());
    let attributes = [
        ("group", Int(group as i64)),
        ("strides", list(&strides)),
        ("dilations", list(&dilations)),
        ("pads", list(&pads)),
        ("kernel_shape", list(&kernel)),
    ];
    let sizes = if way == 0 { [outs, channels / group] } else { [channels, outs / group] };
    let weights = making.weights(&[&sizes[..], &kernel].concat());
    let bias = making.chance.below(2) == 0;
    let bias = if bias { making.floats(&[outs]) } else { String::new() };
    let to: Vec<usize> = [&[shape[0], outs], &*extents].concat();
    let operator = if way == 0 { "Conv" } else { "ConvTranspose" };
    let inputs = [&*x, &weights, &bias];
    let out = making.node(operator, &inputs[..if bias.is_empty() { 2 } else { 3 }], to.clone(), &attributes);
    if making.chance.below(2) == 0 {
        making.node("Relu", &[&out], to, &[]);
    }
}

fn pool(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 4);
    let operator = ["MaxPool", "AveragePool", "LpPool"][making.chance.below(3)];
    let kernel = [0, 1].map(|a| 1 + making.chance.below(shape[2 + a].min(3)));
    let strides = [0, 1].map(|_| 1 + making.chance.below(2));
    let ceil = making.chance.below(2);
    let extent = |a: usize| {
        let free = shape[2 + a] - kernel[a];
        let more = if ceil == 1 { free.div_ceil(strides[a]) } else { free / strides[a] };
        // A window that would begin behind the image is none.
        if more * strides[a] >= shape[2 + a] { more } else { more + 1 }
    };
    let to = vec![shape[0], shape[1], extent(0), extent(1)];
    let list = |values: [usize; 2]| Ints(values.map(|v| v as i64).to_vec());
    let attributes = [("kernel_shape", list(kernel)), ("strides", list(strides)), ("ceil_mode", Int(ceil as i64))];
    making.node(operator, &[&x], to, &attributes);
}

fn resize(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 4);
    let to = vec![shape[0], shape[1], 1 + making.chance.below(6), 1 + making.chance.below(6)];
    let sizes = making.ints(&to.iter().map(|d| *d as i64).collect::<Vec<_>>());
    let mode = ["nearest", "linear", "cubic"][making.chance.below(3)];
    let place = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"][making.chance.below(4)];
    let attributes = [("mode", Text(mode)), ("coordinate_transformation_mode", Text(place))];
    making.node("Resize", &[&x, "", "", &sizes], to, &attributes);
}

fn normalise(making: &mut Making<'_, '_>, way: usize, x: &str, shape: &[usize]) {
    let rank = shape.len();
    if rank == 0 {
        making.node("Cos", &[x], Vec::new(), &[]);
        return;
    }
    if rank < 2 {
        making.node("LpNormalization", &[x], shape.to_vec(), &[("axis", Int(-1)), ("p", Int(2))]);
        return;
    }
    let (channels, width) = (shape[1], shape[rank - 1]);
    match way {
        5 => {
            let names = [0, 1, 2].map(|_| making.floats(&[channels]));
            let variance = making.positive(&[channels]);
            let inputs = [x, &names[0], &names[1], &names[2], &variance];
            making.node("BatchNormalization", &inputs, shape.to_vec(), &[("epsilon", Float(1e-3))]);
        }
        6 if rank > 2 => {
            let names = [0, 1].map(|_| making.floats(&[channels]));
            making.node("InstanceNormalization", &[x, &names[0], &names[1]], shape.to_vec(), &[("epsilon", Float(1e-2))]);
        }
        7 => {
            let scale = making.floats(&[width]);
            let attributes = [("axis", Int(-1)), ("epsilon", Float(1e-3))];
            making.of("com.microsoft", "SimplifiedLayerNormalization", &[x, &scale], shape.to_vec(), &attributes);
        }
        _ => {
            let axis = making.chance.below(rank);
            let [scale, bias] = [0, 1].map(|_| making.floats(&shape[axis..]));
            let attributes = [("axis", Int(axis as i64)), ("epsilon", Float(1e-3))];
            making.node("LayerNormalization", &[x, &scale, &bias], shape.to_vec(), &attributes);
        }
    }
}

fn recurrent(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 3);
    let (operator, gates) = [("GRU", 3), ("LSTM", 4), ("RNN", 1)][making.chance.below(3)];
    let (directions, direction) = [(1, "forward"), (1, "reverse"), (2, "bidirectional")][making.chance.below(3)];
    let hidden = 1 + making.chance.below(4);
    let w = making.weights(&[directions, gates * hidden, shape[2]]);
    let r = making.weights(&[directions, gates * hidden, hidden]);
    let mut inputs = vec![&*x, &w, &r];
    let bias = making.floats(&[directions, 2 * gates * hidden]);
    if making.chance.below(2) == 0 {
        inputs.push(&bias);
    }
    let mut attributes = vec![("hidden_size", Int(hidden as i64)), ("direction", Text(direction))];
    if operator == "GRU" {
        attributes.push(("linear_before_reset", Int(making.chance.below(2) as i64)));
    }
    making.node(operator, &inputs, vec![shape[0], directions, shape[1], hidden], &attributes);
}

fn attention(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 3);
    let heads = if shape[2].is_multiple_of(2) && making.chance.below(2) == 0 { 2 } else { 1 };
    let mut attributes = vec![("num_heads", Int(heads))];
    if making.chance.below(2) == 0 {
        attributes.push(("unidirectional", Int(1)));
    }
    making.of("com.microsoft", "MultiHeadAttention", &[&x, &x, &x], shape, &attributes);
}

/// A product with a matrix of few bits in blocks.
fn blocks(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (Some(depth), width) = (shape.last().copied(), 1 + making.chance.below(5)) else { return };
    let (bits, block) = ([2, 4, 8][making.chance.below(3)], [16, 32][making.chance.below(2)]);
    let (count, bytes) = (depth.div_ceil(block), block * bits / 8);
    let codes = making.bytes(&[width, count, bytes]);
    let scales = making.floats(&[width, count]);
    let zeros = making.bytes(&[width, (count * bits).div_ceil(8)]);
    let inputs = [x, &codes, &scales, &zeros];
    let given = if making.chance.below(2) == 0 { 3 } else { 4 };
    let attributes = [("K", depth), ("N", width), ("bits", bits), ("block_size", block)].map(|(n, v)| (n, Int(v as i64)));
    let to = [&shape[..shape.len() - 1], &[width]].concat();
    making.of("com.microsoft", "MatMulNBits", &inputs[..given], to, &attributes);
}

/// A product with a matrix behind DequantizeLinear, a scale in all or a column.
fn stored(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (Some(depth), width) = (shape.last().copied(), 1 + making.chance.below(5)) else { return };
    let each = making.chance.below(2) == 0;
    let scales: &[usize] = if each { &[width] } else { &[] };
    let codes = making.bytes(&[depth, width]);
    let (scale, zero) = (making.positive(scales), making.bytes(scales));
    let inputs = [&*codes, &scale, &zero];
    let given = if making.chance.below(2) == 0 { 2 } else { 3 };
    let matrix = making.hidden("DequantizeLinear", &inputs[..given], &[("axis", Int(if each { 1 } else { 0 }))]);
    let to = [&shape[..shape.len() - 1], &[width]].concat();
    making.node("MatMul", &[x, &matrix], to, &[]);
}

/// Bytes and back, or a product of bytes: where a value is right to the bit, as a step more or less is far.
fn bytes(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    if !making.is_exact(x) {
        making.node("Tanh", &[x], shape.to_vec(), &[]);
        return;
    }
    let Some(depth) = shape.last().copied().filter(|_| shape.len() > 1 && making.chance.below(2) == 0) else {
        let scale = making.constant(&[], &[0.0625]);
        let zero = making.bytes(&[]);
        let codes = making.hidden("QuantizeLinear", &[x, &scale, &zero], &[]);
        making.node("DequantizeLinear", &[&codes, &scale, &zero], shape.to_vec(), &[]);
        return;
    };
    // What quantize_dynamic writes.
    let width = 1 + making.chance.below(5);
    let [codes, scale, zero] = making.three("DynamicQuantizeLinear", &[x]);
    let (b, b_scale, b_zero) = (making.bytes(&[depth, width]), making.positive(&[]), making.bytes(&[]));
    let sums = making.hidden("MatMulInteger", &[&codes, &b, &zero, &b_zero], &[]);
    let sums = making.hidden("Cast", &[&sums], &[("to", Int(1))]);
    let both = making.hidden("Mul", &[&scale, &b_scale], &[]);
    let to = [&shape[..shape.len() - 1], &[width]].concat();
    let out = making.node("Mul", &[&sums, &both], to.clone(), &[]);
    if making.chance.below(2) == 0 {
        let bias = making.floats(&[width]);
        making.node("Add", &[&out, &bias], to, &[]);
    }
}

fn scatter(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let Some(extent) = shape.first().copied() else { return };
    let reduction = ["none", "add", "mul", "max", "min"][making.chance.below(5)];
    // Each place once, or the last update counts.
    let rows = 1 + making.chance.below(extent);
    let places: Vec<i64> =
        (0..rows).map(|i| if making.chance.below(2) == 0 { i as i64 } else { i as i64 - extent as i64 }).collect();
    let updates = making.floats(&[&[rows], &shape[1..]].concat());
    if making.chance.below(2) == 0 {
        let places = making.table(&[rows, 1], &places);
        making.node("ScatterND", &[x, &places, &updates], shape.to_vec(), &[("reduction", Text(reduction))]);
        return;
    }
    let below: usize = shape[1..].iter().product();
    let places: Vec<i64> = places.iter().flat_map(|p| vec![*p; below]).collect();
    let places = making.table(&[&[rows], &shape[1..]].concat(), &places);
    let attributes = [("axis", Int(0)), ("reduction", Text(reduction))];
    making.node("ScatterElements", &[x, &places, &updates], shape.to_vec(), &attributes);
}

fn gather(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let Some(extent) = shape.first().copied() else { return };
    let rows = 1 + making.chance.below(3);
    let mut place = |_| making.chance.below(2 * extent) as i64 - extent as i64;
    if shape.len() < 3 {
        let cells = rows * shape[1..].iter().product::<usize>();
        let places: Vec<i64> = (0..cells).map(&mut place).collect();
        let to = [&[rows], &shape[1..]].concat();
        let places = making.table(&to, &places);
        making.moved("GatherElements", &[x, &places], to, &[("axis", Int(0))]);
        return;
    }
    let places: Vec<i64> = (0..rows).map(&mut place).collect();
    let places = making.table(&[rows, 1], &places);
    making.moved("GatherND", &[x, &places], [&[rows], &shape[1..]].concat(), &[]);
}

fn best(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let Some(axis) = shape.len().checked_sub(1) else { return };
    let k = making.chance.below(shape[axis] + 1).max(1);
    let list = making.ints(&[k as i64]);
    let mut to = shape.to_vec();
    to[axis] = k;
    let largest = Int(making.chance.below(2) as i64);
    making.node("TopK", &[x, &list], to, &[("largest", largest)]);
}

/// Curves and norms as exporters write them in single nodes.
fn written(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let of = shape.to_vec();
    match making.chance.below(4) {
        0 => {
            let (root, one, half) =
                (making.constant(&[], &[2_f32.sqrt()]), making.constant(&[], &[1.0]), making.constant(&[], &[0.5]));
            let y = making.node("Div", &[x, &root], of.clone(), &[]);
            let y = making.node("Erf", &[&y], of.clone(), &[]);
            let y = making.node("Add", &[&y, &one], of.clone(), &[]);
            let y = making.node("Mul", &[x, &y], of.clone(), &[]);
            making.node("Mul", &[&y, &half], of, &[]);
        }
        1 => {
            let y = making.node("Sigmoid", &[x], of.clone(), &[]);
            making.node("Mul", &[x, &y], of, &[]);
        }
        // A norm: less the mean, or not.
        way if !shape.is_empty() => {
            let axes = making.ints(&[-1]);
            let mut row = of.clone();
            row[shape.len() - 1] = 1;
            let (two, epsilon, scale) =
                (making.constant(&[], &[2.0]), making.constant(&[], &[1e-2]), making.floats(&shape[shape.len() - 1..]));
            let mut less = x.to_owned();
            if way == 2 {
                let mean = making.node("ReduceMean", &[x, &axes], row.clone(), &[]);
                less = making.node("Sub", &[x, &mean], of.clone(), &[]);
            }
            let square = making.node("Pow", &[&less, &two], of.clone(), &[]);
            let mean = making.node("ReduceMean", &[&square, &axes], row.clone(), &[]);
            let mean = making.node("Add", &[&mean, &epsilon], row.clone(), &[]);
            let root = making.node("Sqrt", &[&mean], row, &[]);
            let out = making.node("Div", &[&less, &root], of.clone(), &[]);
            making.node("Mul", &[&out, &scale], of, &[]);
        }
        _ => drop(making.node("Softplus", &[x], of, &[])),
    }
}

fn gemm(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 2);
    let (across, down) = (making.chance.below(2), making.chance.below(2));
    let (rows, depth) = if across == 1 { (shape[1], shape[0]) } else { (shape[0], shape[1]) };
    let width = 1 + making.chance.below(5);
    let b = making.weights(&if down == 1 { [width, depth] } else { [depth, width] });
    let c = match making.chance.below(4) {
        0 => making.floats(&[]),
        1 => making.floats(&[width]),
        2 => making.floats(&[rows, 1]),
        _ => making.floats(&[rows, width]),
    };
    let beta = [0.0, 1.0, 0.5][making.chance.below(3)];
    let attributes = [("alpha", Float(0.5)), ("beta", Float(beta)), ("transA", Int(across as i64)), ("transB", Int(down as i64))];
    making.node("Gemm", &[&x, &b, &c], vec![rows, width], &attributes);
}

fn spread(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    if shape.iter().product::<usize>() > 100 {
        return;
    }
    if making.chance.below(2) == 0 {
        let to = [&[1 + making.chance.below(3)], shape].concat();
        let list = making.ints(&to.iter().map(|d| *d as i64).collect::<Vec<_>>());
        making.moved("Expand", &[x, &list], to, &[]);
        return;
    }
    let times: Vec<usize> = shape.iter().map(|_| 1 + making.chance.below(2)).collect();
    let list = making.ints(&times.iter().map(|d| *d as i64).collect::<Vec<_>>());
    making.moved("Tile", &[x, &list], shape.iter().zip(times).map(|(d, t)| d * t).collect(), &[]);
}

fn split(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let Some(axis) = (0..shape.len()).find(|a| shape[*a] > 1) else { return };
    let first = 1 + making.chance.below(shape[axis] - 1);
    let list = making.ints(&[first as i64, (shape[axis] - first) as i64]);
    let part = |extent: usize| {
        let mut to = shape.to_vec();
        to[axis] = extent;
        to
    };
    making.two("Split", &[x, &list], [part(first), part(shape[axis] - first)], &[("axis", Int(axis as i64))]);
}

/// Whole numbers, and back.
fn whole(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    if !making.is_exact(x) {
        making.node("Sin", &[x], shape.to_vec(), &[]);
        return;
    }
    let to = [6, 7, 3, 2][making.chance.below(4)];
    let y = making.hidden("Cast", &[x], &[("to", Int(to))]);
    let operator = ["Add", "Mul", "Sub", "Max"][making.chance.below(4)];
    let z = making.hidden(operator, &[&y, &y], &[]);
    making.node("Cast", &[&z], shape.to_vec(), &[("to", Int(1))]);
}

fn einsum(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let (x, shape) = ranked(making, x, shape, 3);
    let (equation, sizes, to) = [
        ("abc,cd->abd", vec![shape[2], 3], vec![shape[0], shape[1], 3]),
        ("abc,abd->acd", vec![shape[0], shape[1], 2], vec![shape[0], shape[2], 2]),
        ("abc,b->ca", vec![shape[1]], vec![shape[2], shape[0]]),
        ("...c,c->...", vec![shape[2]], shape[..2].to_vec()),
    ][making.chance.below(4)]
    .clone();
    let other = making.floats(&sizes);
    making.node("Einsum", &[&x, &other], to, &[("equation", Text(equation))]);
}

/// Sums along an axis, or the part of a matrix on one side of a diagonal.
fn running(making: &mut Making<'_, '_>, x: &str, shape: &[usize]) {
    let Some(axis) = shape.len().checked_sub(1) else { return };
    if axis > 0 && making.chance.below(2) == 0 {
        let (k, upper) = (making.chance.below(4) as i64 - 2, Int(making.chance.below(2) as i64));
        let k = making.table(&[], &[k]);
        making.moved("Trilu", &[x, &k], shape.to_vec(), &[("upper", upper)]);
        return;
    }
    let at = making.chance.below(shape.len()) as i64;
    let at = making.table(&[], &[at]);
    let attributes = [("exclusive", Int(making.chance.below(2) as i64)), ("reverse", Int(making.chance.below(2) as i64))];
    making.node("CumSum", &[x, &at], shape.to_vec(), &attributes);
}
