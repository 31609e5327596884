// A certificate chain on its way into the core.
import { bytes, items } from './arguments.js';
import { limits } from './limits.js';

/**
 * How many there are, the length of each, and then all of them: the core checks that the parts are the certificates.
 * @param {unknown} value an array of DER, leaf first
 */
export function chain(value, name) {
  // One more than there may be is enough to be refused.
  const certificates = items(value, name, limits.CHAIN_CERTIFICATES + 1);
  const parts = certificates.map((certificate, index) => bytes(certificate, `${name}[${index}]`));
  const head = 4 + 4 * parts.length;
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head));
  const view = new DataView(packed.buffer);
  view.setUint32(0, parts.length, true);
  let at = head;
  parts.forEach((part, index) => {
    view.setUint32(4 + 4 * index, part.length, true);
    packed.set(part, at);
    at += part.length;
  });
  return packed;
}
