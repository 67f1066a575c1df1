/**
 * Passkeys (WebAuthn level 3): a form with `data-passkey` asks the browser for a credential before it is sent.
 * `data-passkey="new"` makes one; an address there says where to ask for the challenge, which is on the page otherwise.
 */
const known = Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !known;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = known;

/** @param {HTMLFormElement} form */
async function send(form) {
  const [button, complaint] = [form.querySelector("button"), form.querySelector("[role=alert]")];
  button.disabled = true;
  complaint.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await credential(form.dataset.passkey));
    form.submit();
  } catch {
    complaint.textContent = "That did not work, or was called off. Try again.";
    complaint.hidden = false;
    button.disabled = false;
  }
}

/** @param {string} kind */
async function credential(kind) {
  const options = await optionsFor(kind);
  if (kind === "new") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  return navigator.credentials.get({ publicKey });
}

/** @param {string} kind */
async function optionsFor(kind) {
  if (!kind.startsWith("/")) return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(kind, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).request_options;
}
