// The desk's page: it wires the parts. Without scripts everything is links and forms; with them the page is told what
// changed and fetches it again (live.js, fetching.js), calls (attention.js, ring.js), keeps what is written (reply.js) and
// moves by keyboard.
import { $, queue } from "./page.js";
import { listen } from "./live.js";
import { attend } from "./attention.js";
import { setClock, startClock } from "./clock.js";
import { settle, unfold } from "./casepage.js";
import "./pick.js";
import "./mentions.js";
import "./typing.js";

// j and k walk through the queue
document.addEventListener("keydown", (e) => {
  if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, textarea, select, summary, [role=tab]")) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[e.key];
  if (!step || e.target.closest(".talk, .file")) return;
  const links = [...document.querySelectorAll(".case-link")].filter((a) => a.checkVisibility());
  if (!links.length) return;
  const at = links.indexOf(document.activeElement), from = at >= 0 ? at : links.findIndex((a) => a.hasAttribute("aria-current"));
  links[from < 0 ? 0 : Math.min(links.length - 1, Math.max(0, from + step))].focus();
  e.preventDefault();
});
$("print")?.addEventListener("click", () => print());

document.addEventListener("htmx:after:swap", () => { setClock(); settle(); attend(); });
settle();
// not the section's own ID: the browser would scroll the head out of sight
if (/^#open-[a-z]+$/.test(location.hash)) unfold(location.hash.slice("#open-".length));
startClock();
if (queue) { setClock(); attend(); listen(); }
