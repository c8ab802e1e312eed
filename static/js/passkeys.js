/* The browser's part of passkeys: asks it to make or use one, and sends what it answers with the form around the button. */
"use strict";

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const textOf = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const readable = (options) => {
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytesOf(key.id) }));
  const read = { ...options, challenge: bytesOf(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytesOf(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = listed(options.allowCredentials);
  return read;
};

const written = (passkey) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (passkey.response[name]) response[name] = textOf(passkey.response[name]);
  return JSON.stringify({
    id: passkey.id, rawId: textOf(passkey.rawId), type: passkey.type, response, clientExtensionResults: {},
  });
};

const optionsOf = async (form, place) => {
  if (place.dataset.options) return JSON.parse(place.dataset.options);
  const answer = await fetch(place.dataset.passkey, {
    method: "POST", headers: { "X-CSRFToken": form.elements.csrf_token.value },
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};

for (const place of document.querySelectorAll("[data-passkey]")) {
  const form = place.closest("form");
  const [on, off, failed] = ["on", "off", "failed"].map((name) => place.querySelector(`[data-passkey-${name}]`));
  if (!window.PublicKeyCredential || !window.isSecureContext) continue;
  on.hidden = false;
  off.hidden = true;
  on.addEventListener("click", async () => {
    failed.hidden = true;
    on.disabled = true;
    try {
      const publicKey = readable(await optionsOf(form, place));
      const passkey = await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey });
      form.elements[place.dataset.field].value = written(passkey);
      form.requestSubmit();
    } catch {
      failed.hidden = false;
      failed.focus();
    } finally {
      on.disabled = false;
    }
  });
}
