// The suite in Bun, which installs nothing by itself.
import { perName } from '../test/per-name.mjs';
import { inProgram } from './program.mjs';

perName('Bun', () => inProgram('bun', ['run', '--no-install']));
