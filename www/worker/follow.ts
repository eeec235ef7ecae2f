/**
 * The bundle of a signed pointer, in the place of the one that was deployed with the worker: looked for after an answer, at most once a
 * minute. What is refused changes nothing: the bundle before goes on.
 */
import type { Shop } from 'nearhand';
import type { Vouch } from 'nearhand/trust';

export interface Signed {
  /** Address of the signed statement (`nearhand sign`). Without it the bundle that was deployed serves. */
  readonly STATEMENT?: string;
  /** Public keys, `ed25519:…`, one space between two. */
  readonly TRUST_KEYS?: string;
  /** The bundle's name. */
  readonly TRUST_NAME?: string;
  /** The lowest sequence that is taken: an isolate that begins anew has seen nothing. */
  readonly TRUST_LOWEST?: string;
  /** `1`: the first bundle is the statement's as well, and the one that was deployed never serves. */
  readonly TRUST_FIRST?: string;
}

const EVERY_MS = 60_000;

/** Whether the first bundle is the statement's. Throws where that is not said clearly: `true` must not mean that an unsigned one serves. */
export function isFirst({ TRUST_FIRST = '' }: Signed): boolean {
  if (!['', '0', '1'].includes(TRUST_FIRST)) throw new TypeError('TRUST_FIRST is 1, or it is left out');
  return TRUST_FIRST === '1';
}

export class Follower {
  #looked = 0;
  /** The highest that has served, of whichever shop. */
  #highest = 0;
  /** Of each shop, what serves in it: one that is opened anew begins with the bundle that was deployed. */
  readonly #serves = new WeakMap<Shop, number>();
  readonly #said = new Set<string>();
  readonly #vouched: Vouch;

  /** `vouched`: of `nearhand/trust`. */
  constructor(vouched: Vouch) {
    this.#vouched = vouched;
  }

  /** Whether it is time to look. */
  due({ STATEMENT }: Signed, now = Date.now()): boolean {
    if (!STATEMENT || now - this.#looked < EVERY_MS) return false;
    this.#looked = now;
    return true;
  }

  #read({ STATEMENT = '', TRUST_KEYS = '', TRUST_NAME = '', TRUST_LOWEST = '0' }: Signed): ReturnType<Vouch> {
    const lowest = Math.max(this.#highest, Number(TRUST_LOWEST));
    return this.#vouched(STATEMENT, { keys: TRUST_KEYS.split(/\s+/).filter(Boolean), name: TRUST_NAME, lowest });
  }

  /** Opens the bundle that the statement names. Rejects where it is refused: then nothing serves, and the next visitor's request tries again. */
  async first(env: Signed, open: (bundle: Uint8Array) => Promise<Shop>): Promise<Shop> {
    const { trust, read } = await this.#read(env);
    const shop = await open(await read());
    this.#serves.set(shop, trust.sequence);
    this.#highest = Math.max(this.#highest, trust.sequence);
    return shop;
  }

  /** Never rejects. */
  async look(shop: Shop, env: Signed): Promise<void> {
    try {
      const { trust, read } = await this.#read(env);
      if (trust.sequence !== this.#serves.get(shop)) {
        await shop.swap(await read());
        this.#serves.set(shop, trust.sequence);
        this.#highest = Math.max(this.#highest, trust.sequence);
        console.log(`nearhand: ${trust.name} ${trust.version} serves, sequence ${trust.sequence}`);
      }
      // What went wrong before is told again where it comes back.
      this.#said.clear();
    } catch (error) {
      const { code = 'failed', message } = error as { code?: string; message?: string };
      // Once: a pointer that stays wrong is asked for every minute.
      if (this.#said.has(code) || this.#said.size > 64) return;
      this.#said.add(code);
      console.warn(`nearhand: the bundle before goes on [${code}] ${message}`);
    }
  }
}

/** Those that were opened, in that order. Of two that open at once visitors are served by the first, and the other is closed. */
export class Opened {
  readonly #shops: Shop[] = [];

  add(shop: Shop): Shop {
    this.#shops.push(shop);
    return shop;
  }

  /** The one that visitors are served by. */
  get serving(): Shop | undefined {
    while (this.#shops[0] && isClosed(this.#shops[0])) this.#shops.shift();
    return this.#shops[0];
  }
}

function isClosed(shop: Shop): boolean {
  try {
    shop.info();
    return false;
  } catch (error) {
    // An engine that has stopped is closed by whoever finds it so.
    return (error as { code?: string }).code === 'closed';
  }
}
