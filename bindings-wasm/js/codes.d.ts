// Generated from core-nostd by `cargo xtask gen`. Do not edit.

/** Every code of the core. */
export type CoreCode =
  /** 1 The output buffer is too small.: call again with a buffer of the size that the error gives. */
  | 'output_too_small'
  /** 2 A limit was exceeded; `limits` names each one.: send less, or split the input. */
  | 'limit_exceeded'
  /** 3 The bytes given are not as many as the length announced.: announce the exact length before the first byte. */
  | 'length_mismatch'
  /** 4 The digest given is not the digest of this draft.: prepare again, and attach to the same inputs. */
  | 'digest_mismatch'
  /** 5 An argument has the wrong type, or is missing, or is not known.: check the call against its documentation. */
  | 'invalid_argument'
  /** 100 The CBOR ends in the middle of an item.: send the whole object. */
  | 'cbor_truncated'
  /** 101 A CBOR integer or length is not in its shortest form.: encode deterministically (RFC 8949, 4.2.1). */
  | 'cbor_non_minimal'
  /** 102 CBOR items of indefinite length are refused.: encode with definite lengths. */
  | 'cbor_indefinite_length'
  /** 103 The CBOR item is of another type than this place requires.: check the structure against RFC 9052. */
  | 'cbor_unexpected_type'
  /** 104 There are bytes after the end of the CBOR item.: send exactly one item. */
  | 'cbor_trailing_bytes'
  /** 105 CBOR items are nested too deeply.: nest header values less than `limits::CBOR_DEPTH`. */
  | 'cbor_too_deep'
  /** 106 A CBOR text string is not UTF-8.: encode text as UTF-8, or use a byte string. */
  | 'cbor_invalid_utf8'
  /** 107 The CBOR item uses a reserved or invalid encoding.: use an encoder that conforms to RFC 8949. */
  | 'cbor_reserved'
  /** 120 A character is not in the base64 alphabet that this place requires.: encode without white space, in the alphabet that the format names. */
  | 'base64_invalid_character'
  /** 121 The base64 text has an impossible length or wrong padding.: send the text unchanged, base64url without and base64 with padding. */
  | 'base64_invalid_length'
  /** 122 The unused bits of the last base64 character are not zero.: encode with a conforming encoder (RFC 4648, 3.5). */
  | 'base64_non_canonical'
  /** 130 The JSON text ends too early.: send the whole text. */
  | 'json_truncated'
  /** 131 This character is not JSON, or not what this place requires.: check the text against RFC 8259. */
  | 'json_unexpected_character'
  /** 132 An object has two members of the same name.: keep one of them. */
  | 'json_duplicate_member'
  /** 133 JSON values are nested too deeply.: nest values less than `limits::JSON_DEPTH`. */
  | 'json_too_deep'
  /** 134 The JSON text is not UTF-8.: encode it as UTF-8. */
  | 'json_invalid_utf8'
  /** 135 A string has a control character, an unknown escape or half a surrogate pair.: escape it as RFC 8259 section 7 says. */
  | 'json_invalid_string'
  /** 136 The JSON value is of another type than this member requires.: check the member against its specification. */
  | 'json_unexpected_type'
  /** 137 There is text after the end of the JSON value.: send exactly one value. */
  | 'json_trailing_characters'
  /** 138 This string must be written without escapes.: write base64 text and identifiers as plain characters. */
  | 'json_unexpected_escape'
  /** 139 A required member is missing.: add the member that the specification requires. */
  | 'json_missing_member'
  /** 150 The DER ends in the middle of a value.: send the whole value. */
  | 'der_truncated'
  /** 151 A DER length or integer is not in its shortest form.: encode as DER, not BER. */
  | 'der_non_minimal'
  /** 152 The DER value has another tag than this place requires.: check the structure. */
  | 'der_unexpected_tag'
  /** 153 There are bytes after the end of the DER value.: send exactly one value. */
  | 'der_trailing_bytes'
  /** 154 The content of a DER value is not valid for its type.: encode as DER. */
  | 'der_invalid_value'
  /** 200 The signature does not verify under this key.: check that key, object, detached payload and additional data belong together. */
  | 'bad_signature'
  /** 201 A raw ES256 signature has exactly 64 bytes.: send r and s, each left-padded to 32 bytes, or convert from DER. */
  | 'signature_wrong_length'
  /** 202 r or s is zero, or not smaller than the order of the group.: ask the signer for another signature. */
  | 'signature_out_of_range'
  /** 203 s is in the upper half of its range, which this policy refuses.: normalise when attaching, or accept high s. */
  | 'signature_high_s'
  /** 204 A SHA-256 digest has exactly 32 bytes.: send the digest itself, neither hex nor base64. */
  | 'digest_wrong_length'
  /** 210 The public key is not a point of the curve P-256.: export the key again. */
  | 'key_invalid_point'
  /** 211 The public key, or one of its coordinates, has the wrong length.: send 65 or 33 bytes of SEC 1, or coordinates of 32 bytes. */
  | 'key_wrong_length'
  /** 212 The key is not an ECDSA key on P-256.: use a key for ES256. */
  | 'key_wrong_algorithm'
  /** 213 The key declares a use or operation other than verification.: use a key that may verify. */
  | 'key_wrong_use'
  /** 214 This is a private key; the core takes public keys only.: send the public part, and consider the private key exposed. */
  | 'key_is_private'
  /** 215 The key lacks a field that its format requires.: export the key again. */
  | 'key_missing_field'
  /** 216 The key has a field twice.: export the key again. */
  | 'key_duplicate_field'
  /** 250 The certificate chain has no certificate.: leave the chain out, or send the leaf first. */
  | 'chain_empty'
  /** 251 The certificate chain has too many certificates.: send at most `limits::CHAIN_CERTIFICATES`. */
  | 'chain_too_long'
  /** 252 A certificate of the chain is not one DER SEQUENCE.: send DER, not PEM, one value each. */
  | 'chain_invalid_certificate'
  /** 300 This is not a COSE_Sign1 structure.: send an array of four, tagged 18 or untagged. */
  | 'cose_not_sign1'
  /** 301 A header label occurs twice, within a bucket or across both.: keep one of them, in the protected bucket. */
  | 'cose_duplicate_label'
  /** 302 The alg header is not the algorithm of the key.: sign with ES256 (-7). */
  | 'cose_unsupported_algorithm'
  /** 303 There is no alg in the protected header.: put alg into the protected bucket. */
  | 'cose_missing_algorithm'
  /** 304 crit names a label that is not understood here.: leave the extension out, or verify with software that knows it. */
  | 'cose_unknown_critical'
  /** 305 crit is empty, unprotected, or names a label that is not in the protected header.: list only protected labels that are there. */
  | 'cose_invalid_critical'
  /** 306 A header value has the wrong type, or a header may not stand in this bucket.: check the header against RFC 9052 section 3.1. */
  | 'cose_invalid_header'
  /** 307 The payload is detached, and none was given.: give the payload, or its length and then its bytes. */
  | 'cose_payload_missing'
  /** 308 The payload is in the object, and another one was given.: verify without a detached payload. */
  | 'cose_payload_embedded'
  /** 400 A compact JWS has exactly three parts, divided by two dots.: send header, payload and signature, as RFC 7515 section 7.1 says. */
  | 'jws_invalid_compact'
  /** 401 There is no alg in the protected header.: put alg into the protected header. */
  | 'jws_missing_algorithm'
  /** 402 The alg header is not the algorithm of the key.: sign with ES256. */
  | 'jws_unsupported_algorithm'
  /** 403 crit names a header parameter that is not understood here.: leave the extension out, or verify with software that knows it. */
  | 'jws_unknown_critical'
  /** 404 crit is empty, repeated, unprotected, or names a parameter that is absent or defined by RFC 7515.: list only extensions that are in the protected header. */
  | 'jws_invalid_critical'
  /** 405 A header parameter has the wrong type, or may not stand where it stands.: check the parameter against RFC 7515 section 4.1. */
  | 'jws_invalid_header'
  /** 406 A header parameter stands in the protected and in the unprotected header.: keep the protected one. */
  | 'jws_duplicate_parameter'
  /** 407 The payload is detached, and none was given.: give the payload. */
  | 'jws_payload_missing'
  /** 408 The payload is in the object, and another one was given.: verify without a detached payload. */
  | 'jws_payload_attached'
  /** 409 This payload cannot stand unencoded in this serialization.: detach it, or encode it (b64 true). */
  | 'jws_unencoded_payload'
  /** 410 A JWS with several signatures is not supported.: send the flattened or compact serialization. */
  | 'jws_general_serialization'
  /** 500 The envelope has no signature.: sign it, or send the signed envelope. */
  | 'dsse_no_signature'
  /** 501 The envelope has too many signatures.: send at most `limits::DSSE_SIGNATURES`. */
  | 'dsse_too_many_signatures'
  /** 502 The payload type is empty or is not printable text.: use a media type or a URI. */
  | 'dsse_invalid_payload_type';

/** Number, what is wrong, what to do. */
export declare const CORE_CODES: Readonly<Record<CoreCode, readonly [number, string, string]>>;
