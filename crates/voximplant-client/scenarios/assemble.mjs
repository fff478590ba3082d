// Puts the two scenarios together out of their parts: `node assemble.mjs`, or `--check` to compare.
// A scenario is one file at Voximplant, pasted by hand or uploaded; the parts keep one subject each.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHARED = ["words", "backend", "mouth", "ear", "session", "turns"];
const SCENARIOS = {
  "voximplant_scenario_STREAMING.js": ["A call by turns", [...SHARED, "main_turns"]],
  "voximplant_scenario_AI_BRIDGE.js": ["A call in real time, by turns when that fails", [...SHARED, "media", "main_bridge"]],
};

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
let isSame = true;
for (const [file, [title, parts]] of Object.entries(SCENARIOS)) {
  const head = `// ${title}. Put together from scenarios/parts by assemble.mjs: change the parts.\n`;
  const text = [head, ...parts.map((part) => readFileSync(at(`parts/${part}.js`), "utf8"))].join("\n");
  if (process.argv.includes("--check")) {
    if (readFileSync(at(file), "utf8") !== text) {
      isSame = false;
      console.error(`${file} is not what its parts make: run node crates/voximplant-client/scenarios/assemble.mjs`);
    }
  } else {
    writeFileSync(at(file), text);
  }
}
process.exit(isSame ? 0 : 1);
