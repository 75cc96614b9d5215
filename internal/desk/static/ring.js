// What can be heard and seen outside the page: tones, and the machine's notifications. A notification names nobody's
// words: the alias, the level, and what is new. A click opens the case.
import { $, queue } from "./page.js";

let audio;
const sound = $("sound"), bell = $("notify");

function tones(pitches) {
  if (!audio || audio.state !== "running") return;
  pitches.forEach(([pitch, t]) => {
    const tone = audio.createOscillator(), gain = audio.createGain(), at = audio.currentTime + t;
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.24);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.26);
  });
}
// Rings are counted on the switch, so that whoever cannot hear (and a test) knows that it rang.
function ring(kind, pitches) {
  if (sound) sound.dataset[kind] = Number(sound.dataset[kind] || 0) + 1;
  tones(pitches);
}
export const alarm = () => ring("alarms", [[740, 0], [740, 0.28], [740, 0.56]]); // somebody may be in danger
export const chime = () => ring("chimes", [[587, 0], [880, 0.18]]);              // somebody spoke to me

export function notify({ href, label, alias, id }, word, urgent) {
  if (!window.Notification || Notification.permission !== "granted" || bell?.getAttribute("aria-pressed") !== "true") return;
  const note = new Notification(label + " · " + alias, { body: word, tag: id, renotify: true, requireInteraction: !!urgent, icon: "/desk/static/icon.svg" });
  note.onclick = () => { window.focus(); note.close(); location.assign(href); };
}

const remember = (key, on) => { try { localStorage.setItem(key, on ? "on" : "off"); } catch { /* private window: forgotten on reload */ } };
const wanted = (key, otherwise) => { try { return localStorage.getItem(key) || otherwise; } catch { return otherwise; } };

function setBell(on) { bell.setAttribute("aria-pressed", String(on)); remember("xinqiao-notify", on); }
function setSound(on) {
  sound.setAttribute("aria-pressed", String(on));
  remember("xinqiao-sound", on);
  if (on) { audio ??= new AudioContext(); audio.resume(); } else { audio?.suspend(); }
}

if (bell && queue && window.Notification) {
  bell.hidden = false;
  bell.setAttribute("aria-pressed", String(wanted("xinqiao-notify", "off") === "on" && Notification.permission === "granted"));
  bell.addEventListener("click", async () => {
    if (bell.getAttribute("aria-pressed") === "true") { setBell(false); return; }
    const answer = await Notification.requestPermission();
    setBell(answer === "granted");
    bell.title = answer === "denied" ? "浏览器不允许这个网站发通知。点地址栏左边的图标，把“通知”改成允许。" : "";
    if (answer === "denied") bell.textContent = "桌面通知（被浏览器关了）";
  });
}
if (sound && queue && window.AudioContext) {
  sound.hidden = false;
  sound.addEventListener("click", () => { const on = sound.getAttribute("aria-pressed") !== "true"; setSound(on); if (on) setTimeout(alarm, 80); });
  sound.setAttribute("aria-pressed", String(wanted("xinqiao-sound", "on") === "on"));
  // a browser lets a page sound only after its first touch
  const first = () => { if (sound.getAttribute("aria-pressed") === "true" && !audio) setSound(true); };
  addEventListener("pointerdown", first, { once: true });
  addEventListener("keydown", first, { once: true });
}
