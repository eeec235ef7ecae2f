// What every build of the face shares.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const lib = `${root}/www/lib`;
export const packageJson = JSON.parse(readFileSync(`${lib}/package.json`, 'utf8'));
export const faceDefines = { __NEARHAND_VERSION__: JSON.stringify(packageJson.version), __NEARHAND_DEV__: 'false' };
