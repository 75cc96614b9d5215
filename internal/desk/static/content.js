// Shows in the phone what is being written, a moment after the last stroke. Without it the button "看效果" does the same.
const form = document.getElementById("content-form");
let timer = 0, running = null;

async function look() {
  running?.abort();
  running = new AbortController();
  const aside = document.getElementById("content-look");
  aside.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch("/desk/content/look", { method: "POST", body, signal: running.signal, headers: { "X-Look": "1" } });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("content-look");
    if (answer.ok && fresh) {
      const top = aside.querySelector(".phone-talk")?.scrollTop ?? 0;
      aside.replaceWith(document.adoptNode(fresh));
      const talk = document.querySelector("#content-look .phone-talk");
      if (talk) talk.scrollTop = top;
      atFields();
    }
  } catch (err) {
    if (err.name !== "AbortError") console.info("the preview waits for the next stroke");
  } finally {
    aside.removeAttribute("aria-busy");
  }
}

// What is wrong stands beside its field, too.
function atFields() {
  for (const old of form.querySelectorAll(".content-bad")) old.remove();
  for (const field of form.querySelectorAll(".content-field.bad")) {
    field.classList.remove("bad");
    field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  }
  for (const found of document.querySelectorAll("#content-look li[data-field]")) {
    const field = document.getElementById("f-" + found.dataset.field);
    if (!field) continue;
    field.classList.add("bad");
    field.querySelector("input, textarea, select")?.setAttribute("aria-invalid", "true");
    const list = field.querySelector(".content-bad") ?? field.appendChild(Object.assign(document.createElement("ul"), { className: "content-bad" }));
    list.appendChild(Object.assign(document.createElement("li"), { textContent: found.dataset.says }));
  }
}

if (form) {
  let unsaved = form.hasAttribute("data-unsaved");
  form.addEventListener("input", () => {
    unsaved = true;
    document.getElementById("content-unsaved").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(look, 900);
  });
  form.addEventListener("submit", (e) => {
    clearTimeout(timer);
    if (e.submitter?.value === "look") { // the page stays, and with it the way back
      e.preventDefault();
      look().then(() => document.getElementById("content-look").scrollIntoView({ block: "nearest" }));
      return;
    }
    running?.abort();
    unsaved = false;
  });
  // Whoever leaves with something typed and not kept is asked by the browser.
  addEventListener("beforeunload", (e) => {
    if (unsaved) e.preventDefault();
  });
  // A question shows its choices as soon as it is one.
  form.addEventListener("change", (e) => {
    if (e.target.type !== "radio") return;
    const choices = e.target.closest("fieldset").querySelector(".content-choices");
    if (choices) choices.open = e.target.value === "ask";
  });
}
