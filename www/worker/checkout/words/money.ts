/** Minor units as a decimal of the currency. */
export function decimalOf(units: number, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}
