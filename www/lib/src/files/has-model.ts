/** Whether a bundle has anything for the full tier, told before it is opened. */

/** The manifest says so in its header. Texts within it are escaped once more, and do not read like this. */
export const hasModel = (bundle: Uint8Array): boolean =>
  bundle.length < 8 ||
  !new TextDecoder().decode(bundle.subarray(0, 8 + new DataView(bundle.buffer, bundle.byteOffset).getUint32(0, true))).includes('\\"model\\":null');
