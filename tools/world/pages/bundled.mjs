// Small scripts of the cases, bundled by the checkout's esbuild.
import { mkdirSync } from 'node:fs';
import { build } from 'esbuild';

/** Text of a module; what it imports is found from the case's folder upwards. */
export async function built(ctx, { code, define = {}, format = 'esm', platform = 'browser', ...options }) {
  mkdirSync(ctx.folder, { recursive: true });
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ctx.folder, loader: 'jsx', sourcefile: 'app.jsx' },
    bundle: true,
    write: false,
    format,
    platform,
    define,
    jsx: 'automatic',
    logLevel: 'silent',
    ...options,
  });
  return outputFiles[0].text;
}
