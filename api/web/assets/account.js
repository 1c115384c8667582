// Passkeys (WebAuthn), showing what is typed into a password field, copying and
// printing. What a browser cannot do stays hidden, and pages offer another way.

const bytes = s => Uint8Array.from(atob(s.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
const text = b => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const all = (selector, each) => document.querySelectorAll(selector).forEach(each);

class Refused extends Error {
  constructor(status) { super(); this.status = status; }
}

async function ask(address, body) {
  const answer = await fetch(address, {
    method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Accept": "application/json" },
  });
  if (!answer.ok) throw new Refused(answer.status);
  return answer.json();
}

// finish sends what the browser's authenticator answered; the fields that are bytes
// travel as base64url.
function finish(box, state, credential, fields) {
  const response = {};
  for (const f of fields) if (credential.response[f]) response[f] = text(credential.response[f]);
  const name = document.getElementById("passkey-name");
  return ask(box.dataset.finish, {
    state, name: name ? name.value : "", next: box.dataset.next || "", remember: box.dataset.remember === "true",
    credential: { id: credential.id, rawId: text(credential.rawId), type: credential.type, response },
  });
}

async function use(box, more) {
  const { options, state } = await ask(box.dataset.begin, {});
  const o = options.publicKey;
  o.challenge = bytes(o.challenge);
  const credential = await navigator.credentials.get({ publicKey: o, ...more });
  return finish(box, state, credential, ["authenticatorData", "clientDataJSON", "signature", "userHandle"]);
}

async function add(box) {
  const { options, state } = await ask(box.dataset.begin, {});
  const o = options.publicKey;
  o.challenge = bytes(o.challenge);
  o.user.id = bytes(o.user.id);
  for (const c of o.excludeCredentials || []) c.id = bytes(c.id);
  const credential = await navigator.credentials.create({ publicKey: o });
  return finish(box, state, credential, ["attestationObject", "clientDataJSON"]);
}

// This browser has a passkey for the site: so the keyboard may offer it.
const known = {
  get: () => { try { return localStorage.getItem("passkey") === "yes"; } catch { return false; } },
  set: () => { try { localStorage.setItem("passkey", "yes"); } catch { } },
};

function tell(box, error) {
  const wrong = box.querySelector(".wrong");
  const { cancelled, there, busy, refused } = box.dataset;
  let words = refused;
  if (error instanceof DOMException) words = error.name === "InvalidStateError" ? there : cancelled;
  else if (!(error instanceof Refused) || error.status >= 500) words = busy;
  else if (error.status === 409) words = there;
  wrong.querySelector("span").textContent = words;
  wrong.hidden = false;
}

async function run(box, work) {
  box.querySelector(".wrong").hidden = true;
  const { next } = await work();
  known.set();
  location.assign(next);
}

function passkey(box) {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  box.hidden = false;
  all("[data-without-passkey]", e => { e.hidden = true; });
  const button = box.querySelector("button");
  let waiting = null;
  button.addEventListener("click", async () => {
    waiting?.abort();
    button.disabled = true;
    try {
      await run(box, () => box.dataset.passkey === "add" ? add(box) : use(box));
    } catch (error) {
      tell(box, error);
    }
    button.disabled = false;
  });
  if (box.dataset.passkey !== "offer" || !known.get() || !PublicKeyCredential.isConditionalMediationAvailable) return;
  PublicKeyCredential.isConditionalMediationAvailable().then(can => {
    if (!can) return;
    waiting = new AbortController();
    run(box, () => use(box, { mediation: "conditional", signal: waiting.signal })).catch(error => {
      if (error instanceof Refused && error.status < 500) tell(box, error);
    });
  });
}

all("[data-passkey]", passkey);
all("[data-reveal]", label => {
  label.hidden = false;
  label.querySelector("input").addEventListener("change", e => {
    label.closest("form").querySelectorAll("[name=password]").forEach(field => { field.type = e.target.checked ? "text" : "password"; });
  });
});
all("[data-print]", button => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
all("[data-copy]", button => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.lastElementChild.textContent = button.dataset.copied;
  });
});
