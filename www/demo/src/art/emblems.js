// Small pictures that a title names: printed on a mug, a bag or a card, or standing alone. Field of 40 by 40 around 0,0.

import { blossom, circle, heart, line, oval, path, star } from './draw.js';

const eyes = (k, x, y, r = 1.6) => circle(-x, y, r, k.ink) + circle(x, y, r, k.ink);

export const EMBLEMS = {
  heart: (k) => path(heart(0, 0, 36), k.a),
  star: (k) => path(star(0, 1, 19), k.a),
  snowflake: (k) => [0, 60, 120].map((turn) => `<g transform="rotate(${turn})">${line('M0 -18V18M-5 -13L0 -9L5 -13M-5 13L0 9L5 13', k.a, 3)}</g>`).join(''),
  flower: (k) => blossom(0, 0, 18, k.a, k.b, 6),
  rose: (k) => path('M-2 4C-10 14 -16 12 -18 16C-10 20 -4 16 0 8zM3 4C10 14 16 12 18 16C10 20 5 16 1 8z', '#6f8f63') + circle(0, -3, 15, k.a) + line('M0 -3a4 4 0 1 1 4 4a8 8 0 1 1 -11 -8a11 11 0 0 1 17 3', k.b, 2.6),
  bird: (k) => path('M-18 2C-14 -10 -2 -14 6 -10C9 -16 18 -15 17 -7L20 -5L17 -3C16 9 4 14 -5 10L-17 16C-16 10 -16 6 -18 2z', k.a) + path('M-6 -2C0 -4 7 -1 8 4C2 7 -4 5 -6 -2z', k.b) + circle(12, -8, 1.5, k.ink),
  butterfly: (k) => path('M0 -2C-4 -16 -19 -17 -18 -6C-17 2 -8 3 0 0C-10 2 -14 14 -7 15C-2 16 0 8 0 2C0 8 2 16 7 15C14 14 10 2 0 0C8 3 17 2 18 -6C19 -17 4 -16 0 -2z', k.a) + circle(-11, -7, 3, k.b) + circle(11, -7, 3, k.b) + line('M0 -4V10M0 -4L-4 -13M0 -4L4 -13', k.ink, 1.8),
  owl: (k) => path('M-14 -14L-7 -10H7L14 -14C17 0 17 18 0 18C-17 18 -17 0 -14 -14z', k.a) + circle(-6, -2, 6, k.b) + circle(6, -2, 6, k.b) + eyes(k, 6, -2, 2.6) + path('M-2.5 3h5L0 8z', '#dd8a4e') + line('M-5 12h3M2 12h3', k.b, 2),
  cat: (k) => path('M-14 -16L-6 -9H6L14 -16C16 -4 16 14 0 14C-16 14 -16 -4 -14 -16z', k.a) + eyes(k, 6, -1, 2) + path('M-2 4h4L0 7z', k.b) + line('M-10 6h-8M10 6h8', k.b, 1.4),
  dog: (k) => path('M-11 -13H11C14 -4 13 14 0 14C-13 14 -14 -4 -11 -13z', k.a) + path('M-11 -14C-20 -12 -20 2 -14 6C-12 0 -10 -6 -8 -12zM11 -14C20 -12 20 2 14 6C12 0 10 -6 8 -12z', k.b) + eyes(k, 5, -3, 1.9) + oval(0, 5, 4, 3, k.ink),
  rabbit: (k) => path('M-9 -2C-14 -16 -10 -22 -7 -20C-4 -18 -3 -10 -2 -6H2C3 -10 4 -18 7 -20C10 -22 14 -16 9 -2C16 6 12 18 0 18C-12 18 -16 6 -9 -2z', k.a) + eyes(k, 5, 4, 1.8) + circle(0, 9, 1.9, k.b),
  hen: (k) => path('M-18 -6C-12 -2 -6 -2 0 -6C2 -16 12 -18 15 -10L20 -7L15 -5C15 8 8 14 -2 14C-14 14 -20 4 -18 -6z', k.a) + path('M6 -15C4 -20 9 -20 10 -17C12 -21 16 -18 14 -14z', '#c6483c') + line('M-3 14v5M3 14v5', '#dd8a4e', 2) + circle(11, -9, 1.5, k.ink) + path('M-10 2C-6 -1 0 1 1 5C-4 8 -9 7 -10 2z', k.b),
  horse: (k) => path('M-14 16V0C-14 -6 -8 -6 -2 -7L3 -17L6 -13C12 -12 15 -8 16 -4L11 0L6 -2C8 4 9 10 9 16H4L2 6H-7L-9 16z', k.a) + line('M-14 0C-19 2 -19 8 -17 12', k.b, 3) + circle(8, -8, 1.3, k.ink),
  skull: (k) => path('M0 -17C-12 -17 -16 -8 -15 0C-15 5 -10 6 -9 9V15H9V9C10 6 15 5 15 0C16 -8 12 -17 0 -17z', k.a) + circle(-6, -2, 4, k.b) + circle(6, -2, 4, k.b) + path('M-2 7L0 3L2 7z', k.b) + line('M-3 11v4M3 11v4', k.b, 1.6),
  dolly: (k) => circle(0, 0, 16, k.hair) + path('M-11 1C-11 -10 11 -10 11 1C11 12 -11 12 -11 1z', '#f6d6c0') + path('M-12 -3C-6 -11 6 -11 12 -3C12 -16 -12 -16 -12 -3z', k.hair) + eyes(k, 4.5, 1, 1.5) + circle(-7, 5, 2.2, '#ec9f9b') + circle(7, 5, 2.2, '#ec9f9b') + line('M-2 6.5Q0 8 2 6.5', '#b5443f', 1.6) + path('M0 -13L-9 -19V-9zM0 -13L9 -19V-9z', k.a) + circle(0, -13.5, 2.4, k.b),
  babushka: (k) => path('M0 -19C8 -19 10 -13 10 -8C16 -2 16 19 0 19C-16 19 -16 -2 -10 -8C-10 -13 -8 -19 0 -19z', k.a) + circle(0, -8, 6.5, '#f6d6c0') + path('M-6.5 -9C-5 -15 5 -15 6.5 -9C3 -11 -3 -11 -6.5 -9z', k.hair) + eyes(k, 2.4, -7.6, 1) + blossom(0, 8, 8, k.b, k.ink, 5),
  rocket: (k) => `<g transform="rotate(30)">${path('M0 -20C9 -12 9 2 6 10H-6C-9 2 -9 -12 0 -20z', k.a) + circle(0, -5, 4, k.b) + path('M-6 2L-13 12L-6 10zM6 2L13 12L6 10z', k.b) + path('M-4 11H4L0 20z', '#e4b84c')}</g>`,
  apple: (k) => path('M0 -8C-6 -14 -17 -10 -16 2C-15 12 -8 18 0 15C8 18 15 12 16 2C17 -10 6 -14 0 -8z', k.a) + line('M0 -8C0 -13 2 -16 4 -18', '#6b4733', 2.6) + path('M3 -13C8 -19 14 -17 15 -14C11 -11 6 -10 3 -13z', '#76996a'),
  strawberry: (k) => path('M0 18C-12 12 -17 0 -13 -8C-8 -13 8 -13 13 -8C17 0 12 12 0 18z', k.a) + path('M-12 -9L-5 -14L0 -17L5 -14L12 -9L5 -8L0 -4L-5 -8z', '#76996a') + [[-6, 0], [0, 5], [6, 0], [-3, 10], [4, 10]].map(([x, y]) => oval(x, y, 1.1, 1.7, '#fff3d6')).join(''),
  cake: (k) => path('M-12 2H12L8 18H-8z', k.b) + line('M-6 4L-4 16M0 4V16M6 4L4 16', k.ink, 1.2) + path('M-15 3C-18 -5 -9 -7 -9 -10C-7 -17 7 -17 9 -10C9 -7 18 -5 15 3z', k.a) + circle(0, -16, 3.4, '#c6483c'),
  toadstool: (k) => path('M-5 2H5C5 8 7 13 8 17H-8C-7 13 -5 8 -5 2z', '#fff3df') + path('M-18 3C-17 -14 17 -14 18 3z', k.a) + circle(-8, -3, 2.8, '#fff3df') + circle(1, -7, 2.8, '#fff3df') + circle(9, -2, 2.4, '#fff3df'),
  tree: (k) => path('M0 -20L8 -8H4L12 3H6L15 14H-15L-6 3H-12L-4 -8H-8z', k.a) + path('M-3 14h6v5h-6z', '#6b4733') + path(star(0, -18, 4), '#e4b84c') + circle(-3, 0, 1.8, k.b) + circle(4, 9, 1.8, k.b) + circle(-6, 10, 1.8, k.b),
  bell: (k) => path('M0 -16C9 -16 11 -8 11 0C11 7 14 9 16 12H-16C-14 9 -11 7 -11 0C-11 -8 -9 -16 0 -16z', k.a) + circle(0, 15, 3.6, k.b) + line('M0 -16V-20', k.a, 3),
  angel: (k) => path('M-4 0C-16 -10 -20 0 -14 6C-10 9 -6 8 -4 6zM4 0C16 -10 20 0 14 6C10 9 6 8 4 6z', k.b) + path('M0 -6L11 19H-11z', k.a) + circle(0, -9, 6, '#f6d6c0') + line('M-5 -18A5 2 0 1 1 5 -18A5 2 0 1 1 -5 -18', '#e4b84c', 2),
  reindeer: (k) => line('M-5 -9C-8 -12 -8 -16 -12 -18M-8 -14L-14 -13M5 -9C8 -12 8 -16 12 -18M8 -14L14 -13', k.b, 2.4) + path('M-8 -9H8C10 0 7 16 0 16C-7 16 -10 0 -8 -9z', k.a) + eyes(k, 4, -2, 1.6) + circle(0, 10, 3.6, '#c6483c'),
  crown: (k) => path('M-17 -9L-8 0L0 -14L8 0L17 -9L14 13H-14z', k.a) + circle(-17, -10, 2.6, k.b) + circle(0, -15, 2.6, k.b) + circle(17, -10, 2.6, k.b),
  leaf: (k) => path('M-12 16C-16 -4 0 -18 16 -17C17 0 6 16 -12 16z', k.a) + line('M-16 20C-8 8 0 0 9 -9M-4 5H6M-6 8V-2', k.b, 1.8),
  letter: (k) => `<text x="0" y="14" text-anchor="middle" font-family="Georgia, serif" font-weight="700" font-size="40" fill="${k.a}">${k.letter ?? 'A'}</text>`,
  clover: (k) => [45, 135, 225, 315].map((turn) => `<g transform="rotate(${turn})">${path(heart(0, -10, 16), k.a)}</g>`).join(''),
  moon: (k) => path('M6 -17A18 18 0 1 0 16 10A15 15 0 1 1 6 -17z', k.a) + path(star(9, -4, 6), k.b),
  dinosaur: (k) => path('M-19 14C-16 2 -8 -4 0 -4C4 -4 4 -14 11 -15C18 -15 19 -8 15 -7L10 -6C10 4 6 8 5 15H0V9H-7V15H-12V10C-15 11 -17 13 -19 14z', k.a) + path('M-10 -1L-7 -7L-4 -3L0 -9L2 -4z', k.b) + circle(13, -11, 1.4, k.ink),
  car: (k) => path('M-19 6V0L-10 -2L-5 -10H7L13 -2L19 0V6z', k.a) + path('M-7 -2L-3 -7H0V-2zM3 -7H6L9 -2H3z', k.b) + circle(-10, 7, 4.4, k.ink) + circle(10, 7, 4.4, k.ink),
  elephant: (k) => path('M-16 14V0C-16 -10 -6 -12 2 -10C6 -16 18 -14 18 -4V10C18 14 14 14 13 11V2L8 4V14H3V7H-7V14z', k.a) + path('M3 -8C8 -10 11 -6 9 -1C6 1 3 -2 3 -8z', k.b) + circle(13, -7, 1.3, k.ink),
  duck: (k) => path('M-18 2C-10 0 -4 0 0 -3C-2 -14 12 -18 14 -8L20 -5L14 -3C16 6 10 14 -2 14C-12 14 -18 8 -18 2z', k.a) + path('M14 -8L21 -5L14 -3z', '#dd8a4e') + circle(9, -9, 1.5, k.ink) + path('M-8 4C-3 0 4 2 5 6C0 10 -6 9 -8 4z', k.b),
  fruit: (k) => circle(-8, 6, 9, k.a) + circle(9, 7, 9, k.a) + line('M-7 -2C-4 -10 0 -14 6 -16C8 -10 9 -6 9 -1', '#4f7350', 2.2) + path('M6 -16C12 -20 17 -17 17 -13C13 -10 8 -11 6 -16z', '#76996a'),
  key: (k) => line('M-8 -8a6 6 0 1 1 .1 .1M-3 -3L14 14M8 8L12 4M12 12L16 8', k.a, 4),
};

