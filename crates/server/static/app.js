// Makes pages quicker; every page reads whole without it.
// Keys: / search, ? help, g + letter pages, Esc close. Letters are dead inside fields.

const inField = (target) => target instanceof Element && target.closest("input, select, textarea, [contenteditable]");
const lettersOn = () => localStorage.getItem("keys") !== "off";
const pages = { d: "/dashboard", h: "/history", a: "/", m: "/managers", l: "/live", q: "/queue" };
let waitingForPage = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const open = document.querySelector("details.drop[open], details.who[open], .tabs details[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); event.preventDefault(); }
    else if (inField(event.target)) event.target.blur();
    return;
  }
  if (inField(event.target) || document.querySelector("dialog[open]") || !lettersOn()) return;
  const key = event.key.toLowerCase();
  if (waitingForPage) {
    clearTimeout(waitingForPage); waitingForPage = 0;
    const link = pages[key] && document.querySelector(`.nav a[href="${pages[key]}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
  }
  if (key === "/" || key === ".") {
    const shown = (selector) => [...document.querySelectorAll(selector)].find((f) => f.offsetParent !== null);
    const field = shown("[data-find-here]") ?? shown("[data-find]");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  } else if (event.key === "?") {
    event.preventDefault(); document.getElementById("help")?.showModal();
  } else if (key === "g") {
    waitingForPage = setTimeout(() => { waitingForPage = 0; }, 1200);
  }
});

// one open menu at a time; a click outside closes it
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.drop[open], details.who[open], .tabs details[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

const keysBox = document.getElementById("keys-on");
if (keysBox) {
  keysBox.checked = lettersOn();
  keysBox.addEventListener("change", () => localStorage.setItem("keys", keysBox.checked ? "on" : "off"));
}

// a confirmation goes by itself and is not repeated by a reload
document.cookie = "done=; Max-Age=0; path=/";
export function toast(words) {
  const place = document.getElementById("toasts");
  place.replaceChildren();
  const box = document.createElement("div");
  box.className = "toast";
  const text = document.createElement("span");
  text.textContent = words;
  box.append(text);
  place.append(box);
  setTimeout(() => box.remove(), 6000);
}
const left = document.querySelector("[data-toast]");
if (left) setTimeout(() => left.remove(), 6000);

// a button that sends says what it does, and keeps its width
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement) || !button.dataset.busy) return;
  button.style.setProperty("min-width", `${button.offsetWidth}px`);
  button.setAttribute("aria-busy", "true");
  const words = button.querySelector("[data-words]") ?? button;
  words.textContent = button.dataset.busy;
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// copying
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  try { await navigator.clipboard.writeText(button.dataset.copy); toast(button.dataset.copied); } catch { /* the address bar has it too */ }
});

// a slow page draws a line on top
for (const kind of ["click", "submit"]) {
  document.addEventListener(kind, (event) => {
    const target = event.target instanceof Element && event.target.closest(kind === "click" ? "a[href]" : "form");
    if (!target || event.defaultPrevented || target.target === "_blank" || target.hasAttribute("download")) return;
    if (target instanceof HTMLAnchorElement && (target.origin !== location.origin || target.pathname === location.pathname || event.ctrlKey || event.metaKey)) return;
    document.getElementById("busy")?.classList.add("on");
  });
}
window.addEventListener("pageshow", () => document.getElementById("busy")?.classList.remove("on"));

// of a row of tabs wider than a phone the open one is in sight
for (const tab of document.querySelectorAll(".setting-nav [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}
