/** What a page's headers must say once it is one visitor's own. */

/** How long, by whom, and in which bytes the origin's page may be kept: none of it is true of this one. */
const STALE =
  /(^|-)cache-control$|^(content-(length|encoding|md5|digest|range)|repr-digest|digest|etag|last-modified|expires|age|pragma|accept-ranges|surrogate-control|edge-control|x-accel-expires|signature(-input)?)$/;

/** No cache may keep it, be it the browser's, a CDN's or a proxy's, and the origin's validators do not describe it. */
export function personal(from: Headers): Headers {
  const headers = new Headers(from);
  for (const name of [...from.keys()]) if (STALE.test(name)) headers.delete(name);
  headers.set('cache-control', 'private, no-store');
  headers.append('vary', 'Cookie');
  return headers;
}

/** `Server-Timing` is what a developer sees in the browser's network panel. */
export function told(headers: Headers, why: string): Headers {
  headers.append('server-timing', `nearhand;desc="${why}"`);
  return headers;
}

/** The error's stable code; its message stays inside. */
export function reason(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[a-z0-9-]{1,40}$/.test(code) ? code : 'failed';
}

/** What has `get`, or Node's object. */
export type HeadersLike = { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Of a `Headers` or of Node's object. */
export function header(headers: HeadersLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === 'string' ? value : value?.join('; ');
}
