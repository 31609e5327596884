// Every context in every wrong state: NULL, misaligned, zero, copied while it runs, finished, one that could not be started. Each a
// code, and each can be started afterwards.

#include <stdlib.h>

#include "check.h"
#include "known.h"

#define INVALID SPLITSIGN_INVALID_ARGUMENT

static splitsign_key key;
static uint8_t work[1024];
static uint8_t digest[SPLITSIGN_DIGEST_BYTES];

// A kind of context, and what is done with it. `refuse` is a start that must fail.
typedef struct context_kind {
  const char *name;
  size_t size;
  splitsign_bytes payload;
  int32_t (*start)(void *context);
  int32_t (*refuse)(void *context);
  int32_t (*update)(void *context, splitsign_bytes data);
  int32_t (*finish)(void *context);
} context_kind;

static int32_t sha256_start(void *context) { return splitsign_sha256_init(context); }
static int32_t sha256_update(void *context, splitsign_bytes data) { return splitsign_sha256_update(context, data); }
static int32_t sha256_finish(void *context) {
  int32_t code = splitsign_sha256_finish(context, digest);
  uint8_t whole[SPLITSIGN_DIGEST_BYTES];
  CHECK_CODE(splitsign_sha256(VIEW(COSE_PIECES_PAYLOAD), whole), SPLITSIGN_OK);
  return code != SPLITSIGN_OK || memcmp(digest, whole, sizeof whole) == 0 ? code : -1;
}

static int32_t cose_prepare_start(void *context) {
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  return splitsign_cose_sign1_prepare_init(context, &params, sizeof COSE_PIECES_PAYLOAD, NULL);
}
static int32_t cose_prepare_refuse(void *context) {
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  params.flags = 1u << 31;
  return splitsign_cose_sign1_prepare_init(context, &params, 1, NULL);
}
static int32_t cose_prepare_update(void *context, splitsign_bytes data) {
  return splitsign_cose_sign1_prepare_update(context, data, NULL);
}
static int32_t cose_prepare_finish(void *context) {
  int32_t code = splitsign_cose_sign1_prepare_finish(context, digest, NULL);
  return code != SPLITSIGN_OK || memcmp(digest, COSE_PIECES_DIGEST, sizeof digest) == 0 ? code : -1;
}

static int32_t cose_verify_start(void *context) {
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  return splitsign_cose_sign1_verify_init(context, VIEW(COSE_PIECES_OBJECT), &expect, sizeof COSE_PIECES_PAYLOAD, NULL);
}
static int32_t cose_verify_refuse(void *context) {
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  return splitsign_cose_sign1_verify_init(context, VIEW(COSE_OBJECT), &expect, 1, NULL);
}
static int32_t cose_verify_update(void *context, splitsign_bytes data) {
  return splitsign_cose_sign1_verify_update(context, data, NULL);
}
static int32_t cose_verify_finish(void *context) {
  return splitsign_cose_sign1_verify_finish(context, &key, NULL, NULL, NULL);
}

static int32_t jws_prepare_start(void *context) {
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  return splitsign_jws_prepare_init(context, &params, NULL);
}
static int32_t jws_prepare_refuse(void *context) {
  splitsign_jws_params params;
  memset(&params, 0, sizeof params);
  params.kid = view(NULL, 1);
  return splitsign_jws_prepare_init(context, &params, NULL);
}
static int32_t jws_prepare_update(void *context, splitsign_bytes data) {
  return splitsign_jws_prepare_update(context, data, NULL);
}
static int32_t jws_prepare_finish(void *context) {
  int32_t code = splitsign_jws_prepare_finish(context, digest, NULL);
  return code != SPLITSIGN_OK || memcmp(digest, JWS_PIECES_DIGEST, sizeof digest) == 0 ? code : -1;
}

static int32_t jws_verify_start(void *context) {
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  return splitsign_jws_verify_init(context, VIEW(JWS_PIECES_OBJECT), &expect, work, sizeof work, NULL);
}
static int32_t jws_verify_refuse(void *context) {
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  return splitsign_jws_verify_init(context, VIEW(JWS_OBJECT), &expect, work, sizeof work, NULL);
}
static int32_t jws_verify_update(void *context, splitsign_bytes data) {
  return splitsign_jws_verify_update(context, data, NULL);
}
static int32_t jws_verify_finish(void *context) {
  splitsign_jws found;
  return splitsign_jws_verify_finish(context, &key, NULL, &found, NULL);
}

// A whole life, in two pieces.
static void works(const context_kind *kind, void *context) {
  const size_t half = kind->payload.len / 2;
  CHECK_CODE(kind->start(context), SPLITSIGN_OK);
  CHECK_CODE(kind->update(context, view(kind->payload.data, half)), SPLITSIGN_OK);
  CHECK_CODE(kind->update(context, absent()), SPLITSIGN_OK);
  CHECK_CODE(kind->update(context, view(kind->payload.data + half, kind->payload.len - half)), SPLITSIGN_OK);
  CHECK_CODE(kind->finish(context), SPLITSIGN_OK);
}

