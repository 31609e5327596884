// Verifies a COSE_Sign1 that lies in a file: verify_file OBJECT SPKI [PAYLOAD]
//
// SPKI is the public key in DER (`openssl pkey -pubin -outform DER`), PAYLOAD what was signed, if it is not in the object. It is read
// in pieces, and never is in memory as a whole.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "splitsign.h"

// An object with its payload beside it is small.
static uint8_t object_bytes[1 << 20];
static uint8_t spki_bytes[1 << 10];

static splitsign_bytes read_file(const char *path, uint8_t *memory, size_t room) {
  splitsign_bytes bytes = {memory, 0};
  FILE *file = fopen(path, "rb");
  if (file != NULL) bytes.len = fread(memory, 1, room, file);
  if (file == NULL || ferror(file) || fgetc(file) != EOF) {
    fprintf(stderr, "%s cannot be read, or is longer than %zu bytes\n", path, room);
    exit(2);
  }
  fclose(file);
  return bytes;
}

static int refused(const char *what, int32_t code, uint32_t at) {
  splitsign_bytes name = splitsign_code_name(code);
  splitsign_bytes why = splitsign_code_what(code);
  splitsign_bytes remedy = splitsign_code_remedy(code);
  fprintf(stderr, "%s: %.*s at byte %" PRIu32 ": %.*s %.*s.\n", what, (int)name.len, (const char *)name.data, at,
          (int)why.len, (const char *)why.data, (int)remedy.len, (const char *)remedy.data);
  return 1;
}

// The payload of a detached object, in pieces of 64 KiB.
static int32_t verify_with(const char *path, splitsign_bytes object, const splitsign_key *key, splitsign_cose_sign1 *found,
                           uint32_t *at) {
  static uint8_t piece[1 << 16];
  splitsign_cose_sign1_verify_context context;
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(2);
  }
  const long length = ftell(file);
  rewind(file);
  int32_t code = splitsign_cose_sign1_verify_init(&context, object, &expect, length < 0 ? 0 : (uint64_t)length, at);
  splitsign_bytes bytes = {piece, 0};
  while (code == SPLITSIGN_OK && (bytes.len = fread(piece, 1, sizeof piece, file)) > 0) {
    code = splitsign_cose_sign1_verify_update(&context, bytes, at);
  }
  fclose(file);
  return code == SPLITSIGN_OK ? splitsign_cose_sign1_verify_finish(&context, key, NULL, found, at) : code;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: %s OBJECT SPKI [PAYLOAD]\n", argv[0]);
    return 2;
  }
  const splitsign_bytes object = read_file(argv[1], object_bytes, sizeof object_bytes);
  splitsign_key key;
  uint32_t at = 0;
  int32_t code = splitsign_key_from_spki(read_file(argv[2], spki_bytes, sizeof spki_bytes), &key, &at);
  if (code != SPLITSIGN_OK) return refused(argv[2], code, at);

  splitsign_cose_sign1 found;
  if (argc == 4) {
    code = verify_with(argv[3], object, &key, &found, &at);
  } else {
    splitsign_cose_sign1_expect expect;
    memset(&expect, 0, sizeof expect);
    expect.key = &key;
    code = splitsign_cose_sign1_verify(object, &expect, &found, &at);
  }
  if (code != SPLITSIGN_OK) return refused(argv[1], code, at);
  printf("verified; payload %s, %zu certificates (not validated)\n", found.detached ? "detached" : "in the object",
         found.x5chain_len);
  if (found.kid.data != NULL) printf("kid %.*s\n", (int)found.kid.len, (const char *)found.kid.data);
  return 0;
}
