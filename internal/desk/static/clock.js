// Waiting time goes on between two words of the server, in the words of view.go's lasted and left.
import { queue } from "./page.js";
import { refetchQueue } from "./fetching.js";
import { attend, tick } from "./attention.js";

const two = (n) => String(n).padStart(2, "0");
function lasted(s) {
  if (s < 60) return s + " 秒";
  if (s < 3600) return Math.floor(s / 60) + " 分 " + two(s % 60) + " 秒";
  if (s < 86400) return Math.floor(s / 3600) + " 小时 " + two(Math.floor(s % 3600 / 60)) + " 分";
  return Math.floor(s / 86400) + " 天 " + Math.floor(s % 86400 / 3600) + " 小时";
}
const left = (ms) => ms < 0 ? "已超时 " + lasted(Math.floor(-ms / 1000)) : "还剩 " + lasted(Math.floor(ms / 1000));

let skew = 0, last; // how far this machine's clock is ahead of the server's
export function setClock() {
  const now = Number(queue?.querySelector("[data-now]")?.dataset.now);
  if (now && now !== last) { last = now; skew = Date.now() - now; }
}

export function startClock() {
  setInterval(() => {
    document.querySelectorAll("time[data-until]").forEach((t) => {
      const ms = Number(t.dataset.until) - (Date.now() - skew);
      t.textContent = left(ms);
      const link = t.closest(".case-link");
      if (ms < 0 && link && !link.classList.contains("overdue")) { link.classList.add("overdue"); attend(); refetchQueue(); }
    });
    document.querySelectorAll("time[data-since]").forEach((t) => {
      t.textContent = lasted(Math.max(0, Math.floor((Date.now() - skew - Number(t.dataset.since)) / 1000)));
    });
    tick();
  }, 1000);
}
