/**
 * Puts slates between marks in a stream of bytes. The rewriter, which reads HTML, writes a mark before and after the content
 * of each element; here the content between is held until its end mark has come, and gives way to the slate or goes out as it
 * was. So an element that is never closed, a slate that fails and a page that breaks off cost the page nothing.
 */
import { concat, utf8 } from './bytes.js';

/** An element with more than this inside keeps it. */
const MAX_HELD = 262_144;
/** No page has it by chance, and none can guess what follows. */
const SIGN = 1;

/** `begin` and `end` of an element by its number, and the `tail` of the page. */
export type Mark = 'b' | 'e' | 't';
/** What stands in place of the content; undefined leaves it. */
export type Fill = (mark: 'e' | 't', index: number) => Promise<string | undefined> | string | undefined;

export class Splice {
  readonly #secret = String.fromCharCode(SIGN) + crypto.randomUUID();
  readonly #sign = utf8(this.#secret);
  readonly #length = this.#sign.length + 3;
  readonly #fill: Fill;
  #carry: Uint8Array = new Uint8Array();
  #held: { readonly index: number; size: number; readonly parts: Uint8Array[] } | undefined;
  #tailed = false;
  /** Bytes of the page that are out or held: where to go on when the rewriter fails. */
  passed = 0;

  constructor(fill: Fill) {
    this.#fill = fill;
  }

  mark(mark: Mark, index = 0): string {
    return `${this.#secret}${mark}${String(index).padStart(2, '0')}`;
  }

  async push(bytes: Uint8Array, out: Uint8Array[]): Promise<void> {
    const data = this.#carry.length ? concat([this.#carry, bytes]) : bytes;
    let from = 0;
    for (let at = data.indexOf(SIGN); at >= 0; at = data.indexOf(SIGN, at)) {
      if (!this.#sign.every((byte, i) => at + i >= data.length || data[at + i] === byte)) at++;
      else if (at + this.#length > data.length) {
        this.#keep(data.subarray(from, at), out);
        this.#carry = data.slice(at);
        return;
      } else {
        this.#keep(data.subarray(from, at), out);
        from = at + this.#length;
        const [mark, index] = [String.fromCharCode(data[at + this.#sign.length]!), Number(String.fromCharCode(...data.subarray(from - 2, from)))];
        at = from;
        await this.#on(mark as Mark, index, out);
      }
    }
    this.#carry = new Uint8Array();
    this.#keep(data.subarray(from), out);
  }

  /** No more comes. `whole`: the page ended, rather than the reading of it. */
  async end(out: Uint8Array[], whole: boolean): Promise<void> {
    // The start of a mark that was cut is nothing of the page's.
    this.#carry = new Uint8Array();
    this.#release(out);
    if (whole) await this.#on('t', 0, out);
  }

  async #on(mark: Mark, index: number, out: Uint8Array[]): Promise<void> {
    if (mark === 'b') {
      // The one before was never closed.
      this.#release(out);
      this.#held = { index, size: 0, parts: [] };
    } else if (mark === 'e') {
      if (this.#held?.index !== index) return;
      const html = await this.#fill('e', index);
      if (html) this.#held = undefined;
      this.#release(out);
      if (html) out.push(utf8(html));
    } else if (!this.#tailed) {
      this.#tailed = true;
      const html = await this.#fill('t', 0);
      if (html) out.push(utf8(html));
    }
  }

  #keep(part: Uint8Array, out: Uint8Array[]): void {
    if (!part.length) return;
    this.passed += part.length;
    if (!this.#held) return void out.push(part);
    this.#held.parts.push(part);
    if ((this.#held.size += part.length) > MAX_HELD) this.#release(out);
  }

  #release(out: Uint8Array[]): void {
    out.push(...(this.#held?.parts ?? []));
    this.#held = undefined;
  }
}
