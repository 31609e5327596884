// What C can get wrong: each a code, never a crash, and everything works afterwards.

#include <stdlib.h>

#include "check.h"
#include "known.h"

#define INVALID SPLITSIGN_INVALID_ARGUMENT

static splitsign_key key;
static uint8_t out[1024];
static uint8_t work[2048];
static uint8_t digest[SPLITSIGN_DIGEST_BYTES];
static size_t len;
static uint32_t at;

static splitsign_cose_sign1_params cose_params(void) {
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(COSE_PAYLOAD);
  params.kid = VIEW(COSE_KID);
  return params;
}

static splitsign_jws_params jws_params(void) {
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(JWS_PAYLOAD);
  params.kid = VIEW(JWS_KID);
  return params;
}

static splitsign_dsse_params dsse_params(void) {
  splitsign_dsse_params params;
  memset(&params, 0, sizeof params);
  params.payload_type = VIEW(DSSE_PAYLOAD_TYPE);
  params.payload = VIEW(DSSE_PAYLOAD);
  params.keyid = VIEW(DSSE_KEYID);
  return params;
}

static void null_is_a_code(void) {
  const splitsign_bytes bad = view(NULL, 1);
  CHECK_CODE(splitsign_sha256(bad, digest), INVALID);
  CHECK_CODE(splitsign_sha256(view("a", 1), NULL), INVALID);
  CHECK_CODE(splitsign_sha256_init(NULL), INVALID);
  CHECK_CODE(splitsign_sha256_update(NULL, absent()), INVALID);
  CHECK_CODE(splitsign_sha256_finish(NULL, digest), INVALID);
  CHECK_CODE(splitsign_key_from_sec1(VIEW(KEY), NULL, NULL), INVALID);
  splitsign_key unchanged = key;
  CHECK_CODE(splitsign_key_from_spki(bad, &unchanged, &at), INVALID);
  CHECK(memcmp(&unchanged, &key, sizeof key) == 0);
  CHECK_CODE(splitsign_key_from_jwk(bad, &unchanged, &at), INVALID);
  CHECK_CODE(splitsign_key_from_cose_key(bad, &unchanged, &at), INVALID);
  CHECK_CODE(splitsign_key_to_spki(NULL, out, sizeof out, &len, &at), INVALID);
  CHECK_CODE(splitsign_key_to_jwk(&key, NULL, 10, &len, &at), INVALID);
  CHECK_CODE(splitsign_key_to_cose_key(&key, out, sizeof out, NULL, &at), INVALID);
  CHECK_CODE(splitsign_key_thumbprint(NULL, digest, &at), INVALID);
  CHECK_CODE(splitsign_key_thumbprint(&key, NULL, &at), INVALID);
  CHECK_CODE(splitsign_signature_from_der(bad, out, &at), INVALID);
  CHECK_CODE(splitsign_signature_to_der(VIEW(COSE_SIGNATURE), NULL, 72, &len, &at), INVALID);
  CHECK_CODE(splitsign_verify_digest(NULL, NULL, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 0, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init(NULL, &key, NULL, 0, &at), SPLITSIGN_OUTPUT_TOO_SMALL);

  splitsign_cose_sign1_params cose = cose_params();
  CHECK_CODE(splitsign_cose_sign1_prepare(NULL, digest, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_prepare(&cose, NULL, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_attach(NULL, VIEW(COSE_SIGNATURE), &key, out, sizeof out, &len, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), NULL, out, sizeof out, &len, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, NULL, 500, &len, &at), INVALID);
  memset(out, 0xa5, sizeof out);
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, out, sizeof out, NULL, &at), INVALID);
  CHECK(out[0] == 0xa5);
  cose.x5chain_len = 1;
  CHECK_CODE(splitsign_cose_sign1_prepare(&cose, digest, &at), INVALID);
  splitsign_cose_sign1 found;
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_OBJECT), NULL, &found, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_inspect(VIEW(COSE_OBJECT), NULL, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_inspect(bad, &found, &at), INVALID);

  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  splitsign_jws token;
  CHECK_CODE(splitsign_jws_verify(VIEW(JWS_OBJECT), &expect, work, sizeof work, &token, &at), INVALID);
  expect.key = &key;
  CHECK_CODE(splitsign_jws_verify(VIEW(JWS_OBJECT), &expect, work, sizeof work, NULL, &at), INVALID);
  CHECK_CODE(splitsign_jws_verify(VIEW(JWS_OBJECT), &expect, NULL, 600, &token, &at), INVALID);
  CHECK_CODE(splitsign_jws_prepare(NULL, digest, &at), INVALID);
  CHECK_CODE(splitsign_jws_inspect(VIEW(JWS_OBJECT), work, sizeof work, NULL, &at), INVALID);
  CHECK_CODE(splitsign_dsse_prepare(NULL, digest, &at), INVALID);
  CHECK_CODE(splitsign_dsse_verify(VIEW(DSSE_OBJECT), NULL, work, sizeof work, NULL, &at), INVALID);
  CHECK_CODE(splitsign_dsse_inspect(VIEW(DSSE_OBJECT), work, sizeof work, NULL, &at), INVALID);
}

