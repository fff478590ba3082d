// Checks the scenarios' types: `npm ci && npm run types`.
//
// Against Voximplant's published typings where they are to be had (`VOXENGINE_TYPINGS=…/voxengine.d.ts`,
// or the package @voximplant/voxengine-ci installed beside this file), else against types/voxengine.d.ts.
// The published file has faults of its own; only what concerns a scenario counts.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const scenarios = at("../../crates/voximplant-client/scenarios/");
const published = [process.env.VOXENGINE_TYPINGS, at("node_modules/@voximplant/voxengine-ci/typings/voxengine.d.ts")];
const typings = published.find((path) => path && existsSync(path)) ?? at("types/voxengine.d.ts");
console.log(`against ${typings}`);

const compilerOptions = { noEmit: true, allowJs: true, checkJs: true, target: "es2022", lib: ["es2022"], types: [], strict: false };
const folder = mkdtempSync(join(tmpdir(), "voxengine-types-"));
let found = 0;
try {
  for (const name of ["voximplant_scenario_STREAMING.js", "voximplant_scenario_AI_BRIDGE.js"]) {
    const project = join(folder, `${name}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [typings, at("types/newer.d.ts"), scenarios + name] }));
    const run = spawnSync(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", project, "--pretty", "false"], { encoding: "utf8" });
    if (run.error || run.stderr) throw run.error ?? new Error(run.stderr);
    const ours = run.stdout.split("\n").filter((line) => line.includes(name) || (typings.endsWith("types/voxengine.d.ts") && line.includes("error TS")));
    ours.forEach((line) => console.error(line));
    found += ours.length;
    console.log(`${name}: ${ours.length} faults`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(found === 0 ? 0 : 1);
