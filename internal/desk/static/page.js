// What every script of the desk asks of the page.
export const $ = (id) => document.getElementById(id);
export const pane = $("pane"), queue = $("queue");
export const openCase = () => $("case")?.dataset.id || "";

// A case of the queue, read from its row: what a row lacks is empty.
export function rows() {
  const seen = new Map();
  document.querySelectorAll(".case-link[data-case]").forEach((a) => {
    const d = a.dataset;
    if (seen.has(d.case)) return;
    seen.set(d.case, {
      id: d.case, level: d.level || "", waits: d.waits || "", kind: d.kind || (d.waits ? "eyes" : ""), due: Number(d.due) || 0, unread: Number(d.unread) || 0,
      mine: !!d.mine, offered: !!d.offered, group: a.closest("[data-group]")?.dataset.group || "", overdue: a.classList.contains("overdue"),
      href: a.href, alias: a.querySelector(".alias")?.textContent.trim() || "有人", label: a.querySelector(".level")?.textContent.trim() || "", link: a,
    });
  });
  return [...seen.values()];
}

export const rank = (level) => ["", "none", "low", "medium", "high", "imminent"].indexOf(level);

// store keeps something in the tab; where it may not (a private window), the page works on and forgets.
export const store = {
  get(key, otherwise) { try { return JSON.parse(sessionStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } },
  set(key, value) { try { value === "" || value == null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or private */ } },
};

// newID is a random name for something that is sent once; crypto.randomUUID is missing where the page is not secure.
export const newID = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
