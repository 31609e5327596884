// The suite in a runtime that has a console: one line of JSON.
import * as splitsign from 'splitsign';
import { results } from '../test/results.mjs';

console.log(JSON.stringify(await results(splitsign)));
