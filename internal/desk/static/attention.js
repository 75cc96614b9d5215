// Calls for attention: it compares the queue with what it was and says, once each, what calls this counsellor: somebody in
// danger whom nobody has seen, a conversation of theirs that turned worse or waits while they look at another, a
// conversation that a colleague wants to hand over. The banner holds every one of them until it is looked after.
import { $, queue, openCase, rows, rank } from "./page.js";
import { alarm, chime, notify } from "./ring.js";

const title = document.title;
let known = null, called = 0, banner = "", unseen = 0;

const grave = (r) => rank(r.level) >= rank("high");
const here = (r) => r.id === openCase() && !document.hidden;

// A colleague's conversation is theirs until it is overdue.
const nobodys = (r) => r.waits && !r.mine && (!r.kind || r.kind === "eyes" || r.kind === "taking" || r.overdue);

// why says what stands in the banner for a case, "" where it does not call.
function why(r) {
  if (r.offered) return ""; // has a bar of its own, which leads to all that is offered (session.js)
  if (r.mine) {
    if (r.kind === "answer") return r.overdue ? "在等您回话，已经超时" : "在等您回话";
    return r.unread ? "您的对话里有新消息" : "";
  }
  if (!nobodys(r) || !grave(r)) return "";
  if (r.overdue) return "超过时间还没有人接手";
  return r.kind === "taking" ? "有同事说了“收到”，还没有接手" : "还没有人接手";
}

const worst = (a, b) => rank(b.level) - rank(a.level) || b.overdue - a.overdue || (a.due || Infinity) - (b.due || Infinity) || Number(a.waits) - Number(b.waits) || 0;

// news are the calls since the last look, each with what a notification says.
function news(now) {
  const out = [];
  for (const r of now) {
    const was = known.get(r.id);
    const worse = was && rank(r.level) > rank(was.level);
    const tell = (word, urgent) => out.push({ row: r, word, urgent });
    if (r.offered && !was?.offered) tell("同事想把对话转给您", true);
    else if (r.mine && was?.mine) {
      if (worse) tell("您的对话变得更急了", true);
      else if (r.overdue && !was.overdue) tell("在等您回话，已经超时", true);
      else if (r.unread > was.unread) tell("您的对话里有新消息", r.kind === "answer");
      else if (r.kind === "answer" && was.kind !== "answer") tell("TA 在等您回话", true);
    } else if (nobodys(r) && grave(r)) {
      if (!was || worse || !nobodys(was)) tell("新的个案等您确认", true);
      else if (r.overdue && !was.overdue) tell("超过时间还没有人确认", true);
    }
  }
  return out;
}

export function attend() {
  const now = rows();
  const fresh = known ? news(now).filter(({ row }) => !here(row)) : [];
  known = new Map(now.map((r) => [r.id, r]));
  fresh.forEach(({ row, word, urgent }) => { notify(row, word, urgent); row.link.classList.add("fresh"); });
  if (fresh.some((f) => f.urgent)) alarm(); else if (fresh.length) chime();
  const due = $("due-tasks"), count = Number(queue?.querySelector("[data-due-tasks]")?.dataset.dueTasks || 0);
  if (due && queue) { due.hidden = !count; due.firstElementChild.textContent = count; }
  show(now.map((r) => ({ ...r, word: why(r) })).filter((r) => r.word && !here(r)).sort(worst));
}

const shownBelow = 3; // how many that are not imminent stand in the banner; the queue has the rest

function show(calls) {
  called = calls.length;
  document.title = called ? "(" + called + ") " + title : title;
  const urgent = calls.filter((r) => r.level === "imminent"), below = calls.filter((r) => r.level !== "imminent");
  const listed = [...urgent, ...below.slice(0, shownBelow)], more = calls.length - listed.length;
  const key = JSON.stringify([listed.map((r) => [r.id, r.level, r.word]), more]);
  const box = $("alarm");
  if (key === banner) return; // said already: reading it out again would drown the next one
  banner = key;
  box.hidden = !listed.length;
  box.dataset.worst = listed[0]?.level || "";
  const list = document.createElement("ul");
  for (const r of listed) {
    const li = document.createElement("li"), a = document.createElement("a");
    a.href = r.href;
    a.dataset.case = r.id;
    a.textContent = r.label + " · " + r.alias;
    li.append(a, " " + r.word);
    list.append(li);
  }
  if (more) list.append(Object.assign(document.createElement("li"), { textContent: "还有 " + more + " 位在等，见队列" }));
  box.replaceChildren(...(listed.length ? [Object.assign(document.createElement("b"), { textContent: "有人需要您" }), list] : []));
}

// heardInTheDark rings for a word in the open conversation while the counsellor looks at another window.
export function heardInTheDark(kase) {
  if (!document.hidden) return;
  unseen++;
  chime();
  notify(kase, "您的对话里有新消息");
}
document.addEventListener("visibilitychange", () => { unseen = 0; attend(); });

// Once a second: the alarm of an imminent case that nobody has seen sounds every ten seconds, and the tab's title calls.
let seconds = 0, beat = 0;
export function tick() {
  if (seconds++ % 10 === 9 && rows().some((r) => r.level === "imminent" && nobodys(r) && (r.kind !== "taking" || r.overdue))) alarm();
  if (document.hidden && (called || unseen)) document.title = ++beat % 2 ? "❗有人在等您" : "(" + (called + unseen) + ") " + title;
}
