/**
 * Files kept from one visit to the next: in the Cache API, by their digest. Whatever that does (full, forbidden, missing, hanging), the
 * file is fetched as if it were not there. What is in it is anybody's of the same origin: who reads it holds it against the digest.
 *
 * What goes: of files with one name the newest alone stays; of all, the newest 16; and the oldest four at most, where there is no room. For
 * the beginning of a file nothing whole goes but beyond the 16.
 */

const CACHE = 'nearhand-models';
const MOST = 16;
/** Entries that make room for a new one, at most. */
const MAKE_ROOM = 4;
/** An answer later than this is not waited for. Looking, and reading or writing the bytes; milliseconds. */
const LOOK_MS = 2_000;
const BYTES_MS = 20_000;

/** No site can be of this name (RFC 2606). */
const keyOf = (digest: string): string => `https://nearhand.invalid/${digest.toLowerCase()}`;

async function opened(): Promise<Cache> {
  // In a frame of no origin the very name throws; without https there is none.
  const { caches } = globalThis;
  return soon(caches.open(CACHE), LOOK_MS);
}

/** The file's bytes, unchecked; undefined for whatever reason there are none. */
export async function find(digest: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const response = await soon((await opened()).match(keyOf(digest)), LOOK_MS);
    if (!response || Number(response.headers.get('content-length')) > maxBytes) return undefined;
    const bytes = new Uint8Array(await soon(response.arrayBuffer(), BYTES_MS));
    return bytes.length > maxBytes ? undefined : bytes;
  } catch {
    return undefined;
  }
}

/** Throws away what is not what its key says. */
export async function drop(digest: string): Promise<void> {
  try {
    await soon((await opened()).delete(keyOf(digest)), LOOK_MS);
  } catch {
    // It will be found out again.
  }
}

/** Whether the file is kept now. The bytes are read within the call: they may be given away afterwards. */
export async function keep(digest: string, name: string, bytes: Uint8Array, part = false): Promise<boolean> {
  try {
    const body = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    const cache = await opened();
    const headers = { 'content-type': 'application/octet-stream', 'content-length': `${body.size}`, 'x-nearhand-name': encodeURIComponent(name), 'x-nearhand-at': `${Date.now()}` };
    const key = keyOf(digest);
    for (let room = part ? 0 : MAKE_ROOM; ; room--) {
      try {
        await soon(cache.put(key, new Response(body, { headers })), BYTES_MS);
        break;
      } catch (error) {
        const oldest = /quota/i.test(String(error)) && room > 0 ? (await listed(cache)).filter((one) => one.url !== key)[0] : undefined;
        if (!oldest || !(await soon(cache.delete(oldest.url), LOOK_MS))) throw error;
      }
    }
    await tidy(cache, key, part ? undefined : headers['x-nearhand-name']).catch(() => {});
    return true;
  } catch {
    return false;
  }
}

/** Lets go of what the new entry is in the place of, and of the oldest beyond the most. */
async function tidy(cache: Cache, key: string, name: string | undefined): Promise<void> {
  const others = (await listed(cache)).filter((one) => one.url !== key);
  const gone = others.filter((one, at) => (name !== undefined && one.name === name) || at < others.length + 1 - MOST);
  await Promise.all(gone.map((one) => soon(cache.delete(one.url), LOOK_MS)));
}

interface Entry {
  readonly url: string;
  readonly name: string | null;
  readonly at: number;
}

/** What is kept, the oldest first. */
async function listed(cache: Cache): Promise<Entry[]> {
  const keys = await soon(cache.keys(), LOOK_MS);
  const entries = keys.map(async ({ url }): Promise<Entry> => {
    const headers = (await soon(cache.match(url), LOOK_MS))?.headers;
    return { url, name: headers?.get('x-nearhand-name') ?? null, at: Number(headers?.get('x-nearhand-at')) || 0 };
  });
  return (await Promise.all(entries)).sort((a, b) => a.at - b.at);
}

/** A promise that a browser has left hanging is not waited for. */
function soon<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('the cache does not answer')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
