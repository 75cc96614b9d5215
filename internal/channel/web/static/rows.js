"use strict";
// The conversation on the screen. A row that did not change stays the same element, so that a screen reader says only
// what is new and whoever scrolled up to read is not torn away.
window.xinqiaoRows = (talk, newer) => {
  const drawn = new Map(); // key → {sig, node}
  let following = true, placed = 0;

  function el(tag, className, content) {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (content !== undefined) e.textContent = content;
    return e;
  }

  // Numbers that help become links to call; addresses become links. Everything else stays text: 110 is no number to
  // call where it counts minutes.
  const links = /(https?:\/\/[^\s<>"，。；）】]+)|(?<![\d-])(020-?\d{4}-?\d{4}|12356|12355|12338|12345|110|120)(?![\d-]|\s*(?:分钟|小时|元|节|人|分|天|字|次|名|个|题|道|米|块))/g;
  function rich(into, s) {
    let at = 0;
    for (const m of s.matchAll(links)) {
      into.append(s.slice(at, m.index));
      const a = el("a", "", m[0]);
      if (m[1]) { a.href = m[1]; a.target = "_blank"; a.rel = "noopener"; } else { a.href = "tel:" + m[2].replaceAll("-", ""); a.setAttribute("aria-label", "拨打 " + m[2]); }
      into.append(a);
      at = m.index + m[0].length;
    }
    into.append(s.slice(at));
  }

  function row(kind, face, speaker, name) {
    const r = el("div", "row " + kind), f = el("div", "face", face), say = el("div", "say");
    f.setAttribute("aria-hidden", "true");
    say.append(el("span", name ? "name" : "hidden", speaker + (name ? "" : "说：")));
    r.append(f, say);
    return [r, say];
  }

  function bubble(say, s) { const b = el("div", "bubble"); rich(b, s); say.append(b); }

  function card(c) {
    const a = el("a", "card");
    a.href = c.url; a.target = "_blank"; a.rel = "noopener";
    if (c.picture?.startsWith("/")) { const i = el("img"); i.src = c.picture; i.alt = ""; i.loading = "lazy"; a.append(i); }
    a.append(el("b", "", c.title));
    if (c.summary) a.append(el("span", "", c.summary));
    a.append(el("i", "", "点开看看 ›"));
    return a;
  }

  function when(at) {
    const d = new Date(at), now = new Date();
    const clock = d.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    return d.toDateString() === now.toDateString() ? clock : `${d.getMonth() + 1}月${d.getDate()}日 ${clock}`;
  }

  function make(m) {
    if (m.kind === "when") return el("div", "when", when(m.at));
    if (m.kind === "dots") {
      const [r, say] = row("bot", "桥", "心桥"), b = el("div", "bubble"), d = el("span", "dots");
      d.setAttribute("role", "img"); d.setAttribute("aria-label", "正在输入");
      d.append(el("i"), el("i"), el("i"));
      b.append(d); say.append(b);
      return r;
    }
    if (m.kind === "me") {
      const [r, say] = row("me", "我", "我");
      if (m.picture) {
        const a = el("a", "sent"), i = el("img");
        a.href = i.src = m.picture.url; a.target = "_blank"; a.rel = "noopener noreferrer";
        i.width = m.picture.width; i.height = m.picture.height; i.alt = "我发的图片，点开看大图";
        a.append(i); say.append(a);
      } else bubble(say, m.text);
      if (m.note) say.append(el("div", "note", m.note));
      return r;
    }
    const [r, say] = m.kind === "staff" ? row("staff", "师", m.name + "（真人老师）", true) : row("bot", "桥", "心桥");
    for (const reply of m.replies) {
      if (reply.text) bubble(say, reply.text);
      if (reply.card) say.append(card(reply.card));
    }
    return r;
  }

  function bottom() {
    const last = talk.lastElementChild;
    const long = last?.matches(".bot, .staff") && last.offsetHeight > talk.clientHeight; // read it from its start
    talk.scrollTop = long ? last.offsetTop - talk.offsetTop - 8 : talk.scrollHeight;
    placed = talk.scrollTop;
  }
  const near = () => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120;

  // Wherever the talk stands and was not placed by us, the reader scrolled to. Asked before each placing too: the scroll
  // event itself comes a frame late, and whoever just moved up must not be torn back in between.
  function heed() {
    if (Math.abs(talk.scrollTop - placed) > 1) { following = near(); placed = talk.scrollTop; }
    if (near()) newer.hidden = true;
  }
  talk.addEventListener("scroll", heed);
  newer.addEventListener("click", () => { following = true; newer.hidden = true; bottom(); talk.focus({ preventScroll: true }); });
  addEventListener("resize", () => { heed(); if (following) bottom(); });

  return {
    follow() { following = true; },
    show(rows) {
      heed();
      const keys = new Set(rows.map((r) => r.key));
      for (const [key, d] of drawn) if (!keys.has(key)) { d.node.remove(); drawn.delete(key); }
      let changed = false, at = talk.firstChild;
      for (const r of rows) {
        const sig = JSON.stringify(r);
        let d = drawn.get(r.key);
        if (d?.sig !== sig) {
          const node = make(r);
          node.dataset.key = r.key;
          if (d) { if (at === d.node) at = d.node.nextSibling; d.node.remove(); }
          d = { sig, node };
          drawn.set(r.key, d);
          changed = true;
        }
        if (d.node === at) at = at.nextSibling; else talk.insertBefore(d.node, at);
      }
      if (!changed) { if (following) bottom(); return; }
      if (following) bottom();
      else newer.hidden = false;
    },
  };
};