// Absent, empty, and what each means.
static void nothing_is_something(void) {
  CHECK_CODE(splitsign_sha256(absent(), digest), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256(view("", 0), digest), SPLITSIGN_OK);
  splitsign_key unchanged = key;
  CHECK_CODE(splitsign_key_from_sec1(absent(), &unchanged, &at), SPLITSIGN_KEY_WRONG_LENGTH);
  CHECK_CODE(splitsign_key_from_spki(view("", 0), &unchanged, &at), SPLITSIGN_DER_TRUNCATED);
  CHECK_CODE(splitsign_key_from_jwk(absent(), &unchanged, &at), SPLITSIGN_JSON_TRUNCATED);
  CHECK_CODE(splitsign_key_from_cose_key(absent(), &unchanged, &at), SPLITSIGN_CBOR_TRUNCATED);
  splitsign_cose_sign1 found;
  CHECK_CODE(splitsign_cose_sign1_inspect(absent(), &found, &at), SPLITSIGN_CBOR_TRUNCATED);
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_PIECES_OBJECT), &expect, NULL, &at), SPLITSIGN_COSE_PAYLOAD_MISSING);
  expect.payload = view("", 0);
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_PIECES_OBJECT), &expect, NULL, &at), SPLITSIGN_BAD_SIGNATURE);
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_OBJECT), &expect, NULL, &at), SPLITSIGN_COSE_PAYLOAD_EMBEDDED);
  splitsign_dsse_params dsse = dsse_params();
  dsse.payload_type = absent();
  CHECK_CODE(splitsign_dsse_prepare(&dsse, digest, &at), SPLITSIGN_DSSE_INVALID_PAYLOAD_TYPE);
}

static void numbers_that_are_not_known(void) {
  CHECK_CODE(splitsign_verify_digest(&key, NULL, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 3, &at), INVALID);
  CHECK_CODE(splitsign_verify_digest(&key, NULL, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), -1, &at), INVALID);
  splitsign_cose_sign1_params cose = cose_params();
  cose.flags = 1u << 3;
  CHECK_CODE(splitsign_cose_sign1_prepare(&cose, digest, &at), INVALID);
  splitsign_jws_params jws = jws_params();
  jws.flags = 0x80000000u;
  CHECK_CODE(splitsign_jws_prepare(&jws, digest, &at), INVALID);
  splitsign_dsse_params dsse = dsse_params();
  dsse.flags = 2;
  CHECK_CODE(splitsign_dsse_prepare(&dsse, digest, &at), INVALID);
  cose = cose_params();
  cose.content_type = view("a/b", 3);
  cose.flags = SPLITSIGN_COSE_COAP_FORMAT;
  CHECK_CODE(splitsign_cose_sign1_prepare(&cose, digest, &at), INVALID);
  // Lengths that no memory has.
  CHECK_CODE(splitsign_sha256(view(KEY, SIZE_MAX), digest), INVALID);
  CHECK_CODE(splitsign_key_to_jwk(&key, out, SIZE_MAX, &len, &at), INVALID);
  cose = cose_params();
  splitsign_bytes certificate = view("0", 1);
  cose.x5chain = &certificate;
  cose.x5chain_len = SIZE_MAX / 2;
  CHECK_CODE(splitsign_cose_sign1_prepare(&cose, digest, &at), INVALID);
  // Not UTF-8.
  jws = jws_params();
  jws.kid = view("\xff", 1);
  CHECK_CODE(splitsign_jws_prepare(&jws, digest, &at), INVALID);
}

