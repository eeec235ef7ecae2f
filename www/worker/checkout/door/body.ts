/** Bodies, bounded before they are read; answers. */
import { MOST_BODY } from '../words/limits.js';
import { Refused, STATUS, type Refusal, shown } from '../words/refused.js';

/** A body as JSON: an object. No more than `MOST_BODY` bytes are read, whatever the header says. */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) throw new Refused('body-type', 'send Content-Type: application/json', { value: shown(type) });
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BODY) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (request.body) {
    const reader = request.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      bytes += read.value.length;
      if (bytes > MOST_BODY) {
        await reader.cancel();
        throw tooLarge();
      }
      chunks.push(read.value);
    }
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(whole));
  } catch {
    throw new Refused('body-invalid', 'the body is not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused('body-invalid', 'the body is a JSON object', { value: shown(value) });
  return value as Record<string, unknown>;
}

const tooLarge = (): Refused => new Refused('body-too-large', `a body has at most ${MOST_BODY} bytes`);

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export const json = (value: unknown, status = 200): Response => Response.json(value, { status, headers: HEADERS });

/** A refusal as it goes out. Codes of the library come with 422. */
export function refused({ retry, ...error }: Refusal): Response {
  const status = STATUS[error.code as keyof typeof STATUS] ?? 422;
  const response = json({ error }, status);
  if (retry !== undefined) response.headers.set('retry-after', String(retry));
  if (status === 401) response.headers.set('www-authenticate', 'Bearer');
  return response;
}
