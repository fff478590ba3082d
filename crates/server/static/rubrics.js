// The editor of a rubric: a remark leads to its line, Tab indents, an edit is not lost by leaving.
(() => {
  "use strict";
  const text = document.getElementById("text");
  if (!text) return;
  // checked while writing: the button is for those without scripts
  document.querySelectorAll("[data-scripted-off]").forEach((button) => { button.hidden = true; });

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const at = Math.min(Number(link.dataset.line), lines.length) - 1;
    const start = lines.slice(0, at).join("\n").length + (at > 0 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + lines[at].length);
    const height = text.scrollHeight / Math.max(1, lines.length);
    text.scrollTop = Math.max(0, at * height - text.clientHeight / 3);
  });

  let changed = false;
  const first = text.value;
  text.addEventListener("input", () => { changed = text.value !== first; });
  document.getElementById("rubric").addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  // a trial answers in place: its button is free again then
  document.addEventListener("htmx:after:request", free);
  document.addEventListener("htmx:afterRequest", free);
  function free() {
    for (const button of document.querySelectorAll("#rubric [aria-busy]")) button.removeAttribute("aria-busy");
  }
})();
