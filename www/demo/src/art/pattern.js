// Patterns named by the titles (retrospot, gingham, paisley, ...) as SVG pattern tiles in a thing's own tones.

import { circle, heart, line, path, blossom, star } from './draw.js';

const PATTERNS = [
  ['spots', 'retrospot spotty polkadot spot spots dotty dots polka', (c) => tile(22, circle(5.5, 5.5, 4, c) + circle(16.5, 16.5, 4, c))],
  ['gingham', 'gingham check tartan', (c) => tile(20, path('M0 0h10v20H0z', c, 'opacity=".5"') + path('M0 0h20v10H0z', c, 'opacity=".5"'))],
  ['stripes', 'stripe stripes stripey striped stripy deckchair', (c) => tile(14, path('M0 0h6v14H0z', c))],
  ['paisley', 'paisley', (c, a) => tile(34, paisley(c, a) + `<g transform="translate(17 17)">${paisley(c, a)}</g>`)],
  ['floral', 'rose floral flower flowers roses daisy daisies blossom rosebud peony poppy botanical chrysanthemum danish provencal jardin garden tea+cup morris flora', (c, a) => tile(40, blossom(11, 11, 8, c, a, 5) + blossom(31, 30, 6, c, a, 5) + circle(31, 8, 2, c) + circle(10, 31, 2, c))],
  ['hearts', 'hearts lovebird sweethearts', (c) => tile(26, path(heart(7, 8, 10), c) + path(heart(20, 21, 10), c))],
  ['stars', 'stars constellation nordic scandinavian', (c) => tile(28, path(star(8, 8, 6), c) + path(star(22, 22, 4), c))],
  ['lace', 'doily lace lattice filigree regency baroque french flock', (c) => tile(20, line('M0 10L10 0L20 10L10 20z', c, 1.6) + circle(10, 10, 2, c))],
  ['folk', 'babushka folkart suki enchanted folk russian indian', (c, a) => tile(36, path(heart(10, 10, 12), c) + blossom(27, 27, 7, a, c, 5) + circle(27, 8, 2.4, c) + circle(9, 28, 2.4, a))],
  ['leaf', 'leaf fern ivy woodland leaves herb forest', (c) => tile(30, leaf(c) + `<g transform="translate(15 15) rotate(80)">${leaf(c)}</g>`)],
  ['zigzag', 'acapulco aztec moroccan zebra', (c) => tile(20, line('M0 6L10 14L20 6', c, 3))],
].map(([name, words, draw]) => ({ name, words: words.split(' '), draw }));

const tile = (size, inner) => ({ size, inner });
const paisley = (c, a) => path('M4 12c-3-6 2-11 7-9c5 2 4 9-1 9c-2 0-3-2-1-3', c) + circle(8.4, 7, 1.6, a);
const leaf = (c) => path('M4 12C4 6 9 3 13 3C13 8 10 12 4 12z', c);

/** The pattern of a title, or undefined. */
export function patternOf(words) {
  return PATTERNS.find((pattern) => pattern.words.some((word) => words.has(word)));
}

/** The `<pattern>` element; printed in the light tone, on pale things in the accent. */
export function patternTile(pattern, id, colours) {
  const ink = colours.pale ? colours.accent : colours.light;
  const second = colours.pale ? colours.shade : colours.paper;
  const { size, inner } = pattern.draw(ink, second);
  return `<pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse">${inner}</pattern>`;
}
