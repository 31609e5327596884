export { PublicKey } from './key.js';
