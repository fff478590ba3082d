// Follows AI calls: hears of each line by server events, fetches the same page and puts its parts in
// place of the shown ones. What a person types into the form stays.
(() => {
  "use strict";
  const page = document.querySelector("[data-live]");
  if (!page || !window.EventSource) return;
  const LEAST_PAUSE = 300, CLOCK = 5000;
  const lost = page.querySelector("[data-lost]");
  let busy = false, again = false, last = 0, timer = null;

  // whoever reads the end of the talk goes on reading its end
  const atEnd = () => window.innerHeight + window.scrollY >= document.body.scrollHeight - 120;

  function merge(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const follow = atEnd();
    for (const part of page.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next || part.contains(document.activeElement) && part.dataset.part !== "talk") continue;
      if (part.innerHTML !== next.innerHTML) mergePart(part, next);
    }
    if (follow) window.scrollTo({ top: document.body.scrollHeight });
  }

  // lines that stand already stay: a screen reader reads the new ones alone
  function mergePart(part, next) {
    const log = part.querySelector("[role=log]"), nextLog = next.querySelector("[role=log]");
    if (!log || !nextLog) { part.replaceChildren(...next.childNodes); return; }
    const shown = log.children, wanted = Array.from(nextLog.children);
    wanted.forEach((line, at) => {
      if (!shown[at]) log.append(line);
      else if (shown[at].innerHTML !== line.innerHTML) shown[at].replaceWith(line);
    });
    nextLog.replaceWith(log);
    part.replaceChildren(...next.childNodes);
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    last = Date.now();
    try {
      const answer = await fetch(window.location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) merge(await answer.text());
    } catch { /* the next event or tick comes */ }
    busy = false;
    if (again) { again = false; soon(); }
  }

  function soon() {
    if (timer || document.hidden) return;
    timer = setTimeout(() => { timer = null; refresh(); }, Math.max(0, LEAST_PAUSE - (Date.now() - last)));
  }

  const events = new EventSource(page.dataset.live);
  for (const name of ["began", "answered", "heard", "said", "ended", "gap"]) events.addEventListener(name, soon);
  events.onerror = () => { if (lost) lost.hidden = false; };
  events.onopen = () => { if (lost) lost.hidden = true; soon(); };
  document.addEventListener("visibilitychange", soon);
  // clocks run, scores come after the end
  setInterval(soon, CLOCK);
})();
