// From reset to main: the floating point unit on, memory to zero, standard input and output through the debugger.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern uint8_t __bss_start__[], __bss_end__[], __stack[];
extern void initialise_monitor_handles(void);
extern int main(void);

void reset(void);
void fault(void);

// What newlib calls at the end, and nobody has anything to do in.
void _fini(void);
void _fini(void) {}

// The first entries of the table of a Cortex-M; of the rest, none is used.
__attribute__((section(".vectors"), used)) static const struct {
  uint8_t *stack;
  void (*handlers[6])(void);
} vectors = {__stack, {reset, fault, fault, fault, fault, fault}};

void reset(void) {
  // Coprocessors 10 and 11, full access: CPACR.
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  memset(__bss_start__, 0, (size_t)(__bss_end__ - __bss_start__));
  initialise_monitor_handles();
  exit(main());
}

// A result for the runner: the driver ended, and did not stop.
void fault(void) { _Exit(70); }
