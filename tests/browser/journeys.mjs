// Journeys through the pages in real Chromium: what people do, with the built server.
//
//   node journeys.mjs --server target/debug/zvonar-server --cli target/debug/zvonar \
//        --calls examples/calls --data DIR_WITH_MODELS [--shots target/browser]
//
// It starts the server itself over a copy of the data folder (its `models` are linked), takes the calls
// in by the command line, and leaves a picture of every page in light, dark and phone width.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { inflateRawSync } from "node:zlib";
import { chromium } from "playwright-core";

const { values: given } = parseArgs({ options: {
  server: { type: "string" }, cli: { type: "string" }, calls: { type: "string" }, data: { type: "string" },
  shots: { type: "string", default: "target/browser" }, only: { type: "string" }, chromium: { type: "string" },
} });
for (const name of ["server", "cli", "calls", "data"]) assert(given[name], `--${name} is missing`);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = resolve(given.shots);
mkdirSync(shots, { recursive: true });

// ---- a house of its own
const house = mkdtempSync(join(tmpdir(), "zvonar-browser-"));
const data = join(house, "data");
mkdirSync(data);
symlinkSync(resolve(given.data, "models"), join(data, "models"));
const port = 18000 + (process.pid % 2000);
const base = `http://127.0.0.1:${port}`;
const env = { PATH: process.env.PATH, HOME: house, ZVONAR_DATA_DIR: data, ZVONAR_BIND: `127.0.0.1:${port}`, ZVONAR_ANALYZER: "rules", ZVONAR_TRANSCRIBER: "local", ZVONAR_TIMEZONE: "Europe/Moscow", ZVONAR_SIMULATED_SPEED: "15" };

const taken = spawnSync(resolve(given.cli), ["run", resolve(given.calls), "--rubric", "manager-plus"], { env, cwd: house, encoding: "utf8" });
// 1 = some recordings are broken on purpose
assert([0, 1].includes(taken.status), `zvonar run ended with ${taken.status}: ${taken.stderr}`);

const server = spawn(resolve(given.server), [], { env, cwd: house, stdio: ["ignore", "inherit", "inherit"] });
process.on("exit", () => { server.kill(); rmSync(house, { recursive: true, force: true }); });
for (let tries = 0; ; tries += 1) {
  try { if ((await fetch(`${base}/healthz`)).ok) break; } catch { /* not yet */ }
  assert(tries < 300 && server.exitCode === null, "the server did not come up");
  await new Promise((done) => { setTimeout(done, 100); });
}

const executablePath = given.chromium ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
assert(executablePath, "Chromium is missing: apt-get install chromium");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required", "--mute-audio"] });

const complaints = [];
async function visit({ width = 1440, height = 900, dark = false, scripts = true, phone = false, headers = {} } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale: "ru-RU", javaScriptEnabled: scripts, isMobile: phone, hasTouch: phone, acceptDownloads: true, reducedMotion: "reduce", extraHTTPHeaders: headers });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  page.on("console", (line) => { if (line.type() === "error" && !/status of 4\d\d/.test(line.text())) complaints.push(`${page.url()}: ${line.text()}`); });
  return page;
}

/** Names and bytes of the files in a zip, by its central directory. */
function unzip(bytes) {
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  assert(end >= 0, "a zip has an end");
  const files = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(bytes.toString("latin1", at, at + 4), "PK\x01\x02");
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const body = bytes.subarray(from, from + packed);
    files.set(bytes.toString("utf8", at + 46, at + 46 + name), method === 0 ? body : inflateRawSync(body));
    at += 46 + name + extra + comment;
  }
  return files;
}

/** Every figure of the overview: where it leads, how many calls, what it shows. */
async function figuresOf(page) {
  await page.goto(`${base}/dashboard?period=30`);
  return page.$$eval("main a[data-count]", (links) => links.map((link) => `${link.getAttribute("href")} ${link.dataset.count} ${link.textContent.trim()}`));
}

