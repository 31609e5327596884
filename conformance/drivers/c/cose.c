#include <string.h>

#include "answer.h"
#include "operations.h"

static void params_of(const struct request *request, splitsign_cose_sign1_params *params) {
  memset(params, 0, sizeof *params);
  params->payload = bytes_of(request, "payload");
  params->kid = bytes_of(request, "kid");
  params->content_type = bytes_of(request, "content_type");
  params->external_aad = bytes_of(request, "external_aad");
  params->low_s = (int32_t)number_of(request, "low_s");
  const struct argument *chain = argument_of(request, "x5chain", ARGUMENT_LIST);
  if (chain != NULL) {
    params->x5chain = chain->list;
    params->x5chain_len = chain->list_len;
  }
  if (number_of(request, "detached") == 1) params->flags |= SPLITSIGN_COSE_DETACHED;
  if (number_of(request, "untagged") == 1) params->flags |= SPLITSIGN_COSE_UNTAGGED;
  const struct argument *format = argument_of(request, "coap_format", ARGUMENT_NUMBER);
  if (format != NULL) {
    params->coap_format = (uint16_t)format->number;
    params->flags |= SPLITSIGN_COSE_COAP_FORMAT;
  }
}

int32_t cose_digest(const struct request *request, uint8_t *digest, uint32_t *at) {
  splitsign_cose_sign1_params params;
  params_of(request, &params);
  if (!in_pieces(request)) return splitsign_cose_sign1_prepare(&params, digest, at);
  static splitsign_cose_sign1_prepare_context context;
  splitsign_bytes payload = params.payload;
  splitsign_bytes piece;
  int32_t code = splitsign_cose_sign1_prepare_init(&context, &params, payload.len, at);
  while (code == 0 && next_piece(request, &payload, &piece)) {
    code = splitsign_cose_sign1_prepare_update(&context, piece, at);
  }
  return code == 0 ? splitsign_cose_sign1_prepare_finish(&context, digest, at) : code;
}

int32_t cose_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at) {
  splitsign_cose_sign1_params params;
  splitsign_key key;
  splitsign_bytes signature = bytes_of(request, "signature");
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  params_of(request, &params);
  if (!in_pieces(request)) {
    return splitsign_cose_sign1_attach(&params, signature, &key, room->out, room->out_cap, len, at);
  }
  uint8_t bytes[SPLITSIGN_DIGEST_BYTES];
  splitsign_bytes digest = {bytes, sizeof bytes};
  code = cose_digest(request, bytes, at);
  if (code != 0) return code;
  size_t payload_len = params.payload.len;
  return splitsign_cose_sign1_attach_digest(&params, payload_len, digest, signature, &key, room->out, room->out_cap, len,
                                            at);
}

static void fields(const splitsign_cose_sign1 *found) {
  field_bytes("kid", found->kid);
  field_bytes("content_type", found->content_type);
  if (found->coap_format >= 0) field_number("coap_format", (uint64_t)found->coap_format);
  if (found->x5chain_len > 0) field_list("x5chain", found->x5chain, found->x5chain_len);
}

static int32_t verify_pieces(const struct request *request, splitsign_cose_sign1_expect *expect,
                             splitsign_cose_sign1 *found, uint32_t *at) {
  static splitsign_cose_sign1_verify_context context;
  splitsign_bytes payload = expect->payload;
  splitsign_bytes piece;
  int32_t code = splitsign_cose_sign1_verify_init(&context, bytes_of(request, "object"), expect, payload.len, at);
  while (code == 0 && next_piece(request, &payload, &piece)) {
    code = splitsign_cose_sign1_verify_update(&context, piece, at);
  }
  return code == 0 ? splitsign_cose_sign1_verify_finish(&context, expect->key, NULL, found, at) : code;
}

int32_t cose_verify(const struct request *request, uint32_t *at) {
  splitsign_key key;
  splitsign_cose_sign1 found;
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  expect.payload = bytes_of(request, "payload");
  expect.external_aad = bytes_of(request, "external_aad");
  expect.low_s = (int32_t)number_of(request, "low_s");
  if (expect.payload.data != NULL && in_pieces(request)) {
    code = verify_pieces(request, &expect, &found, at);
  } else {
    code = splitsign_cose_sign1_verify(bytes_of(request, "object"), &expect, &found, at);
  }
  if (code != 0) return code;
  answer_start(request->id);
  if (expect.payload.data == NULL) field_bytes("payload", found.payload);
  fields(&found);
  answer_end();
  return 0;
}

int32_t cose_inspect(const struct request *request, uint32_t *at) {
  splitsign_cose_sign1 found;
  int32_t code = splitsign_cose_sign1_inspect(bytes_of(request, "object"), &found, at);
  if (code != 0) return code;
  answer_start(request->id);
  field_number("detached", (uint64_t)found.detached);
  fields(&found);
  answer_end();
  return 0;
}
