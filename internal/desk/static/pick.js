// A list above a text box, opened by a character typed into it: "/" finds a ready answer, "@" a colleague. Typing on
// filters, the arrows move, Enter or Tab chooses, Escape closes and leaves what was typed.
import { $ } from "./page.js";
import { ask } from "./fetching.js";

// kinds say what opens a list, what stands in it, and what a choice puts in place of what was typed.
const kinds = {
  ready: { opens: /(?:^|\s)(\/([^\s/]*))$/, label: "常用语", items: readyAnswers, empty: "没有找到。换个字，或者按 Esc 接着写。" },
  mention: { opens: /(@([^\s@]{0,20}))$/, label: "同事", items: colleagues, empty: "没有这位同事。" },
};

const answers = new Map(); // by case: the words fit the person
async function readyAnswers() {
  const id = $("case").dataset.id;
  if (!answers.has(id)) {
    const answer = await ask("/desk/cases/" + encodeURIComponent(id) + "/ready");
    if (!answer?.ok) return [];
    answers.set(id, JSON.parse(answer.text).ready.map((r) => ({ title: r.title, group: r.group, hint: r.text.replace(/\s+/g, " "), text: r.text })));
  }
  return answers.get(id);
}
async function colleagues() {
  return [...document.querySelectorAll("#mentionable option")].map((o) => ({ title: o.value, hint: "", text: "@" + o.value + " " }));
}

let open = null; // {box, kind, from, shown, at}
const list = (document.querySelector("main") || document.body).appendChild(Object.assign(document.createElement("div"), { id: "picker", className: "picker", hidden: true }));

function close() {
  if (!open) return;
  ["aria-activedescendant", "aria-controls"].forEach((a) => open.box.removeAttribute(a));
  open = null;
  list.hidden = true;
}

async function look(box) {
  const kind = kinds[box.dataset.picks], typed = kind && box.value.slice(0, box.selectionStart).match(kind.opens);
  if (!typed) { close(); return; }
  const items = await kind.items().catch(() => []);
  if (document.activeElement !== box || box.value.slice(0, box.selectionStart).match(kind.opens)?.[2] !== typed[2]) return; // typed on meanwhile: that asks again
  const query = typed[2].toLowerCase();
  const hits = items.filter((i) => (i.title + (i.group || "") + i.hint).toLowerCase().includes(query));
  if (!hits.length && (!items.length || query)) { if (box.dataset.picks === "mention" || !items.length) { close(); return; } }
  open = { box, kind, from: box.selectionStart - typed[1].length, shown: hits, at: 0 };
  draw();
}

function draw() {
  const { box, kind, shown, at } = open;
  const inner = document.createElement("div");
  inner.id = "picker-list";
  inner.setAttribute("role", "listbox");
  inner.setAttribute("aria-label", kind.label);
  let group = "";
  shown.forEach((item, i) => {
    if (item.group && item.group !== group) {
      group = item.group;
      inner.append(Object.assign(document.createElement("div"), { className: "group-name", textContent: group, role: "presentation" }));
    }
    const o = Object.assign(document.createElement("div"), { className: "option", id: "picker-" + i });
    o.setAttribute("role", "option");
    o.setAttribute("aria-selected", String(i === at));
    o.append(Object.assign(document.createElement("b"), { textContent: item.title }), Object.assign(document.createElement("span"), { textContent: item.hint }));
    o.addEventListener("pointerdown", (e) => e.preventDefault()); // the box keeps the focus
    o.addEventListener("click", () => choose(i));
    inner.append(o);
  });
  const nothing = Object.assign(document.createElement("p"), { className: "hint", textContent: kind.empty });
  list.replaceChildren(...(shown.length ? [inner] : [nothing]));
  list.hidden = false;
  place();
  if (shown.length) {
    box.setAttribute("aria-controls", "picker-list");
    box.setAttribute("aria-activedescendant", "picker-" + at);
    $("picker-" + at).scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
}

// place puts the list above the box, or below it where there is more room.
function place() {
  const r = open.box.getBoundingClientRect(), below = innerHeight - r.bottom, above = r.top;
  const width = Math.min(Math.max(r.width, 380), innerWidth - 16, 560);
  Object.assign(list.style, { left: Math.max(8, Math.min(r.left, innerWidth - width - 8)) + "px", width: width + "px", maxHeight: Math.min(360, Math.max(above, below) - 14) + "px",
    bottom: above >= below ? innerHeight - r.top + 6 + "px" : "auto", top: above >= below ? "auto" : r.bottom + 6 + "px" });
}

function choose(i) {
  const { box, from, shown } = open, to = box.selectionStart, text = shown[i].text;
  close();
  box.setRangeText(text, from, to, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

let chosen = false; // the Enter that chose is no Enter of the box
document.addEventListener("keydown", (e) => {
  chosen = false;
  if (!open || e.target !== open.box || e.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key], n = open.shown.length;
  if (e.key === "Escape") close();
  else if (step && n) { open.at = (open.at + step + n) % n; draw(); }
  else if ((e.key === "Enter" || e.key === "Tab") && n) { chosen = e.key === "Enter"; choose(open.at); }
  else return;
  e.preventDefault();
}, true);
document.addEventListener("beforeinput", (e) => { if (chosen && e.inputType === "insertLineBreak") { chosen = false; e.preventDefault(); } }, true);
document.addEventListener("input", (e) => { if (e.target.dataset?.picks && !e.isComposing) look(e.target); });
document.addEventListener("compositionend", (e) => { if (e.target.dataset?.picks) look(e.target); });
document.addEventListener("focusout", (e) => { if (open && e.target === open.box) close(); });
document.addEventListener("click", (e) => { // the button of whoever has no keyboard
  if (!e.target.closest("#ready")) return;
  const box = $("text"), before = box.value.slice(0, box.selectionStart);
  box.focus();
  box.setRangeText((before && !/\s$/.test(before) ? " " : "") + "/", box.selectionStart, box.selectionEnd, "end");
  look(box);
});
document.addEventListener("pointerdown", (e) => { if (e.target.closest("#ready")) e.preventDefault(); });
addEventListener("resize", () => { if (open) place(); });
