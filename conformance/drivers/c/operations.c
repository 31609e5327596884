#include "operations.h"

#include <string.h>

#include "answer.h"

bool in_pieces(const struct request *request) {
  return argument_of(request, "piece_bytes", ARGUMENT_NUMBER) != NULL;
}

bool next_piece(const struct request *request, splitsign_bytes *payload, splitsign_bytes *piece) {
  uint64_t len = number_of(request, "piece_bytes");
  if (payload->len == 0) return false;
  piece->data = payload->data;
  piece->len = len == 0 || len > payload->len ? payload->len : (size_t)len;
  payload->data += piece->len;
  payload->len -= piece->len;
  return true;
}

int32_t key_of(const struct request *request, splitsign_key *key, uint32_t *at) {
  splitsign_bytes form = bytes_of(request, "key");
  if (form.data != NULL) return splitsign_key_from_sec1(form, key, at);
  form = bytes_of(request, "key_spki");
  if (form.data != NULL) return splitsign_key_from_spki(form, key, at);
  form = bytes_of(request, "key_jwk");
  if (form.data != NULL) return splitsign_key_from_jwk(form, key, at);
  return splitsign_key_from_cose_key(bytes_of(request, "key_cose"), key, at);
}

static int32_t sha256(const struct request *request, uint8_t *digest) {
  splitsign_bytes data = bytes_of(request, "data");
  if (!in_pieces(request)) return splitsign_sha256(data, digest);
  splitsign_sha256_context context;
  splitsign_bytes piece;
  int32_t code = splitsign_sha256_init(&context);
  while (code == 0 && next_piece(request, &data, &piece)) code = splitsign_sha256_update(&context, piece);
  return code == 0 ? splitsign_sha256_finish(&context, digest) : code;
}

static int32_t verify_digest(const struct request *request, uint32_t *at) {
  splitsign_key key;
  uint8_t hashed[SPLITSIGN_DIGEST_BYTES];
  uint8_t raw[SPLITSIGN_SIGNATURE_BYTES];
  int32_t code = key_of(request, &key, at);
  if (code != 0) return code;
  splitsign_bytes message = bytes_of(request, "message");
  splitsign_bytes digest = bytes_of(request, "digest");
  if (message.data != NULL) {
    code = splitsign_sha256(message, hashed);
    digest.data = hashed;
    digest.len = sizeof hashed;
  }
  splitsign_bytes der = bytes_of(request, "signature_der");
  splitsign_bytes signature = bytes_of(request, "signature");
  if (code == 0 && der.data != NULL) {
    // The digest comes first: one of another length is refused before the signature is read.
    if (digest.len == SPLITSIGN_DIGEST_BYTES) code = splitsign_signature_from_der(der, raw, at);
    signature.data = raw;
    signature.len = sizeof raw;
  }
  if (code != 0) return code;
  return splitsign_verify_digest(&key, NULL, digest, signature, (int32_t)number_of(request, "low_s"), at);
}

typedef int32_t read_key(splitsign_bytes data, splitsign_key *key, uint32_t *at);
typedef int32_t write_key(const splitsign_key *key, uint8_t *out, size_t cap, size_t *len, uint32_t *at);

static const struct {
  const char *name;
  read_key *read;
} KEY_READERS[] = {
    {"key_from_sec1", splitsign_key_from_sec1},
    {"key_from_spki", splitsign_key_from_spki},
    {"key_from_jwk", splitsign_key_from_jwk},
    {"key_from_cose_key", splitsign_key_from_cose_key},
};

static const struct {
  const char *name;
  write_key *write;
} KEY_WRITERS[] = {
    {"key_to_spki", splitsign_key_to_spki},
    {"key_to_jwk", splitsign_key_to_jwk},
    {"key_to_cose_key", splitsign_key_to_cose_key},
};

