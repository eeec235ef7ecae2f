// Slates of sessions by the npm package, in Node: what `parity(runtime="wasm")` compares. It lies where `nearhand` is the package.
// Usage: node slates.mjs ASKED   (JSON: bundle, model, tier, k, sessions; START of sessions that tell no times). Prints JSON: slates, version.
import { readFileSync } from 'node:fs';
import { load } from 'nearhand';

const { bundle, model, tier, k, sessions, start } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let now = start;
let shop;
try {
  shop = await load(readFileSync(bundle), { tier, consent: 'memory', maxBytes: 2 ** 31, now: () => now, ...(model && { model: readFileSync(model) }) });
  const slates = [];
  for (const session of sessions) {
    shop.forget();
    let last = -Infinity;
    session.forEach((event, at) => {
      const told = typeof event === 'string' ? { kind: 'view', item: event } : event;
      now = told.at ?? start + at * 1000;
      last = Math.max(last, told.at ?? -Infinity);
      shop.observe(told);
    });
    now = last > -Infinity ? last : start;
    const slate = await shop.recommend({ k, exclude: [] });
    if (slate.tier !== tier) throw new Error(`a slate was answered by ${slate.tier}: ${slate.notes}`);
    slates.push(slate.items.map(({ item }) => item));
  }
  process.stdout.write(JSON.stringify({ slates }));
} catch (error) {
  process.stdout.write(JSON.stringify({ code: error.code ?? 'internal', message: error.message }));
} finally {
  shop?.close();
}
