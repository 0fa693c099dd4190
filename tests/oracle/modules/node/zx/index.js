// $`…` runs a command.
import { execSync } from 'node:child_process';

export const $ = async (texts, ...values) => {
  const quoted = values.map((value) => "'" + String(value).replaceAll("'", "'\\''") + "'");
  const stdout = execSync(String.raw({ raw: texts }, ...quoted), { shell: '/bin/bash' }).toString();
  return { stdout, toString: () => stdout.trim() };
};
