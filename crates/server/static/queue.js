// Keeps the queue fresh: hears of changes by server events, fetches the same page and puts its
// parts in place of the shown ones. While pointer or focus is in a list, its rows keep their
// places: figures change, rows that are gone stay dimmed, new rows wait at the end.
(() => {
  "use strict";
  const page = document.querySelector("[data-live-queue]");
  if (!page) return;
  const LEAST_PAUSE = 1000, WITHOUT_EVENTS = 5000;
  const state = page.querySelector("[data-live-state]");
  let busy = false, again = false, last = 0, timer = null;
  const fractions = new Map();

  // how far each call is comes with the events alone
  function paint() {
    for (const row of page.querySelectorAll("[data-call]")) {
      const fraction = fractions.get(row.dataset.call);
      const bar = row.querySelector("[data-fraction]");
      if (!bar) continue;
      bar.setAttribute("width", String(Math.round((fraction ?? 0) * 100)));
      if (fraction != null) bar.parentElement.setAttribute("aria-valuenow", String(Math.round(fraction * 100)));
    }
  }

  const held = (list) => list.matches(":hover") || list.contains(document.activeElement);
  const keyed = (list) => new Map(Array.from(list.querySelectorAll("[data-key]"), (row) => [row.dataset.key, row]));

  // a person's ticks outlive the new text of a row
  function replaceRow(shown, fresh) {
    if (shown.contains(document.activeElement)) return;
    const ticked = shown.querySelector("input[type=checkbox]")?.checked;
    shown.replaceChildren(...fresh.childNodes);
    shown.className = fresh.className;
    const box = shown.querySelector("input[type=checkbox]");
    if (box && ticked) box.checked = true;
  }

  function mergeRows(list, fresh) {
    const now = keyed(list), next = keyed(fresh);
    for (const [key, row] of now) {
      const replacement = next.get(key);
      if (replacement) replaceRow(row, replacement);
      else row.classList.add("gone");
    }
    for (const [key, row] of next) if (!now.has(key)) list.append(row);
  }

  function merge(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of page.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next) continue;
      const list = part.querySelector("[data-rows]"), nextList = next.querySelector("[data-rows]");
      if (list && nextList && held(part)) mergeRows(list, nextList);
      else if (!part.contains(document.activeElement)) {
        const ticked = new Set(Array.from(part.querySelectorAll("input:checked"), (box) => box.value));
        part.replaceChildren(...next.childNodes);
        for (const box of part.querySelectorAll("input[type=checkbox]")) if (ticked.has(box.value)) box.checked = true;
      }
    }
    count();
    paint();
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    last = Date.now();
    try {
      const answer = await fetch(window.location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) { merge(await answer.text()); live(true); } else live(false);
    } catch { live(false); }
    busy = false;
    if (again) { again = false; soon(); }
  }

  function soon() {
    if (timer || document.hidden) return;
    timer = setTimeout(() => { timer = null; refresh(); }, Math.max(0, LEAST_PAUSE - (Date.now() - last)));
  }

  function live(good) {
    if (!state) return;
    state.hidden = false;
    state.dataset.live = good ? "yes" : "no";
    state.querySelector("[data-said]").textContent = good ? state.dataset.good : state.dataset.lost;
  }

  // «Повторить выбранные» says how many are chosen
  function count() {
    const shown = page.querySelector("[data-chosen]");
    const chosen = page.querySelectorAll("input[name=job]:checked").length;
    if (shown) shown.textContent = chosen > 0 ? shown.dataset.word.replace("0", String(chosen)) : "";
    page.querySelectorAll("[data-needs-choice]").forEach((button) => { button.disabled = chosen === 0; });
  }

  page.addEventListener("change", count);
  page.addEventListener("pointerleave", soon, true);
  document.addEventListener("visibilitychange", soon);
  count();
  live(true);
  if (window.EventSource && page.dataset.liveQueue) {
    const events = new EventSource(page.dataset.liveQueue);
    events.onmessage = soon;
    events.addEventListener("state", soon);
    events.addEventListener("progress", (event) => {
      const told = JSON.parse(event.data);
      fractions.set(told.call_id, told.fraction);
      if (told.finished) fractions.delete(told.call_id);
      paint();
      soon();
    });
    events.onerror = () => live(false);
    events.onopen = () => live(true);
  }
  // events tell of work; times that run and stages that were paused elsewhere are asked for
  setInterval(soon, WITHOUT_EVENTS);
})();
