/** The little of the edge runtime that a browser's types do not know. */

interface RewriterElement {
  getAttribute(name: string): string | null;
  setInnerContent(content: string, options?: { html?: boolean }): RewriterElement;
}

declare class HTMLRewriter {
  on(selector: string, handlers: { element(element: RewriterElement): void | Promise<void> }): HTMLRewriter;
  transform(response: Response): Response;
}

declare module '*.safetensors' {
  const bytes: ArrayBuffer;
  export default bytes;
}
