// Holds what came against what is wanted: an object wants the keys it names, an array all its places, a pattern a text that fits,
// a function anything it is true of.

const show = (value) => {
  if (typeof value === 'function') return String(value);
  if (value instanceof RegExp) return String(value);
  const text = JSON.stringify(value, (_, one) => (one instanceof RegExp || typeof one === 'function' ? String(one) : one)) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** Differences, each `path: wanted … got …`. */
export function differences(want, got, path = '') {
  const other = () => [`${path || 'all'}: wanted ${show(want)} got ${show(got)}`];
  if (typeof want === 'function') return want(got) ? [] : other();
  if (want instanceof RegExp) return typeof got === 'string' && want.test(got) ? [] : other();
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || got.length !== want.length) return other();
    return want.flatMap((one, i) => differences(one, got[i], `${path}[${i}]`));
  }
  if (want !== null && typeof want === 'object') {
    if (got === null || typeof got !== 'object' || Array.isArray(got)) return other();
    return Object.entries(want).flatMap(([key, one]) => differences(one, got[key], path ? `${path}.${key}` : key));
  }
  return Object.is(want, got) ? [] : other();
}

/** The notes must be these, in any order: codes, or objects with a code. Or any; or such as a function is true of. */
export function noteDifferences(want, got) {
  if (want === 'any') return [];
  if (typeof want === 'function') return differences(want, got, 'notes');
  const left = [...got];
  const missing = want.filter((one) => {
    const at = left.findIndex((note) => differences(typeof one === 'string' ? { code: one } : one, note).length === 0);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing.map((one) => `notes: wanted ${show(one)} got ${show(got)}`), ...left.map((one) => `notes: not wanted ${show(one)}`)];
}
