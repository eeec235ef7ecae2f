/** Signs statements as `nearhand sign` does, and otherwise. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const TYPE = 'application/vnd.nearhand.statement.v1+json';

export interface Signer {
  readonly secret: KeyObject;
  /** As `trust.keys` has it. */
  readonly key: string;
}

const signerOf = (secret: KeyObject): Signer => ({ secret, key: `ed25519:${createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}` });
export const signer = (): Signer => signerOf(generateKeyPairSync('ed25519').privateKey);
/** Of 32 bytes in hex, as RFC 8032 has them. */
export const seeded = (hex: string): Signer => signerOf(createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${hex}`, 'hex'), format: 'der', type: 'pkcs8' }));

export const file = (bytes: Uint8Array, path = 'shop.bin') => ({ path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length });

export const statement = (bytes: Uint8Array, given: object = {}) => ({
  name: 'shop',
  version: '1',
  sequence: 5,
  createdAt: '2026-11-01T00:00:00Z',
  expires: '2026-11-15T00:00:00Z',
  files: [file(bytes)],
  ...given,
});

export interface Envelope {
  payload: unknown;
  payloadType: unknown;
  signatures: unknown;
}

/** DSSE, by whoever signs. `payload`: a statement, or the text or bytes that are signed in its place. */
export function envelope(payload: object | string | Uint8Array, signers: readonly Signer[], { type = TYPE, named = true } = {}): Envelope & { signatures: { keyid?: string; sig: string }[] } {
  const body = Buffer.from(payload instanceof Uint8Array || typeof payload === 'string' ? payload : JSON.stringify(payload));
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body]);
  return {
    payload: body.toString('base64'),
    payloadType: type,
    signatures: signers.map(({ secret, key }) => ({ ...(named && { keyid: key }), sig: sign(null, message, secret).toString('base64') })),
  };
}

export const bytesOf = (value: object | string): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
export const signed = (bytes: Uint8Array, by: Signer, given: object = {}): Uint8Array => bytesOf(envelope(statement(bytes, given), [by]));
