// The files that are uploaded: assembled from their parts, small enough, and without foreign globals.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../crates/voximplant-client/scenarios/", import.meta.url));
const files = ["voximplant_scenario_STREAMING.js", "voximplant_scenario_AI_BRIDGE.js"];

test("the scenarios are what their parts make", () => {
  const run = spawnSync(process.execPath, [`${folder}assemble.mjs`, "--check"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
});

test("a scenario fits what the platform takes and holds no secret", () => {
  for (const file of files) {
    const text = readFileSync(folder + file, "utf8");
    assert.ok(Buffer.byteLength(text) < 128 * 1024);
    assert.ok(!/console\.|process\.|module\.exports|import /.test(text), "VoxEngine has no Node");
    assert.ok(!/Bearer [A-Za-z0-9]|https?:\/\/\w/.test(text), "address and secret come from the application's secrets");
  }
});
