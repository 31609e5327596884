// For a page, which has globals, and for Node, which has a console.
import { roundTrips } from './formats.mjs';

globalThis.results = roundTrips().then((results) => (console.log(JSON.stringify(results)), results));
