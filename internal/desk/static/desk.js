// What the desk does beyond links and forms: it listens to the stream of topics and fetches again what changed, calls
// for attention when someone in danger waits, counts waiting time, keeps drafts, and moves through the queue by keyboard.
// EventSource rather than htmx's SSE extension: the stream carries topics, never content, and one connection serves
// queue, conversation and connection light.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const pane = $("pane"), queue = $("queue");
  const openCase = () => $("case")?.dataset.id || "";
  const title = document.title;

  // ---- fetch again what changed
  const fetching = {}, askers = {};
  // htmx lets one request of an element wait behind another and drops a third: each part of the page asks for itself.
  const asker = (what) => askers[what] ??= document.body.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
  function refetch(what, url, target) {
    if (!target) return;
    if (fetching[what]) { fetching[what] = "again"; return; }
    fetching[what] = "now";
    Promise.resolve(htmx.ajax("GET", url, { source: asker(what), target, swap: "innerMorph" })).catch(() => {}).finally(() => {
      const again = fetching[what] === "again";
      fetching[what] = "";
      if (again) refetch(what, url, target);
    });
  }
  const refetchQueue = () => refetch("queue", "/desk/queue?active=" + encodeURIComponent(openCase()), queue);
  function refetchCase() {
    const id = openCase();
    if (id && !document.querySelector(".menu[open]")) refetch("case", "/desk/cases/" + encodeURIComponent(id) + "?live=1", pane);
  }

  // ---- the stream
  let source, followed, retry = 1000, lastWord = Date.now();
  function light(state, text) {
    const link = $("link");
    if (!link) return;
    if (link.dataset.state !== state) { link.dataset.state = state; link.querySelector("span").textContent = text; }
    $("offline").hidden = state !== "off";
  }
  function listen() {
    if (!queue) return;
    source?.close();
    followed = openCase();
    source = new EventSource("/desk/live" + (followed ? "?case=" + encodeURIComponent(followed) : ""));
    const word = (f) => () => { lastWord = Date.now(); light("live", "实时"); f?.(); };
    source.addEventListener("hello", word(() => { retry = 1000; refetchQueue(); refetchCase(); }));
    source.addEventListener("still", word());
    source.addEventListener("cases", word(() => { refetchQueue(); refetchCase(); }));
    source.addEventListener("person", word(refetchCase));
    source.addEventListener("letters", word(() => document.dispatchEvent(new Event("letters"))));
    source.addEventListener("bye", () => { // session.js signs in again in place
      if (document.dispatchEvent(new Event("desk:bye", { cancelable: true }))) location.assign("/desk/login?next=" + encodeURIComponent(location.pathname + location.search));
    });
    source.onerror = lost;
  }
  function lost() {
    light("off", "已断开");
    source.close();
    clearTimeout(lost.timer);
    lost.timer = setTimeout(listen, retry);
    retry = Math.min(retry * 2, 15000);
  }
  addEventListener("online", () => { retry = 1000; listen(); });
  addEventListener("offline", () => light("off", "已断开"));

  // ---- call for attention
  let known = null, audio, alarmed = 0;
  const waitingDanger = () => [...document.querySelectorAll(".case-link")]
    .filter((a) => a.dataset.waits && (a.dataset.level === "imminent" || a.dataset.level === "high"));
  function beep() {
    if (!audio || audio.state !== "running") return;
    [0, 0.28, 0.56].forEach((t) => {
      const tone = audio.createOscillator(), gain = audio.createGain(), at = audio.currentTime + t;
      tone.frequency.value = 740;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.24);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.26);
    });
  }
  // What calls a counsellor, once each: a case at a level, its being overdue, a message in a conversation of mine.
  function callers() {
    const calls = new Map();
    document.querySelectorAll(".case-link").forEach((a) => {
      const { case: id, level, waits, mine, unread } = a.dataset;
      const danger = level === "imminent" || level === "high";
      if (waits && danger) calls.set(id + level, { link: a, word: "新的个案等您确认", urgent: true });
      if (waits && a.classList.contains("overdue")) calls.set(id + level + "overdue", { link: a, word: "超过时间还没有人确认", urgent: true });
      if (mine && Number(unread)) calls.set(id + "unread" + unread, { link: a, word: "您的对话里有新消息" });
    });
    return calls;
  }
  function attend() {
    const waiting = waitingDanger(), calls = callers();
    const news = known ? [...calls].filter(([key]) => !known.has(key)).map(([, call]) => call) : [];
    const fresh = news.filter((call) => call.urgent).map((call) => call.link);
    known = new Set(calls.keys());
    alarmed = waiting.length;
    news.filter((call) => call.link.dataset.case !== openCase() || document.hidden).forEach(tell);
    const due = $("due-tasks"), count = Number(queue?.querySelector("[data-due-tasks]")?.dataset.dueTasks || 0);
    if (due && queue) { due.hidden = !count; due.firstElementChild.textContent = count; }
    if (fresh.length) {
      const first = fresh[0], alarm = $("alarm");
      alarm.replaceChildren(document.createTextNode("有人需要您：" + first.querySelector(".alias").textContent + "（" + first.querySelector(".level").textContent + "）"));
      const a = document.createElement("a");
      a.href = first.href;
      a.textContent = "现在打开";
      alarm.append(a);
      alarm.dataset.case = first.dataset.case;
      alarm.hidden = first.dataset.case === openCase();
      fresh.forEach((f) => f.classList.add("fresh"));
      beep();
    }
    if (!alarmed) $("alarm").hidden = true;
    document.title = alarmed ? "(" + alarmed + ") " + title : title;
  }
  // A notification names nobody's words: the alias, the level, and what is new. A click opens the case.
  const bell = $("notify");
  function tell({ link, word, urgent }) {
    if (!window.Notification || Notification.permission !== "granted" || bell?.getAttribute("aria-pressed") !== "true") return;
    const note = new Notification(link.querySelector(".level").textContent + " · " + link.querySelector(".alias").textContent, {
      body: word, tag: link.dataset.case, renotify: true, requireInteraction: !!urgent, icon: "/desk/static/icon.svg",
    });
    note.onclick = () => { window.focus(); note.close(); location.assign(link.href); };
  }
  function setBell(on) {
    bell.setAttribute("aria-pressed", String(on));
    try { localStorage.setItem("xinqiao-notify", on ? "on" : "off"); } catch { /* private window: forgotten on reload */ }
  }
  if (bell && queue && window.Notification) {
    bell.hidden = false;
    let wanted = "off";
    try { wanted = localStorage.getItem("xinqiao-notify") || "off"; } catch { /* as above */ }
    bell.setAttribute("aria-pressed", String(wanted === "on" && Notification.permission === "granted"));
    bell.addEventListener("click", async () => {
      if (bell.getAttribute("aria-pressed") === "true") { setBell(false); return; }
      const answer = await Notification.requestPermission();
      setBell(answer === "granted");
      bell.title = answer === "denied" ? "浏览器不允许这个网站发通知。点地址栏左边的图标，把“通知”改成允许。" : "";
      if (answer === "denied") bell.textContent = "桌面通知（被浏览器关了）";
    });
  }
  const sound = $("sound");
  function setSound(on) {
    sound.setAttribute("aria-pressed", String(on));
    try { localStorage.setItem("xinqiao-sound", on ? "on" : "off"); } catch { /* private window: forgotten on reload */ }
    if (on) { audio ??= new AudioContext(); audio.resume(); } else { audio?.suspend(); }
  }
  if (sound && queue && window.AudioContext) {
    sound.hidden = false;
    sound.addEventListener("click", () => { const on = sound.getAttribute("aria-pressed") !== "true"; setSound(on); if (on) setTimeout(beep, 80); });
    let wanted = "on";
    try { wanted = localStorage.getItem("xinqiao-sound") || "on"; } catch { /* as above */ }
    sound.setAttribute("aria-pressed", String(wanted === "on"));
    // a browser lets a page sound only after its first touch
    addEventListener("pointerdown", () => { if (sound.getAttribute("aria-pressed") === "true" && !audio) setSound(true); }, { once: true });
    addEventListener("keydown", () => { if (sound.getAttribute("aria-pressed") === "true" && !audio) setSound(true); }, { once: true });
  }

  // ---- waiting time, in the words of view.go's lasted; and the tab's flash
  const two = (n) => String(n).padStart(2, "0");
  function lasted(s) {
    if (s < 60) return s + " 秒";
    if (s < 3600) return Math.floor(s / 60) + " 分 " + two(s % 60) + " 秒";
    if (s < 86400) return Math.floor(s / 3600) + " 小时 " + two(Math.floor(s % 3600 / 60)) + " 分";
    return Math.floor(s / 86400) + " 天 " + Math.floor(s % 86400 / 3600) + " 小时";
  }
  function left(ms) { // in the words of view.go's left
    return ms < 0 ? "已超时 " + lasted(Math.floor(-ms / 1000)) : "还剩 " + lasted(Math.floor(ms / 1000));
  }
  let skew = 0; // how far this machine's clock is ahead of the server's
  function setClock() {
    const now = Number(queue?.querySelector("[data-now]")?.dataset.now);
    if (now && now !== setClock.last) { setClock.last = now; skew = Date.now() - now; }
  }
  let beat = 0, seconds = 0;
  setInterval(() => {
    document.querySelectorAll("time[data-until]").forEach((t) => {
      const ms = Number(t.dataset.until) - (Date.now() - skew);
      t.textContent = left(ms);
      const link = t.closest(".case-link");
      if (ms < 0 && link && !link.classList.contains("overdue")) { link.classList.add("overdue"); attend(); refetchQueue(); }
    });
    if (seconds % 10 === 9 && waitingDanger().some((a) => a.dataset.level === "imminent")) beep(); // until somebody has seen it
    seconds++;
    document.querySelectorAll("time[data-since]").forEach((t) => {
      t.textContent = lasted(Math.max(0, Math.floor((Date.now() - Number(t.dataset.since)) / 1000)));
    });
    if (alarmed && document.hidden) document.title = ++beat % 2 ? "❗有人在等您" : "(" + alarmed + ") " + title;
    if (source && Date.now() - lastWord > 20000) { lastWord = Date.now(); lost(); } // a stream that fell silent
  }, 1000);

  // ---- the conversation: stay at its end, keep drafts, send once
  const drafts = {
    get: (id) => { try { return sessionStorage.getItem("draft:" + id) || ""; } catch { return ""; } },
    set: (id, v) => { try { v ? sessionStorage.setItem("draft:" + id, v) : sessionStorage.removeItem("draft:" + id); } catch { /* full or private */ } },
  };
  let shown = "", atEnd = true, sent = "", said = "", sentForm = null;
  function tidy(form) { // what was typed is in the file now
    form.querySelectorAll("textarea[data-draft]").forEach((t) => drafts.set(t.dataset.draft, ""));
    form.reset();
    form.closest("details")?.removeAttribute("open");
  }
  function unfold(id) { // a section of the file, and what it lies in
    const section = $(id);
    for (let d = section; d; d = d.parentElement.closest("details")) d.setAttribute("open", "");
    if (!section) return;
    const file = section.closest(".file"); // it alone scrolls: on a phone the head must stay
    file.scrollTop += section.getBoundingClientRect().top - file.getBoundingClientRect().top - 8;
    section.querySelector("summary")?.focus({ preventScroll: true });
  }
  document.addEventListener("click", (e) => {
    const link = e.target.closest("[data-unfold]");
    if (!link) return;
    e.preventDefault();
    document.querySelectorAll(".menu[open]").forEach((d) => d.removeAttribute("open"));
    unfold(link.dataset.unfold);
  });
  $("print")?.addEventListener("click", () => print());
  function settle() {
    const kase = $("case"), talk = $("talk"), text = $("text");
    if (document.body.dataset.open !== undefined) document.body.dataset.open = kase ? "case" : "";
    document.querySelectorAll(".queue [data-case]").forEach((a) => {
      if (kase && a.dataset.case === kase.dataset.id) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
    });
    document.querySelectorAll("textarea[data-draft]").forEach((t) => {
      if (t.dataset.ready) return;
      t.dataset.ready = "1";
      t.value ||= drafts.get(t.dataset.draft);
    });
    if (kase && kase.dataset.said && kase.dataset.said !== said) {
      said = kase.dataset.said;
      kase.querySelectorAll("input[name=key]").forEach((i) => { i.value = kase.dataset.next; });
      if (sentForm?.isConnected) tidy(sentForm);
      sentForm = null;
      if (text && text.value.trim() === sent.trim()) { text.value = ""; drafts.set(text.dataset.draft, ""); }
      atEnd = true;
    }
    if (shown !== openCase() && matchMedia("(max-width: 1180px)").matches) { // the conversation first, the file a touch away
      $("folder")?.removeAttribute("open");
    }
    if (kase && $("alarm").dataset.case === kase.dataset.id) $("alarm").hidden = true;
    if (talk) {
      const other = shown !== openCase();
      if (other || atEnd) { talk.style.scrollBehavior = other ? "auto" : ""; talk.scrollTop = talk.scrollHeight; }
      if (!talk.dataset.ready) {
        talk.dataset.ready = "1";
        talk.addEventListener("scroll", () => { atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80; }, { passive: true });
      }
    }
    if (shown !== openCase()) { shown = openCase(); atEnd = true; if (source && followed !== shown) listen(); text?.focus(); }
  }
  addEventListener("resize", () => { const talk = $("talk"); if (talk && atEnd) talk.scrollTop = talk.scrollHeight; }); // a phone's keyboard came up
  document.addEventListener("input", (e) => { if (e.target.dataset?.draft) drafts.set(e.target.dataset.draft, e.target.value); });
  document.addEventListener("submit", (e) => {
    if (e.target.id === "reply") { sent = $("text").value; return; }
    if (e.target.closest("#case")) { sentForm = e.target; return; } // its drafts go once the file has them
    const t = e.target.querySelector("textarea[data-draft]"); // a letter's answer: a refused one comes back with the page
    if (t) drafts.set(t.dataset.draft, "");
  }, true);
  document.addEventListener("keydown", (e) => {
    if (e.isComposing) return; // Enter chooses a word in an input method
    if (e.target.id === "text") {
      if (e.key === "Enter" && !e.shiftKey) {
        e.preventDefault();
        if (e.target.value.trim() && !e.target.form.classList.contains("htmx-request")) e.target.form.requestSubmit();
      }
      return;
    }
    if (e.target.matches("input, textarea, select, summary") || e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[e.key];
    if (step && !e.target.closest(".talk")) {
      const links = [...document.querySelectorAll(".case-link")].filter((a) => a.checkVisibility());
      if (!links.length) return;
      const at = links.indexOf(document.activeElement), from = at >= 0 ? at : links.findIndex((a) => a.hasAttribute("aria-current"));
      links[from < 0 ? 0 : Math.min(links.length - 1, Math.max(0, from + step))].focus();
      e.preventDefault();
    } else if (e.key === "Escape") {
      document.querySelectorAll(".menu[open]").forEach((d) => d.removeAttribute("open"));
    }
  });
  document.addEventListener("htmx:after:swap", () => { setClock(); settle(); attend(); });
  document.addEventListener("htmx:error", () => light("off", "已断开"));
  settle();
  // not the section's own ID: the browser would scroll the head out of sight
  if (/^#open-[a-z]+$/.test(location.hash)) unfold(location.hash.slice("#open-".length));
  if (queue) { setClock(); attend(); listen(); }
})();
