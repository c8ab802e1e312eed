/* Comforts only: every page works without this file. */
"use strict";

/* A list of what to change is what should be read next. */
document.getElementById("wrong")?.focus();

/* The menu closes with Escape, by pressing elsewhere, or when focus leaves it. */
const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

/* A day that is not shown, because another end is chosen, is not sent either. */
const keepDays = () => {
  for (const day of document.querySelectorAll(".until-day input")) day.disabled = day.offsetParent === null;
};

document.addEventListener("change", keepDays);
window.addEventListener("pageshow", keepDays);

/* What they would get is shown for the choices that the page came with, and for no others. */
const changed = (field) =>
  ["checkbox", "radio"].includes(field.type)
    ? field.checked !== field.defaultChecked
    : field.tagName === "SELECT"
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;

const keepShown = () => {
  for (const shown of document.querySelectorAll("[data-shows-choice]")) {
    const past = [...shown.closest("form").elements].some(changed);
    shown.querySelector("[data-past]").hidden = !past;
    shown.querySelector("[data-present]").hidden = past;
  }
};

document.addEventListener("input", keepShown);
document.addEventListener("change", keepShown);
window.addEventListener("pageshow", keepShown);

/* A form is sent once, however often its button is pressed; coming back makes it fresh. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/* A page that answers a press would be sent once more by whoever comes back to it: it is one to come back to from here on. */
const answered = document.querySelector("form[data-answers-press]");
if (answered) history.replaceState(history.state, "", answered.elements.next.value);

/* Printing is the browser's own; the button is there where a script can press it. */
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
