// Runs a program in the place of this script: where install scripts are off, or on Windows.
"use strict";

const { spawn } = require("node:child_process");
const programs = require("./programs.js");

/** Does not return; `failure` is the exit status where the program cannot be run. */
module.exports = function run(name, failure) {
  const give = (error) => {
    console.error(`${name}: ${error.message}`);
    process.exit(failure);
  };
  let program;
  try {
    program = programs.find(name);
  } catch (error) {
    return give(error);
  }
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
  // A terminal sends its signals to the child too; what a person sends, only this process gets.
  for (const signal of ["SIGINT", "SIGQUIT"]) {
    process.on(signal, () => {});
  }
  for (const signal of ["SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", give);
  child.on("exit", (status, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(status);
    }
  });
};
