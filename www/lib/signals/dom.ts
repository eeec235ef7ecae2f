/**
 * The page, read carefully. `<img name=querySelector>` hides `document.querySelector`, and `<input name=getAttribute>` its
 * form's: names in the page come before methods. So methods are those of the prototypes, taken when this file is read.
 * Nothing here throws, and without a document all of it answers nothing.
 */

const taken = new Map<string, PropertyDescriptor>();

function own(owner: string, name: string): PropertyDescriptor | undefined {
  const key = `${owner}.${name}`;
  const found = taken.get(key) ?? Object.getOwnPropertyDescriptor((globalThis as Record<string, any>)[owner]?.prototype ?? {}, name);
  if (found) taken.set(key, found);
  return found;
}

const ROOTS = ['Document', 'Element', 'DocumentFragment'];
for (const owner of ROOTS) own(owner, 'querySelectorAll');
for (const name of ['getAttribute', 'matches', 'shadowRoot', 'children', 'localName']) own('Element', name);
for (const name of ['nodeType', 'parentNode', 'isConnected']) own('Node', name);
for (const name of ['addEventListener', 'removeEventListener']) own('EventTarget', name);
for (const name of ['visibilityState', 'prerendering']) own('Document', name);
own('ShadowRoot', 'host');
own('HTMLLabelElement', 'control');
own('Event', 'composedPath');

/** Calls a method of whichever of these classes the object is of; of an object that is of none, its own. */
function call(target: unknown, owners: readonly string[], name: string, ...args: unknown[]): unknown {
  for (const owner of owners) {
    try {
      const method = own(owner, name)?.value as Function | undefined;
      if (method) return Reflect.apply(method, target, args);
    } catch {
      // Of another class.
    }
  }
  try {
    return (target as Record<string, Function | undefined>)[name]?.(...args);
  } catch {
    return undefined;
  }
}

function read(target: unknown, owner: string, name: string): unknown {
  try {
    const property = own(owner, name);
    return property?.get ? Reflect.apply(property.get, target, []) : (globalThis as Record<string, unknown>)[owner] ? undefined : (target as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** What the document says of itself. An element of that name is of no such type. */
function said<T>(name: string, type: string): T | undefined {
  const document = globalThis.document as unknown as Record<string, unknown> | undefined;
  if (!document) return undefined;
  const plain = document[name];
  return (typeof plain === type ? plain : read(document, 'Document', name)) as T | undefined;
}

export const hidden = (): boolean => said('visibilityState', 'string') === 'hidden';
export const prerendering = (): boolean => said('prerendering', 'boolean') === true;

export const attribute = (element: Element, name: string): string | undefined => {
  const value = call(element, ['Element'], 'getAttribute', name);
  return typeof value === 'string' ? value : undefined;
};
export const matches = (element: Element, selector: string): boolean => call(element, ['Element'], 'matches', selector) === true;
export const all = (root: Node, selector: string): Iterable<Element> => (call(root, ROOTS, 'querySelectorAll', selector) as Iterable<Element> | undefined) ?? [];
export const childrenOf = (element: Element): Element[] => [...((read(element, 'Element', 'children') as Iterable<Element> | undefined) ?? [])];
export const isElement = (node: unknown): node is Element => read(node, 'Node', 'nodeType') === 1;
export const isConnected = (node: Node): boolean => read(node, 'Node', 'isConnected') !== false;
export const nameOf = (element: Element): string => String(read(element, 'Element', 'localName') ?? '');
/** An open shadow root; closed ones are nobody's business. */
export const shadowOf = (element: Element): ShadowRoot | undefined => (read(element, 'Element', 'shadowRoot') as ShadowRoot | null) ?? undefined;
export const controlOf = (element: Element): unknown => read(element, 'HTMLLabelElement', 'control');

/** The node around this one; around a shadow root, its host. */
const around = (node: Node): Node | undefined => (read(node, 'Node', 'parentNode') ?? read(node, 'ShadowRoot', 'host') ?? undefined) as Node | undefined;

/** The element and all around it, innermost first. */
export function* outwards(element: Node | undefined): Generator<Element> {
  for (let node = element; node; node = around(node)) if (isElement(node)) yield node;
}

/** The elements that an event went through, innermost first, those of open shadow roots with them. */
export function pathOf(event: Event): Element[] {
  const path = ((call(event, ['Event'], 'composedPath') as EventTarget[] | undefined) ?? []).filter(isElement);
  return path.length ? path : [...outwards(event.target as Node)];
}

/** Listens before the page's own listeners do, as these may stop the event. Returns what ends it. */
export function listen(target: unknown, type: string, listener: (event: Event) => void): () => void {
  const safe = (event: Event): void => {
    try {
      listener(event);
    } catch {
      // A signal is lost; the page goes on.
    }
  };
  const options = { capture: true, passive: true };
  if (target) call(target, ['EventTarget'], 'addEventListener', type, safe, options);
  return () => {
    if (target) call(target, ['EventTarget'], 'removeEventListener', type, safe, options);
  };
}
