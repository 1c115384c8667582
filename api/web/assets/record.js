// Has the logbook's forms go through the phone's queue, and shows what waits there.
// Without it, or where a browser keeps nothing, forms are sent as forms are.

const root = document.querySelector("[data-as]");
const queue = self.queue;
const as = root && root.dataset.as;
const say = (name, shown = true) => root.querySelectorAll(`[data-say="${name}"]`).forEach(e => { e.hidden = !shown; });
const form = document.querySelector("form[data-task]");
const list = document.querySelector("[data-waiting]");
const day = 24 * 3600 * 1000;
const patience = 10000; // with a weak signal, before it is left to the queue

// send brings to the site what waits, and says how that ended.
async function send() {
  const before = (await queue.waiting(as)).length;
  if (!before) return { end: "sent", led: {} };
  const sent = navigator.onLine ? await queue.send(as) : { end: "away", led: {} };
  for (const end of ["away", "stranger", "other"]) say(end, end === sent.end);
  say("sent", !form && (await queue.waiting(as)).length < before);
  await show();
  return sent;
}

const spoken = at => at.replace(/^(\d+)-(\d+)-(\d+)T(.*)$/, "$3/$2/$1 $4");

// line shows an action that waits.
function line(action, all) {
  const li = list.querySelector("template").content.cloneNode(true);
  const part = name => li.querySelector(`[data-part="${name}"]`);
  const words = list.dataset, held = queue.blocked(all, action);
  part("when").textContent = spoken(action.fields.at);
  part("state").textContent = action.refused ? words.refused : held ? words.held : words.waiting;
  part("title").textContent = action.title;
  part("crop").textContent = action.crop;
  part("whom").hidden = !action.whom;
  part("whom").querySelector("b").textContent = action.whom;
  part("shot").hidden = !Object.keys(action.shots).length;
  part("wrong").hidden = !action.refused;
  part("words").textContent = action.refused ? action.refused.words || words.unsaid : "";
  part("edit").href = action.page + "#" + action.order;
  part("again").hidden = !action.refused;
  part("again").onclick = async () => { delete action.refused; await queue.put(action); await show(); await send(); };
  part("remove").onclick = async () => { await queue.remove(action.order); await show(); await send(); };
  for (const name of ["edit", "again", "drop", "remove"]) part(name).setAttribute("aria-label", `${part(name).textContent}: ${action.title}, ${spoken(action.fields.at)}`);
  return li;
}

// show says what waits, and draws the list anew where it has changed, so that nothing
// moves under a finger.
let drawn;
async function show() {
  if (!list) return;
  const all = await queue.waiting(as);
  const stuck = all.some(a => a.refused);
  say("some", all.length > 0 && !stuck);
  say("stuck", stuck);
  say("old", all.some(a => !a.refused && Date.now() - a.made > day));
  const now = JSON.stringify(all.map(a => [a.order, a.changed, a.refused]));
  if (now === drawn) return;
  drawn = now;
  document.querySelector("[data-count]").textContent = all.length;
  list.hidden = !all.length;
  list.querySelector("ul").replaceChildren(...all.map(action => line(action, all)));
}

// fill writes into the form the action that waits and is to be changed.
let edited;
async function fill() {
  const order = Number(location.hash.slice(1));
  if (order) {
    const action = await queue.find(order);
    if (action && action.as === as) edited = action;
  }
  if (!edited) return;
  for (const name in edited.fields) {
    const field = form.elements.namedItem(name);
    if (!field || field.type === "file") continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = edited.fields[name];
  }
  for (const name of ["label", "photo"]) {
    const kept = form.querySelector(`[data-kept="${name}"]`);
    if (kept) kept.hidden = !edited.shots[name];
  }
  form.dispatchEvent(new Event("filled"));
  if (edited.refused) refuse(edited.refused);
}

