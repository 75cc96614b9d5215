"use strict";
// The chat page. What stands on the server is the truth: the page reads it after every word of change, and adds only
// what is still on its way. A message keeps its ID over every try, so that it takes effect once.
(() => {
  const $ = (id) => document.getElementById(id);
  const talk = $("talk"), chips = $("chips"), form = $("form"), text = $("text"), send = $("send"), offline = $("offline"), status = $("status");
  const waitingKey = "xinqiao.waiting", draftKey = "xinqiao.draft";
  let said = [];                 // messages from the server, oldest first
  let waiting = load(waitingKey, []); // ours that the server has not answered: {id, text, menu, begin, location, failed}
  let fresh = [];                // answers shown before the history has them: {client, replies}
  let busy = false;
  let asked = false;             // the history was read once

  function load(key, otherwise) { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } }
  function save() { try { localStorage.setItem(waitingKey, JSON.stringify(waiting)); } catch { /* private mode: the page still works */ } }
  function newID() { return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""); }

  function el(tag, className, content) {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (content !== undefined) e.textContent = content;
    return e;
  }

  // Numbers that help become links to call; addresses become links. Everything else stays text.
  const links = /(https?:\/\/[^\s<>"，。；）】]+)|(?<![\d-])(020-81899120|12356|12355|12338|12345|110|120)(?![\d-])/g;
  function rich(into, s) {
    let at = 0;
    for (const m of s.matchAll(links)) {
      into.append(s.slice(at, m.index));
      const a = el("a", "", m[0]);
      if (m[1]) { a.href = m[1]; a.target = "_blank"; a.rel = "noopener"; } else a.href = "tel:" + m[2];
      into.append(a);
      at = m.index + m[0].length;
    }
    into.append(s.slice(at));
  }

  function row(kind, face, name) {
    const r = el("div", "row " + kind);
    const f = el("div", "face", face);
    f.setAttribute("aria-hidden", "true");
    const say = el("div", "say");
    if (name) say.append(el("div", "name", name));
    r.append(f, say);
    return [r, say];
  }

  function bubble(say, s) { const b = el("div", "bubble"); rich(b, s); say.append(b); }

  function answer(m) {
    const [r, say] = m.from === "staff" ? row("staff", "师", (m.staff || "老师") + "（真人）") : row("bot", "桥");
    for (const reply of m.replies || []) {
      if (reply.text) bubble(say, reply.text);
      if (reply.card) {
        const a = el("a", "card");
        a.href = reply.card.url; a.target = "_blank"; a.rel = "noopener";
        a.append(el("b", "", reply.card.title));
        if (reply.card.summary) a.append(el("span", "", reply.card.summary));
        a.append(el("i", "", "点开看看 ›"));
        say.append(a);
      }
    }
    return r;
  }

  function mine(m) {
    const [r, say] = row("me", "我");
    bubble(say, m.text);
    if (m.failed) {
      const n = el("div", "note");
      const again = el("button", "", "没有发出去，点这里再发一次");
      again.type = "button";
      again.onclick = () => { m.failed = false; deliver(); };
      n.append(again);
      say.append(n);
    }
    return r;
  }

  function when(at) {
    const d = new Date(at), now = new Date();
    const clock = d.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    return d.toDateString() === now.toDateString() ? clock : `${d.getMonth() + 1}月${d.getDate()}日 ${clock}`;
  }

  let drawn = "";
  function draw() {
    const key = JSON.stringify([said.map((m) => m.id), waiting, fresh, busy]);
    if (key === drawn) return;
    drawn = key;
    const rows = [];
    let last = 0;
    for (const m of said) {
      const at = Date.parse(m.at);
      if (at - last > 5 * 60e3) rows.push(el("div", "when", when(m.at)));
      last = at;
      if (m.from === "person") { if (m.text && !m.text.startsWith("［关注")) rows.push(mine(m)); } else if (m.replies?.length) rows.push(answer(m));
    }
    for (const f of fresh) { if (f.text) rows.push(mine(f)); if (f.replies.length) rows.push(answer({ from: "bot", replies: f.replies })); }
    for (const w of waiting) if (w.text) rows.push(mine(w));
    if (busy) {
      const [r, say] = row("bot", "桥");
      const b = el("div", "bubble"), d = el("span", "dots");
      d.setAttribute("aria-label", "正在输入");
      d.append(el("i"), el("i"), el("i"));
      b.append(d); say.append(b); rows.push(r);
    }
    talk.replaceChildren(...rows);
    talk.scrollTop = talk.scrollHeight;
    drawChips();
  }

  function drawChips() {
    const answers = [...said.filter((m) => m.from !== "person"), ...fresh.map((f) => ({ replies: f.replies }))].filter((m) => m.replies?.length);
    const lastAnswer = answers.at(-1);
    const choices = (lastAnswer?.replies || []).flatMap((r) => r.choices || []);
    chips.replaceChildren(...choices.map((c) => {
      const b = el("button", "", c.label);
      b.type = "button";
      b.disabled = busy || waiting.length > 0;
      b.onclick = () => say({ text: c.say || c.label, menu: c.id });
      return b;
    }));
    talk.scrollTop = talk.scrollHeight;
  }

  function say(m) {
    waiting.push({ id: newID(), ...m });
    save();
    deliver();
    text.focus({ preventScroll: true });
  }

  let trying = false, pauseMs = 1000;
  async function deliver() {
    draw();
    if (trying) return;
    trying = true;
    try {
      while (waiting.length && !waiting[0].failed) {
        const m = waiting[0];
        busy = true; draw();
        const { failed, ...body } = m;
        let res;
        try {
          res = await fetch("/chat/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
        } catch { res = null; }
        busy = false;
        if (res?.ok) {
          const data = await res.json();
          waiting.shift();
          fresh.push({ client: m.id, text: m.text, replies: data.replies });
          pauseMs = 1000; online(true);
        } else if (res && res.status < 500) {
          const data = await res.json().catch(() => ({}));
          if (res.status === 401) { location.reload(); return; }
          waiting.shift();
          fresh.push({ client: m.id, text: m.text, replies: [{ text: data.error || "没有发出去，请再试一次" }] });
        } else {
          if (!res) online(false);
          draw();
          await new Promise((done) => { setTimeout(done, pauseMs); addEventListener("online", done, { once: true }); });
          pauseMs = Math.min(pauseMs * 2, 15000);
        }
        save();
      }
    } finally { trying = false; busy = false; draw(); }
  }

  function online(yes) { offline.hidden = yes; status.textContent = yes ? "自动助手 · 全天都在" : "正在重新连接…"; }

  let reading = null, again = false;
  async function read() {
    if (reading) { again = true; return reading; }
    reading = (async () => {
      do {
        again = false;
        const res = await fetch("/chat/messages").catch(() => null);
        if (!res?.ok) { online(!!res); return; }
        online(true);
        said = (await res.json()).messages;
        const known = new Set(said.map((m) => m.client));
        fresh = fresh.filter((f) => !known.has(f.client));
        waiting = waiting.filter((w) => !known.has(w.id) || w.begin);
        asked = true;
        save(); draw();
      } while (again);
    })();
    await reading;
    reading = null;
  }

  function listen() {
    const es = new EventSource("/chat/events");
    es.addEventListener("changed", async () => {
      online(true);
      await read();
      if (asked && !said.length && !waiting.length && !fresh.length) say({ begin: true, text: "" });
      else deliver();
    });
    es.onerror = () => {
      online(false);
      if (es.readyState === EventSource.CLOSED) { es.close(); setTimeout(listen, 3000); }
    };
  }

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const s = text.value.trim();
    if (!s) return;
    text.value = ""; localStorage.removeItem(draftKey); size();
    say({ text: s });
  });
  text.addEventListener("keydown", (e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); } });
  function size() { text.style.height = "auto"; text.style.height = Math.min(text.scrollHeight, 132) + "px"; send.disabled = !text.value.trim(); }
  text.addEventListener("input", () => { size(); try { localStorage.setItem(draftKey, text.value); } catch { /* private mode */ } });
  $("place").addEventListener("click", () => {
    if (!navigator.geolocation) { fresh.push({ client: newID(), replies: [{ text: "这个浏览器不能发送位置，可以直接打字告诉我在哪个区。" }] }); draw(); return; }
    navigator.geolocation.getCurrentPosition(
      (p) => say({ text: "", location: { lat: p.coords.latitude, lng: p.coords.longitude } }),
      () => { fresh.push({ client: newID(), replies: [{ text: "没有拿到位置，可以直接打字告诉我在哪个区。" }] }); draw(); },
      { timeout: 8000, maximumAge: 60000 });
  });
  // Keys: a digit picks a chip while the field is empty; Escape goes back to the field.
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") text.focus();
    const n = Number(e.key);
    if (document.activeElement !== text && n >= 1 && chips.children[n - 1]) chips.children[n - 1].click();
  });
  addEventListener("online", () => deliver());
  try { text.value = localStorage.getItem(draftKey) || ""; } catch { /* private mode */ }
  size();
  listen();
  text.focus({ preventScroll: true });
})();
