/** When the open period began. A machine's clock may be behind that of the one before: what is closed stays closed, as it was told and bet on. */

/** By the clock, or the newest period that there is where that is the next one: further ahead was a clock that was wrong. */
export function begins(now: number, period: number, newest: number | undefined): number {
  const begin = Math.floor(now / period) * period;
  return newest !== undefined && newest > begin && newest <= begin + period ? newest : begin;
}
