// The conformance driver of bindings-c: conformance/PROTOCOL.md on one side, splitsign.h on the other. C99, nothing is allocated.
//
// The same source is a program, and a firmware whose standard input and output are those of the debugger.

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "operations.h"

#ifndef DRIVER_NAME
#define DRIVER_NAME "c"
#endif
#ifndef LINE_BYTES_MAX
#define LINE_BYTES_MAX (4u << 20)
#endif

static char line[LINE_BYTES_MAX + 1];
static uint8_t arena[LINE_BYTES_MAX];
static uint8_t out[2 * LINE_BYTES_MAX];
static uint8_t work[3 * LINE_BYTES_MAX];
static struct request request;

// Reads a line without its end. False, if there is none, or none that has room.
static bool read_line(size_t *len) {
  *len = 0;
  int next;
  while ((next = getchar()) != EOF && next != '\n') {
    if (*len >= LINE_BYTES_MAX) return false;
    line[(*len)++] = (char)next;
  }
  return next == '\n';
}

static void started(void) {
  splitsign_bytes version = splitsign_version();
  printf("{\"name\":\"%s\",\"version\":\"%.*s\",\"language\":\"C\",\"codes\":1,\"line_bytes_max\":%lu,\"operations\":[",
         DRIVER_NAME, (int)version.len, (const char *)version.data, (unsigned long)LINE_BYTES_MAX);
  splitsign_bytes name;
  for (size_t i = 0; (name = splitsign_operation(i)).data != NULL; i++) {
    printf("%s\"%.*s\"", i == 0 ? "" : ",", (int)name.len, (const char *)name.data);
  }
  puts("]}");
}

int main(void) {
  static const struct room room = {out, sizeof out, work, sizeof work};
  size_t len;
  while (read_line(&len)) {
    const char *fault = request_read(&request, line, len, arena);
    if (fault != NULL) {
      answer_failed(request.id, fault);
    } else if (text_is(request.verb, "start")) {
      started();
    } else if (text_is(request.verb, "stop")) {
      puts("{\"stopped\":1}");
      fflush(stdout);
      return EXIT_SUCCESS;
    } else {
      answer(&request, &room);
    }
    fflush(stdout);
  }
  return EXIT_FAILURE;
}
