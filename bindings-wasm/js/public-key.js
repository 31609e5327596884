// Public keys, without what the other modules need of them.
export { PublicKey } from './key.js';
