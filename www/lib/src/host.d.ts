/**
 * What the web's own types are in the project that imports this package: those of its library (DOM, webworker, Node), and
 * where the library has none, what this package uses of them. Shipped beside the declarations; nothing here runs.
 */
type Host<Name extends string, Else> = typeof globalThis extends Record<Name, { prototype: infer T }> ? T : Else;

interface Target {
  addEventListener(type: string, listener: (event: any) => void, options?: any): void;
  removeEventListener(type: string, listener: (event: any) => void, options?: any): void;
}

export type URL = Host<'URL', { readonly href: string; readonly searchParams: object }>;
export type Response = Host<
  'Response',
  {
    readonly ok: boolean;
    readonly status: number;
    readonly url: string;
    readonly body: object | null;
    readonly headers: { get(name: string): string | null };
    arrayBuffer(): Promise<ArrayBuffer>;
  }
>;
export type Blob = Host<'Blob', { readonly size: number; readonly type: string; arrayBuffer(): Promise<ArrayBuffer> }>;
export type Request = Host<'Request', { readonly url: string; readonly method: string; readonly headers: { get(name: string): string | null } }>;
export type Headers = Host<'Headers', { get(name: string): string | null; set(name: string, value: string): void }>;
export type AbortSignal = Host<'AbortSignal', { readonly aborted: boolean; readonly reason?: any; addEventListener: any; removeEventListener: any }>;
export type Worker = Host<'Worker', { postMessage: any; terminate(): any; onmessage: any; onmessageerror: any; onerror: any }>;
/** The platform's own, of whatever it is made there: where it has one, its pieces are not told apart by type. */
export type ReadableStream<Piece> = Host<
  'ReadableStream',
  { readonly locked: boolean; getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Piece }>; cancel(reason?: any): Promise<void> }; cancel(reason?: any): Promise<void> }
>;
/** The platform's own type has no members either. */
export type WasmModule = object;
export type EventTarget = Host<'EventTarget', Target>;
export type MessageEvent = Host<'MessageEvent', { readonly data: any }>;
export type Event = Host<'Event', { readonly type: string }>;
export type Node = Host<'Node', Target>;
export type Element = Host<'Element', Target & { getAttribute(name: string): string | null }>;
export type HTMLElement = Host<'HTMLElement', Element>;
export type Document = Host<'Document', Target>;
export type ShadowRoot = Host<'ShadowRoot', Target>;
type Queried<E> = E extends { querySelector: any; querySelectorAll: any } ? Pick<E, 'querySelector' | 'querySelectorAll'> : object;
/** An interface of the DOM library without a value of its name. */
export type ParentNode = Queried<Element>;
