// What is asked of the index of the folder, told to a face as its users tell it; for every runtime.
export const NOW = 1_700_000_000_000;

/** What the face says to each of the questions; `answers` are those with the right ones. */
export function answered(box, answers) {
  return answers.map(({ items, typed, k, category, allowed, session = [] }) => {
    box.setAllowed(allowed);
    box.setSession(session.map(({ ageMs, ...event }) => ({ ...event, at: NOW - ageMs })));
    return box.suggest(typed, { k, category }).items;
  });
}
