// The rota stays true while it is open: it is fetched again every few seconds, but never under somebody's fingers.
"use strict";
(() => {
  const rota = document.getElementById("rota");
  if (!rota) return;
  const every = 10000;
  let busy = false;
  setInterval(() => {
    const inHand = document.activeElement?.closest?.("#rota select, #rota input");
    if (busy || inHand || document.hidden) return;
    busy = true;
    Promise.resolve(htmx.ajax("GET", location.pathname + location.search, { source: rota, target: rota, swap: "innerMorph" }))
      .catch(() => {}).finally(() => { busy = false; });
  }, every);
  // the button is put in anew with each fetch, so the page listens for it
  document.addEventListener("click", (e) => { if (e.target.id === "print") { e.stopImmediatePropagation(); print(); } }, true);
})();
