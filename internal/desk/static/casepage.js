// The open case: after every refresh it puts the page as the counsellor had it, tab, place in the talk, drafts and focus.
import { $, openCase } from "./page.js";
import { follow } from "./live.js";
import { heardInTheDark } from "./attention.js";
import { gatherNotice } from "./notices.js";
import { arrived } from "./typing.js";
import { draft, show as showOutgoing, pump } from "./reply.js";

const wide = matchMedia("(min-width: 1181px)"), phone = matchMedia("(max-width: 760px)");
let shown = "", atEnd = true, said = "", sentForm = null, spoke = false, lastWord = "", tab = "";

// ---- tabs: beside the talk on a wide screen, the talk among them on a narrow one
function choose(name, focus) {
  tab = name;
  const list = $("tabs");
  if (!list) { delete document.body.dataset.panel; return; }
  const now = wide.matches && tab === "talk" ? "todo" : tab;
  document.body.dataset.panel = now;
  list.querySelectorAll("[role=tab]").forEach((t) => {
    const on = t.dataset.panel === now;
    t.setAttribute("aria-selected", String(on));
    t.tabIndex = on ? 0 : -1;
    if (on && focus) t.focus();
    if (on) delete t.dataset.news;
  });
  if (now === "talk" && atEnd) toEnd();
}
wide.addEventListener("change", () => { if ($("case")) choose(wide.matches ? "todo" : "talk"); });
document.addEventListener("click", (e) => {
  const t = e.target.closest("[role=tab]");
  if (!t) return;
  choose(t.dataset.panel);
  $("file").scrollTop = 0;
});
document.addEventListener("keydown", (e) => {
  const t = e.target.closest?.("[role=tab]");
  if (!t) return;
  const all = [...t.parentElement.querySelectorAll("[role=tab]")].filter((x) => x.checkVisibility()), at = all.indexOf(t);
  const to = { ArrowRight: all[(at + 1) % all.length], ArrowLeft: all[(at + all.length - 1) % all.length], Home: all[0], End: all.at(-1) }[e.key];
  if (!to) return;
  e.preventDefault();
  choose(to.dataset.panel, true);
});
// A refresh leaves which tab is chosen to the counsellor.
htmx.registerExtension("desk-tabs", {
  htmx_before_morph_attr: (elt, { attrName }) => !(elt.matches("[role=tab]") && ["aria-selected", "tabindex", "data-news"].includes(attrName)),
});

// ---- which case stands open: the one that was asked for last, however late another answer comes. Nobody must write to
// the wrong person.
let wanted = openCase(), asked = null;
document.addEventListener("click", (e) => {
  const link = e.target.closest("a[data-case][hx-get]");
  if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey) { wanted = link.dataset.case; asked = link; }
}, true);
document.addEventListener("htmx:before:swap", (e) => {
  const id = /<article[^>]* data-id="([^"]+)"/.exec(e.detail.ctx.text)?.[1];
  if (id && wanted && id !== wanted) e.preventDefault();
});
document.addEventListener("htmx:finally:request", (e) => { if (e.detail.ctx.sourceElement === asked) { asked = null; wanted = openCase(); } });

// ---- the talk
const toEnd = (behavior = "instant") => $("talk")?.scrollTo({ top: $("talk").scrollHeight, behavior });

function showLine(id, behavior = "smooth") {
  choose("talk");
  const line = $(id), talk = $("talk");
  if (!line) return;
  for (let d = line.closest("details"); d && talk.contains(d); d = d.parentElement.closest("details")) d.open = true;
  atEnd = false;
  talk.scrollTo({ top: talk.scrollTop + line.getBoundingClientRect().top - talk.getBoundingClientRect().top - 12, behavior });
  line.classList.add("shown");
  line.addEventListener("animationend", () => line.classList.remove("shown"), { once: true });
}
document.addEventListener("click", (e) => {
  const link = e.target.closest("a.pinned");
  if (link) { e.preventDefault(); showLine(link.dataset.line); }
});
addEventListener("resize", () => { if (atEnd) toEnd(); }); // a phone's keyboard came up
// A phone that lays its keyboard over the page, rather than making it smaller, still shows the reply box.
visualViewport?.addEventListener("resize", () => {
  document.body.style.height = phone.matches && visualViewport.height < innerHeight - 80 ? visualViewport.height + "px" : "";
});