static void too_little_room_says_how_much(void) {
  splitsign_cose_sign1_params cose = cose_params();
  splitsign_jws_params jws = jws_params();
  splitsign_dsse_params dsse = dsse_params();
  memset(out, 0xa5, sizeof out);
  for (size_t cap = 0; cap < sizeof COSE_OBJECT; cap++) {
    CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, cap == 0 ? NULL : out, cap, &len, &at),
               SPLITSIGN_OUTPUT_TOO_SMALL);
    CHECK(at == sizeof COSE_OBJECT && out[0] == 0xa5);
  }
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, out, at, &len, &at), SPLITSIGN_OK);
  CHECK(len == sizeof COSE_OBJECT && out[len] == 0xa5);
  CHECK_CODE(splitsign_jws_attach(&jws, VIEW(JWS_SIGNATURE), &key, out, sizeof JWS_OBJECT - 1, &len, &at),
             SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == sizeof JWS_OBJECT);
  CHECK_CODE(splitsign_dsse_attach(&dsse, VIEW(DSSE_SIGNATURE), &key, NULL, 0, &len, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == sizeof DSSE_OBJECT);
  CHECK_CODE(splitsign_key_to_spki(&key, out, 90, &len, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == 91);
  CHECK_CODE(splitsign_key_to_jwk(&key, out, 0, &len, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == sizeof KEY_JWK);
  CHECK_CODE(splitsign_signature_to_der(VIEW(COSE_SIGNATURE), out, 1, &len, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  splitsign_table_point table[2];
  splitsign_prepared_key prepared;
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, 1, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == 2 * sizeof table[0]);

  // Memory on the heap, as large as is said, so that tools see what lies behind it.
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  splitsign_jws token;
  int accepted = 0;
  for (size_t size = 0; size <= splitsign_jws_work_bytes(sizeof JWS_OBJECT); size++) {
    uint8_t *memory = malloc(size + 1);
    int32_t code = splitsign_jws_verify(VIEW(JWS_OBJECT), &expect, memory, size, &token, &at);
    accepted += code == SPLITSIGN_OK;
    CHECK(code == SPLITSIGN_OK || (code == SPLITSIGN_OUTPUT_TOO_SMALL && at > size));
    free(memory);
  }
  CHECK(accepted > 0);
  splitsign_dsse_expect dsse_expect;
  memset(&dsse_expect, 0, sizeof dsse_expect);
  dsse_expect.key = &key;
  splitsign_dsse envelope;
  CHECK_CODE(splitsign_dsse_verify(VIEW(DSSE_OBJECT), &dsse_expect, work, 5, &envelope, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == splitsign_dsse_work_bytes(sizeof DSSE_OBJECT));
}

static void results_over_what_is_read(void) {
  // The payload is in the memory that the object would be written to.
  splitsign_cose_sign1_params cose = cose_params();
  memcpy(out + 10, COSE_PAYLOAD, sizeof COSE_PAYLOAD);
  cose.payload = view(out + 10, sizeof COSE_PAYLOAD);
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, out, sizeof out, &len, &at), INVALID);
  CHECK(memcmp(out + 10, COSE_PAYLOAD, sizeof COSE_PAYLOAD) == 0);
  // Side by side is not over.
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, out + 10 + sizeof COSE_PAYLOAD, 500, &len, &at),
             SPLITSIGN_OK);
  cose = cose_params();
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, (uint8_t *)&cose, sizeof cose, &len, &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, key.sec1, sizeof key.sec1, &len, &at), INVALID);
  splitsign_bytes certificate = view("0\0", 2);
  cose.x5chain = &certificate;
  cose.x5chain_len = 1;
  CHECK_CODE(splitsign_cose_sign1_attach(&cose, VIEW(COSE_SIGNATURE), &key, (uint8_t *)&certificate, sizeof certificate, &len, &at),
             INVALID);
  splitsign_jws_params jws = jws_params();
  memcpy(out, JWS_SIGNATURE, sizeof JWS_SIGNATURE);
  CHECK_CODE(splitsign_jws_attach(&jws, view(out, 64), &key, out, sizeof out, &len, &at), INVALID);
  splitsign_dsse_params dsse = dsse_params();
  CHECK_CODE(splitsign_dsse_attach(&dsse, VIEW(DSSE_SIGNATURE), &key, (uint8_t *)&dsse, sizeof dsse, &len, &at), INVALID);

  // Work memory over the object, and a result over it.
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  splitsign_jws token;
  memcpy(work, JWS_OBJECT, sizeof JWS_OBJECT);
  CHECK_CODE(splitsign_jws_verify(view(work, sizeof JWS_OBJECT), &expect, work, sizeof work, &token, &at), INVALID);
  union {
    splitsign_cose_sign1 result;
    uint8_t object[sizeof(splitsign_cose_sign1)];
  } both;
  memcpy(both.object, COSE_OBJECT, sizeof COSE_OBJECT);
  CHECK_CODE(splitsign_cose_sign1_inspect(view(both.object, sizeof COSE_OBJECT), &both.result, &at), INVALID);
  splitsign_cose_sign1_expect cose_expect;
  memset(&cose_expect, 0, sizeof cose_expect);
  cose_expect.key = &key;
  CHECK_CODE(splitsign_cose_sign1_verify(view(both.object, sizeof COSE_OBJECT), &cose_expect, &both.result, &at), INVALID);
  // A digest is written last, and may lie where its input was.
  memcpy(out, "abc", 3);
  CHECK_CODE(splitsign_sha256(view(out, 3), out), SPLITSIGN_OK);
  CHECK(out[0] == 0xba);
  splitsign_key same_place = key;
  CHECK_CODE(splitsign_key_from_sec1(VIEW(same_place.sec1), &same_place, NULL), SPLITSIGN_OK);
  CHECK(memcmp(&same_place, &key, sizeof key) == 0);
}

