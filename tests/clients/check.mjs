// What the scripts for Node share: PORT from the command line, packages from the folder of
// RUSSET_NODE, a line per check, and status 1 if one failed.

import { createRequire } from "node:module";
import path from "node:path";

export const port = Number(process.argv[2]);
export const require = createRequire(
  path.join(path.resolve(process.env.RUSSET_NODE), "package.json"),
);
let failed = 0;

export async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.stack}`);
  }
}

// Ends the program, whatever connections are open.
export function finish() {
  process.exit(failed ? 1 : 0);
}
