// While a colleague has not yet accepted, the page of whoever hands over follows what becomes of it.
"use strict";
(() => {
  let reading = false;
  async function follow() {
    const here = document.getElementById("handover");
    if (!here?.dataset.waits || reading) return;
    reading = true;
    try {
      const res = await fetch(location.href, { redirect: "manual" });
      if (!res.ok) return;
      const fresh = new DOMParser().parseFromString(await res.text(), "text/html").getElementById("handover");
      const typing = here.contains(document.activeElement) && document.activeElement.matches("textarea, input");
      if (fresh && !typing && fresh.dataset.waits !== here.dataset.waits) here.replaceWith(fresh);
    } catch { /* the line is down: the next word of the stream asks again */ } finally { reading = false; }
  }
  document.addEventListener("htmx:after:swap", follow);
})();