static void is_not_started(const context_kind *kind, void *context) {
  CHECK_CODE(kind->update(context, view("a", 1)), INVALID);
  CHECK_CODE(kind->update(context, absent()), INVALID);
  CHECK_CODE(kind->finish(context), INVALID);
}

static void every_wrong_state(const context_kind *kind) {
  // On the heap and as large as the type, so that tools see what lies behind it.
  uint8_t *context = malloc(kind->size);
  uint8_t *other = malloc(kind->size);
  uint8_t *larger = malloc(kind->size + 8);
  if (context == NULL || other == NULL || larger == NULL) abort();
  CHECK_CODE(kind->start(NULL), INVALID);
  is_not_started(kind, NULL);
  for (size_t shift = 1; shift < 8; shift++) {
    CHECK_CODE(kind->start(larger + shift), INVALID);
    is_not_started(kind, larger + shift);
  }
  memset(context, 0, kind->size);
  is_not_started(kind, context);
  memset(context, 0xff, kind->size);
  is_not_started(kind, context);
  works(kind, context);
  is_not_started(kind, context);
  works(kind, context);

  // Copied while it runs: the copy is refused, and what it was copied of goes on.
  CHECK_CODE(kind->start(context), SPLITSIGN_OK);
  CHECK_CODE(kind->update(context, view(kind->payload.data, 1)), SPLITSIGN_OK);
  memcpy(other, context, kind->size);
  is_not_started(kind, other);
  CHECK_CODE(kind->update(context, view(NULL, 1)), INVALID);
  CHECK_CODE(kind->update(context, view(kind->payload.data + 1, kind->payload.len - 1)), SPLITSIGN_OK);
  CHECK_CODE(kind->finish(context), SPLITSIGN_OK);
  works(kind, other);

  if (kind->refuse != NULL) {
    // What could not be started is not started, also where something ran before.
    CHECK_CODE(kind->start(context), SPLITSIGN_OK);
    CHECK(kind->refuse(context) > 0);
    CHECK_CODE(kind->start(other), SPLITSIGN_OK);
    memset(other, 0, kind->size);
    CHECK(kind->refuse(other) > 0);
    is_not_started(kind, other);
    works(kind, context);
  }
  free(context);
  free(other);
  free(larger);
}

// A key with a table has no end; else the same holds.
static void prepared_keys(void) {
  splitsign_table_point table[16];
  splitsign_prepared_key prepared;
  splitsign_prepared_key copy;
  uint32_t at = 0;
  for (size_t points = 0; points < 2; points++) {
    CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, points, &at), SPLITSIGN_OUTPUT_TOO_SMALL);
    CHECK(at == 2 * sizeof table[0]);
  }
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, at / sizeof table[0], &at), SPLITSIGN_OK);
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, NULL, 2, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, SIZE_MAX, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init(&prepared, NULL, table, 16, &at), INVALID);
  CHECK_CODE(splitsign_prepared_key_init(NULL, &key, table, 16, &at), INVALID);
  for (size_t shift = 1; shift < sizeof table[0]; shift++) {
    splitsign_table_point *crooked = (splitsign_table_point *)(void *)((uint8_t *)table + shift);
    CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, crooked, 2, &at), INVALID);
  }
  CHECK_CODE(splitsign_prepared_key_init(&prepared, &key, table, 16, &at), SPLITSIGN_OK);
  memcpy(&copy, &prepared, sizeof prepared);
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.prepared = &copy;
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_OBJECT), &expect, NULL, &at), INVALID);
  expect.prepared = &prepared;
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_OBJECT), &expect, NULL, &at), SPLITSIGN_OK);
  expect.key = &key;
  CHECK_CODE(splitsign_cose_sign1_verify(VIEW(COSE_OBJECT), &expect, NULL, &at), INVALID);
}

int main(void) {
  CHECK_CODE(splitsign_key_from_sec1(VIEW(KEY), &key, NULL), SPLITSIGN_OK);
  const context_kind kinds[] = {
      {"sha256", sizeof(splitsign_sha256_context), VIEW(COSE_PIECES_PAYLOAD), sha256_start, NULL, sha256_update,
       sha256_finish},
      {"cose prepare", sizeof(splitsign_cose_sign1_prepare_context), VIEW(COSE_PIECES_PAYLOAD), cose_prepare_start,
       cose_prepare_refuse, cose_prepare_update, cose_prepare_finish},
      {"cose verify", sizeof(splitsign_cose_sign1_verify_context), VIEW(COSE_PIECES_PAYLOAD), cose_verify_start,
       cose_verify_refuse, cose_verify_update, cose_verify_finish},
      {"jws prepare", sizeof(splitsign_jws_prepare_context), VIEW(JWS_PIECES_PAYLOAD), jws_prepare_start,
       jws_prepare_refuse, jws_prepare_update, jws_prepare_finish},
      {"jws verify", sizeof(splitsign_jws_verify_context), VIEW(JWS_PIECES_PAYLOAD), jws_verify_start,
       jws_verify_refuse, jws_verify_update, jws_verify_finish},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    const int before = wrong;
    every_wrong_state(&kinds[i]);
    if (wrong != before) fprintf(stderr, "these were of the context: %s\n", kinds[i].name);
  }
  prepared_keys();
  return finished("contexts");
}
