/** Hands what is told to the host's sink, and what could not be sent once more. */

/** Things that wait: the oldest go first. */
const MOST = 8;

/** `false`, an error, or a promise of either: it was not sent. */
type Hand<T> = (one: T) => unknown;

export class Sender<T> {
  readonly #hand: Hand<T>;
  #waiting: T[] = [];
  #sent = 0;
  #lost = 0;
  #most = MOST;
  /** Consent was withdrawn since: what fails now is not kept. */
  #round = 0;

  constructor(hand: Hand<T>) {
    this.#hand = hand;
  }

  /** Hands over what waits and what is new; how many. What comes twice is told apart by whoever receives it. */
  send(fresh: readonly T[]): number {
    const all = [...this.#waiting, ...fresh];
    this.#waiting = [];
    const round = this.#round;
    let handed = 0;
    // The sink itself may be told that consent has ended.
    for (; handed < all.length && round === this.#round; handed++) this.#one(all[handed]!);
    return handed;
  }

  #one(one: T): void {
    const round = this.#round;
    const failed = (): void => {
      this.#sent -= 1;
      if (round !== this.#round) return;
      this.#waiting.push(one);
      if (this.#waiting.length > this.#most) {
        this.#waiting.shift();
        this.#lost += 1;
      }
    };
    this.#sent += 1;
    try {
      const answer = (0, this.#hand)(one);
      if (answer === false) failed();
      else if (typeof (answer as PromiseLike<unknown> | null)?.then === 'function') (answer as PromiseLike<unknown>).then((late) => void (late === false && failed()), failed);
    } catch {
      failed();
    }
  }

  /** Nothing is tried again: what waits is lost, and so is what turns out not to have been sent. */
  end(): void {
    this.#most = 0;
    this.#lost += this.#waiting.length;
    this.#waiting = [];
  }

  forget(): void {
    this.#waiting = [];
    this.#round += 1;
  }

  get counts(): { readonly sent: number; readonly waiting: number; readonly lost: number } {
    return { sent: this.#sent, waiting: this.#waiting.length, lost: this.#lost };
  }
}
