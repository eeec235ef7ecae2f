// The edge worker of www/worker, built from the installed package, in a real workerd.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';
import { serve } from './workerd.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const installed = `${here}/node_modules/nearhand/dist`;

/** Lays worker, binaries and bundle into `out`; gives a shop of the bundle. */
export async function laid(out, entry = `${root}/www/worker/index.ts`) {
  mkdirSync(out, { recursive: true });
  await esbuild.build({
    entryPoints: [entry],
    outfile: `${out}/edge.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { 'nearhand': `${installed}/workerd.js`, 'nearhand/server': `${installed}/server.js`, 'nearhand/trust': `${installed}/trust.js`, '#worker': `${root}/www/worker/index.ts` },
    // Edge bundlers upload these as modules: a compiled one, and bytes.
    plugins: [{
      name: 'modules',
      setup: ({ onResolve }) => onResolve({ filter: /\.(wasm|safetensors)$/ }, ({ path }) => ({ path: `./${path.split('/').at(-1)}`, external: true })),
    }],
  });
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${installed}/${name}`, `${out}/${name}`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${out}/online-retail.safetensors`);
  const { load } = await import(`${installed}/node.js`);
  return load(`${out}/online-retail.safetensors`, { tier: 'lite' });
}

/** One worker a variant, name → bindings, before the service `origin`. Its ports by name, and its process id. `settings`: more of each worker; `date`: what it is compatible with. */
export async function serveEdge(out, variants, origin, settings = '', date = '2025-11-01') {
  const names = Object.keys(variants);
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${origin},
    ${names
      .map(
        (name) => `( name = "${name}", worker = ( compatibilityDate = "${date}",
      modules = [
        ( name = "edge.js", esModule = embed "edge.js" ),
        ( name = "nearhand.wasm", wasm = embed "nearhand.wasm" ),
        ( name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm" ),
        ( name = "online-retail.safetensors", data = embed "online-retail.safetensors" ),
        ( name = "shop.safetensors", data = embed "online-retail.safetensors" ),
      ],
      bindings = [ ${['( name = "ORIGIN", service = "origin" )', ...variants[name]].join(', ')} ]${settings} ) )`,
      )
      .join(',\n    ')}
  ],
  sockets = [ ${names.map((name) => `( name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}" )`).join(', ')} ],
);
`,
  );
  // What it says of connections that break off is nothing to see; the rest is kept for whoever asks.
  return serve(out, { sockets: names.length, quiet: true });
}
