#include <string.h>

#include "answer.h"
#include "operations.h"

static void params_of(const struct request *request, splitsign_jws_params *params) {
  memset(params, 0, sizeof *params);
  params->payload = bytes_of(request, "payload");
  params->kid = bytes_of(request, "kid");
  params->typ = bytes_of(request, "typ");
  params->cty = bytes_of(request, "cty");
  params->low_s = (int32_t)number_of(request, "low_s");
  const struct argument *chain = argument_of(request, "x5c", ARGUMENT_LIST);
  if (chain != NULL) {
    params->x5c = chain->list;
    params->x5c_len = chain->list_len;
  }
  if (number_of(request, "detached") == 1) params->flags |= SPLITSIGN_JWS_DETACHED;
  if (number_of(request, "unencoded") == 1) params->flags |= SPLITSIGN_JWS_UNENCODED;
  if (number_of(request, "flattened") == 1) params->flags |= SPLITSIGN_JWS_FLATTENED;
}

int32_t jws_digest(const struct request *request, uint8_t *digest, uint32_t *at) {
  splitsign_jws_params params;
  params_of(request, &params);
  if (!in_pieces(request)) return splitsign_jws_prepare(&params, digest, at);
  static splitsign_jws_prepare_context context;
  splitsign_bytes payload = params.payload;
  splitsign_bytes piece;
  int32_t code = splitsign_jws_prepare_init(&context, &params, at);
  while (code == 0 && next_piece(request, &payload, &piece)) {
    code = splitsign_jws_prepare_update(&context, piece, at);
  }
  return code == 0 ? splitsign_jws_prepare_finish(&context, digest, at) : code;
}

int32_t jws_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at) {
  splitsign_jws_params params;
  splitsign_key key;
  splitsign_bytes signature = bytes_of(request, "signature");
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  params_of(request, &params);
  if (!in_pieces(request)) return splitsign_jws_attach(&params, signature, &key, room->out, room->out_cap, len, at);
  uint8_t bytes[SPLITSIGN_DIGEST_BYTES];
  splitsign_bytes digest = {bytes, sizeof bytes};
  code = jws_digest(request, bytes, at);
  if (code != 0) return code;
  return splitsign_jws_attach_digest(&params, digest, signature, &key, room->out, room->out_cap, len, at);
}

static void fields(const splitsign_jws *found) {
  field_bytes("kid", found->kid);
  field_bytes("typ", found->typ);
  field_bytes("cty", found->cty);
  if (found->x5c_len > 0) field_list("x5c", found->x5c, found->x5c_len);
}

static int32_t verify_pieces(const struct request *request, const struct room *room, splitsign_jws_expect *expect,
                             splitsign_jws *found, uint32_t *at) {
  static splitsign_jws_verify_context context;
  splitsign_bytes object = bytes_of(request, "object");
  splitsign_bytes payload = expect->payload;
  splitsign_bytes piece;
  int32_t code = splitsign_jws_verify_init(&context, object, expect, room->work, room->work_cap, at);
  while (code == 0 && next_piece(request, &payload, &piece)) {
    code = splitsign_jws_verify_update(&context, piece, at);
  }
  return code == 0 ? splitsign_jws_verify_finish(&context, expect->key, NULL, found, at) : code;
}

int32_t jws_verify(const struct request *request, const struct room *room, uint32_t *at) {
  splitsign_key key;
  splitsign_jws found;
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  splitsign_jws_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  expect.payload = bytes_of(request, "payload");
  expect.low_s = (int32_t)number_of(request, "low_s");
  if (expect.payload.data != NULL && in_pieces(request)) {
    code = verify_pieces(request, room, &expect, &found, at);
  } else {
    code = splitsign_jws_verify(bytes_of(request, "object"), &expect, room->work, room->work_cap, &found, at);
  }
  if (code != 0) return code;
  answer_start(request->id);
  if (expect.payload.data == NULL) field_bytes("payload", found.payload);
  fields(&found);
  answer_end();
  return 0;
}

int32_t jws_inspect(const struct request *request, const struct room *room, uint32_t *at) {
  splitsign_jws found;
  int32_t code = splitsign_jws_inspect(bytes_of(request, "object"), room->work, room->work_cap, &found, at);
  if (code != 0) return code;
  answer_start(request->id);
  field_number("detached", (uint64_t)found.detached);
  fields(&found);
  answer_end();
  return 0;
}
