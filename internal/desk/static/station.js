// The station's pages beyond links and forms: the arrow keys turn the days, t is today, / is the field for a code, and a
// station or a date is shown as soon as it is chosen. Who booked meanwhile appears while somebody works at the page.
"use strict";
(() => {
  const go = { ArrowLeft: "before", ArrowRight: "after", t: "now" };
  document.addEventListener("keydown", (e) => {
    if (e.target.matches("input, textarea, select, summary") || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target.closest("[tabindex='0']")) return; // it scrolls sideways by the same keys
    const code = document.getElementById("code");
    if (e.key === "/" && code) { e.preventDefault(); code.focus(); return; }
    if (go[e.key]) document.getElementById(go[e.key])?.click();
  });
  document.querySelectorAll("[data-submits]").forEach((field) => {
    field.form.classList.add("submits"); // its button is for browsers without scripts
    if (field.tagName === "SELECT") {
      // a list is walked through by the arrow keys, so what is passed on the way is no choice yet
      field.addEventListener("change", () => { if (!field.dataset.walked) field.form.requestSubmit(); delete field.dataset.walked; });
      field.addEventListener("keydown", (e) => {
        if (e.key === "ArrowUp" || e.key === "ArrowDown") field.dataset.walked = "1"; else delete field.dataset.walked;
        if (e.key === "Enter") { e.preventDefault(); field.form.requestSubmit(); }
      });
      return;
    }
    field.addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); field.form.requestSubmit(); } });
    field.addEventListener("click", () => { field.dataset.picking = "1"; }); // by the calendar, not digit by digit
    field.addEventListener("change", () => { if (field.dataset.picking && field.value) field.form.requestSubmit(); });
  });

  // ---- who booked meanwhile; a page that nobody touches asks no more, so that its session can end
  const idle = 5 * 60 * 1000;
  let touched = Date.now(), asking = false;
  async function refresh() {
    const list = document.querySelector(".daylist");
    if (!list || asking || document.hidden || list.contains(document.activeElement)) return;
    asking = true;
    try {
      const answer = await fetch(location.href);
      if (answer.redirected) { location.reload(); return; } // signed out
      const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".daylist");
      if (fresh && !list.contains(document.activeElement)) list.replaceWith(fresh);
    } catch { /* offline: the next time */ } finally { asking = false; }
  }
  ["keydown", "pointerdown", "pointermove"].forEach((what) => addEventListener(what, () => { touched = Date.now(); }, { passive: true }));
  setInterval(() => { if (Date.now() - touched < idle) refresh(); }, 30000);
  addEventListener("focus", refresh);
  document.addEventListener("visibilitychange", refresh);
})();
