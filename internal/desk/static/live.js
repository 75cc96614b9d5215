// The stream of topics: it says what to fetch again, and the light in the bar says whether it lives. EventSource rather
// than htmx's SSE extension: the stream carries topics, never content, and one connection serves the whole page.
import { $, queue, openCase } from "./page.js";
import { refetchCase, refetchQueue, signedOut } from "./fetching.js";

let source, followed, retry = 1000, lastWord = Date.now(), timer;

export function light(state, text) {
  const link = $("link");
  if (!link) return;
  if (link.dataset.state !== state) { link.dataset.state = state; link.querySelector("span").textContent = text; }
  $("offline").hidden = state !== "off";
}

const say = (name) => document.dispatchEvent(new CustomEvent("desk:" + name));

export function listen() {
  if (!queue) return;
  source?.close();
  followed = openCase();
  source = new EventSource("/desk/live" + (followed ? "?case=" + encodeURIComponent(followed) : ""));
  const on = (name, f) => source.addEventListener(name, () => { lastWord = Date.now(); light("live", "实时"); f?.(); });
  on("hello", () => { retry = 1000; refetchQueue(); refetchCase(); say("online"); });
  on("still");
  on("cases", () => { refetchQueue(); refetchCase(); });
  on("person", refetchCase);
  on("typing", () => say("typing"));
  on("mentions", () => say("mentions"));
  on("letters", () => document.dispatchEvent(new Event("letters")));
  on("bye", signedOut);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) refetchQueue(); // refused, not cut off: whoever is signed out learns it here
    lost();
  };
}

// follow listens for another case, once another one stands open.
export function follow() { if (source && followed !== openCase()) listen(); }

function lost() {
  light("off", "已断开");
  source.close();
  clearTimeout(timer);
  timer = setTimeout(listen, retry);
  retry = Math.min(retry * 2, 15000);
}

addEventListener("online", () => { retry = 1000; listen(); });
addEventListener("offline", () => light("off", "已断开"));
setInterval(() => { if (source && Date.now() - lastWord > 20000) { lastWord = Date.now(); lost(); } }, 1000); // a stream that fell silent
document.addEventListener("htmx:error", () => light("off", "已断开"));
