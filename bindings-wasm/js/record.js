// Several results of the core as one: `{ tag: u8, length: u32 little-endian, bytes }*`, written by src/record.rs.

export const PAYLOAD = 1;
export const PAYLOAD_RANGE = 2;
export const KEY_ID = 3;
export const TYPE = 4;
export const CONTENT_TYPE = 5;
export const COAP_FORMAT = 6;
export const CERTIFICATE = 7;
export const DETACHED = 8;
export const NO_KEY_ID = 9;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The fields in order, as pairs of tag and bytes. Each field owns its memory. */
export function fields(record) {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const found = [];
  for (let at = 0; at < record.length; ) {
    const end = at + 5 + view.getUint32(at + 1, true);
    found.push([record[at], record.slice(at + 5, end)]);
    at = end;
  }
  return found;
}

/** The first field with that tag. */
export function first(found, tag) {
  return found.find(([one]) => one === tag)?.[1];
}

/** All certificates, leaf first. */
export function certificates(found) {
  return found.filter(([tag]) => tag === CERTIFICATE).map(([, der]) => der);
}

/** UTF-8 as a string; undefined stays undefined. */
export function string(bytes) {
  return bytes === undefined ? undefined : decoder.decode(bytes);
}

/** A little-endian number of two or four bytes. */
export function number(bytes, at = 0) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}
