// Puts the programs themselves in the place of the scripts in bin/, so that what is on the PATH starts at once. They lie in
// the package of this system, which npm chose by its `os` and `cpu`.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const wanted = `asm-guard-${process.platform}-${process.arch}`;

/** The folder of this system's programs. Throws a sentence where there is none. */
function programs() {
  try {
    return path.join(path.dirname(require.resolve(`${wanted}/package.json`)), "bin");
  } catch {
    throw new Error(
      `the package ${wanted}, which holds the programs, is not installed. If npm left optional dependencies out, install ` +
        "asm-guard again with them; if there is no such package, use: cargo install asm-guard",
    );
  }
}

function replace(script, program) {
  const beside = `${script}.new`;
  fs.rmSync(beside, { force: true });
  try {
    fs.linkSync(program, beside);
  } catch {
    fs.copyFileSync(program, beside);
  }
  fs.chmodSync(beside, 0o755);
  fs.renameSync(beside, script);
}

try {
  const folder = programs();
  for (const name of ["asm-guard", "asm-exec"]) {
    replace(path.join(__dirname, "bin", name), path.join(folder, name));
  }
} catch (error) {
  console.error(`asm-guard: ${error.message}`);
  process.exit(1);
}
