// The program in workerd, of what is posted to it.
import { all } from './app.mjs';

export default {
  async fetch(request) {
    return Response.json(all(await request.json()));
  },
};
