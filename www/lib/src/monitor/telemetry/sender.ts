/** Hands reports to the host's sink, and those that could not be sent once more. */
import type { ReportAbout, Sink } from '../words/public.js';

/** Reports that wait: the oldest go first. */
const MOST = 8;

export class Sender {
  readonly #sink: Sink;
  readonly #epsilon: number | null;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #sent = 0;
  #lost = 0;
  /** Consent was withdrawn since: what fails now is not kept. */
  #round = 0;

  constructor(sink: Sink, epsilon: number | undefined) {
    this.#sink = sink;
    this.#epsilon = epsilon ?? null;
  }

  /** Hands over what waits and what is new; how many. A report that comes twice counts once, by its number. */
  send(reports: readonly Uint8Array<ArrayBuffer>[]): number {
    const all = [...this.#waiting, ...reports];
    this.#waiting = [];
    const round = this.#round;
    let handed = 0;
    // The sink itself may be told that consent has ended.
    for (; handed < all.length && round === this.#round; handed++) this.#hand(all[handed]!);
    return handed;
  }

  #hand(report: Uint8Array<ArrayBuffer>): void {
    const about: ReportAbout = Object.freeze({ bytes: report.length, epsilon: this.#epsilon });
    const round = this.#round;
    const failed = (): void => {
      this.#sent -= 1;
      if (round !== this.#round) return;
      this.#waiting.push(report);
      if (this.#waiting.length > MOST) {
        this.#waiting.shift();
        this.#lost += 1;
      }
    };
    this.#sent += 1;
    try {
      // A copy, as the host may transfer or change it.
      const answer: unknown = (0, this.#sink)(report.slice(), about);
      if (answer === false) failed();
      else if (typeof (answer as PromiseLike<unknown> | null)?.then === 'function') (answer as PromiseLike<unknown>).then((late) => void (late === false && failed()), failed);
    } catch {
      failed();
    }
  }

  forget(): void {
    this.#waiting = [];
    this.#round += 1;
  }

  get counts(): { readonly sent: number; readonly waiting: number; readonly lost: number } {
    return { sent: this.#sent, waiting: this.#waiting.length, lost: this.#lost };
  }
}
