"use strict";
// The editors' panel: where each answer is written, the variables, and what became of the last save.
(() => {
  const panel = document.getElementById("preview"), talk = document.getElementById("talk");
  const made = new Map(); // row key → steps
  let lastTurn = null, lastText = "", edit = null;

  function el(tag, className, content) {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (content !== undefined) e.textContent = content;
    return e;
  }
  function say(detail) { document.dispatchEvent(new CustomEvent("xinqiao:say", { detail })); }
  function button(label, does) { const b = el("button", "", label); b.type = "button"; b.onclick = does; return b; }

  function mark() {
    for (const [key, steps] of made) {
      const say = talk.querySelector(`[data-key="${CSS.escape(key)}"] .say`);
      if (say && !say.querySelector(".made")) for (const s of steps) say.append(el("div", "made", `${s.step} · ${s.at}`));
    }
  }
  new MutationObserver(mark).observe(talk, { childList: true });

  function draw() {
    const open = panel.querySelector("details")?.open ?? matchMedia("(min-width: 1000px)").matches;
    const d = el("details");
    d.open = open;
    d.append(el("summary", "", "编辑预览"));
    if (edit?.problems.length) {
      d.append(el("h2", "", "刚才的改动没有生效，还是原来的版本"));
      for (const p of edit.problems) d.append(el("p", "refused", p));
    } else if (edit) d.append(el("p", "taken", `内容版本 ${edit.version}。改好 dialogs/ 里的文件，保存就生效。`));
    const again = button("再说一遍上一句", () => say({ text: lastText }));
    again.disabled = !lastText;
    d.append(button("从头开始", () => say({ begin: true, text: "" })), again);
    if (lastTurn) {
      d.append(el("h2", "", "这一轮走过的步骤"));
      const ol = el("ol");
      for (const s of lastTurn.steps) { const li = el("li"); li.append(el("b", "", s.step), el("br"), el("code", "", s.at)); ol.append(li); }
      d.append(lastTurn.steps.length ? ol : el("p", "", "没有走流程（比如：危险的话、老师在聊）"));
      if (lastTurn.waiting) { d.append(el("h2", "", "正在等回答的步骤")); const p = el("p"); p.append(el("code", "", lastTurn.waiting)); d.append(p); }
      d.append(el("h2", "", "变量"));
      if (!lastTurn.vars.length) d.append(el("p", "", "没有"));
      else {
        const t = el("table"), body = el("tbody");
        for (const v of lastTurn.vars) { const tr = el("tr"), th = el("th"); th.scope = "row"; th.append(el("code", "", v.name)); tr.append(th, el("td", "", v.value)); body.append(tr); }
        t.append(body); d.append(t);
      }
    } else d.append(el("p", "", "说一句话，这里会显示每个回答写在哪个文件的哪一行。"));
    panel.replaceChildren(d);
  }

  document.addEventListener("xinqiao:turn", (e) => {
    if (!e.detail.preview) return;
    lastTurn = e.detail.preview;
    if (e.detail.text) lastText = e.detail.text;
    made.set(e.detail.key, lastTurn.steps);
    draw(); mark();
  });
  document.addEventListener("xinqiao:content", (e) => { edit = e.detail; draw(); });
  draw();
})();
