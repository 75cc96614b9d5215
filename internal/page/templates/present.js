"use strict";
// One tap instead of the question: the page looks for a number that makes a SHA-256 of the token begin with enough zeros. A
// person waits about a second for it; a program that wants a thousand places waits for each. The hash is written out here, for
// browsers give theirs to pages over HTTPS alone. Without this script the question stands there as it is.
(() => {
  const form = document.getElementById("present"), button = form.querySelector("button"), status = form.querySelector("[role=status]");
  const bits = Number(form.dataset.bits), token = form.elements.token.value;
  form.querySelector("fieldset").hidden = true;

  // K and H are the fractions of roots of primes, as the standard has it.
  const K = [], H = [];
  for (let n = 2; K.length < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (H.length < 8) H.push((Math.sqrt(n) % 1) * 2 ** 32 | 0);
    K.push((Math.cbrt(n) % 1) * 2 ** 32 | 0);
  }
  const W = new Int32Array(64);

  // block mixes the sixteen words that stand in W into h.
  function block(h) {
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15], y = W[i - 2];
      W[i] = (W[i - 16] + W[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10)) | 0;
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 64; i++) {
      const t = (z + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + W[i]) | 0;
      const u = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c)) | 0;
      z = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
    }
    return [h[0] + a | 0, h[1] + b | 0, h[2] + c | 0, h[3] + d | 0, h[4] + e | 0, h[5] + f | 0, h[6] + g | 0, h[7] + z | 0];
  }

  // The whole blocks of the token are the same for every number: they are mixed once.
  const head = token + ".", whole = head.length - head.length % 64, rest = head.slice(whole);
  let start = H;
  for (let at = 0; at < whole; at += 64) {
    for (let i = 0; i < 16; i++) W[i] = word(head, at + i * 4);
    start = block(start);
  }
  function word(s, at) { return s.charCodeAt(at) << 24 | s.charCodeAt(at + 1) << 16 | s.charCodeAt(at + 2) << 8 | s.charCodeAt(at + 3); }

  // zeros says how many zeros the hash of the token and a number begins with.
  function zeros(n) {
    const tail = rest + n, size = tail.length + 9 > 64 ? 128 : 64;
    const bytes = new Uint8Array(size);
    for (let i = 0; i < tail.length; i++) bytes[i] = tail.charCodeAt(i);
    bytes[tail.length] = 0x80;
    const view = new DataView(bytes.buffer);
    view.setUint32(size - 4, (head.length + String(n).length) * 8);
    let h = start;
    for (let at = 0; at < size; at += 64) {
      for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + i * 4);
      h = block(h);
    }
    return h[0] === 0 ? 32 + Math.clz32(h[1]) : Math.clz32(h[0]);
  }

  let n = 0;
  function go() {
    const until = performance.now() + 40; // the page stays alive between
    while (performance.now() < until) {
      for (let i = 0; i < 200; i++, n++) {
        if (zeros(n) >= bits) { form.elements.work.value = n; form.submit(); return; }
      }
    }
    setTimeout(go, 0);
  }
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    button.disabled = true;
    status.textContent = "好，请等一两秒……";
    go();
  });
})();
