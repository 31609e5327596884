// Each operation on the arguments of a request.

#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "request.h"

// Room that every operation shares: for what is written, and for what is decoded.
struct room {
  uint8_t *out;
  size_t out_cap;
  uint8_t *work;
  size_t work_cap;
};

// Writes the answer to standard output.
void answer(const struct request *request, const struct room *room);

// The key of a request, in whichever form it is there.
int32_t key_of(const struct request *request, splitsign_key *key, uint32_t *at);

// The next piece of a payload that goes in pieces, or false when there is none left.
bool next_piece(const struct request *request, splitsign_bytes *payload, splitsign_bytes *piece);
bool in_pieces(const struct request *request);

// What the formats do; those that write say how much, those that verify write the fields.
int32_t cose_digest(const struct request *request, uint8_t *digest, uint32_t *at);
int32_t cose_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at);
int32_t cose_verify(const struct request *request, uint32_t *at);
int32_t cose_inspect(const struct request *request, uint32_t *at);
int32_t jws_digest(const struct request *request, uint8_t *digest, uint32_t *at);
int32_t jws_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at);
int32_t jws_verify(const struct request *request, const struct room *room, uint32_t *at);
int32_t jws_inspect(const struct request *request, const struct room *room, uint32_t *at);
int32_t dsse_digest(const struct request *request, uint8_t *digest, uint32_t *at);
int32_t dsse_attach(const struct request *request, const struct room *room, size_t *len, uint32_t *at);
int32_t dsse_verify(const struct request *request, const struct room *room, uint32_t *at);
int32_t dsse_inspect(const struct request *request, const struct room *room, uint32_t *at);

#endif
