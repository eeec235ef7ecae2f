// Colours of a print: every illustration uses one family of three tones, an accent and a quiet ground.

/** base, shade, light: the three tones a thing is printed in. */
const FAMILIES = {
  red: ['#c6483c', '#98302b', '#f1cbbf'],
  pink: ['#e08c9c', '#bd6379', '#f8dfe1'],
  fuchsia: ['#c2528a', '#933564', '#f3d2e2'],
  blue: ['#5682ae', '#365c87', '#d3e2ee'],
  midnight: ['#3c5377', '#25375a', '#c5d0e0'],
  teal: ['#5da59d', '#397c76', '#d0e8e3'],
  green: ['#76996a', '#4f7350', '#d9e5cd'],
  yellow: ['#e4b84c', '#bb8a26', '#f9ecc4'],
  orange: ['#dd8a4e', '#b3622c', '#f8dec8'],
  purple: ['#9080b6', '#675690', '#e2dbee'],
  brown: ['#94694d', '#6b4733', '#dfc8b3'],
  natural: ['#cfae80', '#a5804f', '#f0e2cb'],
  ivory: ['#f4ead6', '#d8c5a1', '#fffaf0'],
  white: ['#faf7f1', '#d9d3c9', '#ffffff'],
  black: ['#46403f', '#292525', '#b9b1ad'],
  silver: ['#aab3b8', '#7d878d', '#e2e7e9'],
  gold: ['#d0a250', '#9f7426', '#f3e2ba'],
  glass: ['#bfdad8', '#86b1b0', '#eaf5f3'],
};

/** Colour and material words of the titles, strongest first. */
const WORDS = [
  ['red', 'red ruby cherry strawberry cranberry scarlet'],
  ['fuchsia', 'fuschia fuchsia magenta raspberry'],
  ['pink', 'pink rose rosebud blossom peony sweetheart'],
  ['midnight', 'midnight navy denim'],
  ['blue', 'blue azure provencal sky seaside sailor'],
  ['teal', 'turquoise aqua mint teal jade eau'],
  ['green', 'green fern botanical olive herb lime ivy'],
  ['yellow', 'yellow lemon daisy sunny'],
  ['orange', 'orange apricot peach copper coral'],
  ['purple', 'purple lavender amethyst lilac violet aubergine'],
  ['black', 'black jet chalk slate'],
  ['ivory', 'ivory cream vanilla'],
  ['white', 'white porcelain bisque lace feather clear frosted'],
  ['gold', 'gold golden brass amber honey baroque'],
  ['silver', 'silver zinc grey gray pewter metal mirror mirrored diamante crystal tin'],
  ['brown', 'brown chocolate choc coffee mocha tortoiseshell'],
  ['natural', 'natural wicker wood wooden rattan bamboo hessian raffia rustic'],
  ['glass', 'glass'],
].map(([family, words]) => [family, words.split(' ')]);

/** What a title without a colour word may look like. */
const OPEN = ['red', 'blue', 'teal', 'green', 'yellow', 'pink', 'orange', 'midnight', 'purple', 'fuchsia'];
const OPEN_BY_WORD = [
  [['christmas', 'xmas', 'santa', 'noel', 'reindeer', 'holly'], ['red', 'green', 'red']],
  [['union', 'london', 'jubilee'], ['midnight', 'red']],
  [['retrospot', 'spotty', 'polkadot'], ['red', 'pink', 'teal']],
  [['vintage', 'regency', 'victorian', 'edwardian', 'antique'], ['pink', 'teal', 'gold', 'green', 'blue']],
  [['woodland', 'garden', 'jardin', 'plant', 'forest'], ['green', 'teal', 'orange']],
  [['spaceboy', 'space', 'robot'], ['blue', 'orange', 'midnight']],
  [['dolly', 'fairy', 'ballerina'], ['pink', 'fuchsia', 'purple']],
  [['doormat', 'door'], ['natural']],
];

const GROUNDS = {
  sand: ['#f6eddf', '#ecdfc9'],
  blush: ['#f7e6df', '#eed3c8'],
  sage: ['#e6ecdf', '#d2dec9'],
  mist: ['#e3ebf0', '#cfdde6'],
  butter: ['#f8efd2', '#efe0b3'],
  lilac: ['#ece6f0', '#dcd2e4'],
  clay: ['#e7c9b8', '#dbb39d'],
  dusk: ['#b9c9d0', '#a3b8c2'],
  moss: ['#bccab0', '#a7b99a'],
};
const PALE = new Set(['ivory', 'white', 'glass', 'silver']);
/** Pale things need a ground that carries them. */
const GROUNDS_OF = {
  pale: ['clay', 'dusk', 'moss'],
  red: ['sand', 'mist', 'blush', 'butter'],
  pink: ['sand', 'sage', 'mist', 'butter'],
  fuchsia: ['blush', 'sand', 'lilac'],
  blue: ['sand', 'blush', 'butter'],
  midnight: ['butter', 'blush', 'sand'],
  teal: ['blush', 'butter', 'sand'],
  green: ['butter', 'blush', 'sand'],
  yellow: ['mist', 'sage', 'lilac'],
  orange: ['mist', 'sage', 'butter'],
  purple: ['butter', 'sage', 'sand'],
  brown: ['blush', 'sage', 'butter'],
  natural: ['sage', 'mist', 'blush'],
  black: ['blush', 'butter', 'sand'],
  gold: ['mist', 'lilac', 'sage'],
};
const ACCENTS = { red: 'yellow', pink: 'red', fuchsia: 'yellow', blue: 'red', midnight: 'yellow', teal: 'orange', green: 'red', yellow: 'red', orange: 'midnight', purple: 'yellow', brown: 'orange', natural: 'red', ivory: 'red', white: 'blue', black: 'pink', silver: 'pink', gold: 'red', glass: 'green' };

/** The colours of one illustration from the title's words and a number that belongs to the item. */
export function palette(words, seed) {
  const named = WORDS.filter(([, list]) => list.some((word) => words.has(word))).map(([family]) => family);
  const open = OPEN_BY_WORD.find(([list]) => list.some((word) => words.has(word)))?.[1] ?? OPEN;
  const family = named[0] ?? open[seed % open.length];
  const second = named.find((name) => name !== family && !(PALE.has(name) && PALE.has(family)));
  const [base, shade, light] = FAMILIES[family];
  const grounds = GROUNDS_OF[PALE.has(family) ? 'pale' : family] ?? GROUNDS_OF.red;
  const [ground, back] = GROUNDS[grounds[(seed >>> 5) % grounds.length]];
  const accent = FAMILIES[second ?? ACCENTS[family]][0];
  const pale = PALE.has(family);
  return { family, base, shade, light, accent, ground, back, pale, ink: pale ? '#6f5d4b' : '#3b2a2b', paper: '#fffaf1' };
}
