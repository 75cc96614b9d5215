// Fetches again what changed. Each part of the page asks for itself, one request at a time; what is told meanwhile is one
// more request. An answer that comes late, when another case stands open by then, is dropped: nobody must write to the
// wrong person. Nothing else holds an answer back: open menus, half-filled forms and typing are left as they are.
import { pane, queue, openCase } from "./page.js";

const patience = 15000; // ms; a request that a dead line swallowed must not hold the next one back
const state = {}, later = {};

async function fetchAgain(what, url, target, still, pause = 1000) {
  if (!target) return;
  if (state[what]) { state[what] = "again"; return; }
  state[what] = "now";
  clearTimeout(later[what]);
  let failed = false;
  try {
    const answer = await ask(url);
    if (answer && still()) await morph(target, answer.text);
  } catch { failed = true; }
  const again = state[what] === "again";
  state[what] = "";
  if (again && !failed) return fetchAgain(what, url, target, still);
  // Nobody tells twice of what changed: a refresh that failed while the stream lives is tried until it is there.
  if (failed) later[what] = setTimeout(() => { if (still()) fetchAgain(what, url, target, still, Math.min(pause * 2, 15000)); }, pause);
}

// ask sends a request as htmx would and follows where it is sent; null where there is nothing to show.
export async function ask(url, options = {}) {
  const res = await fetch(url, { ...options, headers: { "HX-Request": "true", ...options.headers }, signal: AbortSignal.timeout(patience) });
  const to = res.headers.get("HX-Redirect");
  if (to?.startsWith("/desk/login")) { signedOut(); return null; }
  if (to) { location.assign(to); return null; }
  if (res.status >= 500) throw new Error("the server answered " + res.status);
  return { ok: res.ok, status: res.status, text: await res.text() };
}

// signedOut leads to the sign-in, unless the page offers it in place: what is half written stays then.
export function signedOut() {
  if (document.dispatchEvent(new Event("desk:bye", { cancelable: true }))) location.assign("/desk/login?next=" + encodeURIComponent(location.pathname + location.search));
}

export const morph = (target, text) => htmx.swap({ text, target, swap: "innerMorph", sourceElement: target });

export const refetchQueue = () => fetchAgain("queue", "/desk/queue?active=" + encodeURIComponent(openCase()), queue, () => true);
export function refetchCase() {
  const id = openCase();
  if (id) return fetchAgain("case:" + id, "/desk/cases/" + encodeURIComponent(id) + "?live=1", pane, () => openCase() === id);
}
