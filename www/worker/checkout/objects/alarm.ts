/** An object's one alarm: it is set for the earliest of what waits for it. */

/** When it rings again where what it rang for has failed, milliseconds: a platform tries a few times and then no more. */
const AGAIN = 60_000;

/** What expires is looked after by the hour, not by the row. */
const HOUR = 3_600_000;
export const hourly = (time: number): number => Math.ceil(time / HOUR) * HOUR;

export class Alarm {
  #at: number | null = null;

  constructor(private readonly storage: DurableObjectStorage) {}

  /** Reads what an earlier life of the object has set. */
  async open(): Promise<void> {
    this.#at = await this.storage.getAlarm();
  }

  /** Rings at that time at the latest. */
  by(time: number | undefined): void {
    if (time === undefined || (this.#at !== null && this.#at <= time)) return;
    this.#at = time;
    void this.storage.setAlarm(time);
  }

  /** It has rung: the next time is set before anything is done that may fail, and unset again when it is done. Then `wake` sets what waits still. */
  async rung(act: () => Promise<void>, wake: () => void): Promise<void> {
    this.#at = null;
    this.by(Date.now() + AGAIN);
    try {
      await act();
    } catch (error) {
      console.error('checkout: an alarm failed:', (error as Error | null)?.message);
      return;
    }
    this.clear();
    await this.storage.deleteAlarm();
    wake();
  }

  /** There is none any more. */
  clear(): void {
    this.#at = null;
  }
}
