// The list: filters work at once, j and k walk over rows, Enter opens.

const inField = (target) => target instanceof Element && target.closest("input, select, textarea");

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-filter]");
  if (!form || ["show-filters", "q"].includes(event.target.id)) return;
  if (event.target.type === "date" && !event.target.value && event.target.validity.badInput) return;
  if (event.target.name === "criterion_verdict" && !form.querySelector("[name=criterion_key]").value) return;
  form.requestSubmit();
});

// fields left empty ask nothing: they stay out of the address
document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-filter]");
  if (!form) return;
  const criterion = form.querySelector("[name=criterion_key]")?.value;
  const idle = [...form.elements].filter((field) => field.name && !field.disabled && (!field.value || (field.name === "criterion_verdict" && !criterion)));
  for (const field of idle) field.disabled = true;
  setTimeout(() => { for (const field of idle) field.disabled = false; }, 0);
}, true);

let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.id !== "q") return;
  clearTimeout(typing);
  typing = setTimeout(() => event.target.form.requestSubmit(), 350);
});

// the field keeps its focus and its cursor when the list under it is replaced
let kept = null;
document.addEventListener("htmx:before:swap", () => {
  const field = document.activeElement;
  kept = field?.id === "q" ? [field.selectionStart, field.value] : null;
});
document.addEventListener("htmx:after:swap", () => {
  document.getElementById("busy")?.classList.remove("on");
  const field = document.getElementById("q");
  if (!kept || !field) return;
  field.value = kept[1];
  field.focus();
  field.setSelectionRange(kept[0], kept[0]);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (localStorage.getItem("keys") === "off" || document.querySelector("dialog[open]")) return;
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  if (!step) return;
  const rows = [...document.querySelectorAll("[data-row] .main-link")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest" }); }
});