/** Title words and the emblem they mean, first match wins. */
const WORDS = [
  ['rocket', 'spaceboy space cadet'], ['dolly', 'dolly doll ballerina poppy charlie lola lolita'], ['babushka', 'babushka russian'], ['skull', 'skull skulls pirate'], ['owl', 'owl owls'],
  ['reindeer', 'reindeer rudolph'], ['angel', 'angel angels cherub cherubs fairy fairies'], ['tree', 'tree trees fir'], ['snowflake', 'snowflake snowflakes snow'], ['bell', 'bell bells jingle'],
  ['butterfly', 'butterfly butterflies butterfiles'], ['bird', 'bird birds dove lovebird robin swallow swallows parrot'], ['hen', 'hen hens chicken cockerel chick chicks henrietta rooster'], ['duck', 'duck ducks goose ducky'], ['rabbit', 'rabbit bunny rabbits bunnies'],
  ['cat', 'cat cats kitten kitty'], ['dog', 'dog dogs doggy scottie scotties puppy'], ['horse', 'horse pony carousel horses reinder'], ['elephant', 'elephant circus'], ['dinosaur', 'dinosaur dinosaurs monster'], ['car', 'car cars racing'],
  ['strawberry', 'strawberry strawberries'], ['apple', 'apple apples'], ['fruit', 'cherry cherries fruit frutti berry'], ['cake', 'cake cakes cupcake fairycake teatime muffin'], ['toadstool', 'toadstool toadstools mushroom mushrooms woodland'], ['leaf', 'leaf leaves fern'],
  ['crown', 'king queen crown kings queens regency boudicca'], ['moon', 'moon'], ['star', 'star stars'], ['heart', 'heart hearts love sweetheart'], ['rose', 'rose roses rosebud peony'], ['flower', 'flower flowers daisy daisies floral blossom'], ['letter', 'alphabet letter letters'], ['key', 'key keys'],
].map(([name, words]) => [name, words.split(' ')]);

export function emblemOf(words) {
  return WORDS.find(([, list]) => list.some((word) => words.has(word)))?.[0];
}
