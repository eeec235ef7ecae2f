// The few strokes every motif is made of. Numbers are in a field of 200 by 200; things stand on y = 158.

export const path = (d, fill, more = '') => `<path d="${d}" fill="${fill}"${more && ` ${more}`}/>`;
export const circle = (x, y, r, fill, more = '') => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"${more && ` ${more}`}/>`;
export const oval = (x, y, rx, ry, fill, more = '') => `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"${more && ` ${more}`}/>`;
export const line = (d, stroke, width = 4) =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
export const group = (inner, transform) => `<g transform="${transform}">${inner}</g>`;

/** A rectangle as a path, so that it can carry a pattern: rounded by r. */
export const box = (x, y, w, h, r = 0) =>
  r
    ? `M${x + r} ${y}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z`
    : `M${x} ${y}h${w}v${h}h${-w}z`;
export const disc = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
export const heart = (x, y, s) =>
  `M${x} ${y + 0.42 * s}C${x - 0.2 * s} ${y + 0.25 * s} ${x - 0.5 * s} ${y + 0.02 * s} ${x - 0.5 * s} ${y - 0.2 * s}C${x - 0.5 * s} ${y - 0.48 * s} ${x - 0.12 * s} ${y - 0.52 * s} ${x} ${y - 0.22 * s}C${x + 0.12 * s} ${y - 0.52 * s} ${x + 0.5 * s} ${y - 0.48 * s} ${x + 0.5 * s} ${y - 0.2 * s}C${x + 0.5 * s} ${y + 0.02 * s} ${x + 0.2 * s} ${y + 0.25 * s} ${x} ${y + 0.42 * s}z`;

/** A star of n points, radius r, inner radius as a share of r. */
export function star(x, y, r, points = 5, inner = 0.45) {
  let d = '';
  for (let i = 0; i < 2 * points; i += 1) {
    const angle = (Math.PI * i) / points - Math.PI / 2;
    const reach = i % 2 ? r * inner : r;
    d += `${i ? 'L' : 'M'}${round(x + reach * Math.cos(angle))} ${round(y + reach * Math.sin(angle))}`;
  }
  return `${d}z`;
}

/** Petals around a heart: any flower of the shop. */
export function blossom(x, y, r, petal, centre, petals = 6) {
  let out = '';
  for (let i = 0; i < petals; i += 1) {
    const angle = (2 * Math.PI * i) / petals;
    out += circle(round(x + r * 0.58 * Math.cos(angle)), round(y + r * 0.58 * Math.sin(angle)), round(r * 0.42), petal);
  }
  return out + circle(x, y, round(r * 0.3), centre);
}

export const round = (value) => Math.round(value * 10) / 10;
