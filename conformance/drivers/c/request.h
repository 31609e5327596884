// What the runner asks: one line of JSON, flat, as conformance/PROTOCOL.md has it. Nothing is allocated.

#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitsign.h"

#define ARGUMENTS_MAX 24
// Chains that are too long have one certificate more than a chain may have, or a few.
#define LIST_MAX 40

enum argument_kind { ARGUMENT_BYTES, ARGUMENT_NUMBER, ARGUMENT_LIST };

struct argument {
  const char *name;
  size_t name_len;
  enum argument_kind kind;
  splitsign_bytes bytes;
  uint64_t number;
  splitsign_bytes list[LIST_MAX];
  size_t list_len;
};

// Text within the line, not ended by a zero.
struct text {
  const char *start;
  size_t len;
};

struct request {
  struct text verb;
  struct text id;
  struct text operation;
  struct argument arguments[ARGUMENTS_MAX];
  size_t arguments_len;
};

// Reads a line. Bytes are decoded into `arena`, which has as much room as the line has bytes. NULL, or what is wrong.
const char *request_read(struct request *request, const char *line, size_t len, uint8_t *arena);

bool text_is(struct text text, const char *expected);

// An argument of that name and kind, or NULL.
const struct argument *argument_of(const struct request *request, const char *name, enum argument_kind kind);

// Bytes; absent, if they are not there.
splitsign_bytes bytes_of(const struct request *request, const char *name);

// A number; 0, if it is not there.
uint64_t number_of(const struct request *request, const char *name);

#endif
