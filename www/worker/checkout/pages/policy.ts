/** A page's own script and style, as its policy names them. */

/** `sha256-…` of what stands in the page's one element of that name. */
export async function digestOf(html: string, element: 'script' | 'style'): Promise<string> {
  const inside = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)?.[1] ?? '';
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(inside)));
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}
