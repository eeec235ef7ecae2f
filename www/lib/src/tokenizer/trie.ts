/** Words, for finding those that stand at a place of a text. */

interface Node<T> {
  value?: T;
  readonly next: Map<string, Node<T>>;
}

/** Calls with what each word that stands at a place has, and with its end; the shortest first. */
export type Trie<T> = (text: string, at: number, tell: (value: T, end: number) => void) => void;

export function trie<T>(words: Iterable<readonly [string, T]>): Trie<T> {
  const root: Node<T> = { next: new Map() };
  for (const [word, value] of words) {
    let node = root;
    for (let at = 0; at < word.length; at++) {
      const next: Node<T> = node.next.get(word[at] as string) ?? { next: new Map() };
      node.next.set(word[at] as string, next);
      node = next;
    }
    // The empty word is none.
    if (word) node.value = value;
  }
  return (text, at, tell) => {
    let end = at;
    for (let node = root.next.get(text[end++] ?? ''); node; node = node.next.get(text[end++] ?? '')) if (node.value !== undefined) tell(node.value, end);
  };
}
