/* After half a minute in which nothing was pressed, written or scrolled, the way to a company is offered: once, and to be sent
   away. The same link stands at the end of the page. */
"use strict";

const AFTER = 30000, SENT_AWAY = "offer-sent-away";
const ACTIONS = ["pointerdown", "keydown", "input", "wheel", "scroll", "toggle", "visibilitychange"];

const offer = document.querySelector("[data-offer]"), place = document.querySelector("[data-offer-place]");
let timer;

const again = () => {
  clearTimeout(timer);
  timer = setTimeout(show, AFTER);
};

const rest = () => {
  clearTimeout(timer);
  for (const action of ACTIONS) document.removeEventListener(action, again, true);
};

const show = () => {
  if (document.hidden) return;
  rest();
  offer.hidden = false;
  place.append(offer);
  document.documentElement.classList.add("has-offer");
};

const away = () => {
  const had = offer.contains(document.activeElement);
  offer.remove();
  document.documentElement.classList.remove("has-offer");
  try { sessionStorage.setItem(SENT_AWAY, "yes"); } catch { /* A browser that keeps nothing is asked again. */ }
  /* Who pressed the button stood on it: they go on where the page itself begins again. */
  if (had) document.getElementById("main").focus({ preventScroll: true });
};

const wasSentAway = () => {
  try { return sessionStorage.getItem(SENT_AWAY) !== null; } catch { return false; }
};

if (offer && place && !wasSentAway()) {
  for (const action of ACTIONS) document.addEventListener(action, again, { capture: true, passive: true });
  offer.querySelector("[data-offer-away]").addEventListener("click", away);
  again();
}
