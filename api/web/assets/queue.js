// The actions that wait on this phone until they are on the register, and the pages
// that open without a signal. The logbook's pages use it, and the worker that stands
// between them and the site begins with it. Rules are the site's: an action is a form
// of the logbook, filled in, and what the site says of it.
//
// An action is {order, as, event, task, page, title, crop, whom, fields, shots, made,
// changed, refused}: as is the member in whose name it was made, whom on whose behalf,
// shots are pictures by field, refused are the site's words and the field at fault.

const limits = { waiting: 500, batch: 20, bytes: 3 << 20, shot: 2 << 20, side: 1600 };

let opened;
function database() {
  opened = opened || alone("sogoc-open", open).catch(error => { opened = undefined; throw error; });
  return opened;
}

// alone does one thing at a time in all pages and the worker. A browser may freeze a
// page that is left, for the way back; one that is in the way of this it lets go of.
const alone = (name, work) => navigator.locks ? navigator.locks.request(name, work) : work();

const open = () => new Promise((done, failed) => {
  const asked = indexedDB.open("sogoc-record", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("actions", { keyPath: "order", autoIncrement: true });
    asked.result.createObjectStore("facts");
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

// inStore asks one thing of a store. What it writes is on the disk when it is done.
async function inStore(name, mode, ask) {
  const db = await database();
  return new Promise((done, failed) => {
    const change = db.transaction(name, mode, { durability: "strict" });
    const asked = ask(change.objectStore(name));
    change.oncomplete = () => done(asked.result);
    change.onabort = () => failed(change.error || asked.error);
  });
}

const fact = name => inStore("facts", "readonly", s => s.get(name));
const setFact = (name, value) => inStore("facts", "readwrite", s => s.put(value, name));
const everything = () => inStore("actions", "readonly", s => s.getAll());
const find = order => inStore("actions", "readonly", s => s.get(order));
const remove = order => inStore("actions", "readwrite", s => s.delete(order));

// waiting are somebody's actions, in the order in which they were made.
const waiting = async as => (await everything()).filter(a => a.as === as);

class Full extends Error {}

// put keeps an action, a new one or one that was changed, and returns its order.
async function put(action) {
  if (!action.order && (await everything()).length >= limits.waiting) throw new Full();
  action.changed = Date.now();
  return inStore("actions", "readwrite", s => s.put(action));
}

// newEvent is an identifier for an event to come.
function newEvent() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = b[6] & 15 | 64;
  b[8] = b[8] & 63 | 128;
  const hex = [...b].map(n => n.toString(16).padStart(2, "0")).join("");
  return "urn:uuid:" + hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// small draws a picture anew, as the site would keep it: that leaves behind what the
// camera wrote beside it, such as where it was.
async function small(file) {
  const from = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, limits.side / Math.max(from.width, from.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(from.width * scale));
  canvas.height = Math.max(1, Math.round(from.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(from, 0, 0, canvas.width, canvas.height);
  for (const quality of [.82, .6, .4]) {
    const shot = await new Promise(done => canvas.toBlob(done, "image/jpeg", quality));
    if (shot && shot.size <= limits.shot) return shot;
  }
  throw new Error("the picture stays too large");
}

const blocked = (all, action) => all.some(b => b.refused && b.order < action.order && b.fields.crop === action.fields.crop);
const weight = action => Object.values(action.shots).reduce((sum, shot) => sum + shot.size, 0);

// next are the actions that go together. One that was refused waits for its person, and
// those of its crop wait behind it.
function next(all) {
  const batch = [];
  let bytes = 0;
  for (const action of all) {
    if (action.refused || blocked(all, action)) continue;
    bytes += weight(action);
    if (batch.length === limits.batch || batch.length && bytes > limits.bytes) break;
    batch.push(action);
  }
  return batch;
}

function post(as, batch) {
  const form = new FormData();
  form.set("as", as);
  form.set("actions", JSON.stringify(batch.map(({ task, fields }) => ({ task, fields }))));
  for (const { event, shots } of batch) for (const field in shots) form.set(event + "." + field, shots[field], "photo.jpg");
  const patience = new AbortController();
  setTimeout(() => patience.abort(), 60000);
  return fetch("/record/queue", { method: "POST", body: form, headers: { Accept: "application/json" }, signal: patience.signal });
}

// settle keeps what the site said of an action, unless it was changed on the phone
// meanwhile: then the site says more the next time.
async function settle(sent, result) {
  const now = await find(sent.order);
  if (!now || now.changed !== sent.changed) return;
  if (!result.problem) return remove(sent.order);
  now.refused = { words: result.words || "", field: (result.problem.field || "").split(".").pop() };
  await inStore("actions", "readwrite", s => s.put(now));
}

// send brings what waits to the site, and returns how that ended: "sent"; "away", there
// is no signal, or the site is not well; "stranger", nobody is signed in; "other",
// somebody else is. led maps an event to the page that its form leads to.
async function sendNow(as) {
  const led = {};
  for (;;) {
    const batch = next(await waiting(as));
    if (!batch.length) return { end: "sent", led };
    let answer, said;
    try {
      answer = await post(as, batch);
      said = await answer.json();
    } catch {
      return { end: "away", led };
    }
    if (answer.status === 401) return { end: "stranger", led };
    if (said.field === "as") return { end: "other", led };
    let results = said.results;
    if (!answer.ok) {
      if (answer.status >= 500 || answer.status === 429) return { end: "away", led };
      results = batch.map(({ event }) => ({ event, problem: said }));
    }
    if (!results.length) return { end: "away", led };
    for (const result of results) {
      await settle(batch.find(a => a.event === result.event), result);
      if (result.next) led[result.event] = result.next;
    }
  }
}

// One page, or the worker, sends at a time, so that the order holds.
const send = as => alone("sogoc-send", () => sendNow(as));

const pagesOf = as => "pages-" + as;

// enter makes somebody the one whose pages open without a signal. What others read on
// this phone goes; what they have yet to send stays theirs.
async function enter(as) {
  if (await fact("owner") === as) return;
  await leave();
  await setFact("owner", as);
}

async function leave() {
  for (const name of await caches.keys()) if (name.startsWith(pagesOf(""))) await caches.delete(name);
  await inStore("facts", "readwrite", s => s.clear());
}

// keep takes the pages of a book along, unless they are here as they are there.
async function keep(as, book) {
  const had = await fact("tag " + book);
  const headers = { Accept: "application/json" };
  if (had) headers["If-None-Match"] = had;
  const answer = await fetch(book, { headers });
  if (answer.status === 304) return true;
  if (!answer.ok) return false;
  const { pages } = await answer.json();
  const cache = await caches.open(pagesOf(as));
  const as_read = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": answer.headers.get("Content-Security-Policy") };
  for (const address in pages) await cache.put(address, new Response(pages[address], { headers: as_read }));
  await setFact("tag " + book, answer.headers.get("ETag"));
  return true;
}

// kept is a page that was taken along, as its reader would find it.
async function kept(address) {
  const url = new URL(address);
  for (const aside of ["lang", "done"]) url.searchParams.delete(aside);
  const owner = await fact("owner");
  if (!owner) return undefined;
  return (await caches.open(pagesOf(owner))).match(url.pathname + url.search);
}

self.queue = { limits, Full, waiting, find, put, remove, newEvent, small, blocked, send, enter, leave, keep, fact };
