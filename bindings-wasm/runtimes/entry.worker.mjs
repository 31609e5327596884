// For workerd.
import { roundTrips } from './formats.mjs';

export default {
  async fetch() {
    return Response.json(await roundTrips());
  },
};
