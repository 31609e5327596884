// A certificate chain on its way into the core.
import { bytes, kind } from './arguments.js';
import { invalid } from './error.js';

/**
 * How many there are, the length of each, and then all of them: the core checks that the parts are the certificates.
 * @param {unknown} value an array of DER, leaf first
 */
export function chain(value, name) {
  if (!Array.isArray(value)) throw invalid(`${name} must be an array of certificates in DER, and is ${kind(value)}`);
  const parts = value.map((certificate, index) => bytes(certificate, `${name}[${index}]`));
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