// refuse shows at the form what the site says is wrong.
function refuse({ words, field }) {
  say("wrong");
  const said = root.querySelector(`[data-say="wrong"] span`);
  said.textContent = words || said.dataset.unsaid;
  const at = form.elements.namedItem(field);
  if (at && at.focus) {
    at.closest("[hidden]")?.removeAttribute("hidden");
    at.focus();
  }
}

// read is the action that the form says.
async function read() {
  const action = edited || { as, event: queue.newEvent(), made: Date.now(), shots: {} };
  const fields = {}, shots = { ...action.shots };
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") fields[name] = value;
    else if (value.size) shots[name] = await queue.small(value);
  }
  fields.event = action.event;
  delete action.refused;
  return {
    ...action, fields, shots, task: form.dataset.task, page: form.dataset.page,
    title: form.dataset.title, crop: form.dataset.crop, whom: form.dataset.whom,
  };
}

async function record(e) {
  e.preventDefault();
  const button = form.querySelector(".primary");
  button.disabled = true;
  if (!await started) {
    form.submit();
    return;
  }
  for (const name of ["wrong", "picture", "most", "full"]) say(name, false);
  let action;
  try {
    action = await read();
  } catch {
    say("picture");
    button.disabled = false;
    return;
  }
  try {
    action.order = await queue.put(action);
  } catch (error) {
    say(error instanceof queue.Full ? "most" : "full");
    button.disabled = false;
    return;
  }
  edited = action;
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  later();
  say("sending");
  const sent = await Promise.race([send(), new Promise(done => setTimeout(done, patience))]);
  const now = await queue.find(action.order);
  say("sending", false);
  if (now && now.refused) {
    edited = now;
    refuse(now.refused);
    button.disabled = false;
    return;
  }
  location.assign(now ? form.dataset.back : sent && sent.led[action.event] || "/record/mine?done=recorded");
}

// later asks the browser to send when there is a signal, also when no page is open.
async function later() {
  if (!navigator.serviceWorker || !navigator.serviceWorker.controller) return;
  const r = await navigator.serviceWorker.ready;
  if (r.sync) await r.sync.register("send").catch(() => {});
}

// keep takes along the pages that are to open without a signal. It is promised once
// the app is installed.
async function keep() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register("/record/worker.js", { scope: "/record" });
  } catch {
    return; // some private windows have none
  }
  const own = "/record/pages", whom = new URLSearchParams(location.search).get("for");
  const books = whom ? [own + "?for=" + whom] : [own, ...[...document.querySelectorAll("[data-others] a")].map(a => own + new URL(a.href).search)];
  let all = true;
  for (const book of books) all = await queue.keep(as, book) && all;
  if (!all) return;
  const r = await navigator.serviceWorker.ready;
  if (r.active) r.active.postMessage("kept");
  const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  say("ready", installed);
  if (!installed && /iPhone|iPad/.test(navigator.userAgent)) say("share");
}

let install;
addEventListener("beforeinstallprompt", e => {
  e.preventDefault();
  install = e;
  if (list) say("install");
});

// start returns whether the phone keeps anything.
async function start() {
  try {
    await Promise.race([queue.enter(as), new Promise((_, failed) => setTimeout(failed, patience))]);
    if (form) await fill();
  } catch {
    say("nothing");
    return false;
  }
  if (!form) open().catch(() => say("away"));
  return true;
}

// open shows what waits, sends it, and takes along what the next time may need.
async function open() {
  const button = root.querySelector(`[data-say="install"] button`);
  button.onclick = async () => {
    await install.prompt();
    say("install", false);
  };
  say("away", !navigator.onLine);
  addEventListener("offline", () => say("away"));
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", show);
  await show();
  await send();
  await keep();
}

let started;
if (root) {
  addEventListener("online", () => { say("away", false); send(); });
  if (form) {
    // A form that was taken along has no time of its own.
    const at = form.elements.namedItem("at");
    if (!at.value) at.value = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 16);
    form.addEventListener("submit", record);
  }
  started = start();
}
