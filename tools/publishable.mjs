// Whether www/lib/package.json may go to npm: what only the one who publishes knows has to stand in it. Runs before `npm publish`.
import { packageJson } from './face.mjs';

const missing = ['repository', 'homepage', 'bugs'].filter((key) => !packageJson[key]);
if (missing.length > 0) {
  console.error(`www/lib/package.json has no ${missing.join(', no ')}: the project has no public address yet; set it before publishing`);
  process.exit(1);
}
