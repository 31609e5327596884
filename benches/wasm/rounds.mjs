// Rounds in which everybody has the same share of what the machine is doing: as in ../src/rounds.rs.

/**
 * Measures contenders: the nanoseconds of one operation in each round. A round is `passes` times A, B, C, …, and a
 * contender's time in it the median of its passes.
 * A contender is { name, operations, pass, before? }; `pass` returns how many of its operations came out right.
 */
export async function measure(contenders, { rounds, passes, warmMs }) {
  for (const contender of contenders) {
    // Until the engine has compiled what is hot.
    let spent = 0;
    do spent += await timed(contender); while (spent < warmMs);
  }
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const spent = contenders.map(() => []);
    for (let pass = 0; pass < passes; pass++) {
      for (const [index, contender] of contenders.entries()) spent[index].push(await timed(contender));
    }
    for (const [index, { name, operations }] of contenders.entries()) {
      const median = spent[index].sort((one, other) => one - other)[passes >> 1];
      samples[name].push(median * 1e6 / operations);
    }
  }
  return samples;
}

/** Milliseconds. What is not asynchronous is not awaited: a turn of the event loop would be counted, too. */
async function timed({ name, operations, pass, before }) {
  before?.();
  const start = performance.now();
  let right = pass();
  if (right instanceof Promise) right = await right;
  const spent = performance.now() - start;
  expect(name, right, operations);
  return spent;
}

/** Fails with the name of who is wrong. */
export function expect(name, right, operations) {
  if (right !== operations) throw new Error(`${name}: ${right} operations came out right, and not ${operations}`);
}
