// Where the visitor is goes to the server in a posted form, when they tap and agree, and is kept nowhere. Without this
// script, or without a position, the list works all the same.
const form = document.getElementById("near");
if (navigator.geolocation && isSecureContext) {
  const button = form.querySelector("button"), status = form.querySelector("[role=status]");
  form.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    status.textContent = "正在找您在哪里……";
    navigator.geolocation.getCurrentPosition(at => {
      form.elements.lat.value = at.coords.latitude.toFixed(4);
      form.elements.lng.value = at.coords.longitude.toFixed(4);
      form.submit();
    }, () => {
      button.disabled = false;
      status.textContent = "没有拿到位置。可以在手机设置里允许，或者按区找。";
    }, { timeout: 10000, maximumAge: 60000 });
  });
}
