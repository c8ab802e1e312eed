/* New messages of an open conversation: asked for every two seconds while its tab is looked at, seldom while it is not, and
   no more once it is over or nobody is signed in. The page works without this file, by its link. */
"use strict";

const SOON = 1800, SELDOM = 30000, LONGEST = 60000, PATIENCE = 20000;

for (const list of document.querySelectorAll("[data-live]")) {
  const [byHand, otherwise] = ["by-hand", "otherwise"].map((name) => document.querySelector(`[data-live-${name}]`));
  let timer, asking, failures = 0, over = false;

  const wait = () =>
    Math.max(document.hidden ? SELDOM : SOON, failures && Math.min(SOON * 2 ** failures, LONGEST));

  const show = (news) => {
    const items = news.querySelectorAll("li.timeline-item");
    if (items.length) document.getElementById("latest")?.removeAttribute("id");
    for (const item of items) list.append(document.importNode(item, true));
    const [now, then] = [news, list].map((one) => one.dataset.liveDoing);
    if (now !== then && otherwise) otherwise.hidden = false;
    /* What was read here was seen: a form that says how far, says so much. */
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = news.dataset.liveSeen;
  };

  const take = (page) => {
    const news = page?.querySelector("[data-live-news]"), state = page?.querySelector("[data-live-state]");
    if (!news) return end();
    show(news);
    if (state) document.querySelector("[data-live-state]")?.replaceChildren(...document.importNode(state, true).childNodes);
    if (!news.dataset.live) return end(true);
    list.dataset.live = news.dataset.live;
  };

  const end = (closed) => {
    over = true;
    if (byHand) byHand.hidden = Boolean(closed);
  };

  const answered = ({ status, response }) => {
    failures = status === 0 || status === 429 || status >= 500 ? failures + 1 : 0;
    if (status === 200) take(response);
    else if (!failures && status !== 204) end(status === 410);
    if (byHand && !over) byHand.hidden = !failures;
    go();
  };

  const go = () => {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, wait());
  };

  const ask = () => {
    clearTimeout(timer);
    if (over || asking) return;
    asking = new XMLHttpRequest();
    asking.open("GET", list.dataset.live);
    /* The browser makes a document of it that runs nothing; text of ours never becomes markup here. */
    asking.responseType = "document";
    asking.timeout = PATIENCE;
    asking.onloadend = (event) => { asking = undefined; answered(event.target); };
    asking.send();
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? go() : ask()));
  window.addEventListener("pagehide", () => { clearTimeout(timer); if (asking) { asking.onloadend = null; asking.abort(); asking = undefined; } });
  window.addEventListener("pageshow", go);
}
