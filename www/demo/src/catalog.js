// The shop's own catalog. It stands without the recommender: pages, departments and a plain search work from here.

import { soldOutAt } from './desk.js';
import { turn } from './later.js';
import { slug, title } from './words.js';

/** One line per department: what it is for. */
const ABOUT = {
  'Christmas': 'Baubles, trees and garlands for the best month of the year.',
  'Party & Celebration': 'Bunting, balloons and everything that makes a table look like an occasion.',
  'Jewellery & Accessories': 'Small things to wear, wrapped before you reach the till.',
  'Bags & Purses': 'Shoppers, lunch bags and washbags in prints that cheer up a Monday.',
  'Candles & Lighting': 'Lanterns, T-lights and lamps for the hour after supper.',
  'Kitchen & Baking': 'Tins, jars and aprons for kitchens that are used.',
  'Tea & Tableware': 'Cups, plates and cake stands: the kettle is on.',
  'Garden & Outdoors': 'Birdhouses, watering cans and a parasol in case of sun.',
  'Stationery & Wrap': 'Notebooks, cards and rolls of wrap that are too good to tear.',
  'Toys & Craft': 'Jigsaws, dolls, ribbons and felt for rainy afternoons.',
  'Home Décor': 'Signs, hearts, birds and cushions: the finishing touches.',
  'Clocks, Frames & Mirrors': 'For the mantelpiece, the landing and the wall above the bed.',
  'Storage & Hooks': 'A place for everything, and a pretty hook to hang it on.',
  'Bath & Comfort': 'Soaps, hot water bottles and hand warmers for slow evenings.',
  'Curiosities': 'The shelf at the back, where the things live that belong nowhere else.',
};

let items = [];
let byId = new Map();
let departments = [];

/** Reading and taking in are two pieces of work: a phone answers between them. */
export async function loadCatalog(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`catalog: ${response.status}`);
  const rows = await response.json();
  await turn();
  items = rows.map((row, place) => new Item(row, place));
  await turn();
  arrange();
}

/** What stands for a department on its tile: the most popular thing of these words. */
const FACES = {
  'Christmas': /bauble|christmas tree/i,
  'Jewellery & Accessories': /bracelet/i,
  'Garden & Outdoors': /birdhouse|watering/i,
  'Stationery & Wrap': /notebook/i,
  'Toys & Craft': /soft toy|jigsaw/i,
  'Home Décor': /cushion/i,
  'Clocks, Frames & Mirrors': /alarm clock/i,
  'Bath & Comfort': /hot water bottle.*babushka|soap/i,
  'Storage & Hooks': /drawers|chest/i,
  'Kitchen & Baking': /cake tins/i,
  'Tea & Tableware': /teacup/i,
  'Candles & Lighting': /lantern/i,
};

/** Its name is set when it is first shown: to set thousands at once would hold up the page. */
class Item {
  constructor([item, name, price, category], place) {
    this.item = item;
    this.title = name;
    this.price = price ?? undefined;
    this.category = category || 'Curiosities';
    this.place = place;
  }
  get name() {
    return title(this.title);
  }
  get soldOut() {
    return soldOutAt(this.place);
  }
}

/** Rows `[item, title, price, category]`, most popular first. */
export function use(rows) {
  items = rows.map((row, place) => new Item(row, place));
  arrange();
}

function arrange() {
  byId = new Map(items.map((item) => [item.item, item]));
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(item.category);
    if (group) group.push(item);
    else groups.set(item.category, [item]);
  }
  departments = [...groups]
    .map(([name, list]) => Object.freeze({ name, slug: slug(name), about: ABOUT[name] ?? '', face: list.find((item) => FACES[name]?.test(item.title)) ?? list[0], items: list }))
    .sort((a, b) => (a.name === 'Curiosities') - (b.name === 'Curiosities') || order(a.name) - order(b.name));
}

const ORDER = Object.keys(ABOUT);
const order = (name) => (ORDER.indexOf(name) < 0 ? ORDER.length : ORDER.indexOf(name));

export const all = () => items;
export const find = (id) => byId.get(id);
export const allDepartments = () => departments;
export const department = (name) => departments.find((d) => d.slug === name || d.name === name);

/** All words in the title, most popular first: what the shop can do without the engine. */
export function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? items.filter((item) => words.every((word) => item.title.toLowerCase().includes(word))) : [];
}
