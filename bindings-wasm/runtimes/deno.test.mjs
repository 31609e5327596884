// The suite in Deno, which may read files and nothing else, and fetches nothing.
import { perName } from '../test/per-name.mjs';
import { inProgram } from './program.mjs';

perName('Deno', () => inProgram('deno', ['run', '--quiet', '--no-lock', '--no-remote', '--allow-read']));
