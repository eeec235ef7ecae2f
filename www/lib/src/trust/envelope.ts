/**
 * DSSE 1.0 (secure-systems-lab/dsse): a payload, what kind it is, and signatures of both. What is read is what was verified, byte for
 * byte. Ed25519 (RFC 8032) by the platform.
 */
import { NearhandError, short } from '../words/errors.js';

/** What a signature is for; cli/src/sign/statement.rs says the same. */
export const TYPE = 'application/vnd.nearhand.statement.v1+json';
const SIGNATURES = 8;
/** What stands before the 32 bytes of a key in the form that every browser reads (RFC 8410). */
const SPKI = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

export interface Verified {
  readonly payload: Uint8Array;
  /** Those of the trusted keys that have signed, at least one. */
  readonly keys: readonly string[];
}

/** Either alphabet, and one text for the same bytes in each: padded, no space, no bit left over. */
export function base64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = /[+/]/.test(text) ? text : text.replace(/-/g, '+').replace(/_/g, '/');
  try {
    const binary = atob(plain);
    return btoa(binary) === plain ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}

/** The 32 bytes of `ed25519:BASE64`. */
export function keyBytes(key: unknown): Uint8Array | undefined {
  const [, text] = /^ed25519:([A-Za-z\d+/]{43}=)$/.exec(typeof key === 'string' ? key : '') ?? [];
  return base64(text);
}

export const invalid = (why: string, details: object = {}): NearhandError => new NearhandError('statement-invalid', why, details as Record<string, unknown>);

/** JSON of UTF-8 as it stands: a byte order mark or half a character is refused. */
export function json(bytes: Uint8Array): { text: string; value: Record<string, unknown> } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text) as Record<string, unknown>;
    return value && typeof value === 'object' ? { text, value } : undefined;
  } catch {
    return undefined;
  }
}

/** What is signed: type and payload with their lengths, so that neither runs into the other. */
function encoded(payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `);
  const out = new Uint8Array(head.length + payload.length);
  out.set(head);
  out.set(payload, head.length);
  return out;
}

/**
 * The payload, once one of the keys has signed it. Rejects with `bundle-unsigned` (no envelope), `statement-invalid`, `key-unknown`,
 * `signature-invalid`, `signature-unsupported`.
 */
export async function verified(envelope: Uint8Array, keys: readonly string[]): Promise<Verified> {
  const { payload: encodedPayload, payloadType, signatures } = json(envelope)?.value ?? {};
  if (typeof encodedPayload !== 'string') throw new NearhandError('bundle-unsigned', 'this is no signed statement: give the one that `nearhand sign` makes, or the bundle with `trust.statement`', {});
  if (payloadType !== TYPE) throw invalid('the envelope holds something else, or is of a newer nearhand', { payloadType: short(payloadType) });
  const payload = base64(encodedPayload);
  if (!payload) throw invalid('the payload is no base64');
  if (!Array.isArray(signatures) || signatures.length > SIGNATURES) throw invalid(`the envelope has no signatures, or more than ${SIGNATURES}`);
  const message = encoded(payload);
  const ids: string[] = [];
  // All of them: what one of two keys has vouched for is remembered under the other one, too.
  const signed = new Set<string>();
  let known = false;
  for (const { keyid, sig } of signatures.map((one) => (one ?? {}) as { keyid?: unknown; sig?: unknown })) {
    const signature = base64(sig);
    if (!signature) throw invalid('a signature is no base64');
    if (keyid != null) ids.push(short(keyid));
    // The key's name is a hint that nothing vouches for: it spares tries, and decides nothing.
    for (const key of keys.filter((one) => keyid == null || keyid === one)) {
      known = true;
      if (!signed.has(key) && (await holds(key, signature, message))) signed.add(key);
    }
  }
  if (signed.size) return { payload, keys: [...signed] };
  if (known) throw new NearhandError('signature-invalid', 'the signature is not that of these bytes: they have been changed on the way, or after they were signed', { keys: ids });
  throw new NearhandError('key-unknown', `the statement is signed by ${ids.join(', ') || 'nobody'}, which is none of \`trust.keys\``, { signedBy: ids, keys: [...keys] });
}

/** Whether the signature is this key's of the message. */
export async function holds(key: string, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  try {
    const { subtle } = crypto;
    const spki = new Uint8Array([...SPKI, ...keyBytes(key)!]);
    const imported = await subtle.importKey('spki', spki, 'Ed25519', false, ['verify']);
    // Some runtimes import such a key and verify nothing.
    return await subtle.verify('Ed25519', imported, signature as BufferSource, message as BufferSource);
  } catch (error) {
    const why = `this runtime verifies no Ed25519 (${short((error as Error | null)?.message ?? error)}): Chrome 137, Firefox 129 and Safari 17 do, on pages with https`;
    throw new NearhandError('signature-unsupported', why, { name: 'Ed25519' }, error);
  }
}
