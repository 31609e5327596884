// The suite in a page.
import * as splitsign from 'splitsign';
import { results } from '../test/results.mjs';

globalThis.results = results(splitsign);
