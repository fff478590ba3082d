// The call page: the sound, the words that follow it, quotes that play, verdicts that change.
// Without scripts the browser's own player stands here, and ?t= opens at its second.

const page = document.querySelector(".call");
const player = document.querySelector("[data-player]");
const audio = player?.querySelector("[data-sound]");
const inField = (target) => target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), select, textarea");
const clock = (ms) => {
  const s = Math.floor(ms / 1000), h = Math.floor(s / 3600);
  const pad = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}` : `${Math.floor(s / 60)}:${pad(s % 60)}`;
};

// ---- the sound
const length = Number(player?.dataset.length ?? 0);
const needle = player?.querySelector("[data-needle]");
const head = player?.querySelector("[data-needle-head]");
const heard = player?.querySelector("[data-heard]");
const seek = player?.querySelector("[data-seek]");
const now = player?.querySelector("[data-now]");
const playButton = player?.querySelector("[data-play]");
let until = null;
let drawn = "";

const at = () => audio.currentTime * 1000;

function draw(ms) {
  const x = `${Math.min(100, (ms * 100) / Math.max(1, length)).toFixed(2)}%`;
  needle.setAttribute("x1", x); needle.setAttribute("x2", x); head.setAttribute("cx", x); heard.setAttribute("width", x);
  const words = clock(ms);
  if (words !== drawn) {
    drawn = words;
    now.textContent = words;
    seek.setAttribute("aria-valuetext", seek.dataset.of.replace("@", words));
  }
  if (document.activeElement !== seek || !audio.paused) seek.value = String(Math.round(ms));
}

function go(ms, play) {
  const target = Math.max(0, Math.min(ms, length)) / 1000;
  if (audio.readyState === 0) {
    audio.addEventListener("loadedmetadata", () => { audio.currentTime = target; }, { once: true });
    audio.load();
  } else audio.currentTime = target;
  draw(target * 1000); follow(target * 1000, true);
  if (play) audio.play().catch(() => {});
}

function frame() {
  if (audio.paused) return;
  const ms = at();
  draw(ms); follow(ms, false); skipSilence(ms);
  if (until !== null && ms >= until) { until = null; ended(); }
  requestAnimationFrame(frame);
}

function state() {
  playButton.setAttribute("aria-label", audio.paused ? playButton.dataset.sayPlay : playButton.dataset.sayPause);
  player.classList.toggle("playing", !audio.paused);
}

// ---- the words follow
const list = document.querySelector("[data-lines]");
const lines = [...(list?.querySelectorAll("[data-start]") ?? [])].map((element) => ({
  element, start: Number(element.dataset.start), end: Number(element.dataset.end || element.dataset.start),
  words: [...element.querySelectorAll("[data-s]")].map((w) => [w, Number(w.dataset.s), Number(w.dataset.e)]),
}));
let current = null, word = null, following = true, ours = 0;
const toNow = document.querySelector("[data-to-now]");

function follow(ms, force) {
  if (!lines.length) return;
  let line = null;
  for (const one of lines) { if (one.start <= ms + 60) line = one; else break; }
  // an answer that begins before the question has ended: the one that still sounds wins
  if (line && line.end < ms) for (const one of lines) if (one.start <= ms && ms <= one.end) line = one;
  if (line !== current) {
    current?.element.classList.remove("now"); current?.element.removeAttribute("aria-current");
    current = line;
    if (line) { line.element.classList.add("now"); line.element.setAttribute("aria-current", "true"); if (following || force) show(line.element); }
  }
  const said = line?.words.find(([, from, to]) => from <= ms && ms < to)?.[0] ?? null;
  if (said !== word) { word?.classList.remove("sounding"); said?.classList.add("sounding"); word = said; }
}

function show(element) {
  following = true; toNow.hidden = true;
  const top = player.getBoundingClientRect().bottom, box = element.getBoundingClientRect();
  if (box.top > top + 24 && box.bottom < innerHeight - 90) return;
  ours = Date.now();
  scrollBy({ top: box.top - top - Math.max(48, (innerHeight - top) / 4), behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}
// scrolling by hand stops following
for (const kind of ["wheel", "touchmove"]) addEventListener(kind, () => { if (audio && !audio.paused && Date.now() - ours > 50) { following = false; toNow.hidden = !current; } }, { passive: true });
toNow?.addEventListener("click", () => { if (current) show(current.element); });

// ---- silence
let silent = [];
if (lines.length) {
  let end = 0;
  for (const line of lines) { if (line.start - end > 2500) silent.push([end + 600, line.start - 500]); end = Math.max(end, line.end); }
  if (length - end > 2500) silent.push([end + 600, length - 500]);
}
const silenceBox = player?.querySelector("[data-skip-silence]");
function skipSilence(ms) {
  if (!silenceBox?.checked) return;
  const gap = silent.find(([from, to]) => from <= ms && ms < to);
  if (gap) audio.currentTime = gap[1] / 1000;
}

// ---- listening in turn: from three seconds before each quote that matters
const quotes = [...document.querySelectorAll("[data-quote]")].map((q) => [Number(q.dataset.at), Number(q.dataset.until || q.dataset.at)]).sort((a, b) => a[0] - b[0]);
const inTurn = page?.hasAttribute("data-listen");
let turn = -1;
function nextQuote() {
  turn += 1;
  while (turn < quotes.length && turn > 0 && quotes[turn][1] <= at()) turn += 1;
  if (turn >= quotes.length) {
    const next = document.querySelector("[data-listen-next]")?.dataset.listenNext;
    if (next) location.assign(next);
    return;
  }
  until = quotes[turn][1] + 1500;
  go(Math.max(quotes[turn][0] - 3000, turn > 0 ? at() : 0), true);
}
function ended() { if (inTurn) nextQuote(); else audio.pause(); }

if (audio) {
  audio.controls = false;
  for (const part of ["[data-controls]", "[data-seek]"]) player.querySelector(part).hidden = false;
  audio.addEventListener("play", () => { state(); requestAnimationFrame(frame); });
  audio.addEventListener("pause", () => { until = null; state(); });
  audio.addEventListener("timeupdate", () => { if (audio.paused) { draw(at()); follow(at(), false); } });
  audio.addEventListener("error", () => { player.querySelector("[data-broken]").hidden = false; player.querySelector("[data-controls]").hidden = true; });
  playButton.addEventListener("click", () => { until = null; if (audio.paused) audio.play().catch(() => {}); else audio.pause(); });
  seek.addEventListener("input", () => { until = null; go(Number(seek.value), false); });
  for (const button of player.querySelectorAll("[data-skip]")) button.addEventListener("click", () => go(at() + Number(button.dataset.skip) * 1000, false));
  for (const button of player.querySelectorAll("[data-rate]")) button.addEventListener("click", () => rate(button));
  const start = Number(player.dataset.at);
  if (start > 0) go(start, false);
  const kept = localStorage.getItem("rate");
  if (kept) { const button = player.querySelector(`[data-rate="${CSS.escape(kept)}"]`); if (button) rate(button); }
  if (inTurn) nextQuote();
}
function rate(button) {
  audio.playbackRate = Number(button.dataset.rate);
  localStorage.setItem("rate", button.dataset.rate);
  for (const one of player.querySelectorAll("[data-rate]")) one.setAttribute("aria-pressed", String(one === button));
}

// ---- a quote, a number, a time: plays in place
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-at]");
  if (!link || !audio || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  until = link.dataset.until && link.dataset.until > link.dataset.at ? Number(link.dataset.until) + 1500 : null;
  go(Number(link.dataset.at), true);
  history.replaceState(null, "", link.getAttribute("href"));
});

// ---- keys
const letters = () => localStorage.getItem("keys") !== "off";
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    const open = event.target.closest?.("details.change[open]") ?? document.querySelector("details.change[open]");
    if (open) { event.preventDefault(); open.open = false; open.querySelector("summary").focus(); }
    return;
  }
  if (inField(event.target)) return;
  const onControl = event.target instanceof Element && event.target.closest("button, summary, a[href], input");
  const key = event.key.toLowerCase();
  if (audio && event.key === " " && !onControl) { event.preventDefault(); playButton.click(); return; }
  if (audio && (event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target !== seek && event.target.type !== "radio") {
    event.preventDefault();
    const step = event.key === "ArrowRight" ? 1 : -1;
    if (!event.shiftKey) { until = null; go(at() + step * 5000, false); return; }
    const places = [...new Set(quotes.map(([from]) => from))];
    const to = step > 0 ? places.find((p) => p > at() + 300) : places.findLast((p) => p < at() - 1500);
    if (to !== undefined) { until = null; go(to, true); }
    return;
  }
  if (!letters()) return;
  if (key === "j" || key === "k" || key === "о" || key === "л") {
    const next = key === "j" || key === "о";
    const link = document.querySelector(next ? "[data-next]" : "[data-previous]");
    if (link) { event.preventDefault(); if (next && inTurn && link.dataset.listenNext) location.assign(link.dataset.listenNext); else link.click(); }
  } else if (key === "e" || key === "у") {
    const row = event.target.closest?.("[data-criterion]") ?? document.querySelector("[data-criterion]:has(details.change)");
    const form = row?.querySelector("details.change");
    if (form) { event.preventDefault(); form.open = true; form.scrollIntoView({ block: "nearest" }); form.querySelector("input[type=radio]:checked, input[type=radio]")?.focus(); }
  } else if (audio && /^[1-4]$/.test(key)) {
    const button = player.querySelectorAll("[data-rate]")[Number(key) - 1];
    if (button) { event.preventDefault(); rate(button); }
  }
});

// ---- a verdict of one's own: the total that will be, before it is saved
for (const form of document.querySelectorAll("[data-override]")) {
  const preview = form.querySelector("[data-preview]");
  const say = () => {
    const chosen = form.querySelector("input[name=choice]:checked");
    preview.textContent = preview.dataset.words.replace("@", chosen?.dataset.total ?? "—");
  };
  form.addEventListener("change", say);
  say();
  form.querySelector("[data-cancel]").addEventListener("click", (event) => { event.preventDefault(); form.reset(); say(); const box = form.closest("details"); box.open = false; box.querySelector("summary").focus(); });
}
for (const box of document.querySelectorAll("[data-change]")) box.addEventListener("toggle", () => {
  if (!box.open) return;
  for (const other of document.querySelectorAll("[data-change][open]")) if (other !== box) other.open = false;
});

// ---- finding in the talk
const findBox = document.querySelector("[data-find-box]");
if (findBox) {
  findBox.hidden = false;
  const field = findBox.querySelector("input");
  const fold = (text) => text.toLowerCase().replaceAll("ё", "е");
  field.addEventListener("input", () => {
    const wanted = fold(field.value.trim());
    let first = null;
    for (const { element } of lines) {
      const hit = wanted.length > 1 && fold(element.querySelector("p")?.textContent ?? "").includes(wanted);
      element.classList.toggle("hit", hit);
      first ??= hit ? element : null;
    }
    if (first) show(first);
  });
}

// ---- parts of the page on a phone
const parts = document.querySelector("[data-parts]");
const tabs = [...document.querySelectorAll("[data-part]")];
function part(name) {
  parts.dataset.shown = name;
  for (const tab of tabs) { if (tab.dataset.part === name) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current"); }
}
if (parts && tabs.length) {
  part(location.hash.startsWith("#c-") || location.hash === "#criteria" ? "criteria" : location.hash === "#outcome" ? "outcome" : "talk");
  for (const tab of tabs) tab.addEventListener("click", (event) => { event.preventDefault(); part(tab.dataset.part); });
}

// ---- the address of this second
const copy = document.querySelector("[data-copy-address]");
if (copy) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const url = new URL(location.pathname, location.href);
    if (audio && at() > 500) url.searchParams.set("t", String(Math.floor(at() / 1000)));
    const { toast } = await import(document.querySelector("script[src*='/app.js']").src);
    try { await navigator.clipboard.writeText(url.href); toast(copy.dataset.copied); } catch { history.replaceState(null, "", url); }
  });
}

// ---- a call that is still under way shows itself when it is done
if (page?.hasAttribute("data-working")) {
  const events = new EventSource(`/api/v1/jobs/${page.dataset.call}/events`);
  const done = () => { events.close(); location.reload(); };
  events.addEventListener("done", done);
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    const place = page.querySelector("[data-progress]");
    if (place && told.fraction !== null) place.textContent = `${Math.round(told.fraction * 100)} %`;
  });
}
