// Our npm package with the native addon, in a process of its own: `cargo xtask bench` runs this with SPLITSIGN_BACKEND=native.
// Without an addon there are no samples, and `missing` says why. Arguments: rounds, passes, milliseconds to warm up.
import * as splitsign from '../../bindings-wasm/js/index.js';

const [rounds, passes, warmMs] = process.argv.slice(2, 5).map(Number);

/** Why there is nothing to measure; undefined if there is. */
function missing() {
  if (splitsign.backend === undefined) return 'this package has no native backend';
  try {
    return splitsign.backend() === 'native' ? undefined : 'the package chose WebAssembly';
  } catch (error) {
    return error.message;
  }
}

async function samples() {
  const { borders } = await import('./border.mjs');
  const { measure } = await import('./rounds.mjs');
  return measure(await borders({}), { rounds, passes, warmMs });
}

const why = missing();
console.log(JSON.stringify(why === undefined ? { samples: await samples() } : { samples: {}, missing: why }));
