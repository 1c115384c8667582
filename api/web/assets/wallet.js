// Has a wallet in the browser (EIP-1193) sign the typed data of a form, and sends it:
// <form data-wallet data-signer="0x… or empty"> with <textarea id="typed">, an input
// named signature, <button data-sign hidden> and <p data-say hidden> with the words
// for what can go wrong. Without a wallet the signature is pasted.

const form = document.querySelector("form[data-wallet]");
const button = form.querySelector("[data-sign]");
const said = form.querySelector("[data-say]");

const say = what => {
  said.querySelector("span").textContent = said.dataset[what];
  said.hidden = false;
};

async function sign() {
  const wallet = window.ethereum;
  if (!wallet) return say("none");
  said.hidden = true;
  button.disabled = true;
  try {
    const accounts = await wallet.request({method: "eth_requestAccounts"});
    const signer = form.dataset.signer;
    const from = signer ? accounts.find(a => a.toLowerCase() === signer) : accounts[0];
    if (!from) return say("other");
    const typed = document.getElementById("typed").value;
    form.elements.signature.value = await wallet.request({method: "eth_signTypedData_v4", params: [from, typed]});
    form.submit();
  } catch (e) {
    say(e.code === 4001 ? "refused" : "failed");
  } finally {
    button.disabled = false;
  }
}

button.hidden = false;
button.addEventListener("click", sign);
