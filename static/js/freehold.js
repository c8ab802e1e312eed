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
