#include "answer.h"

#include <stdio.h>

static const char *separator = "";

static void put_text(struct text text) { (void)fwrite(text.start, 1, text.len, stdout); }

static void put_base64url(splitsign_bytes bytes) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  putchar('"');
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < bytes.len; i++) {
    bits = bits << 8 | bytes.data[i];
    count += 8;
    while (count >= 6) {
      count -= 6;
      putchar(alphabet[bits >> count & 63]);
    }
  }
  if (count > 0) putchar(alphabet[bits << (6 - count) & 63]);
  putchar('"');
}

static void start(struct text id) {
  fputs("{\"id\":\"", stdout);
  put_text(id);
  fputs("\",", stdout);
}

void answer_bytes(struct text id, splitsign_bytes bytes) {
  start(id);
  fputs("\"bytes\":", stdout);
  put_base64url(bytes);
  puts("}");
}

void answer_code(struct text id, int32_t code, uint32_t at) {
  start(id);
  splitsign_bytes name = splitsign_code_name(code);
  struct text text = {(const char *)name.data, name.len};
  fputs("\"code\":\"", stdout);
  put_text(text);
  printf("\",\"at\":%lu}\n", (unsigned long)at);
}

void answer_failed(struct text id, const char *why) {
  start(id);
  printf("\"failed\":\"%s\"}\n", why);
}

void answer_start(struct text id) {
  start(id);
  fputs("\"verdict\":1,\"fields\":{", stdout);
  separator = "";
}

static void field(const char *name) {
  printf("%s\"%s\":", separator, name);
  separator = ",";
}

void field_bytes(const char *name, splitsign_bytes bytes) {
  if (bytes.data == NULL) return;
  field(name);
  put_base64url(bytes);
}

void field_number(const char *name, uint64_t number) {
  field(name);
  printf("%lu", (unsigned long)number);
}

void field_list(const char *name, const splitsign_bytes *items, size_t len) {
  field(name);
  putchar('[');
  for (size_t i = 0; i < len; i++) {
    if (i > 0) putchar(',');
    if (items[i].data == NULL) {
      fputs("null", stdout);
    } else {
      put_base64url(items[i]);
    }
  }
  putchar(']');
}

void answer_end(void) { puts("}}"); }
