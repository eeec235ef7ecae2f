/** What a bundle has for the full tier, told before it is opened: by its manifest, in the header. */

/** The header as text. A file too short to have one says nothing. */
export const header = (file: Uint8Array): string =>
  file.length < 8 ? '' : new TextDecoder().decode(file.subarray(0, 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true)));

/** Texts within the manifest are escaped once more, and do not read like its own keys. */
const says = (bundle: Uint8Array, what: string): boolean => header(bundle).includes(what);

/** Whether it has a graph; the engine tells what a broken one is. */
export const hasModel = (bundle: Uint8Array): boolean => !says(bundle, '\\"model\\":null');

/** Whether its graph needs the binary with tract (`GraphEngine` of src/bundle/manifest.rs). */
export const needsTract = (bundle: Uint8Array): boolean => says(bundle, '\\"engine\\":\\"tract\\"');
