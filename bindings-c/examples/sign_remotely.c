// Signs a file with a key that stays at the remote signer: sign_remotely FILE OBJECT SPKI
//
//   SPLITSIGN_URL    where the signer listens
//   SPLITSIGN_TOKEN  a token for the key
//   SPLITSIGN_KEY    the key, tenant/name
//
// Prepares, has the 32 bytes signed (POST /v1/sign), attaches, verifies; writes the object and the public key. libcurl does the HTTP.
// The two replies are searched for the members that are needed, which is enough for an example: take a JSON reader for more.

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "splitsign.h"

static uint8_t payload[1 << 20];
static uint8_t object[(1 << 20) + 4096];

struct reply {
  char text[1 << 16];
  size_t len;
};

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void must(const char *what, int32_t code, uint32_t at) {
  if (code == SPLITSIGN_OK) return;
  splitsign_bytes name = splitsign_code_name(code);
  splitsign_bytes remedy = splitsign_code_remedy(code);
  fprintf(stderr, "%s: %.*s at byte %" PRIu32 ": %.*s.\n", what, (int)name.len, (const char *)name.data, at, (int)remedy.len,
          (const char *)remedy.data);
  exit(1);
}

static const char *environment(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) fail(name, "set it; the first lines of this file say to what");
  return value;
}

static size_t take(char *data, size_t size, size_t count, void *into) {
  struct reply *reply = into;
  const size_t len = size * count;
  if (len >= sizeof reply->text - reply->len) return 0;
  memcpy(reply->text + reply->len, data, len);
  reply->len += len;
  reply->text[reply->len] = 0;
  return len;
}

// GET, or POST if there is a body.
static void request(const char *path, const char *body, struct reply *reply) {
  char url[1024];
  char authorization[1024];
  char error[CURL_ERROR_SIZE] = "";
  snprintf(url, sizeof url, "%s%s", environment("SPLITSIGN_URL"), path);
  snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", environment("SPLITSIGN_TOKEN"));
  reply->len = 0;
  CURL *curl = curl_easy_init();
  if (curl == NULL) fail(url, "libcurl cannot start");
  struct curl_slist *headers = curl_slist_append(NULL, authorization);
  headers = curl_slist_append(headers, "Content-Type: application/json");
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30000L);
  if (body != NULL) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  const CURLcode done = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  if (done != CURLE_OK) fail(url, error);
  if (status != 200) fail(url, reply->text);
}

// The text of a member that is written without escapes, as base64 is.
static splitsign_bytes member(const struct reply *reply, const char *name) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
  const char *start = strstr(reply->text, quoted);
  const char *end = start == NULL ? NULL : strchr(start + strlen(quoted), '"');
  if (end == NULL) fail(name, "the signer's reply does not have it");
  start += strlen(quoted);
  splitsign_bytes text = {(const uint8_t *)start, (size_t)(end - start)};
  return text;
}

// base64 in either alphabet. How many bytes there are.
static size_t decode(splitsign_bytes text, uint8_t *out, size_t room) {
  size_t len = 0;
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < text.len && text.data[i] != '='; i++) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char character = text.data[i] == '+' ? '-' : text.data[i] == '/' ? '_' : (char)text.data[i];
    const char *place = strchr(alphabet, character);
    if (place == NULL || len == room) fail("base64", "the signer's reply has something else");
    bits = bits << 6 | (uint32_t)(place - alphabet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[len++] = (uint8_t)(bits >> count);
  }
  return len;
}

static void encode(const uint8_t digest[SPLITSIGN_DIGEST_BYTES], char out[44]) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < SPLITSIGN_DIGEST_BYTES; i++) {
    bits = bits << 8 | digest[i];
    for (count += 8; count >= 6; count -= 6) *out++ = alphabet[bits >> (count - 6) & 63];
  }
  *out++ = alphabet[bits << (6 - count) & 63];
  *out = 0;
}

static void save(const char *path, const uint8_t *data, size_t len) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0) fail(path, "cannot be written");
}

int main(int argc, char **argv) {
  if (argc != 4) fail(argv[0], "usage: sign_remotely FILE OBJECT SPKI");
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) fail(argv[1], "cannot be read");
  const size_t payload_len = fread(payload, 1, sizeof payload, file);
  fclose(file);
  const char *key_id = environment("SPLITSIGN_KEY");
  static struct reply reply;
  uint32_t at = 0;

  // The key: '/' within its id is %2F in a path.
  char path[256] = "/v1/keys/";
  for (const char *next = key_id; *next != 0 && strlen(path) < sizeof path - 4; next++) {
    const char one[2] = {*next, 0};
    strcat(path, *next == '/' ? "%2F" : one);
  }
  request(path, NULL, &reply);
  static uint8_t spki[512];
  splitsign_bytes spki_view = {spki, decode(member(&reply, "spki"), spki, sizeof spki)};
  splitsign_key key;
  must("the signer's key", splitsign_key_from_spki(spki_view, &key, &at), at);
  char kid[256];
  splitsign_bytes kid_text = member(&reply, "kid");
  if (kid_text.len > sizeof kid) fail("kid", "is too long");
  memcpy(kid, kid_text.data, kid_text.len);

  // Prepare. Only the digest leaves.
  splitsign_cose_sign1_params params;
  memset(&params, 0, sizeof params);
  params.payload.data = payload;
  params.payload.len = payload_len;
  params.kid.data = (const uint8_t *)kid;
  params.kid.len = kid_text.len;
  params.flags = SPLITSIGN_COSE_DETACHED;
  uint8_t digest[SPLITSIGN_DIGEST_BYTES];
  must("prepare", splitsign_cose_sign1_prepare(&params, digest, &at), at);

  // Sign.
  char text[44];
  char body[512];
  encode(digest, text);
  snprintf(body, sizeof body, "{\"key\":\"%s\",\"digest\":\"%s\",\"digestAlgorithm\":\"sha-256\",\"profile\":\"cose-sign1\"}", key_id, text);
  request("/v1/sign", body, &reply);
  uint8_t raw[SPLITSIGN_SIGNATURE_BYTES];
  splitsign_bytes signature = {raw, decode(member(&reply, "signature"), raw, sizeof raw)};

  // Attach, which verifies before it writes.
  size_t len = 0;
  must("attach", splitsign_cose_sign1_attach(&params, signature, &key, object, sizeof object, &len, &at), at);
  splitsign_bytes made = {object, len};
  splitsign_cose_sign1_expect expect;
  memset(&expect, 0, sizeof expect);
  expect.key = &key;
  expect.payload = params.payload;
  must("verify", splitsign_cose_sign1_verify(made, &expect, NULL, &at), at);
  save(argv[2], object, len);
  save(argv[3], spki, spki_view.len);
  printf("%zu bytes signed, object of %zu bytes\n", payload_len, len);
  return 0;
}
