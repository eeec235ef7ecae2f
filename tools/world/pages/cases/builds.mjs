// What build tools make of `import { load } from 'nearhand'`: it works as it comes, or the error says what to set.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative } from 'node:path';
import { built } from '../bundled.mjs';
import { root as checkout } from '../../../face.mjs';
import { ROOM } from '../installed.mjs';

const MAIN = "import * as n from 'nearhand';\nimport { signals } from 'nearhand/signals';\nObject.assign(globalThis, { n, signals });\n";
const page = (script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,"></head><body>${script}</body></html>`;
const PAGE = page('<script type="module" src="./main.js"></script>');
const tool = createRequire(`${ROOM}/package.json`);
const imported = (name) => import(/^vite\d/.test(name) ? `${ROOM}/node_modules/${name}/dist/node/index.js` : tool.resolve(name));

/** The app of a case: main.js, index.html and whatever else. */
function app(ctx, files = {}) {
  for (const [name, text] of Object.entries({ 'main.js': MAIN, 'index.html': PAGE, 'package.json': '{"name":"app","private":true,"type":"module"}', ...files })) {
    mkdirSync(dirname(`${ctx.folder}/${name}`), { recursive: true });
    writeFileSync(`${ctx.folder}/${name}`, text);
  }
  return ctx.folder;
}

/** Opens the app and loads a shop in it. */
async function tried(ctx, url, options = {}) {
  const open = await ctx.page(url, { engine: 'chromium' });
  await open.until(() => globalThis.n, [], 30_000);
  return open.evaluate(async (options) => {
    try {
      const shop = await n.load('/shop.safetensors', options);
      const items = (await shop.recommend({ k: 3 })).items.length;
      const out = { items, ready: await shop.ready, full: shop.info().full };
      shop.close();
      return out;
    } catch (e) {
      return { code: e.code ?? e.name, message: e.message, own: e instanceof n.NearhandError };
    }
  }, options);
}
const works = (out) => assert.deepEqual([out.items, out.ready], [3, 'full'], JSON.stringify(out));
/** Served as built. */
const served = async (ctx, out, options) => works(await tried(ctx, `${(await ctx.site({ '/': out })).url}/index.html`, options));

const viteBuild = (name) => ({
  name: `${name}-build`,
  what: `${name}: a production build as it comes answers to the full tier`,
  needs: name === 'vite' ? undefined : 'tools',
  async run(ctx) {
    const { build } = name === 'vite' ? await import('vite') : await imported(name);
    const root = app(ctx);
    await build({ configFile: false, root, logLevel: 'error', build: { outDir: 'out', emptyOutDir: true } });
    await served(ctx, `${root}/out`);
  },
});
const viteDev = (name) => ({
  name: `${name}-dev`,
  slow: true,
  what: `${name}: its dev server works with what the README sets, and without it works too or says what to set`,
  needs: name === 'vite' ? undefined : 'tools',
  async run(ctx) {
    const { createServer } = name === 'vite' ? await import('vite') : await imported(name);
    const root = app(ctx, { 'public/shop.safetensors': '' });
    cpSync(ctx.bundle, `${root}/public/shop.safetensors`);
    // Installed in the app's own folder; without it, further up, as workspaces lay it.
    cpSync(ctx.installed, `${root}/node_modules/nearhand`, { recursive: true });
    const dev = async (optimizeDeps) => {
      const server = await createServer({ configFile: false, root, logLevel: 'silent', optimizeDeps: { force: true, ...optimizeDeps }, cacheDir: `${root}/node_modules/.vite`, server: { port: 0, host: '127.0.0.1', hmr: false, fs: { allow: [ctx.shelf] } } });
      ctx.atEnd(() => server.close());
      await server.listen();
      return `http://127.0.0.1:${server.httpServer.address().port}/`;
    };
    const told = (out) => out.ready === 'full' || assert.match(`${out.message} ${out.full?.error?.message}`, /optimizeDeps/);
    works(await tried(ctx, await dev({ exclude: ['nearhand'] })));
    told(await tried(ctx, await dev({})));
    rmSync(`${root}/node_modules`, { recursive: true });
    told(await tried(ctx, await dev({})));
  },
});

/** A server bundle: prints one line of JSON. */
const main = (bundle, options) => `import { load } from 'nearhand';
const out = (x) => console.log(JSON.stringify(x));
load(${JSON.stringify(bundle)}, ${options}).then(async (shop) => { out({ tier: (await shop.recommend()).tier }); shop.close(); }, (e) => out({ code: e.code ?? null, message: String(e.message).slice(0, 400) }));`;

async function ran(ctx, name, format, options, extension) {
  const text = await built(ctx, { code: main(ctx.bundle, options), format, platform: 'node' });
  const file = `${ctx.folder}/out/${name}.${extension}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return ctx.child(process.execPath, [file]).json();
}
const filesOf = (ctx) => `{ wasm: { lite: ${JSON.stringify(`${ctx.dist}/nearhand-lite.wasm`)}, full: ${JSON.stringify(`${ctx.dist}/nearhand.wasm`)} } }`;
const named = (out) => {
  assert.ok(out.code && out.code !== 'internal', JSON.stringify(out));
  assert.match(out.message, /wasm/);
};

const next = (bundler) => ({
  name: `next-${bundler}`,
  what: `Next.js by ${bundler}: a client component, a route handler and a server component answer in next start and in the standalone folder, elsewhere`,
  needs: 'tools',
  seconds: 420,
  async run(ctx) {
    const root = app(ctx, {
      'next.config.mjs': `export default { output: 'standalone', turbopack: { root: ${JSON.stringify(ROOM)} }, outputFileTracingRoot: ${JSON.stringify(ROOM)}, experimental: { cpus: 1 } };`,
      'app/layout.js': 'export default function Layout({ children }) { return <html lang="en"><head><link rel="icon" href="data:," /></head><body>{children}</body></html>; }',
      'app/page.js': `import { load } from 'nearhand';
        import Widget from './widget';
        export const dynamic = 'force-dynamic';
        export default async function Page() {
          const shop = await load(process.env.SHOP_BUNDLE, { tier: 'lite' });
          const slate = await shop.page().recommend({ source: '85123A', k: 3 });
          shop.close();
          return <main data-nearhand-view="85123A"><ol id="server">{slate.items.map(({ item, title }) => <li key={item}>{title}</li>)}</ol><Widget /></main>;
        }`,
      'app/widget.js': `'use client';
        import { useEffect, useState } from 'react';
        import { load } from 'nearhand';
        import { signals } from 'nearhand/signals';
        export default function Widget() {
          const [told, tell] = useState('');
          useEffect(() => {
            const end = new AbortController();
            let shop, stop;
            load('/shop.safetensors', { signal: end.signal }).then(async (made) => {
              shop = made;
              stop = signals((s) => shop.observe(s));
              const { items } = await shop.recommend({ source: '85123A', k: 3 });
              tell(JSON.stringify({ items: items.length, ready: await shop.ready, full: shop.info().full }));
            }).catch((e) => e.code === 'aborted' || tell(JSON.stringify({ code: e.code, message: e.message })));
            return () => { end.abort(); stop?.(); shop?.close(); };
          }, []);
          return <pre id="told">{told}</pre>;
        }`,
      'app/api/slate/route.js': `import { load } from 'nearhand';
        export const dynamic = 'force-dynamic';
        export async function GET() {
          try {
            const shop = await load(process.env.SHOP_BUNDLE);
            const { tier, items } = await shop.recommend({ source: '85123A' });
            shop.close();
            return Response.json({ tier, items: items.length });
          } catch (e) { return Response.json({ code: e.code, message: String(e.message).slice(0, 300) }); }
        }`,
    });
    mkdirSync(`${root}/public`);
    cpSync(ctx.bundle, `${root}/public/shop.safetensors`);
    // A copy of its own, so that it can be taken away: where it runs there is no folder of the build machine.
    cpSync(ctx.installed, `${root}/node_modules/nearhand`, { recursive: true });
    const cli = `${ROOM}/node_modules/next/dist/bin/next`;
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', SHOP_BUNDLE: ctx.bundle, HOSTNAME: '127.0.0.1' };
    const build = ctx.child(process.execPath, [cli, 'build', `--${bundler}`], { cwd: root, env });
    const { code } = await build.ended;
    assert.equal(code, 0, build.said().slice(-1500));
    const ask = async (what, command, cwd) => {
      const port = await free();
      const server = ctx.child(process.execPath, command(port), { cwd, env: { ...env, PORT: String(port) } });
      const url = `http://127.0.0.1:${port}`;
      for (let i = 0; !(await fetch(url).then((r) => r.ok, () => false)); i++) {
        if (i === 150) throw new Error(`${what}: no server: ${server.said().slice(-800)}`);
        await ctx.sleep(150);
      }
      const open = await ctx.page(`http://localhost:${port}/`, { engine: 'chromium' });
      const told = JSON.parse(await open.until(() => document.querySelector('#told')?.textContent));
      assert.deepEqual([told.items, told.ready], [3, 'full'], `${what}: ${JSON.stringify(told)}`);
      assert.equal(await open.evaluate(() => document.querySelectorAll('#server li').length), 3, `${what}: the server's own slate`);
      const route = await (await fetch(`${url}/api/slate`)).json();
      assert.deepEqual(route, { tier: 'full', items: 5 }, what);
      server.kill();
    };
    await ask('next start', (port) => [cli, 'start', '-p', String(port), '-H', '127.0.0.1'], root);
    // A container: the folder lies elsewhere, and what it was built from is gone.
    const away = `${root}-away`;
    ctx.atEnd(() => rmSync(away, { recursive: true, force: true }));
    cpSync(`${root}/.next/standalone`, away, { recursive: true });
    const inside = `${away}/${relative(ROOM, root)}`;
    cpSync(`${root}/.next/static`, `${inside}/.next/static`, { recursive: true });
    cpSync(`${root}/public`, `${inside}/public`, { recursive: true });
    rmSync(`${root}/node_modules`, { recursive: true });
    await ask('standalone', () => ['server.js'], inside);
  },
});

