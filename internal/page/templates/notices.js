// The button is the platform's own (wx-open-subscribe), and so is the popup. What somebody agrees to the platform tells the
// server; here it is only said that it was heard. Without the platform's script, or where it refuses the page, the text says so.
const ask = document.getElementById("notice-ask"), said = document.getElementById("notice-said");
const fails = () => { said.textContent = "按钮这会儿显示不出来，过几分钟再打开试试。没有提醒也不耽误预约。"; };
ask.addEventListener("success", e => {
  let answers = {};
  try { answers = JSON.parse(e.detail.subscribeDetails || "{}"); } catch { /* told apart below: nothing was agreed to */ }
  const yes = Object.values(answers).some(a => { try { return JSON.parse(a).status === "accept"; } catch { return false; } });
  said.textContent = yes ? "好，记下了。到时候微信会弹一条通知。" : "好，不发通知。想要的时候再来点就行。";
});
ask.addEventListener("error", fails);
if (window.wx) {
  wx.error(fails);
  wx.config({ debug: false, appId: ask.dataset.app, timestamp: Number(ask.dataset.at), nonceStr: ask.dataset.nonce, signature: ask.dataset.proof, jsApiList: ["checkJsApi"], openTagList: ["wx-open-subscribe"] });
} else {
  fails();
}
