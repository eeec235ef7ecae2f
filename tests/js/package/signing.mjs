// Signs as `nearhand sign` does, with node:crypto.
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

const TYPE = 'application/vnd.nearhand.statement.v1+json';

export function signer() {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { secret: privateKey, key: `ed25519:${createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}` };
}

/** files: path → bytes, in order. */
export function statement({ secret, key }, files, { name = 'online-retail', version = '1', sequence = 1, createdAt = '2026-01-01T00:00:00Z', expires = '2099-01-01T00:00:00Z' } = {}) {
  const listed = Object.entries(files).map(([path, bytes]) => ({ path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }));
  const payload = Buffer.from(JSON.stringify({ name, version, sequence, createdAt, expires, files: listed }));
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);
  return Buffer.from(JSON.stringify({ payload: payload.toString('base64'), payloadType: TYPE, signatures: [{ keyid: key, sig: sign(null, message, secret).toString('base64') }] }));
}