// ---- journeys
const journeys = {
  async "upload a recording, watch it, open it, hear a quote, change a verdict, see the figures change, export"() {
    const page = await visit();
    await page.goto(`${base}/`);
    const recording = join(resolve(given.calls), "a_sale_objection.wav");
    // not the bytes that are known already: the whole way is walked
    const bytes = readFileSync(recording);
    bytes[bytes.length - 2] ^= 1;
    const began = Date.now();
    await page.setInputFiles("#audio", { name: "звонок-20-ноя.wav", mimeType: "audio/wav", buffer: bytes });
    await page.click("[data-submit]");
    await page.waitForSelector("[data-follow], #result .total");
    await page.screenshot({ path: join(shots, "analyze-progress.png") });
    await page.waitForSelector("#result .total", { timeout: 180_000 });
    // 8 kHz, two channels of 16 bits
    console.log(`  from upload to verdict: ${((Date.now() - began) / 1000).toFixed(1)} s, of a recording of ${(bytes.length / 32_000).toFixed(0)} s`);
    const total = Number(await page.textContent("#result .total b"));
    assert(total > 0 && total <= 100, `total ${total}`);
    await page.screenshot({ path: join(shots, "analyze-result.png"), fullPage: true });

    await page.click("#result .btn.primary");
    await page.waitForSelector("[data-player]");
    const quote = page.locator("[data-quote]").first();
    const at = Number(await quote.getAttribute("data-at"));
    await quote.click();
    await page.waitForFunction((ms) => { const sound = document.querySelector("[data-sound]"); return !sound.paused && Math.abs(sound.currentTime * 1000 - ms) < 3000; }, at);
    const sounding = await page.evaluate(() => document.querySelector("[data-sound]").currentTime);
    await page.waitForFunction((before) => document.querySelector("[data-sound]").currentTime > before + 0.3, sounding);
    assert.match(page.url(), /[?&]t=/);
    assert(await page.locator(".said.now").count() === 1, "the line that sounds is shown");

    const ofCall = page.url();
    const figures = await figuresOf(page);
    await page.goto(ofCall);
    const before = Number(await page.textContent("[data-total]"));
    // a verdict that moves the total: not every one does
    const moves = `input[name=choice][data-total]:not([data-total="${before}"])`;
    const row = page.locator(`[data-criterion]:has(${moves})`).first();
    const key = await row.getAttribute("data-criterion");
    const other = row.locator(moves).first();
    await row.hover();
    await row.locator("summary").click();
    await other.check({ force: true });
    const promised = await other.getAttribute("data-total");
    assert.match(await row.locator("[data-preview]").textContent(), new RegExp(`\\b${promised}\\b`));
    await row.locator("[name=reason]").fill("Слышно на записи: договорились");
    await row.screenshot({ path: join(shots, "override.png") });
    await row.locator("button.primary").click();
    await page.waitForSelector(".toast");
    assert.equal(await page.textContent("[data-total]"), promised);
    assert.notEqual(Number(promised), before);
    assert.match(await page.textContent(`#c-${key}`), /Слышно на записи/);
    await page.screenshot({ path: join(shots, "call-overridden.png"), fullPage: true });

    const id = await page.getAttribute("[data-call]", "data-call");
    const corrected = await figuresOf(page);
    assert(figures.length > 20 && corrected.length > 20, "the overview has figures");
    const changed = corrected.filter((figure) => !figures.includes(figure));
    assert(changed.some((figure) => figure.includes(`criterion=${key}`) || figure.includes("scored=true")), `the verdict on ${key} changed no figure: ${changed.join("\n")}`);

    const stored = await (await page.request.get(`${base}/api/v1/calls/${id}`)).json();
    assert.equal(Math.round(stored.analysis.total_score), Number(promised));

    await page.goto(`${base}/history`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href*='format=csv']")]);
    const csv = readFileSync(await download.path(), "utf8");
    assert(csv.startsWith("\ufeff") && csv.includes(";"), "a CSV with BOM");
    const rows = Number((await page.textContent(".head .count")).replace(/\D/g, ""));
    assert(csv.includes(id) || rows >= 1);
    const [workbook] = await Promise.all([page.waitForEvent("download"), page.click("a[href*='format=xlsx']")]);
    assert.match(workbook.suggestedFilename(), /\.xlsx$/);
    const files = unzip(readFileSync(await workbook.path()));
    const sheets = [...files.keys()].filter((name) => name.startsWith("xl/worksheets/sheet"));
    assert(sheets.length >= 1 && files.has("xl/workbook.xml"), [...files.keys()].join(", "));
    const lines = files.get(sheets[0]).toString("utf8").split("<row ").length - 1;
    assert(lines >= rows, `${lines} lines of the first sheet, ${rows} calls of the list`);
    await page.context().close();
  },

  async "an AI call is placed, followed as it is spoken, hung up, and found in the history"() {
    const page = await visit();
    await page.goto(`${base}/live`);
    await page.fill("#phone", "12345");
    await page.click(".new-call button.primary");
    await page.waitForSelector(".new-call .banner.bad");
    assert.equal(await page.inputValue("#phone"), "12345", "what was typed stays");
    await page.fill("#phone", "+7 916 123-45-67");
    await page.click(".new-call button.primary");
    await page.waitForURL(/\/live\?call=/);
    const ofCall = page.url();
    // lines come by themselves: nobody reloads the page
    await page.evaluate(() => { window.stayed = true; });
    await page.waitForFunction(() => document.querySelectorAll(".said-lines li").length >= 3, undefined, { timeout: 30_000 });
    assert(await page.evaluate(() => window.stayed === true), "the page was not loaded anew");
    const first = await page.textContent(".said-lines li");
    assert.match(first, /голосовой робот/i);
    await page.waitForFunction(() => /\d/.test(document.querySelectorAll(".figures .big")[1]?.textContent ?? ""));
    const figures = await page.$$eval(".figures .big", (all) => all.map((one) => one.textContent.trim()));
    assert.equal(figures.length, 4);
    assert.match(figures[1], /\d[\d,]*\s?(мс|с)/, `latency: ${figures}`);
    assert.match(figures[2], /₽|\$/, `money: ${figures}`);
    assert.match(await page.textContent("[data-part=lines]"), /1/);
    for (const [look, how] of [["light", {}], ["dark", { dark: true }], ["phone", { width: 390, height: 844, phone: true }]]) {
      const other = await visit(how);
      await other.goto(ofCall);
      await other.waitForSelector(".said-lines li");
      await other.screenshot({ path: join(shots, `live-talk-${look}.png`), fullPage: true });
      await other.context().close();
    }
    await page.click(".talk-head button.danger");
    await page.waitForSelector(".talk-head a[href^='/history/']", { timeout: 30_000 });
    assert.match(await page.textContent(".talk-head .status"), /\S/);
    await page.screenshot({ path: join(shots, "live-over.png"), fullPage: true });
    await page.waitForFunction(() => document.querySelector("[data-part=over] a[href^='/history/']"), undefined, { timeout: 30_000 });
    await page.click(".talk-head a[href^='/history/']");
    await page.waitForSelector(".call");
    assert.match(await page.textContent("main"), /голосовой робот/i);
    await page.screenshot({ path: join(shots, "live-in-history.png"), fullPage: true });

    await page.goto(`${base}/docs`);
    await page.getByText("/voximplant/process_audio").first().waitFor({ timeout: 30_000 });
    assert(await page.locator("text=Place an AI call").count() > 0, "the document shows calls");
    await page.screenshot({ path: join(shots, "docs.png") });
    await page.context().close();
  },

  async "words are found in every form and play from their second"() {
    const page = await visit();
    await page.goto(`${base}/history`);
    await page.keyboard.press("/");
    await page.keyboard.type("договор");
    await page.waitForSelector(".calls mark");
    assert.match(page.url(), /q=/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "q");
    await page.screenshot({ path: join(shots, "history-search.png") });
    await page.locator(".calls .play").first().click();
    await page.waitForSelector("[data-player]");
    const asked = Number(new URL(page.url()).searchParams.get("t"));
    await page.waitForFunction((at) => Math.abs(document.querySelector("[data-sound]").currentTime - at) < 1.5, asked);
    await page.context().close();
  },

  async "the keyboard alone is enough"() {
    const page = await visit();
    await page.goto(`${base}/history`);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".call");
    const first = page.url();
    await page.keyboard.press("j");
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press("k");
    await page.waitForURL((url) => url.pathname === new URL(first).pathname);
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await page.screenshot({ path: join(shots, "keys.png") });
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.waitForURL(/\/history$/);
    await page.context().close();
  },

  async "everything is read without scripts"() {
    const page = await visit({ scripts: false });
    await page.goto(`${base}/?kind=text`);
    await page.fill("#dialog", "Клиент: Здравствуйте, сколько стоит окно? Менеджер: Добрый день, Анна, компания «Север». Подскажите размер? Клиент: Дорого у вас. Менеджер: Понимаю, давайте отправлю расчёт и созвонимся завтра в десять.");
    await page.click("[data-submit]");
    for (let tries = 0; !(await page.locator("#result .total").count()); tries += 1) {
      assert(tries < 60, "the verdict never came");
      await page.waitForTimeout(500);
      await page.reload();
    }
    await page.goto(`${base}/history?min_score=1`);
    await page.locator(".calls .main-link").last().click();
    await page.waitForSelector("audio[controls]");
    await page.locator("[data-quote]").first().click();
    await page.waitForURL(/[?&]t=/);
    assert.match(await page.getAttribute("audio", "src"), /#t=\d|recording$/);
    await page.locator("details.change summary").first().evaluate((summary) => { summary.parentElement.open = true; });
    assert.match(await page.locator("[data-preview]").first().textContent(), /—/);
    await page.context().close();
  },

  async "no page has a serious barrier, in any light and width"() {
    const call = await (await fetch(`${base}/api/v1/calls?min_score=1&limit=1`)).json();
    const id = call.calls[0].id;
    const pages = [["analyze", "/"], ["analyze-text", "/?kind=text"], ["history", "/history"], ["history-found", "/history?q=%D0%B4%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80"], ["history-empty", "/history?manager=nobody"], ["call", `/history/${id}`], ["dashboard", "/dashboard"], ["managers", "/managers"], ["queue", "/queue"], ["live", "/live"], ["rubrics", "/rubrics"], ["settings", "/settings"], ["audit", "/settings/audit"], ["login", "/login"], ["help", "/help"]];
    const looks = [["light", {}], ["dark", { dark: true }], ["phone", { width: 390, height: 844, phone: true }], ["phone-dark", { width: 390, height: 844, phone: true, dark: true }]];
    const barriers = [];
    for (const [look, how] of looks) {
      const inside = await visit(how);
      // whoever comes through a proxy finds the open house closed, and its door
      const outside = await visit({ ...how, headers: { "x-forwarded-for": "203.0.113.7" } });
      for (const [name, path] of pages) {
        const page = name === "login" ? outside : inside;
        const answer = await page.goto(`${base}${path}`);
        assert(answer.ok(), `${path}: ${answer.status()}`);
        await page.waitForLoadState("load");
        await page.waitForTimeout(200);
        assert.equal(await page.locator("input[type=password]").count() > 0, name === "login", `${name} ${look}`);
        await page.screenshot({ path: join(shots, `${name}-${look}.png`), fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) barriers.push(`${name} ${look}: ${wide} px wider than the screen`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
        for (const one of violations.filter((violation) => ["serious", "critical"].includes(violation.impact))) {
          barriers.push(`${name} ${look}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(" | ")}`);
        }
      }
      await inside.context().close();
      await outside.context().close();
    }
    assert.deepEqual(barriers, []);
  },
};

journeys["the description of the API is read in the browser"] = async () => {
  const page = await visit();
  await page.goto(`${base}/docs`);
  await page.waitForSelector(".swagger-ui .opblock", { timeout: 30_000 });
  const texts = await page.locator(".swagger-ui .opblock-summary-path").allTextContents();
  assert(texts.some((text) => text.replaceAll("\u200b", "").includes("/analyze_call")), texts.slice(0, 5).join(" "));
  await page.screenshot({ path: join(shots, "docs.png") });
  await page.context().close();
};

let failed = 0;
for (const [name, journey] of Object.entries(journeys)) {
  if (given.only && !name.includes(given.only)) continue;
  const began = Date.now();
  try {
    await journey();
    console.log(`ok   ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${error.stack}`);
    const page = browser.contexts().at(-1)?.pages().at(-1);
    await page?.screenshot({ path: join(shots, `failed-${failed}.png`) }).catch(() => {});
  }
  for (const context of browser.contexts()) await context.close();
}
if (complaints.length) { failed += 1; console.log(`FAIL the browser complained:\n${[...new Set(complaints)].join("\n")}`); }
await browser.close();
process.exit(failed ? 1 : 0);
