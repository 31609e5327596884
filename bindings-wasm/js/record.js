// Several parameters or results of the core as one: `{ tag: u8, length: u32 little-endian, bytes }*`; see border/src/record.rs.

export const PAYLOAD = 1;
export const PAYLOAD_RANGE = 2;
export const KEY_ID = 3;
export const TYPE = 4;
export const CONTENT_TYPE = 5;
export const COAP_FORMAT = 6;
export const CERTIFICATE = 7;
export const DETACHED = 8;
export const NO_KEY_ID = 9;
export const EXTERNAL_AAD = 10;
export const CHAIN = 11;
export const LENGTH = 12;
export const DIGEST = 13;
export const SIGNATURE = 14;
export const KEY = 15;
export const OBJECT = 16;
export const STREAM = 17;

const NOTHING = new Uint8Array();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A record of tags and bytes in turn, behind the fields of another one. What is undefined is left out. */
export function append(record, ...pairs) {
  let length = record.length;
  for (let one = 1; one < pairs.length; one += 2) if (pairs[one] !== undefined) length += 5 + pairs[one].length;
  const all = new Uint8Array(length);
  all.set(record);
  let at = record.length;
  for (let one = 1; one < pairs.length; one += 2) {
    const bytes = pairs[one];
    if (bytes === undefined) continue;
    all[at] = pairs[one - 1];
    // Not through a DataView, which would cost more than the rest.
    for (let shift = 0; shift < 32; shift += 8) all[at + 1 + shift / 8] = bytes.length >>> shift;
    all.set(bytes, at + 5);
    at += 5 + bytes.length;
  }
  return all;
}

/** A record of tags and bytes in turn. What is undefined is left out. */
export function of(...pairs) {
  return append(NOTHING, ...pairs);
}

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

/** A number of two bytes, little-endian. */
export function short(value) {
  return Uint8Array.of(value, value >> 8);
}

/** A length in eight bytes, little-endian. */
export function long(value) {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, value % 2 ** 32, true);
  view.setUint32(4, value / 2 ** 32, true);
  return bytes;
}

/** A little-endian number of two or four bytes. */
export function number(bytes, at = 0) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}
