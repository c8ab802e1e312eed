/* Makes a pair of keys for a program. The public half is put into the form; the private one is offered as a file and never sent. */
"use strict";

const WANTED = { name: "ECDSA", namedCurve: "P-256" };

for (const place of document.querySelectorAll("[data-make-key]")) {
  const [on, off, done, file] = ["on", "off", "done", "file"].map((name) => place.querySelector(`[data-make-key-${name}]`));
  if (!window.isSecureContext || !window.crypto?.subtle) continue;
  on.hidden = false;
  off.hidden = true;
  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      const pair = await crypto.subtle.generateKey(WANTED, true, ["sign", "verify"]);
      const half = async (key) => {
        const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", key);
        return JSON.stringify({ kty, crv, x, y, ...(d && { d }) });
      };
      document.getElementById(place.dataset.makeKey).value = await half(pair.publicKey);
      URL.revokeObjectURL(file.href);
      file.href = URL.createObjectURL(new Blob([await half(pair.privateKey)], { type: "application/json" }));
      done.hidden = false;
      file.focus();
    } finally {
      on.disabled = false;
    }
  });
}
