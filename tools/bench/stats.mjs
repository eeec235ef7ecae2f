// Medians and their noise.

export const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
};

export const median = (values) => quantile(values, 0.5);

/** Half the interquartile range over the median, in per cent: how far a typical run lies from the middle. */
export const noise = (values) => (100 * (quantile(values, 0.75) - quantile(values, 0.25))) / 2 / median(values);

export const significant = (x) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

/** Ours over the peer's, pair by pair: what slows the machine for a while slows both of a pair. */
export const ratios = (ours, theirs) => ours.map((value, i) => value / theirs[i]);

/**
 * One line: the medians, the ratio ours over the peer's (below 1: nearhand needs less), the larger noise of the two.
 * `paired`: values were taken in pairs; the ratio is the median of theirs, and the noise is that of the ratios.
 */
export function line(group, name, ours, theirs, unit, { paired = false } = {}) {
  const [a, b] = [median(ours), median(theirs)];
  const each = ratios(ours, theirs);
  const [ratio, spread] = paired ? [median(each), noise(each)] : [a / b, Math.max(noise(ours), noise(theirs))];
  return (
    `bench ${group} ${name} nearhand=${significant(a)}${unit} onnxruntime-web=${significant(b)}${unit} ` +
    `ratio=${significant(ratio)} noise=±${spread.toFixed(0)}% n=${Math.min(ours.length, theirs.length)}`
  );
}
