// The suite in Deno, which may do nothing: no files, no network, no environment.
import { perName } from '../test/per-name.mjs';
import { inProgram } from './program.mjs';

perName('Deno', () => inProgram('deno', ['run', '--quiet', '--no-lock', '--no-remote', '--no-prompt']));
