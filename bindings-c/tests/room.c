// Every function that writes: one byte too few is refused and told, and what is told is enough. Each buffer is on the heap and as large as
// is said, so that tools see what lies behind it.
//
// And every reader: each prefix of what is right, and noise. A code each, and the result is as it was.

#include <stdlib.h>

#include "check.h"
#include "known.h"

static splitsign_key key;

static uint8_t *memory(size_t size) {
  uint8_t *bytes = malloc(size == 0 ? 1 : size);
  if (bytes == NULL) abort();
  memset(bytes, 0xa5, size == 0 ? 1 : size);
  return bytes;
}

typedef int32_t writer(uint8_t *out, size_t cap, size_t *len, uint32_t *at);

static int32_t to_spki(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  return splitsign_key_to_spki(&key, out, cap, len, at);
}
static int32_t to_jwk(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  return splitsign_key_to_jwk(&key, out, cap, len, at);
}
static int32_t to_cose_key(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  return splitsign_key_to_cose_key(&key, out, cap, len, at);
}
static int32_t to_der(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  return splitsign_signature_to_der(VIEW(COSE_SIGNATURE), out, cap, len, at);
}
static int32_t cose(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(COSE_PAYLOAD);
  params.kid = VIEW(COSE_KID);
  return splitsign_cose_sign1_attach(&params, VIEW(COSE_SIGNATURE), &key, out, cap, len, at);
}
static int32_t cose_digest(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  return splitsign_cose_sign1_attach_digest(&params, sizeof COSE_PIECES_PAYLOAD, VIEW(COSE_PIECES_DIGEST),
                                            VIEW(COSE_PIECES_SIGNATURE), &key, out, cap, len, at);
}
static int32_t jws(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(JWS_PAYLOAD);
  params.kid = VIEW(JWS_KID);
  return splitsign_jws_attach(&params, VIEW(JWS_SIGNATURE), &key, out, cap, len, at);
}
static int32_t jws_digest(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  return splitsign_jws_attach_digest(&params, VIEW(JWS_PIECES_DIGEST), VIEW(JWS_PIECES_SIGNATURE), &key, out, cap, len, at);
}
static int32_t dsse(uint8_t *out, size_t cap, size_t *len, uint32_t *at) {
  splitsign_dsse_params params;
  memset(&params, 0, sizeof params);
  params.payload_type = VIEW(DSSE_PAYLOAD_TYPE);
  params.payload = VIEW(DSSE_PAYLOAD);
  params.keyid = VIEW(DSSE_KEYID);
  return splitsign_dsse_attach(&params, VIEW(DSSE_SIGNATURE), &key, out, cap, len, at);
}

