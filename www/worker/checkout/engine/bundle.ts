/** The bundle's bytes: the shipped ones, those of a binding, or those that a signed statement vouches for. */
import { vouched } from 'nearhand/trust';
import shipped from '../../../../models/card-fraud/card-fraud.safetensors';
import type { Env } from '../door/settings.js';

/** Rejects as `nearhand/trust` does: then nothing is opened, and FALLBACK decides. */
export async function bundleOf({ BUNDLE, STATEMENT, TRUST_KEYS = '', TRUST_NAME = '', TRUST_LOWEST = '0' }: Env): Promise<Uint8Array> {
  const bound = BUNDLE === undefined || BUNDLE instanceof ArrayBuffer ? BUNDLE : await (await BUNDLE.fetch('https://bundle/')).arrayBuffer();
  if (STATEMENT === undefined) return new Uint8Array(bound ?? shipped);
  const trust = { keys: TRUST_KEYS.split(/\s+/).filter(Boolean), name: TRUST_NAME, lowest: Number(TRUST_LOWEST) };
  const { read } = await (bound ? vouched(bound, { ...trust, statement: STATEMENT }) : vouched(STATEMENT, trust));
  return read();
}
