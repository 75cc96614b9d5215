// What could not be done is told until it is read: a refusal, such as a lost race, stands above the talk of its case
// through every refresh, until the counsellor taps it away.
import { $, openCase } from "./page.js";

const told = new Map(); // case → what to tell

export function tellNotice(id, text) { told.set(id, text); showNotice(); }

// gather takes over what the server wrote into the page.
export function gatherNotice() {
  const notice = $("notice"), id = openCase();
  if (notice && id) { told.set(id, notice.textContent.trim()); notice.remove(); }
  showNotice();
}

function showNotice() {
  const kase = $("case"), text = told.get(openCase());
  let box = $("told");
  if (!kase || !text) { box?.remove(); return; }
  if (box?.dataset.text === text && box.isConnected) return;
  box?.remove();
  box = Object.assign(document.createElement("div"), { id: "told", className: "notice told" });
  box.setAttribute("role", "alert");
  box.dataset.text = text;
  const ok = Object.assign(document.createElement("button"), { type: "button", textContent: "知道了" });
  ok.onclick = () => { told.delete(openCase()); box.remove(); $("text")?.focus(); };
  box.append(Object.assign(document.createElement("p"), { textContent: text }), ok);
  $("case-body").before(box);
}
