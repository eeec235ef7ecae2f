/**
 * The bundle of a signed pointer, in the place of the one that was deployed with the worker: looked for after an answer, at most once a
 * minute. What is refused changes nothing: the bundle before goes on.
 */
import type { Shop } from 'nearhand';
import { vouched } from 'nearhand/trust';

export interface Signed {
  /** Address of the signed statement (`nearhand sign`). Without it the bundle that was deployed serves. */
  readonly STATEMENT?: string;
  /** Public keys, `ed25519:…`, one space between two. */
  readonly TRUST_KEYS?: string;
  /** The bundle's name. */
  readonly TRUST_NAME?: string;
  /** The lowest sequence that is taken: an isolate that begins anew has seen nothing. */
  readonly TRUST_LOWEST?: string;
}

const EVERY_MS = 60_000;

export class Follower {
  #looked = 0;
  #sequence = 0;
  readonly #said = new Set<string>();

  /** Whether it is time to look. */
  due({ STATEMENT }: Signed, now = Date.now()): boolean {
    if (!STATEMENT || now - this.#looked < EVERY_MS) return false;
    this.#looked = now;
    return true;
  }

  /** Never rejects. */
  async look(shop: Shop, { STATEMENT = '', TRUST_KEYS = '', TRUST_NAME = '', TRUST_LOWEST = '0' }: Signed): Promise<void> {
    try {
      const lowest = Math.max(this.#sequence, Number(TRUST_LOWEST));
      const { trust, read } = await vouched(STATEMENT, { keys: TRUST_KEYS.split(/\s+/).filter(Boolean), name: TRUST_NAME, lowest });
      if (trust.sequence === this.#sequence) return;
      await shop.swap(await read());
      this.#sequence = trust.sequence;
      console.log(`nearhand: ${trust.name} ${trust.version} serves, sequence ${trust.sequence}`);
    } catch (error) {
      const { code = 'failed', message } = error as { code?: string; message?: string };
      // Once: a pointer that stays wrong is asked for every minute.
      if (this.#said.has(code) || this.#said.size > 64) return;
      this.#said.add(code);
      console.warn(`nearhand: the bundle before goes on [${code}] ${message}`);
    }
  }
}