// Contexts that are misaligned, zero, copied, or finished.
static void contexts(void) {
  splitsign_sha256_context places[2];
  splitsign_sha256_context *crooked = (splitsign_sha256_context *)(void *)((uint8_t *)places + 1);
  CHECK_CODE(splitsign_sha256_init(crooked), INVALID);
  memset(places, 0, sizeof places);
  CHECK_CODE(splitsign_sha256_update(&places[0], view("a", 1)), INVALID);
  CHECK_CODE(splitsign_sha256_finish(&places[0], digest), INVALID);
  CHECK_CODE(splitsign_sha256_init(&places[0]), SPLITSIGN_OK);
  memcpy(&places[1], &places[0], sizeof places[0]);
  CHECK_CODE(splitsign_sha256_update(&places[1], view("a", 1)), INVALID);
  CHECK_CODE(splitsign_sha256_update(&places[0], view(NULL, 1)), INVALID);
  CHECK_CODE(splitsign_sha256_finish(&places[0], NULL), INVALID);
  CHECK_CODE(splitsign_sha256_finish(&places[0], digest), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256_finish(&places[0], digest), INVALID);
  CHECK_CODE(splitsign_sha256_update(&places[0], view("a", 1)), INVALID);
  CHECK_CODE(splitsign_sha256_init(&places[0]), SPLITSIGN_OK);

  splitsign_cose_sign1_params params = cose_params();
  splitsign_cose_sign1_prepare_context preparing;
  memset(&preparing, 0, sizeof preparing);
  CHECK_CODE(splitsign_cose_sign1_prepare_update(&preparing, view("a", 1), &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_prepare_finish(&preparing, digest, &at), INVALID);
  params.content_type = view("not a media type", 16);
  CHECK_CODE(splitsign_cose_sign1_prepare_init(&preparing, &params, 2, &at), SPLITSIGN_COSE_INVALID_HEADER);
  CHECK_CODE(splitsign_cose_sign1_prepare_update(&preparing, view("a", 1), &at), INVALID);
  params = cose_params();
  CHECK_CODE(splitsign_cose_sign1_prepare_init(&preparing, &params, 2, &at), SPLITSIGN_OK);
  CHECK_CODE(splitsign_cose_sign1_prepare_update(&preparing, view("abc", 3), &at), SPLITSIGN_LENGTH_MISMATCH);
  CHECK_CODE(splitsign_cose_sign1_prepare_init(&preparing, &params, 2, &at), SPLITSIGN_OK);
  CHECK_CODE(splitsign_cose_sign1_prepare_update(&preparing, view("a", 1), &at), SPLITSIGN_OK);
  CHECK_CODE(splitsign_cose_sign1_prepare_finish(&preparing, digest, &at), SPLITSIGN_LENGTH_MISMATCH);
  CHECK_CODE(splitsign_cose_sign1_prepare_finish(&preparing, digest, &at), INVALID);

  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  splitsign_cose_sign1_verify_context verifying;
  memset(&verifying, 0, sizeof verifying);
  CHECK_CODE(splitsign_cose_sign1_verify_update(&verifying, view("a", 1), &at), INVALID);
  CHECK_CODE(splitsign_cose_sign1_verify_init(&verifying, VIEW(COSE_OBJECT), &expect, 2, &at), SPLITSIGN_COSE_PAYLOAD_EMBEDDED);
  CHECK_CODE(splitsign_cose_sign1_verify_finish(&verifying, &key, NULL, NULL, &at), INVALID);
  splitsign_jws_verify_context jws;
  memset(&jws, 0, sizeof jws);
  CHECK_CODE(splitsign_jws_verify_update(&jws, view("a", 1), &at), INVALID);
  splitsign_jws token;
  CHECK_CODE(splitsign_jws_verify_finish(&jws, &key, NULL, &token, &at), INVALID);

  splitsign_prepared_key prepared;
  memset(&prepared, 0, sizeof prepared);
  CHECK_CODE(splitsign_verify_digest(NULL, &prepared, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 0, &at), INVALID);
  splitsign_table_point table[4];
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, (splitsign_table_point *)(void *)((uint8_t *)table + 8), 2, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init((splitsign_prepared_key *)(void *)table, &key, table, 4, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, 4, &at), SPLITSIGN_OK);
  CHECK_CODE(splitsign_verify_digest(&key, &prepared, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 0, &at), INVALID);
  splitsign_prepared_key moved = prepared;
  CHECK_CODE(splitsign_verify_digest(NULL, &moved, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 0, &at), INVALID);
  splitsign_key zero;
  memset(&zero, 0, sizeof zero);
  CHECK(splitsign_verify_digest(&zero, NULL, VIEW(COSE_DIGEST), VIEW(COSE_SIGNATURE), 0, &at) >= 200);
}

