globalThis.firstMs = performance.now();
