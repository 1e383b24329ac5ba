// Keeps a live page fresh: its main part is fetched anew every few seconds, while somebody looks at it.
// Without this script everything works too, by a reload.
"use strict";

const EVERY = 3000;

async function refresh() {
  const main = document.querySelector("main[data-live]");
  if (!main || document.hidden || main.contains(document.activeElement) || String(getSelection())) return;
  const answer = await fetch(location.pathname, { credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main[data-live]");
  if (answer.ok && fresh) main.replaceChildren(...fresh.childNodes);
  else location.reload();
}

setInterval(() => refresh().catch(() => {}), EVERY);