static void writes(writer *write, size_t expected) {
  size_t len = 77;
  uint32_t enough = 0;
  CHECK_CODE(write(NULL, 0, &len, &enough), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(len == 77 && (expected == 0 || enough == expected));
  uint8_t *out = memory(enough - 1);
  uint32_t at = 0;
  CHECK_CODE(write(out, enough - 1, &len, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at == enough && len == 77);
  for (size_t i = 0; i + 1 < enough; i++) CHECK(out[i] == 0xa5);
  free(out);
  out = memory(enough);
  CHECK_CODE(write(out, enough, &len, &at), SPLITSIGN_OK);
  CHECK(len == enough && at == 0);
  CHECK_CODE(write(out, enough, &len, NULL), SPLITSIGN_OK);
  free(out);
}

// Reads an object with work memory.
typedef int32_t decoder(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at);

static int32_t jws_verify(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at) {
  splitsign_jws_expect expect;
  splitsign_jws found;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  return splitsign_jws_verify(object, &expect, work, work_len, &found, at);
}
static int32_t jws_inspect(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at) {
  splitsign_jws found;
  return splitsign_jws_inspect(object, work, work_len, &found, at);
}
static int32_t jws_stream(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at) {
  splitsign_jws_verify_context context;
  splitsign_jws_expect expect;
  splitsign_jws found;
  memset(&expect, 0, sizeof expect);
  int32_t code = splitsign_jws_verify_init(&context, object, &expect, work, work_len, at);
  if (code == SPLITSIGN_OK) code = splitsign_jws_verify_update(&context, VIEW(JWS_PIECES_PAYLOAD), at);
  return code == SPLITSIGN_OK ? splitsign_jws_verify_finish(&context, &key, NULL, &found, at) : code;
}
static int32_t dsse_verify(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at) {
  splitsign_dsse_expect expect;
  splitsign_dsse found;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  return splitsign_dsse_verify(object, &expect, work, work_len, &found, at);
}
static int32_t dsse_inspect(splitsign_bytes object, uint8_t *work, size_t work_len, uint32_t *at) {
  splitsign_dsse_claims found;
  return splitsign_dsse_inspect(object, work, work_len, &found, at);
}

static void decodes(decoder *decode, splitsign_bytes object, size_t enough) {
  uint32_t at = 0;
  CHECK_CODE(decode(object, NULL, 0, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
  CHECK(at > 0 && at <= enough);
  const size_t told = at;
  for (size_t size = 0; size <= told; size++) {
    uint8_t *work = memory(size);
    const int32_t code = decode(object, work, size, &at);
    // Less may be enough; then it is right.
    CHECK(code == SPLITSIGN_OK || (size < told && code == SPLITSIGN_OUTPUT_TOO_SMALL && at == told));
    free(work);
  }
}

static uint32_t state = 1;

static void make_noise(uint8_t *bytes, size_t len) {
  for (size_t i = 0; i < len; i++) {
    state = state * 1664525u + 1013904223u;
    bytes[i] = (uint8_t)(state >> 24);
  }
}

// Reads, and says whether the result was written.
typedef int32_t reader(splitsign_bytes data, int *written);

static int untouched(const void *result, size_t len) {
  const uint8_t *bytes = result;
  for (size_t i = 0; i < len; i++) {
    if (bytes[i] != 0x5a) return 0;
  }
  return 1;
}

#define READER(name, type, call)                       \
  static int32_t name(splitsign_bytes data, int *written) { \
    type result;                                       \
    uint32_t at = 0;                                   \
    memset(&result, 0x5a, sizeof result);              \
    const int32_t code = call;                         \
    *written = !untouched(&result, sizeof result);     \
    CHECK(code == SPLITSIGN_OUTPUT_TOO_SMALL || at <= data.len); \
    return code;                                       \
  }

typedef struct raw_signature {
  uint8_t bytes[SPLITSIGN_SIGNATURE_BYTES];
} raw_signature;

static uint8_t work[4096];

READER(from_sec1, splitsign_key, splitsign_key_from_sec1(data, &result, &at))
READER(from_spki, splitsign_key, splitsign_key_from_spki(data, &result, &at))
READER(from_jwk, splitsign_key, splitsign_key_from_jwk(data, &result, &at))
READER(from_cose_key, splitsign_key, splitsign_key_from_cose_key(data, &result, &at))
READER(from_der, raw_signature, splitsign_signature_from_der(data, result.bytes, &at))
READER(cose_claims, splitsign_cose_sign1, splitsign_cose_sign1_inspect(data, &result, &at))
READER(jws_claims, splitsign_jws, splitsign_jws_inspect(data, work, sizeof work, &result, &at))
READER(dsse_claims, splitsign_dsse_claims, splitsign_dsse_inspect(data, work, sizeof work, &result, &at))

static void reads(reader *read, splitsign_bytes good) {
  int written = 0;
  CHECK_CODE(read(good, &written), SPLITSIGN_OK);
  CHECK(written);
  for (size_t size = 0; size < good.len; size++) {
    uint8_t *front = memory(size);
    memcpy(front, good.data, size);
    CHECK(read(view(front, size), &written) > 0 && !written);
    free(front);
  }
  uint8_t *copy = memory(good.len + 1);
  memcpy(copy, good.data, good.len);
  copy[good.len] = 0;
  CHECK(read(view(copy, good.len + 1), &written) > 0 && !written);
  for (size_t i = 0; i < good.len; i++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      copy[i] ^= (uint8_t)(1u << bit);
      const int32_t code = read(view(copy, good.len), &written);
      CHECK(code >= 0 && written == (code == SPLITSIGN_OK));
      copy[i] ^= (uint8_t)(1u << bit);
    }
  }
  free(copy);
  for (size_t size = 0; size < 200; size++) {
    uint8_t *noise = memory(size);
    make_noise(noise, size);
    CHECK(read(view(noise, size), &written) > 0 && !written);
    free(noise);
  }
  CHECK_CODE(read(view(NULL, 1), &written), SPLITSIGN_INVALID_ARGUMENT);
  CHECK(!written);
  CHECK_CODE(read(good, &written), SPLITSIGN_OK);
}

int main(void) {
  CHECK_CODE(splitsign_key_from_sec1(VIEW(KEY), &key, NULL), SPLITSIGN_OK);
  writes(to_spki, sizeof KEY_SPKI);
  writes(to_jwk, sizeof KEY_JWK);
  writes(to_cose_key, sizeof KEY_COSE);
  writes(to_der, 0);
  writes(cose, sizeof COSE_OBJECT);
  writes(cose_digest, sizeof COSE_PIECES_OBJECT);
  writes(jws, sizeof JWS_OBJECT);
  writes(jws_digest, sizeof JWS_PIECES_OBJECT);
  writes(dsse, sizeof DSSE_OBJECT);

  decodes(jws_verify, VIEW(JWS_OBJECT), splitsign_jws_work_bytes(sizeof JWS_OBJECT));
  decodes(jws_inspect, VIEW(JWS_OBJECT), splitsign_jws_work_bytes(sizeof JWS_OBJECT));
  decodes(jws_stream, VIEW(JWS_PIECES_OBJECT), splitsign_jws_work_bytes(sizeof JWS_PIECES_OBJECT));
  decodes(dsse_verify, VIEW(DSSE_OBJECT), splitsign_dsse_work_bytes(sizeof DSSE_OBJECT));
  decodes(dsse_inspect, VIEW(DSSE_OBJECT), splitsign_dsse_work_bytes(sizeof DSSE_OBJECT));

  uint8_t der[SPLITSIGN_SIGNATURE_DER_MAX];
  size_t der_len = 0;
  CHECK_CODE(to_der(der, sizeof der, &der_len, NULL), SPLITSIGN_OK);
  reads(from_sec1, VIEW(KEY));
  reads(from_spki, VIEW(KEY_SPKI));
  reads(from_jwk, VIEW(KEY_JWK));
  reads(from_cose_key, VIEW(KEY_COSE));
  reads(from_der, view(der, der_len));
  reads(cose_claims, VIEW(COSE_OBJECT));
  reads(jws_claims, VIEW(JWS_OBJECT));
  reads(dsse_claims, VIEW(DSSE_OBJECT));
  return finished("room");
}
