// One format and no other.
import { prepare } from 'splitsign/jws';

globalThis.prepare = prepare;
