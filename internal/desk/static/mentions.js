// Notes in which a colleague named me: the navigation says how many wait, on every page and at once.
import { $ } from "./page.js";
import { chime } from "./ring.js";

document.addEventListener("desk:mentions", async () => {
  const res = await fetch("/desk/mentions/count").catch(() => null);
  if (!res?.ok || res.redirected) return;
  const { count } = await res.json();
  let badge = $("due-mentions");
  if (!badge && count) {
    const link = Object.assign(document.createElement("a"), { href: "/desk/mentions", textContent: "提到我的 " });
    badge = link.appendChild(Object.assign(document.createElement("b"), { className: "badge", id: "due-mentions" }));
    badge.append(document.createElement("span"), Object.assign(document.createElement("span"), { className: "vh", textContent: " 条没看" }));
    document.querySelector('.bar nav[aria-label="主导航"]')?.append(link);
  }
  if (!badge) return;
  if (count > Number(badge.firstElementChild.textContent || 0)) chime();
  badge.hidden = !count;
  badge.firstElementChild.textContent = count;
});
