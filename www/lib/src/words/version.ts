/** Of this package. The wasm binaries must carry the same one. */
export const version: string = __NEARHAND_VERSION__;
