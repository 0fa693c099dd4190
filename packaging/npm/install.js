// Puts the programs themselves in the place of the scripts in bin/, so that what is on the PATH starts without Node.
// On Windows npm has already written a command that starts Node for each script, so there they stay.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const programs = require("./programs.js");

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
  for (const name of ["asm-guard", "asm-exec"]) {
    const program = programs.find(name);
    if (process.platform !== "win32") {
      replace(path.join(__dirname, "bin", name), program);
    }
  }
} catch (error) {
  console.error(`asm-guard: ${error.message}`);
  process.exit(1);
}
