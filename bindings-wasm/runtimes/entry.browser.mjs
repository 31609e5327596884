// The suite in a page.
import * as splitsign from 'splitsign';
import { results } from '../test/results.mjs';
import { suite } from '../test/suite.mjs';

globalThis.results = results(suite(splitsign));
