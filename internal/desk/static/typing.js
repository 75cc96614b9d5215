// Typing, shown both ways: the person's page learns that the counsellor writes, the counsellor that the person does. Only
// that somebody writes is told, at most every few seconds, and it passes by itself.
import { $, openCase } from "./page.js";

const lasts = 6000; // ms
const every = () => $("case")?.dataset.channel === "wechat" ? 12000 : 3000; // WeChat shows it for 15 s, and counts the calls
let told = 0, timer;

document.addEventListener("input", (e) => {
  if (e.target.id !== "text" || !e.target.value.trim() || Date.now() - told < every()) return;
  told = Date.now();
  fetch("/desk/cases/" + encodeURIComponent(openCase()) + "/typing", { method: "POST", headers: { "HX-Request": "true" } }).catch(() => {});
});
document.addEventListener("desk:sent", () => { told = 0; });

function show(yes) { const line = $("typing"); if (line) line.hidden = !yes; }
document.addEventListener("desk:typing", () => {
  show(true);
  clearTimeout(timer);
  timer = setTimeout(() => show(false), lasts);
});
// what was being written has arrived
export function arrived() { clearTimeout(timer); show(false); }
