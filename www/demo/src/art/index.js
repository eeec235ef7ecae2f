// An illustration for every item, drawn from the words of its title: same title, same picture, no request.

import { group, line, oval, path, circle } from './draw.js';
import { EMBLEMS, emblemOf } from './emblems.js';
import { garden } from './motifs/garden.js';
import { home } from './motifs/home.js';
import { kitchen } from './motifs/kitchen.js';
import { light } from './motifs/light.js';
import { paper } from './motifs/paper.js';
import { play } from './motifs/play.js';
import { wear } from './motifs/wear.js';
import { palette } from './palette.js';
import { patternOf, patternTile } from './pattern.js';
import { countOf, motifOf, wordsOf } from './words.js';

const MOTIFS = { ...kitchen, ...home, ...paper, ...light, ...wear, ...play, ...garden };
const HAIR = ['#5b3d2e', '#b0683a', '#3a2c2c', '#d3a04f'];
/** Motifs that are a group or a scene already. */
const ALONE = new Set(['tealights', 'candles', 'tins', 'cases', 'spoons', 'bunting', 'garland', 'string', 'wrap', 'stickers', 'magnet', 'pegs', 'pencils', 'earrings', 'bracelet', 'necklace', 'cutlery', 'crayons', 'marbles', 'skittles', 'button', 'blocks', 'cards', 'tieredstand', 'doormat', 'felt', 'chandelier', 'invites', 'doily', 'ribbon']);

let serial = 0;
/** What the build draws stands beside what the page draws: their patterns must not share a name. */
const WHERE = globalThis.document ? 'nh' : 'first';

/** An `<svg>` for the item. Decorative: the title stands beside it. */
export function illustration({ item, title }) {
  const words = wordsOf(title);
  const seed = hash(item + title);
  const colours = palette(words, seed);
  const emblem = emblemOf(words);
  // A title that names nothing we can draw comes as a parcel.
  const motif = motifOf(words) ?? (emblem ? 'emblem' : ['gift', 'giftbag'][seed % 2]);
  const pattern = words.has('union') || words.has('jack') ? undefined : patternOf(words);
  const id = `${WHERE}${(serial += 1)}`;
  const union = words.has('union') && words.has('jack') || words.has('jubilee');

  const k = {
    ...colours,
    emblem,
    letter: letterOf(title),
    emblemSvg: (name, a = colours.base, b = colours.light) => EMBLEMS[name]({ a, b, ink: colours.ink, hair: HAIR[seed % HAIR.length], letter: letterOf(title) }),
    body: (d) => path(d, colours.base) + (union ? unionOver(d, id, (serial += 1)) : pattern ? path(d, `url(#${id})`) : ''),
    dim: (d) => path(d, colours.ink, 'opacity=".13"'),
    mark: (x, y, size, onPaper = false) => {
      if (!emblem || union) return '';
      const [a, b] = onPaper ? [colours.pale ? colours.accent : colours.base, colours.pale ? colours.light : colours.accent] : colours.pale ? [colours.accent, colours.shade] : [colours.light, colours.accent];
      const plain = ['rose', 'flower', 'heart', 'star', 'leaf'].includes(emblem);
      if (pattern && !onPaper && plain) return '';
      const roundel = pattern && !onPaper ? circle(x, y, size * 0.6, colours.base) : '';
      return roundel + group(k.emblemSvg(emblem, a, b), `translate(${x} ${y}) scale(${size / 42})`);
    },
  };

  const thing = MOTIFS[motif](k);
  const count = ALONE.has(motif) ? 1 : countOf(title);
  const scale = words.has('mini') || words.has('small') ? 0.86 : words.has('large') || words.has('jumbo') || words.has('giant') ? 1.08 : 1;
  const placed = (x, s) => group(thing, `translate(${x - 100 * s} ${162 - 162 * s}) scale(${s})`);
  const things = count === 3 ? placed(56, 0.6) + placed(144, 0.6) + placed(100, 0.74) : count === 2 ? placed(66, 0.72) + placed(134, 0.72) : placed(100, 0.98 * scale);
  const defs = (pattern ? patternTile(pattern, id, colours) : '');
  return `<svg class="art" viewBox="0 0 200 200" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">${defs && `<defs>${defs}</defs>`}${scene(colours, seed)}${things}</svg>`;
}

/** The quiet ground: one large shape behind, a soft shadow below. */
function scene({ ground, back }, seed) {
  const shape = [
    circle(100, 100, 78, back),
    path('M30 200V98C30 58 62 30 100 30C138 30 170 58 170 98V200z', back),
    path('M0 150H200V200H0z', back),
    path('M0 132C48 112 96 150 140 130C164 120 184 122 200 128V200H0z', back),
    circle(142, 62, 40, back) + path('M0 156H200V200H0z', back),
  ][(seed >>> 9) % 5];
  return path('M0 0H200V200H0z', ground) + shape + oval(100, 161, 62, 6, '#3b2a2b', 'opacity=".1"');
}

/** The union flag, clipped to the thing. */
function unionOver(d, id, n) {
  const clip = `${id}u${n}`;
  return `<clipPath id="${clip}"><path d="${d}"/></clipPath><g clip-path="url(#${clip})">${path('M0 0H200V200H0z', '#34507f')}${line('M20 20L180 188M180 20L20 188', '#fbf4e6', 22)}${line('M20 20L180 188M180 20L20 188', '#c6483c', 8)}${line('M100 0V200M0 104H200', '#fbf4e6', 32)}${line('M100 0V200M0 104H200', '#c6483c', 18)}</g>`;
}

function letterOf(title) {
  const found = /LETTER "([A-Z])"/i.exec(title) ?? /(?:LETTER|NUMBER|FONT|GARDEN)\D*?\b([A-Z0-9])$/i.exec(title.trim()) ?? /\b(HOME|LOVE|JOY|NOEL|BATH|DAD|MUM|TEA|HOPE|PEACE)\b/i.exec(title);
  return found?.[1]?.toUpperCase();
}

/** FNV-1a. */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
