// An answer is saved as it is written, a second after the last word. What a colleague saved in between is never written over:
// the server keeps both, and the page says so. The list reads itself again when a letter comes or is answered.
"use strict";
(() => {
  const form = document.getElementById("answer"), text = document.getElementById("answer-text"), saved = document.getElementById("saved");
  const page = document.getElementById("letter");
  let last = text?.value || "", timer, busy = false, wrong = false;

  function say(words, bad) {
    saved.textContent = words;
    saved.dataset.state = bad ? "bad" : "";
  }
  async function save() {
    clearTimeout(timer);
    if (busy) { timer = setTimeout(save, 500); return; }
    if (text.value === last) return;
    const sending = text.value;
    busy = true;
    try {
      const res = await fetch(form.dataset.draftTo, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
      const word = await res.json().catch(() => ({}));
      if (res.ok) {
        last = sending;
        form.elements.version.value = page.dataset.version = word.version;
        say("已存好 · " + word.at);
      } else if (res.status === 409) { // kept aside: go on with the old version, so that what follows is kept there too
        last = sending;
        wrong = true;
        sayBoth(word.notice);
      } else {
        say(word.notice || "没有存上，正在再试……", true);
        timer = setTimeout(save, 4000);
      }
    } catch {
      say("连接断了，没有存上，正在再试……写的还在这一页上，请先别关。", true);
      timer = setTimeout(save, 4000);
    } finally {
      busy = false;
    }
  }
  function sayBoth(notice) {
    say((notice || "同事刚刚也存了一版，两份都留着。") + " ", true);
    const link = document.createElement("a");
    link.href = location.pathname + "#write";
    link.textContent = "对着看两份";
    link.addEventListener("click", async (e) => {
      e.preventDefault();
      if (await settled()) { leaving = true; location.reload(); }
    });
    saved.append(link);
  }
  // settled saves what was typed since, and says whether all of it is with the server: nothing may be lost by leaving.
  async function settled() {
    for (let tries = 0; tries < 3 && (busy || text.value !== last); tries++) {
      await save();
      if (busy) await new Promise((done) => setTimeout(done, 600));
    }
    return text.value === last;
  }
  let leaving = false;
  if (form) {
    text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1000); });
    form.addEventListener("submit", () => { clearTimeout(timer); leaving = true; });
    addEventListener("visibilitychange", () => { if (document.hidden) save(); });
    addEventListener("beforeunload", (e) => { if (!leaving && text.value !== last) { save(); e.preventDefault(); } });
  }

  // ---- a colleague did something: the list is read again; an opened letter says so and changes nothing that is being written
  async function fresh() {
    const res = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    return res?.ok ? new DOMParser().parseFromString(await res.text(), "text/html") : null;
  }
  document.addEventListener("letters", async () => {
    const list = document.getElementById("letter-list");
    if (list) {
      const now = (await fresh())?.getElementById("letter-list");
      const at = document.activeElement?.getAttribute?.("href");
      if (now) { list.replaceChildren(...now.childNodes); if (at) list.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus(); }
      return;
    }
    if (!page || wrong || leaving) return;
    const res = await fetch(location.pathname + "/state", { headers: { Accept: "application/json" } }).catch(() => null);
    const now = res?.ok ? await res.json() : null;
    if (!now || wrong || busy || now.version === Number(page.dataset.version) && now.state === page.dataset.state) return;
    if (!text || text.value === last) { leaving = true; location.reload(); return; }
    say("同事刚刚改了这封信。您接着写，存的时候两份都会留下。", true);
  });
})();
