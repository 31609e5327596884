// The suite in this Node, on the backend that the environment chooses.
import { test } from 'node:test';
import * as splitsign from 'splitsign';
import { suite } from './suite.mjs';

for (const [name, run] of suite(splitsign)) test(`node: ${name}`, run);
