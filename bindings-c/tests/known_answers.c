// Each operation on known answers, and each of the two ways: at once, and in pieces.

#include "check.h"
#include "known.h"

static splitsign_key the_key(void) {
  splitsign_key key;
  CHECK_CODE(splitsign_key_from_sec1(VIEW(KEY), &key, NULL), SPLITSIGN_OK);
  return key;
}

static void digests(void) {
  static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                  0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  CHECK_CODE(splitsign_sha256(view("abc", 3), digest), SPLITSIGN_OK);
  CHECK(memcmp(digest, abc, sizeof abc) == 0);
  splitsign_sha256_context context;
  memset(digest, 0, sizeof digest);
  CHECK_CODE(splitsign_sha256_init(&context), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256_update(&context, view("a", 1)), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256_update(&context, absent()), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256_update(&context, view("bc", 2)), SPLITSIGN_OK);
  CHECK_CODE(splitsign_sha256_finish(&context, digest), SPLITSIGN_OK);
  CHECK(memcmp(digest, abc, sizeof abc) == 0);
}

static void keys(void) {
  splitsign_key key;
  uint8_t out[256];
  size_t len = 0;
  CHECK_CODE(splitsign_key_from_spki(VIEW(KEY_SPKI), &key, NULL), SPLITSIGN_OK);
  CHECK(memcmp(key.sec1, KEY, sizeof KEY) == 0);
  CHECK_CODE(splitsign_key_from_jwk(VIEW(KEY_JWK), &key, NULL), SPLITSIGN_OK);
  CHECK(memcmp(key.sec1, KEY, sizeof KEY) == 0);
  CHECK_CODE(splitsign_key_from_cose_key(VIEW(KEY_COSE), &key, NULL), SPLITSIGN_OK);
  CHECK(memcmp(key.sec1, KEY, sizeof KEY) == 0);
  CHECK_CODE(splitsign_key_to_spki(&key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(KEY_SPKI)) && len == SPLITSIGN_SPKI_BYTES);
  CHECK_CODE(splitsign_key_to_jwk(&key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(KEY_JWK)));
  CHECK_CODE(splitsign_key_to_cose_key(&key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(KEY_COSE)));
  CHECK_CODE(splitsign_key_thumbprint(&key, out, NULL), SPLITSIGN_OK);
  CHECK(memcmp(out, KEY_THUMBPRINT, sizeof KEY_THUMBPRINT) == 0);
}

