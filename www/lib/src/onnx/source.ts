/** A model's bytes, from wherever the host has them. */
import { NearhandError } from '../words/errors.js';
import { bytesOf, readBundle, type FetchOptions, unfetched } from '../files/fetch.js';
import { invalid, tag } from '../words/plain.js';

/** `most`: bytes. A buffer is given back as a view on itself. */
export async function readModel(source: unknown, most: number, options: Omit<FetchOptions, 'maxBytes'>): Promise<Uint8Array> {
  let given: unknown;
  try {
    given = await source;
  } catch (error) {
    throw error instanceof NearhandError ? error : unfetched('the model', error);
  }
  if (/^(Blob|File)$/.test(tag(given))) {
    const { size } = given as Blob;
    if (size > most) throw tooLarge(size, most);
    // As a response it is read by the same code.
    given = new Response(given as Blob);
  }
  const known = bytesOf(given) || /^(String|URL)$/.test(tag(given)) || typeof (given as Response | null)?.headers?.get === 'function';
  if (!known || given === '') invalid('create.model', 'a URL, the bytes of an ONNX file, a Response or a Blob', given);
  try {
    return await readBundle(given as Response, { ...options, maxBytes: most });
  } catch (error) {
    const { code, details } = error as NearhandError;
    throw code === 'bundle-too-large' ? tooLarge(Number(details['bytes']), most) : error;
  }
}

const tooLarge = (bytes: number, most: number): NearhandError =>
  new NearhandError('model-too-large', `the file has at least ${bytes} bytes, more than limits.bytes ${most}: raise it, to 2 GiB at most`, { bytes, limit: most });
