// The protocol (conformance/PROTOCOL.md) over the package's public interface. Nothing here knows which runtime it is in.
import { Arguments } from './arguments.mjs';
import { operationsOf } from './operations.mjs';

/**
 * @param {typeof import('splitsign')} splitsign
 * @param {string} name of the driver
 * @param {string} version of the package, and of what it runs in
 * @returns {(request: object) => object} the answer to a request
 */
export function driver(splitsign, name, version) {
  const operations = operationsOf(splitsign);
  const started = { name, version, language: 'JavaScript', operations: splitsign.operations(), codes: 1 };

  function run({ id, operation, arguments: given }) {
    try {
      if (!Object.hasOwn(operations, operation)) return { id, failed: `this driver does not know ${operation}: add it` };
      return { id, ...operations[operation](new Arguments(given)) };
    } catch (error) {
      return { id, ...refusal(error) };
    }
  }

  return function answer(request) {
    if (request.do === 'start') return started;
    if (request.do === 'run') return run(request);
    if (request.do === 'stop') return { stopped: 1 };
    return { failed: `do is ${request.do}, and not start, run or stop` };
  };
}

/** The core's refusals have an offset; all else is a failure of the driver or of the case. */
function refusal(error) {
  if (error?.name === 'SplitsignError' && error.number < 3000 && error.at !== undefined) return { code: error.code, at: error.at };
  return { failed: `${error?.stack ?? error}` };
}
