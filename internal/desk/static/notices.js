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

// The place for it stands in the page and no refresh touches it: a tap on its button is never lost.
function showNotice() {
  const box = $("told"), id = openCase(), text = told.get(id);
  if (!box) return;
  box.hidden = !text;
  if (!text || box.dataset.text === text) return;
  box.dataset.text = text;
  const ok = Object.assign(document.createElement("button"), { type: "button", textContent: "知道了" });
  ok.onclick = () => { told.delete(id); box.hidden = true; box.dataset.text = ""; $("text")?.focus(); };
  box.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }), ok);
}
