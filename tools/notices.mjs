// Writes www/lib/THIRD-PARTY.txt: whose code is in the wasm binaries, and under which terms. A licence that does not allow this
// stops the build. Usage: node tools/notices.mjs [--print]
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { lib, root } from './face.mjs';

/** Best first: of a choice the first that is offered is taken. Each is told by words that stand in its text alone. */
const ALLOWED = {
  MIT: /permission is hereby granted, free of charge/i,
  Zlib: /this software is provided .as-is.*altered source versions/is,
  'BSD-3-Clause': /redistribution and use in source and binary forms.*(neither|may not be used to endorse)/is,
  'BSD-2-Clause': /redistribution and use in source and binary forms/i,
  ISC: /permission to use, copy, modify, and(\/or)? distribute this software for any purpose/i,
  'Apache-2.0': /apache license\s+version 2\.0/i,
  'Unicode-3.0': /unicode license v3/i,
  '0BSD': /permission to use, copy, modify/i,
};

const cargo = (...args) => execFileSync('cargo', [...args, '--locked'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });

/** What a licence expression comes to: the licences that hold together, best alternative first; undefined if none is allowed. */
export function chosen(expression) {
  const tokens = expression.replaceAll('/', ' OR ').match(/\(|\)|[\w.+-]+/g) ?? [];
  const either = () => {
    const ways = [both()];
    while (tokens[0] === 'OR') tokens.shift(), ways.push(both());
    return ways.filter(Boolean).sort((a, b) => cost(a) - cost(b))[0];
  };
  const both = () => {
    let all = one();
    while (tokens[0] === 'AND') {
      tokens.shift();
      const more = one();
      all = all && more && [...new Set([...all, ...more])];
    }
    return all;
  };
  const one = () => {
    const token = tokens.shift();
    // An exception changes the terms: not looked at, so not allowed.
    if (tokens[0] === 'WITH') return void tokens.splice(0, 2);
    if (token !== '(') return token in ALLOWED ? [token] : undefined;
    const inner = either();
    tokens.shift();
    return inner;
  };
  return either();
}
const cost = (licences) => licences.length * 100 + Math.max(...licences.map((name) => Object.keys(ALLOWED).indexOf(name)));

/** Who wrote it, and the terms without that, so that the same terms are printed once. */
function split(text) {
  const lines = text.replace(/\r/g, '').split('\n').map((line) => line.trim());
  const isOwner = (line) => /^(copyright|©|\(c\) \d)/i.test(line) && !/copyright (notice|license|owner|holders?|and )/i.test(line);
  const owners = lines.filter(isOwner);
  const rest = lines.filter((line) => !isOwner(line)).join('\n');
  return { owners, terms: rest.replace(/^\W*(the )?mit license( \(mit\))?\W*/i, '').replace(/^all rights reserved\.?$/gim, '').replace(/\n{3,}/g, '\n\n').trim() };
}

/** The crates that end in one of the binaries, with their folders: by name and version, in order; `tract`: in that one alone. */
function crates() {
  const inWasm = (...features) => cargo('tree', '-p', 'nearhand', '-e', 'normal,no-proc-macro', '--target', 'wasm32-unknown-unknown', '--prefix', 'none', '--format', '{p}\t{l}', ...features);
  const found = new Map();
  for (const tract of [false, true]) {
    for (const line of (tract ? inWasm('--features', 'tract') : `${inWasm()}\n${inWasm('--no-default-features', '--features', 'shop')}`).split('\n')) {
      const [, name, version, license] = line.match(/^(\S+) v(\S+).*?\t([^\t]*?)( \(\*\))?$/) ?? [];
      if (!name || name.startsWith('nearhand') || found.has(`${name} ${version}`)) continue;
      found.set(`${name} ${version}`, { name, version, license, tract, folder: unpacked(`${name}-${version}`) });
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, crate]) => crate);
}

/** Those that the manifest names, without their addresses. */
function authors(folder) {
  const [, list = ''] = readFileSync(`${folder}/Cargo.toml`, 'utf8').match(/^authors = \[([^\]]*)\]/m) ?? [];
  return [...list.matchAll(/"([^"<]*?) *(?:<[^"]*)?"/g)].map(([, name]) => name);
}

/** Where cargo has unpacked a crate. */
function unpacked(name) {
  const sources = `${process.env.CARGO_HOME ?? `${homedir()}/.cargo`}/registry/src`;
  const folder = readdirSync(sources).map((index) => `${sources}/${index}/${name}`).find((path) => existsSync(path));
  if (!folder) throw new Error(`${name} is not in ${sources}: run cargo fetch`);
  return folder;
}

export function notices() {
  const groups = new Map();
  const add = (what, licence, owners, terms) => {
    const key = `${licence}\n${terms.replace(/\W+/g, ' ').toLowerCase()}`;
    if (!groups.has(key)) groups.set(key, { licence, terms, whose: [] });
    groups.get(key).whose.push({ what, owners });
  };
  const standard = {};
  const without = [];
  for (const crate of crates()) {
    const what = `${crate.name} ${crate.version}${crate.tract ? ' (nearhand-tract.wasm alone)' : ''}`;
    const licences = chosen(crate.license ?? '');
    if (!licences) throw new Error(`${what} is under "${crate.license}", which tools/notices.mjs does not allow: leave it out, or look at its terms and add them`);
    const { folder } = crate;
    const texts = readdirSync(folder).sort().filter((name) => /^(licen[sc]e|copying|copyright|notice)/i.test(name) && !/\.(rs|toml)$/.test(name)).map((name) => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }));
    for (const licence of licences) {
      const text = texts.find((file) => ALLOWED[licence].test(file.text))?.text;
      if (text === undefined) without.push({ what, licence, owners: authors(folder).map((author) => `Copyright (c) ${author}`) });
      else {
        const { owners, terms } = split(text);
        standard[licence] ??= terms;
        add(what, licence, owners, terms);
      }
      const notice = licence === 'Apache-2.0' && texts.find(({ name }) => /^notice/i.test(name));
      if (notice) add(what, 'NOTICE', [], notice.text.trim());
    }
  }
  add('The Rust standard library', 'MIT', ['Copyright (c) The Rust Project Contributors'], standard.MIT);
  // Crates that name a licence and bring no text of it.
  for (const { what, licence, owners } of without) add(what, licence, owners.length ? owners : [`Copyright (c) the authors of ${what.split(' ')[0]}`], standard[licence]);
  const parts = [...groups.values()].sort((a, b) => b.whose.length - a.whose.length || (a.terms < b.terms ? -1 : 1));
  const text = parts.map(({ licence, terms, whose }) => `${'='.repeat(78)}\n${whose.map(({ what, owners }) => [what, ...new Set(owners)].join('\n    ')).join('\n')}\n\n${licence}\n\n${terms}\n`);
  const head = 'The wasm binaries of nearhand (nearhand.wasm, nearhand-lite.wasm, nearhand-tract.wasm, packed/full.js,\npacked/lite.js) hold code of the projects below. Where a project offers a choice of licences, the one that is printed was chosen.\n\nsample.safetensors and sample.js are made from Online Retail, D. Chen (2015), UCI Machine Learning Repository,\nhttps://doi.org/10.24432/C5BW33, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/): 500 of its items and 8,000 of its baskets.\n\n';
  return head + text.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = notices();
  if (process.argv.includes('--print')) process.stdout.write(text);
  else writeFileSync(`${lib}/THIRD-PARTY.txt`, text);
}