async function free() {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export const cases = [
  viteBuild('vite'),
  viteDev('vite'),
  ...['vite7', 'vite6', 'vite5'].flatMap((name) => [viteBuild(name), viteDev(name)]),
  {
    name: 'esbuild-esm',
    what: 'esbuild, files named by the host: full serves, in a page and in Node',
    async run(ctx) {
      const { build } = await import('esbuild');
      const root = app(ctx, {
        'main.js': `${MAIN}import lite from 'nearhand/nearhand-lite.wasm';\nimport full from 'nearhand/nearhand.wasm';\nconst { load } = n;\nglobalThis.n = { ...n, load: (url, options) => load(url, { wasm: { lite: new URL(lite, import.meta.url), full: new URL(full, import.meta.url) }, worker: new URL('./worker.js', import.meta.url), ...options }) };\n`,
      });
      await build({ entryPoints: { main: `${root}/main.js`, worker: 'nearhand/worker' }, absWorkingDir: root, outdir: `${root}/out`, bundle: true, format: 'esm', conditions: ['browser'], loader: { '.wasm': 'file' }, logLevel: 'error' });
      cpSync(`${root}/index.html`, `${root}/out/index.html`);
      await served(ctx, `${root}/out`);
      assert.deepEqual(await ran(ctx, 'named', 'esm', filesOf(ctx), 'mjs'), { tier: 'full' });
      const bare = await ran(ctx, 'bare', 'esm', '{}', 'mjs');
      if (bare.tier !== 'full') named(bare);
    },
  },
  {
    name: 'esbuild-iife',
    what: 'a theme or plugin, one classic script without import.meta: an error with a name that says which options; with them full serves',
    async run(ctx) {
      const { build } = await import('esbuild');
      const root = app(ctx, { 'index.html': page('<script src="/main.js"></script>') });
      await build({ entryPoints: [`${root}/main.js`], outdir: `${root}/out`, bundle: true, format: 'iife', logLevel: 'silent' });
      cpSync(`${root}/index.html`, `${root}/out/index.html`);
      const site = await ctx.site({ '/': `${root}/out` });
      const url = `${site.url}/index.html`;
      const bare = await tried(ctx, url);
      if (bare.ready !== 'full' && !bare.items) {
        assert.ok(bare.own, JSON.stringify(bare));
        named(bare);
      }
      const worker = '/nearhand/worker.js';
      works(await tried(ctx, url, { wasm: { lite: '/nearhand/nearhand-lite.wasm', full: '/nearhand/nearhand.wasm' }, worker }));
      const half = await tried(ctx, url, { wasm: { lite: '/nearhand/nearhand-lite.wasm' } });
      assert.deepEqual([half.items, half.ready], [3, 'lite']);
      assert.match(half.full.error.message, /worker|wasm\.full/);
    },
  },
  {
    name: 'esbuild-cjs',
    what: 'CommonJS for a Lambda or a desktop app: works as it comes, or an error with a name that says `wasm`; with the files named full serves',
    async run(ctx) {
      const bare = await ran(ctx, 'bare', 'cjs', '{}', 'cjs');
      if (bare.tier !== 'full') named(bare);
      assert.deepEqual(await ran(ctx, 'named', 'cjs', filesOf(ctx), 'cjs'), { tier: 'full' });
    },
  },
  {
    name: 'require',
    what: "require('nearhand') and import() from CommonJS find the entries, with the conditions of Node and without exports",
    async run(ctx) {
      const root = app(ctx, {});
      const from = createRequire(`${root}/main.js`);
      for (const name of ['nearhand', 'nearhand/signals', 'nearhand/slim', 'nearhand/worker', 'nearhand/nearhand.wasm', 'nearhand/package.json']) assert.ok(existsSync(from.resolve(name)), name);
      // What a resolver without `exports` reads: main or module, and folders or files for the rest.
      const json = from('nearhand/package.json');
      assert.ok(existsSync(`${ctx.installed}/${json.main}`), `main: ${json.main}`);
      // Addresses that the package does not know yet have to stand in it before it is published.
      const lacks = ['repository', 'homepage', 'bugs'].filter((name) => !json[name]);
      if (lacks.length === 0) return;
      const gate = ctx.child(process.execPath, [`${checkout}/tools/publishable.mjs`]);
      assert.equal((await gate.ended).code, 1, 'it would be published without an address');
      for (const name of lacks) assert.match(gate.said(), new RegExp(name));
      assert.match(json.scripts.prepublishOnly, /publishable\.mjs/);
    },
  },
  {
    name: 'rollup',
    what: 'plain Rollup with node-resolve, which carries no files: with the three copied as docs/builds.md says full serves; without them the error names the file and what to do',
    needs: 'tools',
    console: /404/,
    async run(ctx) {
      const { rollup } = await imported('rollup');
      const { nodeResolve } = await imported('@rollup/plugin-node-resolve');
      const root = app(ctx);
      const made = await rollup({ input: `${root}/main.js`, plugins: [nodeResolve({ browser: true })], onwarn: () => {} });
      await made.write({ dir: `${root}/out`, format: 'es' });
      await made.close();
      cpSync(`${root}/index.html`, `${root}/out/index.html`);
      const bare = await tried(ctx, `${(await ctx.site({ '/': `${root}/out` })).url}/index.html`);
      if (bare.ready !== 'full') {
        assert.ok(bare.own, JSON.stringify(bare));
        assert.match(bare.message, /nearhand-lite\.wasm.*(copy|`wasm)/);
      }
      for (const name of ['nearhand.wasm', 'nearhand-lite.wasm', 'worker.js']) cpSync(`${ctx.dist}/${name}`, `${root}/out/${name}`);
      await served(ctx, `${root}/out`);
    },
  },
  {
    name: 'webpack',
    what: 'webpack 5 as it comes, and with its files on another origin: full serves',
    needs: 'tools',
    async run(ctx) {
      const { default: webpack } = await imported('webpack');
      const root = app(ctx);
      const cdn = await ctx.site({ '/assets/': `${root}/elsewhere` }, { name: '127.0.0.1', headers: { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' } });
      for (const [out, publicPath] of [['out', undefined], ['elsewhere', `${cdn.url}/assets/`]]) {
        const stats = await new Promise((done, fail) =>
          webpack({ mode: 'production', context: root, entry: './main.js', output: { path: `${root}/${out}`, ...(publicPath && { publicPath, crossOriginLoading: 'anonymous' }) }, performance: false }, (error, made) => (error ? fail(error) : done(made))),
        );
        assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
        if (!publicPath) {
          writeFileSync(`${root}/out/index.html`, page('<script src="/main.js" defer></script>'));
          await served(ctx, `${root}/out`);
        } else {
          const site = await ctx.site({ '/index.html': page(`<script src="${publicPath}main.js" crossorigin defer></script>`) });
          works(await tried(ctx, `${site.url}/index.html`));
        }
      }
    },
  },
  {
    name: 'parcel',
    what: 'Parcel 2 as it comes, which reads no "exports": package and signals build, and full serves',
    needs: 'tools',
    async run(ctx) {
      const root = app(ctx, { 'package.json': '{"name":"app","private":true}' });
      // Parcel takes the nearest .git or lockfile for the project's root; its transforms look for options from there.
      writeFileSync(`${root}/package-lock.json`, '{}');
      cpSync(ctx.installed, `${root}/node_modules/nearhand`, { recursive: true });
      const made = ctx.child(`${ROOM}/node_modules/.bin/parcel`, ['build', 'index.html', '--dist-dir', 'out', '--no-source-maps', '--no-cache', '--no-scope-hoist'], { cwd: root, env: { ...process.env, PARCEL_WORKERS: '1' } });
      const { code } = await made.ended;
      assert.equal(code, 0, made.said().slice(-1500));
      await served(ctx, `${root}/out`);
    },
  },
  {
    name: 'file-trace',
    what: 'what @vercel/nft finds (Vercel, Netlify, Nitro, Next standalone) is all that a server needs',
    needs: 'tools',
    async run(ctx) {
      const { nodeFileTrace } = await imported('@vercel/nft');
      const root = app(ctx, { 'server.mjs': `import { load } from 'nearhand';\nconst shop = await load(process.argv[2], { tier: process.argv[3] });\nconsole.log(JSON.stringify((await shop.recommend({ source: '85123A' })).tier));\nshop.close();\n` });
      cpSync(ctx.installed, `${root}/node_modules/nearhand`, { recursive: true });
      const { fileList } = await nodeFileTrace([`${root}/server.mjs`], { base: root });
      const away = `${root}-away`;
      ctx.atEnd(() => rmSync(away, { recursive: true, force: true }));
      for (const file of fileList) {
        mkdirSync(dirname(`${away}/${file}`), { recursive: true });
        cpSync(`${root}/${file}`, `${away}/${file}`, { dereference: true });
      }
      rmSync(`${root}/node_modules`, { recursive: true });
      for (const tier of ['full', 'lite']) assert.equal(await ctx.child(process.execPath, ['server.mjs', ctx.bundle, tier], { cwd: away }).json(), tier, readdirSync(away, { recursive: true }).join(' '));
    },
  },
  next('turbopack'),
  next('webpack'),
];
