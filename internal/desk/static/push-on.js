// Turns notifications on in this browser, and knows which of the devices on the list it is.
"use strict";
(() => {
  const section = document.getElementById("push");
  if (!section) return;
  const $ = (id) => document.getElementById(id);
  const say = (text) => { const p = $("push-says"); p.textContent = text; p.hidden = false; };
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");

  function label() { // what its owner will know it by
    const ua = navigator.userAgent;
    const device = [["iPhone", /iPhone/], ["iPad", /iPad/], ["安卓手机", /Android/], ["Mac", /Macintosh/], ["Windows 电脑", /Windows/], ["Linux 电脑", /Linux/]].find(([, r]) => r.test(ua));
    const browser = [["Edge", /Edg/], ["Firefox", /Firefox/], ["Chrome", /Chrome/], ["Safari", /Safari/]].find(([, r]) => r.test(ua));
    return [device?.[0] || "这台设备", browser?.[0]].filter(Boolean).join(" · ");
  }
  async function here() { // the subscription of this browser, if it has one
    const worker = await navigator.serviceWorker?.getRegistration("/desk/");
    return worker?.pushManager?.getSubscription();
  }
  async function mark() {
    const mine = await here();
    if (!mine) return false;
    const id = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(mine.endpoint)));
    const row = section.querySelector('[data-browser="' + id + '"]');
    row?.querySelector(".this-one")?.removeAttribute("hidden");
    return !!row;
  }
  async function turnOn() {
    if (await Notification.requestPermission() !== "granted") {
      say("浏览器没有允许通知。请点地址栏左边的图标，把“通知”改成允许，再点一次。");
      return;
    }
    await navigator.serviceWorker.register("/desk/push.js", { scope: "/desk/" });
    const worker = await navigator.serviceWorker.ready;
    const key = bytes(section.dataset.key);
    let mine = await worker.pushManager.getSubscription();
    if (mine && hex(mine.options.applicationServerKey || new ArrayBuffer()) !== hex(key.buffer)) { // bound to earlier keys
      await mine.unsubscribe();
      mine = null;
    }
    mine ||= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const form = $("push-form");
    form.elements.endpoint.value = mine.endpoint;
    form.elements.p256dh.value = text(mine.getKey("p256dh"));
    form.elements.auth.value = text(mine.getKey("auth"));
    form.elements.label.value = label();
    form.submit();
  }
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window && window.isSecureContext;
  if (!able) {
    const apple = /iPhone|iPad/.test(navigator.userAgent);
    say(apple ? "iPhone 和 iPad 要先把值班台放到主屏幕：点分享按钮，选“添加到主屏幕”，再从主屏幕打开，到这里打开推送。" : "这个浏览器不支持推送。请用 https 打开值班台，或者换 Edge、Chrome、Firefox、Safari 的新版本试试。");
    return;
  }
  mark().catch(() => false).then((on) => { $("push-on").hidden = on; });
  $("push-on").addEventListener("click", () => {
    $("push-on").disabled = true;
    turnOn().catch(() => say("没有打开成功：浏览器连不上它的推送服务。安卓上的 Chrome 在国内常常连不上，可以换 Edge 或 Firefox 试试，或者用微信提醒。"))
      .finally(() => { $("push-on").disabled = false; });
  });
  section.addEventListener("submit", (e) => { // removing this browser turns it off here too
    if (e.target.querySelector(".this-one:not([hidden])")) here().then((mine) => mine?.unsubscribe()).catch(() => {});
  });
})();
