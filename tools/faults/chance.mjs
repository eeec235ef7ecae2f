// Chance of a seed: the same faults, the same visitors, the same false alarms each time.

/** Numbers from 0 to 1, by SplitMix32. */
export const draws = (seed) => () => {
  seed = (seed + 0x9e3779b9) | 0;
  let z = seed ^ (seed >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
};

export const below = (random, n) => Math.floor(random() * n);

/** Mean 0, deviation 1: Box and Muller. */
export const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Places of a list drawn by its weights. */
export function weighted(weights) {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  weights.forEach((weight, at) => (sums[at] = sum += weight));
  return (random) => {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
