// The numbers in an ONNX file, where they stand: enough of protobuf to find tensors and lists of floats, which are then changed in place.

/** A message's fields: number, and where its content begins and ends; of a number its value. */
function* fields(bytes, from, to) {
  let at = from;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < to) {
    const key = varint();
    const [number, wire] = [Math.floor(key / 8), key & 7];
    if (wire === 0) yield { number, value: varint() };
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
      yield { number, start: at, end: at + length };
      at += length;
    }
  }
}

const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 };
const NODE = { output: 2, operator: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, tensor: 5, floats: 7 };
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9 };
const FLOAT = 1;
const text = (bytes, { start, end }) => new TextDecoder().decode(bytes.subarray(start, end));

/** Tensors of the graph's initializers and constants: `{ name, dims, type, start, end }`, the last two of their elements in `bytes`. */
export function tensors(bytes) {
  const found = [];
  const tensor = (from, to, named) => {
    const one = { name: named, dims: [], type: 0, start: 0, end: 0 };
    for (const field of fields(bytes, from, to)) {
      if (field.number === TENSOR.type) one.type = field.value;
      else if (field.number === TENSOR.name && named === undefined) one.name = text(bytes, field);
      else if (field.number === TENSOR.raw || field.number === TENSOR.floats) [one.start, one.end] = [field.start, field.end];
      else if (field.number === TENSOR.dims) {
        if (field.value !== undefined) one.dims.push(field.value);
        else for (let at = field.start; at < field.end; at++) one.dims.push(bytes[at]);
      }
    }
    found.push(one);
  };
  for (const graph of fields(bytes, 0, bytes.length)) {
    if (graph.number !== MODEL_GRAPH) continue;
    for (const part of fields(bytes, graph.start, graph.end)) {
      if (part.number === GRAPH.initializer) tensor(part.start, part.end);
      if (part.number !== GRAPH.node) continue;
      const node = [...fields(bytes, part.start, part.end)];
      const output = node.find(({ number }) => number === NODE.output);
      for (const attribute of node.filter(({ number }) => number === NODE.attribute)) {
        for (const field of fields(bytes, attribute.start, attribute.end)) if (field.number === ATTRIBUTE.tensor) tensor(field.start, field.end, text(bytes, output));
      }
    }
  }
  return found;
}

/** Lists of floats that are attributes of nodes, as trees have them: `{ operator, name, start, end }`. */
export function lists(bytes) {
  const found = [];
  for (const graph of fields(bytes, 0, bytes.length)) {
    if (graph.number !== MODEL_GRAPH) continue;
    for (const part of fields(bytes, graph.start, graph.end)) {
      if (part.number !== GRAPH.node) continue;
      const node = [...fields(bytes, part.start, part.end)];
      const operator = text(bytes, node.find(({ number }) => number === NODE.operator));
      for (const attribute of node.filter(({ number }) => number === NODE.attribute)) {
        let name = '';
        const parts = [];
        for (const field of fields(bytes, attribute.start, attribute.end)) {
          if (field.number === ATTRIBUTE.name) name = text(bytes, field);
          else if (field.number === ATTRIBUTE.floats) parts.push(field);
        }
        for (const { start, end } of parts) found.push({ operator, name, start, end });
      }
    }
  }
  return found;
}

/** Every float of a place becomes what `change` makes of it. */
export function changed(bytes, { start, end }, change) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = start; at < end; at += 4) view.setFloat32(at, change(view.getFloat32(at, true), (at - start) / 4), true);
}

export const floats = (tensor) => tensor.type === FLOAT;
