// The worker stands between the logbook's pages and the site. It follows queue.js and
// two lines that the site writes before: version, and assets, which every page needs.

const mine = "assets-" + version;
const nowhere = "/record/offline";
const patience = 8000;

addEventListener("install", e => {
  e.waitUntil(caches.open(mine).then(c => c.addAll([...assets, nowhere])).then(() => skipWaiting()));
});

addEventListener("activate", e => e.waitUntil(clients.claim()));

// Earlier versions go once the pages that were taken along are of this one.
addEventListener("message", e => {
  if (e.data === "kept") e.waitUntil(caches.keys().then(all => Promise.all(all.filter(n => n.startsWith("assets-") && n !== mine).map(n => caches.delete(n)))));
});

addEventListener("fetch", e => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) e.respondWith(asset(e.request));
  else if (e.request.mode === "navigate") e.respondWith(page(e.request));
});

async function asset(request) {
  const had = await caches.match(request);
  if (had) return had;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(mine)).put(request, answer.clone());
  return answer;
}

// page is the site's, or, where the signal is too weak or the site is down, the one
// that was taken along.
async function page(request) {
  const late = new Promise((_, failed) => setTimeout(failed, patience));
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (![502, 503, 504].includes(answer.status)) return answer;
    return await kept(request.url) || answer;
  } catch {
    return await kept(request.url) || await caches.match(nowhere) || Response.error();
  }
}

addEventListener("sync", e => {
  if (e.tag === "send") e.waitUntil(sendForOwner());
});

async function sendForOwner() {
  const as = await fact("owner");
  if (!as || !(await waiting(as)).length) return;
  const { end } = await send(as);
  for (const c of await clients.matchAll()) c.postMessage("sent");
  if (end === "away") throw new Error("no signal yet");
}
