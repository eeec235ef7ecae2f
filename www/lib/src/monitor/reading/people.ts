/** Whether a person did it. */

/** A page's event that a script made is not trusted, nor is anything in a browser that is automated. */
export function byPerson(event: { readonly isTrusted: boolean } | undefined): boolean {
  const { navigator } = globalThis as { navigator?: { readonly webdriver?: boolean } };
  return event?.isTrusted !== false && navigator?.webdriver !== true;
}
