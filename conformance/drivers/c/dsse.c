#include <string.h>

#include "answer.h"
#include "operations.h"

static void params_of(const struct request *request, splitsign_dsse_params *params) {
  memset(params, 0, sizeof *params);
  params->payload_type = bytes_of(request, "payload_type");
  params->payload = bytes_of(request, "payload");
  params->keyid = bytes_of(request, "keyid");
  params->low_s = (int32_t)number_of(request, "low_s");
  if (number_of(request, "raw_signature") == 1) params->flags |= SPLITSIGN_DSSE_RAW_SIGNATURE;
}

int32_t dsse_digest(const struct request *request, uint8_t *digest, uint32_t *at) {
  splitsign_dsse_params params;
  params_of(request, &params);
  return splitsign_dsse_prepare(&params, digest, at);
}

int32_t dsse_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at) {
  splitsign_dsse_params params;
  splitsign_key key;
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  params_of(request, &params);
  return splitsign_dsse_attach(&params, bytes_of(request, "signature"), &key, room->out, room->out_cap, len, at);
}

int32_t dsse_verify(const struct request *request, const struct room *room, uint32_t *at) {
  splitsign_key key;
  splitsign_dsse found;
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  splitsign_dsse_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  expect.low_s = (int32_t)number_of(request, "low_s");
  code = splitsign_dsse_verify(bytes_of(request, "object"), &expect, room->work, room->work_cap, &found, at);
  if (code != 0) return code;
  answer_start(request->id);
  field_bytes("payload", found.payload);
  field_bytes("payload_type", found.payload_type);
  field_bytes("keyid", found.keyid);
  answer_end();
  return 0;
}

int32_t dsse_inspect(const struct request *request, const struct room *room, uint32_t *at) {
  splitsign_dsse_claims found;
  int32_t code = splitsign_dsse_inspect(bytes_of(request, "object"), room->work, room->work_cap, &found, at);
  if (code != 0) return code;
  answer_start(request->id);
  field_list("keyids", found.keyids, found.keyids_len);
  answer_end();
  return 0;
}
