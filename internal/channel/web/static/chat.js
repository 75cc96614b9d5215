"use strict";
// The chat page. What stands on the server is the truth: the page reads it after every word of change, and adds only
// what is still on its way. A message keeps its ID over every try, so that it takes effect once. rows.js draws.
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("form"), text = $("text"), send = $("send"), chips = $("chips"), offline = $("offline"), status = $("status"), picture = $("picture"), file = $("file");
  const screen = window.xinqiaoRows($("talk"), $("newer"));
  const waitingKey = "xinqiao.waiting.", saidKey = "xinqiao.said", draftKey = "xinqiao.draft";
  const keyboard = matchMedia("(hover: hover)").matches; // on a phone, focus would open the keyboard over what is read
  let said = [];                      // messages from the server, oldest first
  let waiting = unsent();             // ours that the server has not answered: {id, at, text, menu, begin, location}
  let fresh = [];                     // answers shown before the history has them: {client, text, replies}
  let pictures = [];                  // the IDs of pictures on their way
  let busy = false, retrying = false, asked = false, talking = false, unread = 0;
  let writes = 0, written = 0; // the timer while the counsellor writes; when the counsellor was last told that we do

  // What is on its way outlives the page. Each message is kept by itself, so that two open pages do not lose each other's.
  function unsent() {
    try {
      return Object.keys(localStorage).filter((k) => k.startsWith(waitingKey)).map((k) => JSON.parse(localStorage.getItem(k))).sort((a, b) => a.at - b.at);
    } catch { return []; } // private mode: the page still works
  }
  function keep(m) { try { localStorage.setItem(waitingKey + m.id, JSON.stringify(m)); } catch { /* private mode */ } }
  function drop(id) { try { localStorage.removeItem(waitingKey + id); } catch { /* private mode */ } }
  // tellOthers lets the same person's other open pages read what was said here.
  function tellOthers() { try { localStorage.setItem(saidKey, newID()); } catch { /* private mode: they read when looked at */ } }
  function newID() { return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""); }
  function tell(name, detail) { document.dispatchEvent(new CustomEvent("xinqiao:" + name, { detail })); }
  function shownText(m) { return m.text || (m.location ? "［位置］" : ""); }

  // join puts what the server has now after what is drawn already: it tells the latest messages only.
  function join(latest, whole) {
    if (whole || !latest.length) return latest;
    const known = new Set(latest.map((m) => m.id)), at = said.findIndex((m) => known.has(m.id));
    return [...(at < 0 ? said : said.slice(0, at)), ...latest];
  }

  // list is what stands on the screen, each with a key that stays while a message goes from waiting to answered to read.
  function list() {
    const rows = [];
    let last = 0, client = "", nth = 0;
    for (const m of said) {
      const at = Date.parse(m.at);
      if (at - last > 5 * 60e3) rows.push({ key: "t:" + m.id, kind: "when", at: m.at });
      last = at;
      if (m.from === "person") {
        client = m.client || m.id; nth = 0;
        if (m.text && !/^［(关注|打开了聊天)/.test(m.text)) rows.push({ key: "p:" + client, kind: "me", text: m.text, picture: m.picture });
      } else if (m.replies?.length) {
        rows.push(m.from === "staff" ? { key: "s:" + m.id, kind: "staff", name: m.staff || "老师", replies: m.replies } : { key: client ? `a:${client}:${nth++}` : "b:" + m.id, kind: "bot", replies: m.replies });
      }
    }
    for (const f of fresh) {
      if (shownText(f)) rows.push({ key: "p:" + f.client, kind: "me", text: shownText(f) });
      if (f.replies.length) rows.push({ key: `a:${f.client}:0`, kind: "bot", replies: f.replies });
    }
    waiting.filter(shownText).forEach((w, i) => rows.push({ key: "p:" + w.id, kind: "me", text: shownText(w), note: i === 0 && retrying ? "还没发出去，正在重试…" : "" }));
    for (const id of pictures) rows.push({ key: "p:" + id, kind: "me", text: "［图片］", note: "正在发送…" });
    if (busy && !talking || writes) rows.push({ key: "dots", kind: "dots" });
    return rows;
  }

  function draw() {
    const rows = list();
    drawChips(rows);
    screen.show(rows);
  }

  let offered = "";
  function drawChips(rows) {
    const last = rows.findLast((r) => r.kind === "bot" || r.kind === "staff");
    const choices = (last?.replies || []).flatMap((r) => r.choices || []);
    const key = JSON.stringify(choices);
    if (key !== offered) {
      offered = key;
      const groups = new Map();
      chips.replaceChildren();
      for (const c of choices) (c.group ? grouped(groups, c.group) : chips).append(chip(c));
      chips.scrollTop = 0;
    }
    for (const b of buttons()) b.disabled = busy || waiting.length > 0;
  }
  function buttons() { return chips.querySelectorAll("button"); }
  function chip(c) {
    const b = document.createElement("button");
    b.type = "button"; b.textContent = c.label;
    b.onclick = () => say({ text: c.say || c.label, menu: c.id });
    return b;
  }
  // grouped is where the chips of a group stand: a row with its name.
  function grouped(groups, name) {
    if (!groups.has(name)) {
      const g = document.createElement("div"), head = document.createElement("b"), row = document.createElement("div");
      g.className = "group"; g.setAttribute("role", "group"); g.setAttribute("aria-label", name);
      head.textContent = name; head.setAttribute("aria-hidden", "true");
      g.append(head, row); chips.append(g);
      groups.set(name, row);
    }
    return groups.get(name);
  }

  function say(m) {
    const w = { id: newID(), at: Date.now(), ...m };
    waiting.push(w);
    keep(w);
    screen.follow();
    deliver();
    if (keyboard) text.focus({ preventScroll: true });
  }

  // The history may have a message before its answer comes.
  function sent(m) { waiting = waiting.filter((w) => w.id !== m.id); drop(m.id); tellOthers(); }
  function show(f) { if (!said.some((m) => m.client === f.client)) fresh.push(f); }

  let trying = false, pauseMs = 1000;
  async function deliver() {
    draw();
    if (trying) return;
    trying = true;
    try {
      while (waiting.length) {
        const m = waiting[0];
        busy = true; draw();
        const res = await fetch("/chat/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(m) }).catch(() => null);
        busy = false;
        const data = await res?.json().catch(() => null);
        if (res?.ok && data) {
          sent(m); retrying = false; pauseMs = 1000;
          show({ client: m.id, text: m.text, location: m.location, replies: data.replies });
          online(true);
          tell("turn", { key: `a:${m.id}:0`, text: m.text, preview: data.preview });
        } else if (res && res.status < 500 && data) {
          if (res.status === 401) { location.reload(); return; }
          sent(m); retrying = false;
          show({ client: m.id, text: m.text, replies: [{ text: data.error || "没有发出去，请再试一次" }] });
        } else {
          retrying = true;
          if (!res) online(false);
          draw();
          await new Promise((done) => { setTimeout(done, pauseMs); addEventListener("online", done, { once: true }); });
          pauseMs = Math.min(pauseMs * 2, 15000);
        }
      }
    } finally { trying = false; busy = false; draw(); }
  }

  let alarm = 0; // a line that is back at once need not frighten anybody
  function online(yes) {
    status.textContent = yes ? (writes ? "老师正在输入…" : talking ? "真人老师正在和您聊" : "自动助手 · 全天都在") : "正在重新连接…";
    clearTimeout(alarm);
    if (yes) offline.hidden = true;
    else alarm = setTimeout(() => { offline.hidden = false; }, 2500);
  }

  let reading = null, again = false;
  async function read() {
    if (reading) { again = true; return reading; }
    reading = (async () => {
      do {
        again = false;
        const res = await fetch("/chat/messages").catch(() => null);
        if (res?.status === 401) { location.reload(); return; }
        const data = res?.ok ? await res.json().catch(() => null) : null;
        if (!data) { online(false); return; }
        const now = join(data.messages, data.whole), staff = now.filter((m) => m.from === "staff").length - said.filter((m) => m.from === "staff").length;
        if (staff > 0 || !data.talking) { clearTimeout(writes); writes = 0; }
        if (asked && staff > 0 && document.hidden) { unread += staff; document.title = `(${unread}) 心桥 · 老师回您了`; }
        said = now; talking = !!data.talking; picture.hidden = !data.pictures;
        online(true);
        const known = new Set(said.map((m) => m.client));
        fresh = fresh.filter((f) => !known.has(f.client));
        for (const w of waiting) if (known.has(w.id) && !w.begin) drop(w.id);
        waiting = waiting.filter((w) => !known.has(w.id) || w.begin);
        asked = true;
        draw();
      } while (again);
    })();
    try { await reading; } finally { reading = null; }
  }

  function listen() {
    const es = new EventSource("/chat/events");
    es.addEventListener("changed", async () => {
      await read();
      if (asked && !said.length && !waiting.length && !fresh.length) say({ begin: true, text: "" });
      else deliver();
    });
    es.addEventListener("typing", () => {
      if (!talking) return; // only a human who is there writes
      clearTimeout(writes);
      writes = setTimeout(() => { writes = 0; online(true); draw(); }, 6000);
      online(true); draw();
    });
    es.addEventListener("content", (e) => tell("content", JSON.parse(e.data)));
    es.onerror = () => {
      online(false);
      if (es.readyState === EventSource.CLOSED) { es.close(); read(); setTimeout(listen, 3000); }
    };
  }

  function submit() {
    const s = text.value.trim();
    if (s) say({ text: s });
    text.value = "";
    try { sessionStorage.removeItem(draftKey); } catch { /* private mode */ }
    size();
  }
  form.addEventListener("submit", (e) => { e.preventDefault(); submit(); });
  // Enter sends, Shift+Enter is a new line. beforeinput hears it from every keyboard, a phone's too, and not while an
  // input method is choosing words.
  let shift = false;
  text.addEventListener("keydown", (e) => { shift = e.shiftKey; });
  text.addEventListener("beforeinput", (e) => { if (e.inputType === "insertLineBreak" && !shift && !e.isComposing) { e.preventDefault(); submit(); } });
  function size() { text.style.height = "auto"; text.style.height = Math.min(text.scrollHeight, 132) + "px"; send.disabled = !text.value.trim(); }
  text.addEventListener("input", () => { size(); try { sessionStorage.setItem(draftKey, text.value); } catch { /* private mode */ } });

  // The counsellor sees that something is being written, never what.
  text.addEventListener("input", () => {
    if (!talking || !text.value.trim() || Date.now() - written < 3000) return;
    written = Date.now();
    fetch("/chat/typing", { method: "POST" }).catch(() => {});
  });
  function note(s) { fresh.push({ client: newID(), replies: [{ text: s }] }); screen.follow(); draw(); }
  $("place").addEventListener("click", () => {
    if (!navigator.geolocation) { note("这个浏览器不能发送位置，可以直接打字告诉我在哪个区。"); return; }
    navigator.geolocation.getCurrentPosition(
      (p) => say({ text: "", location: { lat: p.coords.latitude, lng: p.coords.longitude } }),
      () => note("没有拿到位置，可以直接打字告诉我在哪个区。"),
      { timeout: 8000, maximumAge: 60000 });
  });
  // A picture is made smaller before it goes: a phone's is far larger than what anybody looks at here.
  async function smaller(file) {
    const most = 2048;
    const map = await createImageBitmap(file).catch(() => null);
    if (!map) return file;
    const by = Math.min(1, most / Math.max(map.width, map.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(map.width * by)); canvas.height = Math.max(1, Math.round(map.height * by));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(map, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85)) || file;
  }
  picture.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const chosen = file.files[0], id = newID();
    file.value = "";
    if (!chosen) return;
    pictures.push(id); screen.follow(); draw();
    const body = await smaller(chosen);
    const res = await fetch("/chat/media?id=" + id, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body }).catch(() => null);
    const data = await res?.json().catch(() => null);
    pictures = pictures.filter((p) => p !== id);
    if (res?.ok && data) { show({ client: id, text: "［图片］", replies: data.replies }); tellOthers(); draw(); await read(); } else note(data?.error || "图片没有发出去，请再试一次。");
  });
  // Keys: outside the field a digit picks a chip; Escape goes back to the field.
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") text.focus();
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("textarea, input, select")) return;
    const n = Number(e.key);
    if (n >= 1) buttons()[n - 1]?.click();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { unread = 0; document.title = "心桥 · 家长和孩子身边的帮手"; if (asked) read(); } });
  addEventListener("storage", (e) => { if (e.key === saidKey && asked) read(); });
  // On a computer that others use, whoever leaves leaves nothing behind: no words on the screen or in the browser, and a
  // cookie that leads to nobody.
  const leaving = $("leaving");
  $("leave").addEventListener("click", () => { $("leaving-talk").hidden = !talking; $("leaving-failed").hidden = true; leaving.showModal(); });
  $("leave-not").addEventListener("click", () => leaving.close());
  $("leave-sure").addEventListener("click", async () => {
    $("leave-sure").disabled = true;
    const res = await fetch("/chat/leave", { method: "POST" }).catch(() => null);
    $("leave-sure").disabled = false;
    if (!res?.ok) { $("leaving-failed").hidden = false; return; }
    said = []; waiting = []; fresh = []; text.value = ""; draw();
    for (const store of ["localStorage", "sessionStorage"]) {
      try { for (const k of Object.keys(window[store])) if (k.startsWith("xinqiao.")) window[store].removeItem(k); } catch { /* private mode */ }
    }
    tellOthers(); // the other open pages find that they are nobody's
    try { localStorage.removeItem(saidKey); } catch { /* private mode */ }
    location.replace("/chat/left");
  });
  document.addEventListener("xinqiao:say", (e) => say(e.detail));
  addEventListener("online", () => deliver());
  try { text.value = sessionStorage.getItem(draftKey) || ""; } catch { /* private mode */ }
  size();
  listen();
  if (keyboard) text.focus({ preventScroll: true });
})();
