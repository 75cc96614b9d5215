"use strict";
// The conversation on the screen. What is drawn stays the same element, so that a screen reader says only what is new.
// Whoever is at the end is taken to what is new; whoever reads further up keeps their line, whatever changes around it.
window.xinqiaoRows = (talk, newer) => {
  const drawn = new Map(); // key → {sig, node}
  let following = true; // the reader is where the newest words are
  let from = null;      // while following: the first of the newest rows, read from its start where they are long
  let line = null;      // while not: the row that the reader reads, and how far below the upper edge it stands
  let placed = 0;       // where the talk was put: anywhere else, the reader scrolled to

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

  function drawing(box, ...paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", box); svg.setAttribute("aria-hidden", "true"); svg.setAttribute("preserveAspectRatio", "xMaxYMid slice");
    for (const d of paths) { const p = document.createElementNS(svg.namespaceURI, "path"); p.setAttribute("d", d); svg.append(p); }
    return svg;
  }
  const hills = ["M236 26a64 64 0 1 0 128 0a64 64 0 1 0-128 0z", "M210 104a40 40 0 1 0 80 0a40 40 0 1 0-80 0z", "M0 104c60-34 108-30 170-8s112 20 170-14v38H0z"];
  const pin = ["M12 21s7-6.2 7-11a7 7 0 1 0-14 0c0 4.8 7 11 7 11z", "M9.4 10a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0z"];

  // card is an article. One with a tone has a cover: its picture, or that colour with the title on it.
  function card(c) {
    const a = el("a", "card"), title = el("b", "", c.title), pictured = c.picture?.startsWith("/");
    a.href = c.url; a.target = "_blank"; a.rel = "noopener";
    if (pictured) { const i = el("img", c.tone ? "" : "whole"); i.src = c.picture; i.alt = ""; a.append(i, title); }
    else if (c.tone) {
      const cover = el("span", "cover tone-" + c.tone);
      cover.append(drawing("0 0 340 120", ...hills));
      if (c.series) cover.append(el("small", "", c.series));
      cover.append(title);
      a.append(cover);
    } else a.append(title);
    if (c.far) { const far = el("em", "far"); far.append(drawing("0 0 24 24", ...pin), c.far); a.append(far); }
    if (c.summary) a.append(el("span", "about", c.summary));
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
      return r;
    }
    const [r, say] = m.kind === "staff" ? row("staff", "师", m.name + "（真人老师）", true) : row("bot", "桥", "心桥");
    for (const reply of m.replies) {
      if (reply.text) bubble(say, reply.text);
      if (reply.card) say.append(card(reply.card));
    }
    return r;
  }

  // noted says under a message of the reader's own what became of it.
  function noted(node, words) {
    const say = node.querySelector(".say"), old = say.querySelector(".note");
    if ((old?.textContent || "") === words) return;
    old?.remove();
    if (words) say.append(el("div", "note", words));
  }

  const near = () => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120;
  const top = (node) => node.offsetTop - talk.offsetTop;

  function put(y) {
    if (Math.abs(talk.scrollTop - y) > 0.5) talk.scrollTop = y;
    placed = talk.scrollTop;
  }

  // place puts the talk where the reader wants to be.
  function place() {
    if (!following) { if (line?.node.isConnected) put(top(line.node) - line.below); return; }
    const long = from?.isConnected && talk.scrollHeight - top(from) > talk.clientHeight;
    put(long ? top(from) - 8 : talk.scrollHeight);
  }

  // heed takes note of where the reader went. It is asked before each placing too: the scroll event itself comes a frame
  // late, and whoever just moved up must not be torn back in between. Who did not move keeps their line: what grew above
  // since then may not have been placed yet.
  function heed() {
    const moved = Math.abs(talk.scrollTop - placed) > 1;
    if (moved) { following = near(); from = null; placed = talk.scrollTop; }
    if (near()) newer.hidden = true;
    if (following || !moved && line?.node.isConnected) return;
    const node = [...talk.children].find((n) => top(n) + n.offsetHeight > talk.scrollTop);
    line = node && { node, below: top(node) - talk.scrollTop };
  }
  talk.addEventListener("scroll", heed);
  newer.addEventListener("click", () => { following = true; newer.hidden = true; place(); talk.focus({ preventScroll: true }); });
  // A picture that comes late, a keyboard that opens, other chips below: the reader stays where they are.
  const sizes = new ResizeObserver(place);
  sizes.observe(talk);

  return {
    follow() { following = true; from = null; },
    show(rows) {
      heed();
      const keys = new Set(rows.map((r) => r.key));
      for (const [key, d] of drawn) if (!keys.has(key)) { sizes.unobserve(d.node); d.node.remove(); drawn.delete(key); }
      let at = talk.firstChild, first = null;
      for (const r of rows) {
        const { note = "", ...rest } = r, sig = JSON.stringify(rest);
        let d = drawn.get(r.key);
        if (d?.sig !== sig) {
          const node = make(r);
          node.dataset.key = r.key;
          if (d) {
            if (at === d.node) at = node;
            if (from === d.node) from = node;
            if (line?.node === d.node) line.node = node;
            sizes.unobserve(d.node);
            d.node.replaceWith(node);
          } else if (r.kind === "bot" || r.kind === "staff") first ||= node;
          else if (r.kind !== "dots") first = null;
          sizes.observe(node);
          d = { sig, node };
          drawn.set(r.key, d);
        }
        if (r.kind === "me") noted(d.node, note);
        if (d.node === at) at = at.nextSibling; else talk.insertBefore(d.node, at);
      }
      if (first && following) from = first;
      if (first && !following) newer.hidden = false;
      place();
    },
  };
};
