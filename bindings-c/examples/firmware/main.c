// A firmware that verifies what it is given: C, splitsign, and no other library.
//
// For a Cortex-M4, as QEMU has it on an MPS2 board (AN386). What it says goes through the debugger, and so does how it ends.

#include <stddef.h>
#include <stdint.h>

#include "splitsign.h"

// A COSE_Sign1 and the key that it is to be verified with. In a product the key is in read-only memory, and the object comes from
// wherever updates come from.
#include "known.h"

// Operations of the debugger (Arm semihosting, version 3.0).
enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static void debugger(uintptr_t operation, const void *argument) {
  register uintptr_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void say(const char *text) { debugger(SYS_WRITE0, text); }

static void stop(uintptr_t status) {
  const uintptr_t words[2] = {ADP_STOPPED_APPLICATION_EXIT, status};
  for (;;) debugger(SYS_EXIT_EXTENDED, words);
}

// The name of a code, with the zero that the debugger wants.
static void say_code(int32_t code) {
  char text[64];
  const splitsign_bytes name = splitsign_code_name(code);
  size_t len = 0;
  for (; len < name.len && len < sizeof text - 1; len++) text[len] = (char)name.data[len];
  text[len] = 0;
  say(text);
}

// In memory that can be written: an update arrives there.
static uint8_t manifest[sizeof COSE_OBJECT];
static splitsign_table_point table[16];

static int32_t verify(const splitsign_prepared_key *key, splitsign_cose_sign1 *found) {
  splitsign_cose_sign1_expect expect = {0};
  expect.prepared = key;
  const splitsign_bytes object = {manifest, sizeof manifest};
  return splitsign_cose_sign1_verify(object, &expect, found, NULL);
}

static void run(void) {
  splitsign_key key;
  splitsign_prepared_key prepared;
  splitsign_cose_sign1 found;
  const splitsign_bytes point = {KEY, sizeof KEY};
  if (splitsign_key_from_sec1(point, &key, NULL) != SPLITSIGN_OK) stop(1);
  if (splitsign_prepared_key_init(&prepared, &key, table, sizeof table / sizeof table[0], NULL) != SPLITSIGN_OK) stop(2);

  for (size_t i = 0; i < sizeof manifest; i++) manifest[i] = COSE_OBJECT[i];
  if (verify(&prepared, &found) != SPLITSIGN_OK || found.payload.len != sizeof COSE_PAYLOAD) stop(3);
  say("the manifest is right\n");

  // One bit of the payload is another.
  manifest[sizeof manifest - SPLITSIGN_SIGNATURE_BYTES - 5] ^= 1;
  const int32_t code = verify(&prepared, &found);
  if (code == SPLITSIGN_OK) stop(4);
  say("the other one is refused: ");
  say_code(code);
  say("\n");
  stop(0);
}

extern uint8_t bss_start[], bss_end[], stack_top[];
void reset(void);

void reset(void) {
  // Coprocessors 10 and 11, the floating point unit: CPACR. Both sides are compiled for it.
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  for (volatile uint8_t *byte = bss_start; byte < bss_end; byte++) *byte = 0;
  run();
}

static void fault(void) { stop(70); }

// The first entries of the table of a Cortex-M; of the rest, none is used.
__attribute__((section(".vectors"), used)) static const struct {
  uint8_t *stack;
  void (*handlers[6])(void);
} vectors = {stack_top, {reset, fault, fault, fault, fault, fault}};
