// Checks that count: a program of them ends with how many were wrong.

#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "splitsign.h"

static int wrong = 0;
static int checked = 0;

static inline void check(int right, const char *what, const char *file, int line) {
  checked++;
  if (right) return;
  wrong++;
  fprintf(stderr, "%s:%d: wrong: %s\n", file, line, what);
}

static inline void check_code(int32_t found, int32_t expected, const char *what, const char *file, int line) {
  checked++;
  if (found == expected) return;
  splitsign_bytes name = splitsign_code_name(found);
  wrong++;
  fprintf(stderr, "%s:%d: %s is %ld %.*s, not %ld\n", file, line, what, (long)found, (int)name.len,
          name.data == NULL ? "" : (const char *)name.data, (long)expected);
}

#define CHECK(right) check(right, #right, __FILE__, __LINE__)
#define CHECK_CODE(call, code) check_code(call, code, #call, __FILE__, __LINE__)

// A view of an array.
#define VIEW(array) view(array, sizeof(array))

static inline splitsign_bytes view(const void *data, size_t len) {
  splitsign_bytes bytes;
  bytes.data = (const uint8_t *)data;
  bytes.len = len;
  return bytes;
}

static inline splitsign_bytes absent(void) { return view(NULL, 0); }

static inline int same(splitsign_bytes found, splitsign_bytes expected) {
  if (found.data == NULL || found.len != expected.len) return 0;
  return found.len == 0 || memcmp(found.data, expected.data, found.len) == 0;
}

static inline int finished(const char *name) {
  printf("%s: %d checks, %d wrong\n", name, checked, wrong);
  return wrong == 0 ? 0 : 1;
}

#endif
