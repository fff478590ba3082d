// Letters as keys are a matter of this browser alone: the choice stays in it.
(() => {
  "use strict";
  const choice = document.querySelector("[data-keys-choice]");
  if (!choice) return;
  choice.hidden = false;
  const now = localStorage.getItem("keys") === "off" ? "off" : "on";
  for (const box of choice.querySelectorAll("input[name=keys]")) {
    box.checked = box.value === now;
    box.addEventListener("change", () => { if (box.checked) localStorage.setItem("keys", box.value); });
  }
})();