// ---- a section of the file, and the tab it lies in
export function unfold(id) {
  const section = $(id);
  if (!section) return;
  const panel = section.closest("[role=tabpanel]");
  if (panel) choose(panel.id.slice("panel-".length));
  for (let d = section; d; d = d.parentElement.closest("details")) d.setAttribute("open", "");
  const file = section.closest(".file"); // it alone scrolls: on a phone the head must stay
  file.scrollTop += section.getBoundingClientRect().top - file.getBoundingClientRect().top - 8;
  section.querySelector("summary, button, input, textarea")?.focus({ preventScroll: true });
}
document.addEventListener("click", (e) => {
  const link = e.target.closest("[data-unfold]");
  if (!link) return;
  e.preventDefault();
  closeMenus();
  unfold(link.dataset.unfold);
});

// ---- menus: Escape and a tap elsewhere close them; the button that opened them has the focus again
export function closeMenus(but) {
  document.querySelectorAll(".menu[open]").forEach((d) => { if (d !== but) d.removeAttribute("open"); });
}
document.addEventListener("pointerdown", (e) => closeMenus(e.target.closest(".menu")));
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || e.isComposing || e.defaultPrevented) return;
  const open = e.target.closest?.(".menu[open]") || document.querySelector(".menu[open]");
  if (!open) return;
  e.preventDefault();
  closeMenus();
  open.querySelector("summary").focus();
});

// ---- forms of the file: what was typed goes once the file has it
function tidy(form) {
  form.querySelectorAll("textarea[data-draft]").forEach((t) => draft.set(t.dataset.draft, ""));
  form.reset();
  form.closest("details")?.removeAttribute("open");
}
document.addEventListener("submit", (e) => {
  if (e.target.id === "reply") return;
  if (e.target.closest("#case")) { sentForm = e.target; return; }
  const t = e.target.querySelector("textarea[data-draft]"); // a letter's answer: a refused one comes back with the page
  if (t) draft.set(t.dataset.draft, "");
}, true);

// settle puts the page right after it was swapped.
export function settle() {
  const kase = $("case"), talk = $("talk"), text = $("text"), other = shown !== openCase();
  if (document.body.dataset.open !== undefined) document.body.dataset.open = kase ? "case" : "";
  document.querySelectorAll(".queue [data-case]").forEach((a) => {
    if (kase && a.dataset.case === kase.dataset.id) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
  });
  if (other) { shown = openCase(); atEnd = true; said = kase?.dataset.said || ""; sentForm = null; lastWord = ""; choose(wide.matches ? "todo" : "talk"); } else if (kase) choose(tab);
  if (kase && kase.dataset.said && kase.dataset.said !== said) {
    said = kase.dataset.said;
    if (sentForm?.elements.key?.value === said) { tidy(sentForm); sentForm = null; } // be it gone by now
    // A key is used once; what follows its first 36 characters is the form's own.
    kase.querySelectorAll("input[name=key]").forEach((i) => { if (i.value === said) i.value = kase.dataset.next + said.slice(36); });
  }
  document.querySelectorAll("textarea[data-draft]").forEach((t) => {
    if (t.dataset.ready) return;
    t.dataset.ready = "1";
    t.value ||= draft.get(t.dataset.draft);
  });
  // What the closing form was opened on: a word that came since is looked at before the case ends.
  const seen = $("seen");
  if (seen && (!$("close").open || sentForm?.id === "f-close")) seen.value = kase.dataset.signal;
  gatherNotice();
  showOutgoing();
  if (talk) {
    const words = talk.querySelectorAll(".line.person"), word = words[words.length - 1]?.id || "";
    if (word !== lastWord && lastWord) {
      arrived();
      if (!talk.checkVisibility()) $("tab-talk").dataset.news = "1";
      if (kase.dataset.mine) heardInTheDark({ id: shown, href: location.href, alias: kase.querySelector("h1").firstChild.textContent.trim(), label: kase.querySelector(".level").textContent });
    }
    lastWord = word;
    if (!talk.dataset.ready) {
      talk.dataset.ready = "1";
      talk.addEventListener("scroll", () => { if (talk.clientHeight) atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80; }, { passive: true });
    }
    const last = [...talk.querySelectorAll(".line.flagged")].at(-1);
    if (other && phone.matches && last) showLine(last.id, "instant");
    else if (atEnd) toEnd(other ? "instant" : "smooth");
  }
  // 接手 leads into the reply box; a colleague who asks me in takes nobody out of what they write.
  const loose = document.activeElement === document.body || !!document.activeElement?.closest(".actions, .case-link");
  if (text && !phone.matches && (other || !spoke) && loose) text.focus({ preventScroll: true });
  else if (text && phone.matches && !other && !spoke && loose) text.focus({ preventScroll: true });
  spoke = !!text;
  if (other) { follow(); pump(); }
}
