// Counts that a person looked at this page: once it is seen, and once in half an hour
// a phone, which only the phone knows. Tells what is known of a piece's scans, and the
// district where it is, rounded here, when the button for it is pressed.
const box = document.querySelector("[data-scan]");
const again = 30 * 60 * 1000, store = "scans";
const ask = (method, path, fields) => {
  const q = new URLSearchParams(fields);
  return method === "GET" ? fetch(path + "?" + q) : fetch(path, { method, body: q });
};

function seen(code) {
  let at = {};
  try { at = JSON.parse(localStorage.getItem(store)) ?? {}; } catch { /* nothing is kept here */ }
  const now = Date.now(), was = now - at[code] < again;
  for (const k in at) if (!(now - at[k] < again)) delete at[k];
  if (!was) at[code] = now;
  try { localStorage.setItem(store, JSON.stringify(at)); } catch { /* each look counts then */ }
  return was;
}

async function count() {
  const { scan } = box.dataset, said = document.querySelector("[data-scans]");
  try {
    const answer = await ask(seen(scan) ? "GET" : "POST", "/scans", { id: scan, in: document.documentElement.lang });
    const { text } = answer.ok ? await answer.json() : {};
    if (said && text) said.textContent = text;
  } catch { /* without a network the page is complete all the same */ }
}

const look = () => {
  if (document.prerendering || document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", look);
  document.removeEventListener("prerenderingchange", look);
  count();
};

if (box) {
  document.addEventListener("visibilitychange", look);
  document.addEventListener("prerenderingchange", look);
  look();
  const where = box.querySelector("button"), told = box.querySelector("[role=status]");
  if (navigator.geolocation && isSecureContext) box.hidden = false;
  where.addEventListener("click", () => {
    where.disabled = true;
    navigator.geolocation.getCurrentPosition(async p => {
      const tenth = v => (Math.round(v * 10) / 10).toFixed(1);
      const answer = await ask("POST", "/scans/place", { id: box.dataset.scan, place: tenth(p.coords.latitude) + "," + tenth(p.coords.longitude) }).catch(() => ({}));
      told.textContent = answer.ok ? box.dataset.thanks : box.dataset.failed;
      if (answer.ok) where.hidden = true; else where.disabled = false;
    }, () => { told.textContent = box.dataset.failed; where.disabled = false; }, { maximumAge: 6e5, timeout: 2e4 });
  });
}
