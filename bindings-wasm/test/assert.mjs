// The few assertions that the suite needs, as not every runtime has node:assert.

export function ok(value, what = 'expected something true') {
  if (!value) throw new Error(what);
}

export function equal(actual, expected, what = '') {
  const [a, b] = [show(actual), show(expected)];
  if (a !== b) throw new Error(`${what} ${a} is not ${b}`);
}

/** Fails unless `act` throws a SplitsignError with that code; returns it. */
export function refused(code, act) {
  let result;
  try {
    result = act();
  } catch (error) {
    if (error?.name !== 'SplitsignError') throw error;
    if (error.code !== code) throw new Error(`refused as ${error.code}, not ${code}: ${error.message}`);
    return error;
  }
  throw new Error(`accepted, not refused as ${code}: ${show(result)}`);
}

function show(value) {
  return JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? `bytes ${hex(one)}` : one === undefined ? 'undefined' : one));
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Fails unless the promise is rejected with a SplitsignError of that code; returns it. */
export async function refusedLater(code, promise) {
  let result;
  try {
    result = await promise;
  } catch (error) {
    return refused(code, () => { throw error; });
  }
  throw new Error(`accepted, not refused as ${code}: ${show(result)}`);
}
