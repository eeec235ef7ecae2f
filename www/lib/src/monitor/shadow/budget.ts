/** How much a challenger may take, and when it may run. */

const MINUTE = 60_000;

/** Milliseconds of the running minute. */
export class Budget {
  readonly #most: number;
  readonly #now: () => number;
  #from = -Infinity;
  #spent = 0;

  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#now = now;
  }
  get left(): boolean {
    this.#turn();
    return this.#spent < this.#most;
  }
  spend(ms: number): void {
    this.#turn();
    this.#spent += ms;
  }
  /** What is over the budget is owed in the next minute. */
  #turn(): void {
    const passed = this.#now() - this.#from;
    if (passed < MINUTE) return;
    const minutes = Math.floor(passed / MINUTE);
    this.#spent = Number.isFinite(minutes) ? Math.max(0, this.#spent - minutes * this.#most) : 0;
    this.#from = this.#now();
  }
}

interface Battery {
  readonly charging: boolean;
  readonly level: number;
}

/** Whether the device saves data, or its battery is below a fifth and does not charge. Where that is not known it need not be spared. */
export function sparing(): () => boolean {
  const { navigator } = globalThis as { navigator?: { readonly connection?: { readonly saveData?: boolean }; getBattery?(): Promise<Battery> } };
  let battery: Battery | undefined;
  try {
    // The object is kept up to date by the browser.
    navigator?.getBattery?.().then((told) => void (battery = told), () => {});
  } catch {}
  return () => navigator?.connection?.saveData === true || (battery !== undefined && !battery.charging && battery.level < 0.2);
}

/** Calls it when the page has nothing else to do, or soon. */
export function whenIdle(act: () => void): void {
  const { requestIdleCallback } = globalThis as { requestIdleCallback?: (act: () => void, options: { timeout: number }) => unknown };
  if (requestIdleCallback) requestIdleCallback(act, { timeout: 5000 });
  else setTimeout(act, 0);
}

/** Ends with the work, or fails when its time is over. What comes of the work later is nobody's. */
export async function within<T>(work: () => Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(), over]);
  } finally {
    clearTimeout(timer);
  }
}
