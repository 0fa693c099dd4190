// Where the programs of this machine are: in a package of their own, which npm chose by its `os` and `cpu`.
"use strict";

const path = require("node:path");

const suffix = process.platform === "win32" ? ".exe" : "";

/** The path of a program of this machine. Throws a sentence where there is none. */
exports.find = function find(name) {
  const wanted = `asm-guard-${process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(require.resolve(`${wanted}/package.json`)), "bin", name + suffix);
  } catch {
    throw new Error(
      `the package ${wanted}, which holds the programs, is not installed. If npm was told to leave optional ` +
        "dependencies out, install asm-guard again without that; if there is no such package, use `cargo install asm-guard`",
    );
  }
};
