// What was usual beside what is now, and how it went. Drawings without words: those stand beside them, at the reader's own size.

const WIDE = 14;
const HIGH = 64;
const LINE = { wide: 600, high: 130 };

/** With a space that does not break. */
export const percent = (share) => `${share > 0 && share < 0.01 ? (share * 100).toFixed(1) : Math.round(share * 100)}\u00a0%`;

/** The bin that has moved most; undefined before there is a now. */
export const moved = (bins) => bins.filter(({ now }) => now !== null).sort((a, b) => Math.abs(b.now - b.usual) - Math.abs(a.now - a.usual))[0];

/** Bins have their edges to six digits; three tell them apart to a reader, and long ones are read by thousands. */
const short = (values) => values.replace(/\d+\.\d+/g, (edge) => String(Number(Number(edge).toPrecision(3)))).replace(/\b\d{5,}\b/g, (edge) => Number(edge).toLocaleString('en-GB'));

/** In words: `12 to 40: 10 % → 84 %`. */
export const movement = ({ values, usual, now }) => `${short(values)}: ${percent(usual)} → ${percent(now)}`;

/** Two bars a bin: a wide one for what was usual, a narrow one in it for now. */
export function bars({ html }, bins, label) {
  const most = Math.max(0.01, ...bins.map(({ usual, now }) => Math.max(usual, now ?? 0)));
  const bar = (share, at, inset, kind) => html`<rect class="${kind}" x="${at * WIDE + inset}" y="${(HIGH * (1 - share / most)).toFixed(1)}" width="${WIDE - 2 * inset}" height="${((HIGH * share) / most).toFixed(1)}"/>`;
  return html`<svg class="plot" viewBox="0 0 ${bins.length * WIDE} ${HIGH}" preserveAspectRatio="none" role="img" aria-label="${label}">
    ${bins.map(({ usual, now }, at) => html`${bar(usual, at, 1, 'plot-usual')}${now === null ? '' : bar(now, at, 4.5, 'plot-now')}`)}
    <line class="plot-floor" x1="0" x2="${bins.length * WIDE}" y1="${HIGH}" y2="${HIGH}"/></svg>`;
}

/**
 * The share of visitors who found what they went to, over the visits: `points` of `{ at, share, answers }`, `marks` of `{ at, kind }`, and what is usual. Grey
 * ground where something else than the model answered.
 */
export function line({ html }, points, marks, usual, label) {
  const [first, last] = [points[0]?.at ?? 0, Math.max(points.at(-1)?.at ?? 0, (points[0]?.at ?? 0) + 500)];
  const x = (at) => (((at - first) / (last - first)) * LINE.wide).toFixed(1);
  const y = (share) => (LINE.high * (1 - Math.min(1, share / 0.8))).toFixed(1);
  const grounds = points.flatMap(({ at, answers }, i) => (answers === 'model' || !points[i + 1] ? [] : [html`<rect class="line-instead" x="${x(at)}" y="0" width="${(x(points[i + 1].at) - x(at)).toFixed(1)}" height="${LINE.high}"/>`]));
  return html`<svg class="plot line" viewBox="0 0 ${LINE.wide} ${LINE.high}" preserveAspectRatio="none" role="img" aria-label="${label}">
    ${grounds}
    ${usual === undefined ? '' : html`<line class="line-usual" x1="0" x2="${LINE.wide}" y1="${y(usual)}" y2="${y(usual)}"/>`}
    ${marks.filter(({ at }) => at >= first).map(({ at, kind }) => html`<line class="mark mark-${kind}" x1="${x(at)}" x2="${x(at)}" y1="0" y2="${LINE.high}"/>`)}
    <path class="line-now" d="${points.map(({ at, share }, i) => `${i ? 'L' : 'M'}${x(at)} ${y(share)}`).join('')}"/>
    <line class="plot-floor" x1="0" x2="${LINE.wide}" y1="${LINE.high}" y2="${LINE.high}"/></svg>`;
}
