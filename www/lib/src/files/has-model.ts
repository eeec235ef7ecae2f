/** What a bundle has for the full tier, told before it is opened: by its manifest, in the header. */

/** Texts within the manifest are escaped once more, and do not read like its own keys. A file too short to have one says nothing. */
const says = (bundle: Uint8Array, what: string): boolean =>
  bundle.length >= 8 && new TextDecoder().decode(bundle.subarray(0, 8 + new DataView(bundle.buffer, bundle.byteOffset).getUint32(0, true))).includes(what);

/** Whether it has a graph; the engine tells what a broken one is. */
export const hasModel = (bundle: Uint8Array): boolean => !says(bundle, '\\"model\\":null');

/** Whether its graph needs the binary with tract (`GraphEngine` of src/bundle/manifest.rs). */
export const needsTract = (bundle: Uint8Array): boolean => says(bundle, '\\"engine\\":\\"tract\\"');
