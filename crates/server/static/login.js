// The password may be looked at before it is sent.
const button = document.querySelector("[data-reveal]");
const field = document.getElementById("password");
button.hidden = false;
button.addEventListener("click", () => {
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.textContent = shown ? button.dataset.show : button.dataset.hide;
  field.focus();
});
