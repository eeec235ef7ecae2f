/** When the open period began. A machine's clock may be behind that of the one before: what is closed stays closed, as it was told and bet on. */

/** How far clocks of machines are apart, milliseconds, where periods are shorter than that. */
const APART = 60_000;

/** By the clock, or the newest period that there is where that is the next one, or a minute ahead: further ahead was a clock that was wrong. */
export function begins(now: number, period: number, newest: number | undefined): number {
  const begin = Math.floor(now / period) * period;
  return newest !== undefined && newest > begin && newest <= begin + Math.max(period, APART) ? newest : begin;
}
