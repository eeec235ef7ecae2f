// What was measured, as lines: `bench complete/PLACE MODEL WHAT PEER nearhand=… peer=… ratio=… noise=±…% n=… [bar=… met=yes|no]`.
// Tokens a second: ours over the peer's, more is better. All else: ours over the peer's, less is better.
import { median, noise, quantile, ratios, significant } from '../stats.mjs';

const BARS = { first: 0.5, memory: 0.25 };
/** Bars are held against the loop of one's own. */
const HELD = 'onnxruntime-web';

export function report(quiet = false) {
  const rows = [];
  const line = (place, model, what, peer, fields) => {
    rows.push({ place, model, what, ...(peer && { against: peer }), ...fields });
    const text = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
    if (!quiet) console.log(['bench', `complete/${place}`, model, what, ...(peer ? [peer] : []), ...text].join(' '));
  };

  /** `each`: the ratios of pairs. `more`: whether more is better. */
  const against = (place, model, what, peer, [ours, theirs, unit], each, { bar, more = false, ...rest } = {}) => {
    const ratio = median(each);
    line(place, model, what, peer, {
      nearhand: `${significant(ours)}${unit}`,
      peer: `${significant(theirs)}${unit}`,
      ratio: significant(ratio),
      noise: `±${noise(each).toFixed(0)}%`,
      n: each.length,
      ...rest,
      ...(bar !== undefined && { bar: `${more ? '≥' : '≤'}${bar}`, met: (more ? ratio >= bar : ratio <= bar) ? 'yes' : 'no' }),
    });
  };

  const say = {
    skipped: (model, why) => console.log(`bench complete ${model} not measured: ${why}`),

    /** `result`: what race() said. */
    race(place, model, bar, { tokens, first, key, same }, count = 64) {
      const peers = Object.keys(tokens).slice(1);
      const ms = (runs) => runs.map((run) => run.ms);
      for (const peer of peers) {
        const text = { same: same[peer] === undefined ? 'yes' : 'no' };
        const [a, b] = [ms(tokens.nearhand), ms(tokens[peer])];
        const rate = (values) => (1000 * count) / median(values);
        against(place, model, 'tokens', peer, [rate(a), rate(b), '/s'], ratios(b, a), { ...text, more: true, ...(peer === HELD && { bar }) });
        for (const [what, runs] of [['first', first], ['key', key]]) {
          // A loop that keeps its caches has no other first token than one that does not.
          if (what === 'first' && peer.endsWith('+cache')) continue;
          const [ours, theirs] = [ms(runs.nearhand), ms(runs[peer])];
          const held = peer === HELD && BARS[what] !== undefined && { bar: BARS[what] };
          const reused = what === 'key' && { reused: median(runs.nearhand.map((run) => run.reused)) };
          against(place, model, what, peer, [median(ours), median(theirs), 'ms'], ratios(ours, theirs), { ...reused, ...held });
        }
      }
    },

    /** `runs` by name: { ms, bytes }. */
    fresh(model, runs) {
      for (const peer of Object.keys(runs).slice(1)) {
        if (runs[peer].length === 0) continue;
        for (const [what, key, scale, unit] of [['start', 'ms', 1, 'ms'], ['memory', 'bytes', 2 ** 20, 'MiB']]) {
          const of = (name) => runs[name].map((run) => run[key] / scale);
          const held = peer === HELD && BARS[what] !== undefined && { bar: BARS[what] };
          against('node', model, what, peer, [median(of('nearhand')), median(of(peer)), unit], ratios(of('nearhand'), of(peer)), { ...held });
        }
      }
    },

    /** `pairs`: { yes, no } of { cold, first, warm }. What the goldens add is the median of the pairs, and the noise half of their interquartile range. */
    goldens(model, many, pairs) {
      for (const what of ['cold', 'first', 'warm']) {
        const of = (name) => `${significant(median(pairs.map((pair) => pair[name][what])))}ms`;
        const more = pairs.map(({ yes, no }) => yes[what] - no[what]);
        const spread = (quantile(more, 0.75) - quantile(more, 0.25)) / 2;
        line('goldens', model, what, undefined, { goldens: many, with: of('yes'), without: of('no'), more: `${significant(median(more))}ms`, noise: `±${significant(spread)}ms`, n: pairs.length });
      }
    },

    /** ms a key, by name; `where` ours runs. */
    typing(model, { times, where }) {
      for (const [name, ms] of Object.entries(times)) {
        const p90 = quantile(ms, 0.9);
        const bar = name === 'nearhand' && { bar: '≤30ms', met: p90 <= 30 ? 'yes' : 'no' };
        line('typing', model, name, undefined, { p50: `${significant(median(ms))}ms`, p90: `${significant(p90)}ms`, worst: `${significant(Math.max(...ms))}ms`, keys: ms.length, ...(name.startsWith('nearhand') && { where }), ...bar });
      }
    },

    bars() {
      const held = rows.filter(({ bar }) => bar !== undefined);
      const missed = held.filter(({ met }) => met === 'no').map(({ place, model, what }) => `${place}/${model}/${what}`);
      if (held.length) console.log(`bench complete bars=${held.length} met=${held.length - missed.length}${missed.length ? ` missed: ${missed.join(', ')}` : ''}`);
    },
  };
  return { say, rows };
}