static void signatures(void) {
  const splitsign_key key = the_key();
  uint8_t der[SPLITSIGN_SIGNATURE_DER_MAX];
  uint8_t raw[SPLITSIGN_SIGNATURE_BYTES];
  size_t len = 0;
  CHECK_CODE(splitsign_signature_to_der(VIEW(COSE_SIGNATURE), der, sizeof der, &len, NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_signature_from_der(view(der, len), raw, NULL), SPLITSIGN_OK);
  CHECK(memcmp(raw, COSE_SIGNATURE, sizeof raw) == 0);
  CHECK_CODE(splitsign_verify_digest(&key, NULL, VIEW(COSE_DIGEST), VIEW(raw), SPLITSIGN_LOW_S_ACCEPT, NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_verify_digest(&key, NULL, VIEW(JWS_DIGEST), VIEW(raw), SPLITSIGN_LOW_S_ACCEPT, NULL),
             SPLITSIGN_BAD_SIGNATURE);
  splitsign_table_point table[16];
  splitsign_prepared_key prepared;
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, 16, NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_verify_digest(NULL, &prepared, VIEW(COSE_DIGEST), VIEW(raw), SPLITSIGN_LOW_S_ACCEPT, NULL),
             SPLITSIGN_OK);
  CHECK_CODE(splitsign_verify_digest(NULL, &prepared, VIEW(JWS_DIGEST), VIEW(raw), SPLITSIGN_LOW_S_ACCEPT, NULL),
             SPLITSIGN_BAD_SIGNATURE);
}

static void cose(void) {
  const splitsign_key key = the_key();
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  uint8_t out[512];
  size_t len = 0;
  uint32_t at = 1;
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(COSE_PAYLOAD);
  params.kid = VIEW(COSE_KID);
  CHECK_CODE(splitsign_cose_sign1_prepare(&params, digest, &at), SPLITSIGN_OK);
  CHECK(at == 0 && memcmp(digest, COSE_DIGEST, sizeof digest) == 0);
  CHECK_CODE(splitsign_cose_sign1_attach(&params, VIEW(COSE_SIGNATURE), &key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(COSE_OBJECT)));

  splitsign_cose_sign1 found;
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  CHECK_CODE(splitsign_cose_sign1_verify(view(out, len), &expect, &found, NULL), SPLITSIGN_OK);
  CHECK(same(found.payload, VIEW(COSE_PAYLOAD)) && same(found.kid, VIEW(COSE_KID)));
  CHECK(found.content_type.data == NULL && found.x5chain_len == 0 && found.coap_format == -1 && found.detached == 0);
  // The views are of the object.
  CHECK(found.payload.data > out && found.payload.data < out + len);
  CHECK_CODE(splitsign_cose_sign1_verify(view(out, len), &expect, NULL, NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_cose_sign1_inspect(view(out, len), &found, NULL), SPLITSIGN_OK);
  CHECK(same(found.kid, VIEW(COSE_KID)) && found.payload.data == NULL && found.detached == 0);
}

static void cose_in_pieces(void) {
  const splitsign_key key = the_key();
  const size_t payload_len = sizeof COSE_PIECES_PAYLOAD;
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  uint8_t out[512];
  size_t len = 0;
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  splitsign_cose_sign1_prepare_context preparing;
  CHECK_CODE(splitsign_cose_sign1_prepare_init(&preparing, &params, payload_len, NULL), SPLITSIGN_OK);
  for (size_t i = 0; i < payload_len; i += 13) {
    CHECK_CODE(splitsign_cose_sign1_prepare_update(&preparing, view(COSE_PIECES_PAYLOAD + i, 13), NULL), SPLITSIGN_OK);
  }
  CHECK_CODE(splitsign_cose_sign1_prepare_finish(&preparing, digest, NULL), SPLITSIGN_OK);
  CHECK(memcmp(digest, COSE_PIECES_DIGEST, sizeof digest) == 0);
  CHECK_CODE(splitsign_cose_sign1_attach_digest(&params, payload_len, VIEW(digest), VIEW(COSE_PIECES_SIGNATURE), &key, out,
                                                sizeof out, &len, NULL),
             SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(COSE_PIECES_OBJECT)));

  splitsign_cose_sign1 found;
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  splitsign_cose_sign1_verify_context verifying;
  CHECK_CODE(splitsign_cose_sign1_verify_init(&verifying, view(out, len), &expect, payload_len, NULL), SPLITSIGN_OK);
  for (size_t i = 0; i < payload_len; i += 13) {
    CHECK_CODE(splitsign_cose_sign1_verify_update(&verifying, view(COSE_PIECES_PAYLOAD + i, 13), NULL), SPLITSIGN_OK);
  }
  CHECK_CODE(splitsign_cose_sign1_verify_finish(&verifying, &key, NULL, &found, NULL), SPLITSIGN_OK);
  CHECK(found.payload.data == NULL && found.detached == 1);

  // The same at once.
  expect.key = &key;
  expect.payload = VIEW(COSE_PIECES_PAYLOAD);
  CHECK_CODE(splitsign_cose_sign1_verify(view(out, len), &expect, &found, NULL), SPLITSIGN_OK);
  CHECK(found.payload.data == COSE_PIECES_PAYLOAD && found.detached == 1);
}

static void jws(void) {
  const splitsign_key key = the_key();
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  uint8_t out[512];
  uint8_t work[1024];
  size_t len = 0;
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  params.payload = VIEW(JWS_PAYLOAD);
  params.kid = VIEW(JWS_KID);
  CHECK_CODE(splitsign_jws_prepare(&params, digest, NULL), SPLITSIGN_OK);
  CHECK(memcmp(digest, JWS_DIGEST, sizeof digest) == 0);
  CHECK_CODE(splitsign_jws_attach(&params, VIEW(JWS_SIGNATURE), &key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(JWS_OBJECT)));

  splitsign_jws found;
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  CHECK(splitsign_jws_work_bytes(len) <= sizeof work);
  CHECK_CODE(splitsign_jws_verify(view(out, len), &expect, work, sizeof work, &found, NULL), SPLITSIGN_OK);
  CHECK(same(found.payload, VIEW(JWS_PAYLOAD)) && same(found.kid, VIEW(JWS_KID)));
  CHECK(found.typ.data == NULL && found.cty.data == NULL && found.x5c_len == 0 && found.detached == 0);
  CHECK_CODE(splitsign_jws_inspect(view(out, len), work, sizeof work, &found, NULL), SPLITSIGN_OK);
  CHECK(same(found.kid, VIEW(JWS_KID)) && found.payload.data == NULL);
}

static void jws_in_pieces(void) {
  const splitsign_key key = the_key();
  const size_t payload_len = sizeof JWS_PIECES_PAYLOAD;
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  uint8_t out[512];
  uint8_t work[1024];
  size_t len = 0;
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  splitsign_jws_prepare_context preparing;
  CHECK_CODE(splitsign_jws_prepare_init(&preparing, &params, NULL), SPLITSIGN_OK);
  for (size_t i = 0; i < payload_len; i += 13) {
    CHECK_CODE(splitsign_jws_prepare_update(&preparing, view(JWS_PIECES_PAYLOAD + i, 13), NULL), SPLITSIGN_OK);
  }
  CHECK_CODE(splitsign_jws_prepare_finish(&preparing, digest, NULL), SPLITSIGN_OK);
  CHECK(memcmp(digest, JWS_PIECES_DIGEST, sizeof digest) == 0);
  CHECK_CODE(splitsign_jws_attach_digest(&params, VIEW(digest), VIEW(JWS_PIECES_SIGNATURE), &key, out, sizeof out, &len, NULL),
             SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(JWS_PIECES_OBJECT)));

  splitsign_jws found;
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  splitsign_jws_verify_context verifying;
  CHECK_CODE(splitsign_jws_verify_init(&verifying, view(out, len), &expect, work, sizeof work, NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_jws_verify_update(&verifying, VIEW(JWS_PIECES_PAYLOAD), NULL), SPLITSIGN_OK);
  CHECK_CODE(splitsign_jws_verify_finish(&verifying, &key, NULL, &found, NULL), SPLITSIGN_OK);
  CHECK(found.payload.data == NULL && found.detached == 1);
}

static void dsse(void) {
  const splitsign_key key = the_key();
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  uint8_t out[512];
  uint8_t work[512];
  size_t len = 0;
  splitsign_dsse_params params;
  memset(&params, 0, sizeof params);
  params.payload_type = VIEW(DSSE_PAYLOAD_TYPE);
  params.payload = VIEW(DSSE_PAYLOAD);
  params.keyid = VIEW(DSSE_KEYID);
  CHECK_CODE(splitsign_dsse_prepare(&params, digest, NULL), SPLITSIGN_OK);
  CHECK(memcmp(digest, DSSE_DIGEST, sizeof digest) == 0);
  CHECK_CODE(splitsign_dsse_attach(&params, VIEW(DSSE_SIGNATURE), &key, out, sizeof out, &len, NULL), SPLITSIGN_OK);
  CHECK(same(view(out, len), VIEW(DSSE_OBJECT)));

  splitsign_dsse found;
  splitsign_dsse_claims claims;
  splitsign_dsse_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  CHECK_CODE(splitsign_dsse_verify(view(out, len), &expect, work, sizeof work, &found, NULL), SPLITSIGN_OK);
  CHECK(same(found.payload, VIEW(DSSE_PAYLOAD)) && same(found.payload_type, VIEW(DSSE_PAYLOAD_TYPE)));
  CHECK(same(found.keyid, VIEW(DSSE_KEYID)));
  CHECK_CODE(splitsign_dsse_inspect(view(out, len), work, sizeof work, &claims, NULL), SPLITSIGN_OK);
  CHECK(claims.keyids_len == 1 && same(claims.keyids[0], VIEW(DSSE_KEYID)));
}

// Sizes as the preprocessor has them are those of the types.
#define LAYOUT(name, type)                                        \
  CHECK(SPLITSIGN_##name##_SIZEOF == sizeof(type));               \
  do {                                                            \
    struct probe {                                                \
      char first;                                                 \
      type second;                                                \
    };                                                            \
    CHECK(SPLITSIGN_##name##_ALIGNOF == offsetof(struct probe, second)); \
  } while (0)

static void layout(void) {
  LAYOUT(SHA256_CONTEXT, splitsign_sha256_context);
  LAYOUT(PREPARED_KEY, splitsign_prepared_key);
  LAYOUT(TABLE_POINT, splitsign_table_point);
  LAYOUT(COSE_SIGN1_PREPARE_CONTEXT, splitsign_cose_sign1_prepare_context);
  LAYOUT(COSE_SIGN1_VERIFY_CONTEXT, splitsign_cose_sign1_verify_context);
  LAYOUT(JWS_PREPARE_CONTEXT, splitsign_jws_prepare_context);
  LAYOUT(JWS_VERIFY_CONTEXT, splitsign_jws_verify_context);
}

static void names(void) {
  CHECK(same(splitsign_version(), view(SPLITSIGN_VERSION, strlen(SPLITSIGN_VERSION))));
  CHECK(same(splitsign_code_name(SPLITSIGN_BAD_SIGNATURE), view("bad_signature", 13)));
  CHECK(splitsign_code_what(SPLITSIGN_BAD_SIGNATURE).len > 0 && splitsign_code_remedy(SPLITSIGN_BAD_SIGNATURE).len > 0);
  CHECK(splitsign_code_name(0).data == NULL && splitsign_code_what(-1).data == NULL);
  CHECK(splitsign_code_remedy(INT32_MAX).data == NULL);
  CHECK(same(splitsign_operation(0), view("sha256", 6)));
  CHECK(splitsign_operation(SIZE_MAX).data == NULL);
}

int main(void) {
  digests();
  keys();
  signatures();
  cose();
  cose_in_pieces();
  jws();
  jws_in_pieces();
  dsse();
  layout();
  names();
  return finished("known answers");
}
