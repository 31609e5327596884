// A digest in a page, or why there is none.
import { sha256 } from 'splitsign';

globalThis.outcome = { errors: [] };
for (let time = 0; time < 2; time++) {
  try {
    outcome.digest = Array.from(sha256('hello'), (byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch ({ name, code, number, message, cause }) {
    outcome.errors.push({ name, code, number, message, cause: cause?.name });
  }
}
