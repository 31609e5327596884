#include "request.h"

#include <string.h>

struct reader {
  const char *next;
  const char *end;
  uint8_t *arena;
  const char *fault;
};

static void skip_space(struct reader *reader) {
  while (reader->next < reader->end && strchr(" \t\r\n", *reader->next) != NULL) reader->next++;
}

// Takes a character if it is the next one.
static bool take(struct reader *reader, char character) {
  skip_space(reader);
  if (reader->next >= reader->end || *reader->next != character) return false;
  reader->next++;
  return true;
}

static bool need(struct reader *reader, char character, const char *fault) {
  if (take(reader, character)) return true;
  if (reader->fault == NULL) reader->fault = fault;
  return false;
}

// A string without escapes: the protocol needs none.
static struct text string_of(struct reader *reader) {
  struct text text = {reader->next, 0};
  if (!need(reader, '"', "a string is missing")) return text;
  text.start = reader->next;
  while (reader->next < reader->end && *reader->next != '"' && *reader->next != '\\') reader->next++;
  text.len = (size_t)(reader->next - text.start);
  need(reader, '"', "a string does not end, or has an escape");
  return text;
}

static int sextet(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '-') return 62;
  return character == '_' ? 63 : -1;
}

// base64url without padding, into the arena.
static splitsign_bytes decoded(struct reader *reader) {
  struct text text = string_of(reader);
  splitsign_bytes bytes = {reader->arena, 0};
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < text.len; i++) {
    int value = sextet(text.start[i]);
    if (value < 0 && reader->fault == NULL) reader->fault = "an argument is not base64url";
    bits = bits << 6 | (uint32_t)(value & 63);
    count += 6;
    if (count >= 8) {
      count -= 8;
      *reader->arena++ = (uint8_t)(bits >> count);
      bytes.len++;
    }
  }
  return bytes;
}

static uint64_t number(struct reader *reader) {
  uint64_t value = 0;
  const char *start = reader->next;
  while (reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9') {
    value = value * 10 + (uint64_t)(*reader->next++ - '0');
  }
  if (reader->next == start && reader->fault == NULL) reader->fault = "an argument is no string, number or list";
  return value;
}

static void list(struct reader *reader, struct argument *argument) {
  argument->kind = ARGUMENT_LIST;
  if (take(reader, ']')) return;
  do {
    if (argument->list_len == LIST_MAX) {
      reader->fault = "a list is longer than this driver has room for";
      return;
    }
    skip_space(reader);
    argument->list[argument->list_len++] = decoded(reader);
  } while (reader->fault == NULL && take(reader, ','));
  need(reader, ']', "a list does not end");
}

static void arguments(struct reader *reader, struct request *request) {
  if (!need(reader, '{', "arguments is not an object") || take(reader, '}')) return;
  do {
    if (request->arguments_len == ARGUMENTS_MAX) {
      reader->fault = "there are more arguments than this driver has room for";
      return;
    }
    struct argument *argument = &request->arguments[request->arguments_len++];
    memset(argument, 0, sizeof *argument);
    skip_space(reader);
    struct text name = string_of(reader);
    argument->name = name.start;
    argument->name_len = name.len;
    need(reader, ':', "a colon is missing");
    skip_space(reader);
    if (reader->next < reader->end && *reader->next == '"') {
      argument->kind = ARGUMENT_BYTES;
      argument->bytes = decoded(reader);
    } else if (take(reader, '[')) {
      list(reader, argument);
    } else {
      argument->kind = ARGUMENT_NUMBER;
      argument->number = number(reader);
    }
  } while (reader->fault == NULL && take(reader, ','));
  need(reader, '}', "arguments do not end");
}

// A member of the line: what the protocol has, or a number that is ignored.
static void member(struct reader *reader, struct request *request) {
  skip_space(reader);
  struct text name = string_of(reader);
  need(reader, ':', "a colon is missing");
  skip_space(reader);
  if (text_is(name, "arguments")) {
    arguments(reader, request);
  } else if (reader->next < reader->end && *reader->next == '"') {
    struct text value = string_of(reader);
    if (text_is(name, "do")) request->verb = value;
    if (text_is(name, "id")) request->id = value;
    if (text_is(name, "operation")) request->operation = value;
  } else {
    (void)number(reader);
  }
}

const char *request_read(struct request *request, const char *line, size_t len, uint8_t *arena) {
  struct reader reader = {line, line + len, arena, NULL};
  memset(&request->verb, 0, sizeof request->verb);
  memset(&request->id, 0, sizeof request->id);
  memset(&request->operation, 0, sizeof request->operation);
  request->arguments_len = 0;
  need(&reader, '{', "the line is not an object");
  do member(&reader, request);
  while (reader.fault == NULL && take(&reader, ','));
  need(&reader, '}', "the line does not end");
  return reader.fault;
}

bool text_is(struct text text, const char *expected) {
  return text.len == strlen(expected) && memcmp(text.start, expected, text.len) == 0;
}

const struct argument *argument_of(const struct request *request, const char *name, enum argument_kind kind) {
  for (size_t i = 0; i < request->arguments_len; i++) {
    const struct argument *argument = &request->arguments[i];
    struct text found = {argument->name, argument->name_len};
    if (argument->kind == kind && text_is(found, name)) return argument;
  }
  return NULL;
}

splitsign_bytes bytes_of(const struct request *request, const char *name) {
  static const splitsign_bytes absent = {NULL, 0};
  const struct argument *argument = argument_of(request, name, ARGUMENT_BYTES);
  return argument == NULL ? absent : argument->bytes;
}

uint64_t number_of(const struct request *request, const char *name) {
  const struct argument *argument = argument_of(request, name, ARGUMENT_NUMBER);
  return argument == NULL ? 0 : argument->number;
}
