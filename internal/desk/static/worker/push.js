// Shows a call while the desk is closed, and opens what it is about. What arrives is an alias, a level and a path, never
// what somebody wrote (see notify.pushed). Served at /desk/push.js.
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));
self.addEventListener("push", (e) => {
  let call = {};
  try { call = e.data.json(); } catch { /* said without its details: better than silence */ }
  e.waitUntil(self.registration.showNotification(call.title || "心桥值班台", {
    body: call.body || "有事需要您，打开值班台看看。", tag: call.tag || "xinqiao", requireInteraction: call.urgent === true,
    icon: "/desk/static/icon.svg", lang: "zh-Hans", data: { path: call.path || "/desk" },
  }));
});
self.addEventListener("notificationclick", (e) => {
  e.notification.close();
  const to = new URL(e.notification.data?.path || "/desk", self.location.origin);
  if (to.origin !== self.location.origin || !/^\/desk(\/|$)/.test(to.pathname)) to.href = self.location.origin + "/desk";
  e.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((open) => {
    const there = open.find((c) => new URL(c.url).pathname === to.pathname);
    return there ? there.focus() : self.clients.openWindow(to.href);
  }));
});