// The first fault in this order: key, prepare, digest, signature, the rest.
static void order(void) {
  splitsign_cose_sign1_params params = cose_params();
  splitsign_key bad_key = key;
  bad_key.sec1[64] ^= 1;
  params.payload = view(NULL, 1);
  CHECK_CODE(splitsign_cose_sign1_attach(&params, view("short", 5), &bad_key, out, 0, &len, &at), SPLITSIGN_KEY_INVALID_POINT);
  CHECK_CODE(splitsign_cose_sign1_attach(&params, view("short", 5), &key, out, 0, &len, &at), INVALID);
  params = cose_params();
  CHECK_CODE(splitsign_cose_sign1_attach(&params, view("short", 5), &key, out, 0, &len, &at), SPLITSIGN_SIGNATURE_WRONG_LENGTH);
  CHECK_CODE(splitsign_cose_sign1_attach_digest(&params, 1, view("short", 5), view("short", 5), &key, out, 0, &len, &at),
             SPLITSIGN_DIGEST_WRONG_LENGTH);
  CHECK_CODE(splitsign_cose_sign1_attach(&params, VIEW(JWS_SIGNATURE), &key, out, sizeof out, &len, &at), SPLITSIGN_BAD_SIGNATURE);
}

// Every prefix and every flipped bit, on the heap: nothing is right, and nothing is read that is not there.
static void damaged(splitsign_bytes object, int32_t (*verify)(splitsign_bytes)) {
  CHECK(verify(object) == SPLITSIGN_OK);
  for (size_t size = 0; size < object.len; size++) {
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, object.data, size);
    CHECK(verify(view(copy, size)) > 0);
    free(copy);
  }
  uint8_t *copy = malloc(object.len);
  for (size_t i = 0; i < object.len; i++) {
    memcpy(copy, object.data, object.len);
    copy[i] ^= (uint8_t)(1u << (i & 7));
    int32_t code = verify(view(copy, object.len));
    // What an envelope has beside what is signed may change.
    CHECK(code > 0 || memcmp(copy, object.data, object.len) != 0);
    CHECK(code >= 0);
  }
  free(copy);
  uint32_t state = 1;
  uint8_t noise[300];
  for (int round = 0; round < 300; round++) {
    for (size_t i = 0; i < sizeof noise; i++) {
      state = state * 1664525u + 1013904223u;
      noise[i] = (uint8_t)(state >> 24);
    }
    CHECK(verify(view(noise, (size_t)round)) > 0);
  }
  CHECK(verify(object) == SPLITSIGN_OK);
}

static int32_t verify_cose(splitsign_bytes object) {
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  return splitsign_cose_sign1_verify(object, &expect, NULL, NULL);
}

static int32_t verify_jws(splitsign_bytes object) {
  splitsign_jws_expect expect;
  splitsign_jws token;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  return splitsign_jws_verify(object, &expect, work, sizeof work, &token, NULL);
}

static int32_t verify_dsse(splitsign_bytes object) {
  splitsign_dsse_expect expect;
  splitsign_dsse envelope;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  return splitsign_dsse_verify(object, &expect, work, sizeof work, &envelope, NULL);
}

int main(void) {
  CHECK_CODE(splitsign_key_from_sec1(VIEW(KEY), &key, NULL), SPLITSIGN_OK);
  null_is_a_code();
  nothing_is_something();
  numbers_that_are_not_known();
  too_little_room_says_how_much();
  results_over_what_is_read();
  contexts();
  order();
  damaged(VIEW(COSE_OBJECT), verify_cose);
  damaged(VIEW(JWS_OBJECT), verify_jws);
  damaged(VIEW(DSSE_OBJECT), verify_dsse);
  return finished("bad input");
}
