// What the driver says: one line of JSON, to standard output.

#ifndef ANSWER_H
#define ANSWER_H

#include <stdint.h>

#include "request.h"

// Each starts and ends the line.
void answer_bytes(struct text id, splitsign_bytes bytes);
void answer_code(struct text id, int32_t code, uint32_t at);
void answer_failed(struct text id, const char *why);

// Accepted: start, then the fields that there are, then end.
void answer_start(struct text id);
void field_bytes(const char *name, splitsign_bytes bytes);
void field_number(const char *name, uint64_t number);
// What is absent in a list is null.
void field_list(const char *name, const splitsign_bytes *items, size_t len);
void answer_end(void);

#endif
