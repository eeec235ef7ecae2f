/** A report's bytes, bounded before they are read. */
import { Refused } from '../../checkout/words/refused.js';
import { MOST_BODY } from '../words/limits.js';
import type { Digest } from '../words/types.js';

const tooLarge = (): Refused => new Refused('body-too-large', `a report has at most ${MOST_BODY} bytes`);

/** No more than `MOST_BODY` bytes are read, whatever the header says. */
export async function bytesOf(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BODY) throw tooLarge();
  const whole = new Uint8Array(MOST_BODY);
  let bytes = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    if (bytes + read.value.length > MOST_BODY) {
      await reader?.cancel();
      throw tooLarge();
    }
    whole.set(read.value, bytes);
    bytes += read.value.length;
  }
  return whole.slice(0, bytes);
}

/** Places in a report: letters and version, the reference's digest, the source, its number. */
const [REFERENCE, SOURCE, SEQUENCE] = [5, 13, 21];

/** The reference that a report is on. Throws `body-invalid` where the bytes cannot be one. */
export function digestOf(report: Uint8Array): Digest {
  if (report.length <= SEQUENCE || String.fromCharCode(...report.subarray(0, 4)) !== 'NHMT') throw new Refused('body-invalid', 'the body is the bytes of a report, as the sink is handed them', { value: `${report.length} bytes` });
  return report.slice(REFERENCE, SOURCE).reverse().reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), '');
}

/** What tells a report from all others: its source and number. */
export function nameOf(report: Uint8Array): Uint8Array {
  let end = SEQUENCE;
  while (end < SEQUENCE + 9 && (report[end] ?? 0) >= 128) end += 1;
  return report.slice(SOURCE, end + 1);
}
