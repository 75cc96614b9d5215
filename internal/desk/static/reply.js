// What a counsellor writes to the person: drafts stay in the tab, and a sentence that was sent while the line was down
// stands in the talk until it arrives, once, whatever was tried in between. Its key goes with every try.
import { $, pane, openCase, store, newID } from "./page.js";
import { ask, morph } from "./fetching.js";
import { tellNotice } from "./notices.js";

const fresh = 10 * 60e3; // ms; an older sentence is not sent without being read again: the talk has gone on since

export const draft = { get: (name) => store.get("draft:" + name, ""), set: (name, v) => store.set("draft:" + name, v) };

// outgoing are the sentences on their way: {case, url, key, text, at, stuck}, the oldest first.
let outgoing = store.get("outgoing", []), busy = false, timer, pause = 1000;
const keep = () => store.set("outgoing", outgoing.length ? outgoing : "");

export function show() {
  const box = $("outgoing");
  if (!box) return;
  const mine = outgoing.filter((o) => o.case === openCase());
  const shown = JSON.stringify(mine);
  if (box.dataset.shown === shown) return;
  box.dataset.shown = shown;
  box.replaceChildren(...mine.map((o) => {
    const line = Object.assign(document.createElement("div"), { className: "line staff pending" });
    const bubble = Object.assign(document.createElement("p"), { className: "bubble", textContent: o.text });
    const by = Object.assign(document.createElement("p"), { className: "by" });
    by.append(o.old ? "这句写于 " + new Date(o.at).toTimeString().slice(0, 5) + "，还没发出去" : o.stuck ? "连接断了，连上后自动发送" : "发送中…");
    if (o.stuck || o.old) {
      const again = Object.assign(document.createElement("button"), { type: "button", textContent: "改一改" });
      again.onclick = () => { take(o); back(o); };
      by.append(again);
    }
    if (o.old) {
      const send = Object.assign(document.createElement("button"), { type: "button", textContent: "现在发送" });
      send.onclick = () => { o.old = false; o.at = Date.now(); keep(); show(); pump(); };
      by.append(send);
    }
    line.append(bubble, by);
    return line;
  }));
}

const take = (o) => { outgoing = outgoing.filter((x) => x !== o); keep(); show(); };

// back puts a sentence that was not sent where it was written, before what was written since.
function back(o) {
  const text = [o.text, draft.get(o.case)].filter(Boolean).join("\n");
  draft.set(o.case, text);
  const box = $("text");
  if (box?.dataset.draft === o.case) { box.value = text; box.focus(); }
}

// pump sends what waits, one at a time and in order. A server that is away is asked again, ever more rarely.
export async function pump() {
  if (busy) return;
  clearTimeout(timer);
  busy = true;
  try {
    for (let o; (o = outgoing.find((x) => !x.old));) {
      if (Date.now() - o.at > fresh) { o.old = true; keep(); show(); continue; }
      let answer;
      try {
        answer = await ask(o.url, { method: "POST", body: new URLSearchParams({ text: o.text, key: o.key }) });
      } catch {
        outgoing.forEach((x) => { x.stuck = true; });
        keep(); show();
        timer = setTimeout(pump, pause);
        pause = Math.min(pause * 2, 15000);
        return;
      }
      if (!answer) { timer = setTimeout(pump, 3000); return; } // signed out: it waits for who signs in here again
      pause = 1000;
      take(o);
      if (!answer.ok) { back(o); tellNotice(o.case, noticeOf(answer.text), "refused"); }
      if (openCase() === o.case && answer.status !== 404) await morph(pane, answer.text);
    }
  } finally { busy = false; }
}

function noticeOf(html) {
  const doc = new DOMParser().parseFromString(html, "text/html");
  return (doc.querySelector(".notice, .problem p")?.textContent || "这句话没有发出去，请再试一次。").trim();
}

document.addEventListener("submit", (e) => {
  if (e.target.id !== "reply") return;
  e.preventDefault();
  const box = $("text"), text = box.value.trim();
  if (!text) { box.value = ""; return; }
  outgoing.push({ case: openCase(), url: e.target.action, key: newID(), text, at: Date.now() });
  keep();
  box.value = "";
  draft.set(box.dataset.draft, "");
  box.dispatchEvent(new Event("desk:sent", { bubbles: true }));
  show();
  pump();
}, true);

// Enter sends, Shift+Enter is a new line. beforeinput hears it from every keyboard, a phone's too, and not while an input
// method is choosing words.
let shift = false;
document.addEventListener("keydown", (e) => { shift = e.shiftKey; }, true);
document.addEventListener("beforeinput", (e) => {
  if (e.target.id !== "text" || e.inputType !== "insertLineBreak" || shift || e.isComposing || e.defaultPrevented) return;
  e.preventDefault();
  e.target.form.requestSubmit();
});

document.addEventListener("input", (e) => { if (e.target.dataset?.draft) draft.set(e.target.dataset.draft, e.target.value); });
document.addEventListener("desk:online", pump);
addEventListener("online", pump);
