/** Whether the worker can judge, and by what. Nothing of a tenant is in it, so anybody may ask. */
import { engineOf } from '../engine/engine.js';
import { refusalOf } from '../words/refused.js';
import { json } from '../door/body.js';
import type { Env } from '../door/settings.js';

export async function health(env: Env): Promise<Response> {
  try {
    const { declared, sha256 } = await engineOf(env);
    const age = Math.floor((Date.now() - Date.parse(declared.created)) / 86_400_000);
    return json({ ok: true, bundle: { name: declared.name, sha256, created: declared.created, ageDays: Number.isFinite(age) ? age : null } });
  } catch (error) {
    const { code, message } = refusalOf(error);
    return json({ ok: false, error: { code, message } }, 503);
  }
}