// Keys, signatures, digests: true, if the operation is one of them. What is produced is at the front of the room.
static bool small(const struct request *request, const struct room *room, size_t *len, int32_t *code, uint32_t *at) {
  struct text name = request->operation;
  splitsign_bytes data = bytes_of(request, "data");
  splitsign_key key;
  for (size_t i = 0; i < sizeof KEY_READERS / sizeof KEY_READERS[0]; i++) {
    if (!text_is(name, KEY_READERS[i].name)) continue;
    *code = KEY_READERS[i].read(data, &key, at);
    *len = sizeof key.sec1;
    if (*code == 0) memcpy(room->out, key.sec1, sizeof key.sec1);
    return true;
  }
  for (size_t i = 0; i < sizeof KEY_WRITERS / sizeof KEY_WRITERS[0]; i++) {
    if (!text_is(name, KEY_WRITERS[i].name)) continue;
    *code = key_of(request, &key, at);
    if (*code == 0) *code = KEY_WRITERS[i].write(&key, room->out, room->out_cap, len, at);
    return true;
  }
  *len = SPLITSIGN_DIGEST_BYTES;
  if (text_is(name, "key_thumbprint")) {
    *code = key_of(request, &key, at);
    if (*code == 0) *code = splitsign_key_thumbprint(&key, room->out, at);
  } else if (text_is(name, "sha256")) {
    *code = sha256(request, room->out);
  } else if (text_is(name, "signature_from_der")) {
    *len = SPLITSIGN_SIGNATURE_BYTES;
    *code = splitsign_signature_from_der(data, room->out, at);
  } else if (text_is(name, "signature_to_der")) {
    *code = splitsign_signature_to_der(data, room->out, room->out_cap, len, at);
  } else {
    return false;
  }
  return true;
}

// What is prepared and attached: true, if the operation is one of them.
static bool made(const struct request *request, const struct room *room, size_t *len, int32_t *code, uint32_t *at) {
  struct text name = request->operation;
  *len = SPLITSIGN_DIGEST_BYTES;
  if (text_is(name, "cose_sign1_prepare")) {
    *code = cose_digest(request, room->out, at);
  } else if (text_is(name, "jws_prepare")) {
    *code = jws_digest(request, room->out, at);
  } else if (text_is(name, "dsse_prepare")) {
    *code = dsse_digest(request, room->out, at);
  } else if (text_is(name, "cose_sign1_attach")) {
    *code = cose_attach(request, room, len, at);
  } else if (text_is(name, "jws_attach")) {
    *code = jws_attach(request, room, len, at);
  } else if (text_is(name, "dsse_attach")) {
    *code = dsse_attach(request, room, len, at);
  } else {
    return false;
  }
  return true;
}

// What is read: true, if the operation is one of them. If the code is 0, the answer is written.
static bool verified(const struct request *request, const struct room *room, int32_t *code, uint32_t *at) {
  struct text name = request->operation;
  if (text_is(name, "verify_digest")) {
    *code = verify_digest(request, at);
    if (*code == 0) {
      answer_start(request->id);
      answer_end();
    }
  } else if (text_is(name, "cose_sign1_verify")) {
    *code = cose_verify(request, at);
  } else if (text_is(name, "cose_sign1_inspect")) {
    *code = cose_inspect(request, at);
  } else if (text_is(name, "jws_verify")) {
    *code = jws_verify(request, room, at);
  } else if (text_is(name, "jws_inspect")) {
    *code = jws_inspect(request, room, at);
  } else if (text_is(name, "dsse_verify")) {
    *code = dsse_verify(request, room, at);
  } else if (text_is(name, "dsse_inspect")) {
    *code = dsse_inspect(request, room, at);
  } else {
    return false;
  }
  return true;
}

void answer(const struct request *request, const struct room *room) {
  size_t len = 0;
  int32_t code = 0;
  uint32_t at = 0;
  if (small(request, room, &len, &code, &at) || made(request, room, &len, &code, &at)) {
    if (code == 0) {
      splitsign_bytes bytes = {room->out, len};
      answer_bytes(request->id, bytes);
      return;
    }
  } else if (!verified(request, room, &code, &at)) {
    answer_failed(request->id, "there is no such operation");
    return;
  }
  if (code != 0) answer_code(request->id, code, at);
}
