// The frame on a phone: the numbers on the bottom bar follow the queue, which desk.js keeps fresh, and the menu closes.
"use strict";
(() => {
  function show(name, n, says) {
    const badge = document.querySelector('[data-tab="' + name + '"]');
    if (!badge) return;
    badge.hidden = !n;
    const number = document.createElement("span"), ears = document.createElement("span");
    number.textContent = n;
    ears.textContent = says;
    ears.className = "vh";
    badge.replaceChildren(number, ears);
  }
  function count() {
    const mine = [...document.querySelectorAll('.case-link[data-case]')]
      .filter((a) => a.dataset.offered || a.dataset.mine && (a.dataset.kind || Number(a.dataset.unread)));
    show("mine", mine.length, " 段在等您");
    const due = document.querySelector("[data-due-tasks]");
    if (due) show("tasks", Number(due.dataset.dueTasks), " 次该做了");
  }
  document.addEventListener("htmx:after:swap", count);
  count();
  const drawer = document.getElementById("drawer");
  document.addEventListener("click", (e) => { if (drawer?.open && !drawer.contains(e.target)) drawer.open = false; });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !drawer?.open) return;
    drawer.open = false;
    drawer.querySelector("summary").focus();
  });
})();
