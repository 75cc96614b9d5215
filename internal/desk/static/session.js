// When the session ends: a page counts it down, says so some minutes before, and lets its owner stay or sign in again in
// place, so that nothing half written is lost. It also tells of conversations that a colleague offers.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  addEventListener("DOMContentLoaded", () => {
    const box = $("ending");
    if (!box) return;
    const text = $("ending-text"), heading = $("ending-title"), stay = $("ending-stay"), again = $("ending-again");
    const problem = again.querySelector("[role=alert]"), password = again.elements.password;
    let idleAt, endAt, warnIdle, warn, over = false, doubt = false, putOff = 0, asked = 0, gave = Date.now();

    function learn(s) {
      const now = Date.now();
      idleAt = now + s.idle_left; endAt = now + s.left; warnIdle = s.warn_idle; warn = s.warn;
      if (s.holds === undefined) return;
      $("ending-holds").hidden = !s.holds;
      $("ending-holds").querySelector("b").textContent = s.holds;
      const offered = $("offered");
      offered.hidden = !s.offered;
      const words = s.offered ? s.by + " 请您接班：" + s.offered + " 段对话" : "";
      if (offered.firstElementChild.textContent !== words) offered.firstElementChild.textContent = words;
    }
    // What the server says of the session. A line that is down says nothing: it is asked again.
    async function ask(method) {
      if (method === "GET" && Date.now() - asked < 1000) return;
      asked = Date.now();
      let res;
      try { res = await fetch("/desk/session", { method, redirect: "manual", headers: { Accept: "application/json" } }); } catch { return; }
      if (res.ok) { learn(await res.json()); over = doubt = false; } else if (res.status === 401 || res.type === "opaqueredirect") { over = true; doubt = false; }
      show();
    }
    const minutes = (ms) => ms < 60000 ? "不到 1 分钟" : "还有 " + Math.ceil(ms / 60000) + " 分钟";
    function say(t) { if (text.textContent !== t) text.textContent = t; }
    let lastFocus = null;
    function cover() { // what stands on the page is nobody's business any more
      if (box.matches(":modal")) return;
      box.removeAttribute("open");
      box.showModal();
      password.focus();
    }
    function show() {
      const now = Date.now(), byAge = endAt - warn <= now, byIdle = idleAt - warnIdle <= now;
      if (over) {
        heading.textContent = "登录已经结束";
        say("输入密码就可以接着用，写到一半的话都还在。");
        stay.hidden = true; again.hidden = false; $("ending-later").hidden = true; $("ending-holds").hidden = true;
        cover();
        return;
      }
      if (!byAge && !byIdle || now < putOff && !byIdle) { if (box.open) box.close(); return; }
      heading.textContent = "登录快要结束了";
      if (byAge) say(minutes(endAt - now) + "就要重新登录。现在输入密码就可以接着用，写到一半的话都还在。");
      else say("有一阵子没有动静，" + minutes(idleAt - now) + "会自动退出。");
      stay.hidden = byAge; again.hidden = !byAge; $("ending-later").hidden = false;
      if (!box.open) box.setAttribute("open", ""); // not show(): it would take the focus from whoever types
    }
    setInterval(() => {
      const now = Date.now();
      if (over) return;
      if (doubt || now >= endAt || now >= idleAt) { if (now - asked > 2000) ask("GET"); return; }
      const near = now >= endAt - warn || now >= idleAt - warnIdle;
      const deaf = $("link")?.dataset.state === "off"; // the line is down, or the session is
      if ((near || deaf) && now - asked > 15000) ask("GET"); // another page may have gone on meanwhile
      else if (box.open) show();
    }, 500);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && (Date.now() >= idleAt - warnIdle || over)) ask("GET"); });

    // Somebody who types is there, also where no stream says so.
    const every = () => Math.min(60000, warnIdle / 2);
    for (const sign of ["keydown", "pointerdown"]) {
      addEventListener(sign, () => {
        if (over || Date.now() - gave < every() || $("link")?.dataset.state === "live") return;
        gave = Date.now();
        ask("POST");
      }, { passive: true, capture: true });
    }
    stay.addEventListener("submit", (e) => { e.preventDefault(); ask("POST"); });
    $("ending-later").addEventListener("click", () => { putOff = Date.now() + warn / 2; box.close(); });
    box.addEventListener("cancel", (e) => { if (over) e.preventDefault(); });
    again.addEventListener("submit", async (e) => {
      e.preventDefault();
      problem.hidden = true;
      let said = "";
      try {
        const res = await fetch(again.action, { method: "POST", body: new URLSearchParams(new FormData(again)) });
        const answer = await res.json();
        if (res.ok) { over = false; putOff = 0; learn(answer); } else said = answer.problem;
      } catch { said = "现在连不上，请再试一次。"; }
      if (said) { problem.textContent = said; problem.hidden = false; password.select(); return; }
      password.value = "";
      if (again.elements.code) again.elements.code.value = "";
      box.close();
      if (lastFocus?.isConnected) lastFocus.focus({ preventScroll: true });
      dispatchEvent(new Event("online")); // the stream goes on
    });
    // The stream says that the session has ended: it may have been renewed here or in another window.
    document.addEventListener("desk:bye", (e) => { e.preventDefault(); doubt = true; asked = 0; ask("GET"); });
    let soon = 0; // the queue was fetched again: so may be what is offered to me
    document.addEventListener("htmx:after:swap", () => {
      soon ||= setTimeout(() => { soon = 0; ask("GET"); }, Math.max(50, 2000 - (Date.now() - asked)));
    });
    document.addEventListener("focusin", (e) => { if (!box.contains(e.target)) lastFocus = e.target; });

    const d = box.dataset;
    learn({ idle_left: Number(d.idleLeft), left: Number(d.left), warn_idle: Number(d.warnIdle), warn: Number(d.warn) });
  });
})();
