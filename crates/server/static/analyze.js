// Analyze now: a file may be dropped anywhere, its sending is shown, the work is followed by the
// server's events, and the verdict comes onto the same page.

const form = document.querySelector("[data-analyze]");
const box = form.querySelector("[data-file]");
const field = form.querySelector("input[type=file]");
const lang = document.documentElement.lang;
const size = (bytes) => new Intl.NumberFormat(lang, { style: "unit", unit: bytes >= 1e6 ? "megabyte" : "kilobyte", maximumFractionDigits: 1 }).format(bytes >= 1e6 ? bytes / 1e6 : bytes / 1e3);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

if (field) {
  box.classList.add("scripted");
  const name = box.querySelector("[data-file-name]"), about = box.querySelector("[data-file-size]");
  const choose = name.textContent;
  const tell = () => {
    const file = field.files[0];
    name.textContent = file?.name ?? choose;
    about.textContent = file ? size(file.size) : "";
  };
  field.addEventListener("change", tell);
  tell();
  let over = 0;
  const files = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (files(event)) { over += 1; box.classList.add("over"); } });
  addEventListener("dragleave", (event) => { if (files(event) && --over <= 0) { over = 0; box.classList.remove("over"); } });
  addEventListener("dragover", (event) => { if (files(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault(); over = 0; box.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    const one = new DataTransfer();
    one.items.add(file);
    field.files = one.files;
    tell();
  });
  // sending a long recording takes a while: it is shown
  form.addEventListener("submit", (event) => {
    if (!field.files[0]) return;
    event.preventDefault();
    const sent = form.querySelector("[data-sent]");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (progress) => { if (progress.lengthComputable) sent.textContent = `${Math.floor((progress.loaded * 100) / progress.total)} %`; });
    request.addEventListener("load", () => {
      const to = new URL(request.responseURL || form.action, location.href);
      if (request.status < 300 && to.pathname === "/") { location.assign(`${to.pathname}${to.search}`); return; }
      swap(request.responseText, "main");
    });
    request.addEventListener("error", () => { sent.textContent = form.dataset.failed; const button = form.querySelector("[data-submit]"); button.removeAttribute("aria-busy"); });
    request.send(new FormData(form));
  });
}

function swap(html, selector) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(selector);
  const old = document.querySelector(selector);
  if (fresh && old) old.replaceWith(document.adoptNode(fresh)); else location.reload();
}

// ---- the work
const follow = document.querySelector("[data-follow]");
if (follow) {
  const began = performance.now();
  const elapsed = follow.querySelector("[data-elapsed]");
  const ticking = setInterval(() => { elapsed.textContent = clock((performance.now() - began) / 1000); }, 500);
  const order = ["fetch", "transcribe", "analyze"];
  let told = -1;
  const events = new EventSource(`/api/v1/jobs/${follow.dataset.follow}/events`);
  const stage = (event) => {
    const now = JSON.parse(event.data);
    if (now.finished) { done(); return; }
    const at = order.indexOf(now.stage);
    if (at < 0) return;
    for (const item of follow.querySelectorAll("[data-stage]")) {
      const place = order.indexOf(item.dataset.stage);
      const over = place < at || (place === at && now.fraction === 1);
      item.classList.toggle("done", over);
      item.classList.toggle("now", place === at && !over);
      if (place === at && !over) item.setAttribute("aria-current", "step"); else item.removeAttribute("aria-current");
      if (place !== at) { if (over) item.querySelector("[data-share]").textContent = ""; continue; }
      const share = now.fraction === null || now.fraction === undefined ? null : Math.round(now.fraction * 100);
      item.querySelector("[data-fill]")?.setAttribute("width", String(share ?? 0));
      // read aloud every ten percent, not each
      if (share !== null && (Math.floor(share / 10) !== told || share === 100)) { told = Math.floor(share / 10); item.querySelector("[data-share]").textContent = over ? "" : `${share} %`; }
    }
  };
  async function done() {
    events.close(); clearInterval(ticking);
    const answer = await fetch(`/?call=${follow.dataset.follow}`, { headers: { Accept: "text/html" } });
    swap(await answer.text(), "#result");
    const fresh = document.querySelector("#result [data-follow]");
    if (fresh) setTimeout(() => location.reload(), 1500);
  }
  events.addEventListener("state", stage);
  events.addEventListener("progress", stage);
  events.addEventListener("done", done);
}
