// A map on which a plot is drawn: by tapping its corners, by moving them, or by walking
// around it. What is drawn is written into the field for typed corners, which says the
// same without a script. Nothing is asked of anybody else: the map is a net of metres and
// the plots that are there already.
const root = document.querySelector("[data-land]");
const field = document.getElementById("corners");
const svg = root.querySelector("svg");
const tally = root.querySelector(".tally");
const sketch = JSON.parse(root.dataset.land);
const METRES = 111320; // in a degree of latitude
const SIDE = 400; // of the map's box
const ROUGH = 30; // metres, above which a fix is not taken
const APART = 2; // metres between two corners of a walk

let corners = read();
let centre = middle(corners) ?? firstCentre() ?? [16, 107.5];
let across = corners.length ? fit(corners) : sketch.plots?.length ? fit(sketch.plots.flatMap((p) => p.corners)) : sketch.centre[0] ? 400 : 800_000; // metres across the map
let walk = null; // of watchPosition
let here = null; // where the phone is: [lat, lon, metres]

root.hidden = false;
if (!foreign()) root.closest("form").querySelector(".typedcorners").open = false;

function read() {
  const list = [];
  for (const line of field.value.split(/[\n;]/)) {
    const two = line.trim().split(/[\s,]+/).map(Number);
    if (two.length === 2 && two.every(Number.isFinite)) list.push(two[0] < two[1] ? two : [two[1], two[0]]);
  }
  return list;
}

// foreign reports whether something is typed that only the server can read.
function foreign() {
  return field.value.split(/[\n;]/).filter((line) => line.trim()).length > read().length;
}

function write() {
  field.value = corners.map((c) => c.map((x) => x.toFixed(6)).join(", ")).join("\n");
  draw();
}

function middle(list) {
  if (!list.length) return null;
  const of = (i) => (Math.min(...list.map((c) => c[i])) + Math.max(...list.map((c) => c[i]))) / 2;
  return [of(0), of(1)];
}

function firstCentre() {
  const near = (sketch.plots ?? []).flatMap((p) => p.corners);
  return middle(near) ?? (sketch.centre[0] ? sketch.centre : null);
}

function fit(list) {
  const span = (i, scale) => (Math.max(...list.map((c) => c[i])) - Math.min(...list.map((c) => c[i]))) * METRES * scale;
  return Math.max(span(0, 1), span(1, shrink(list[0][0])), 40) * 1.5;
}

function shrink(lat) {
  return Math.cos((lat * Math.PI) / 180);
}

function toBox([lat, lon]) {
  const k = (SIDE / across) * METRES;
  return [SIDE / 2 + (lon - centre[1]) * shrink(centre[0]) * k, SIDE / 2 - (lat - centre[0]) * k];
}

function toEarth([x, y]) {
  const k = (SIDE / across) * METRES;
  return [centre[0] - (y - SIDE / 2) / k, centre[1] + (x - SIDE / 2) / (shrink(centre[0]) * k)];
}

// area is on a plane, which is good enough to look at; the register measures again.
function area(list) {
  let twice = 0;
  list.forEach((a, i) => {
    const b = list[(i + 1) % list.length];
    twice += (a[1] - list[0][1]) * (b[0] - list[0][0]) - (b[1] - list[0][1]) * (a[0] - list[0][0]);
  });
  return (Math.abs(twice) / 2) * METRES * METRES * shrink(list[0]?.[0] ?? 0);
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], (a[1] - b[1]) * shrink(a[0])) * METRES;
}

function nice(x) {
  const base = 10 ** Math.floor(Math.log10(x));
  return base * ([5, 2].find((m) => m * base <= x) ?? 1);
}

function add(parent, name, attributes, text) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text) e.textContent = text;
  parent.append(e);
  return e;
}

function path(list) {
  return list.map(toBox).map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function metres(m) {
  return m >= 1000 ? `${(m / 1000).toLocaleString(root.dataset.lang)} km` : `${m.toLocaleString(root.dataset.lang)} m`;
}

function draw() {
  svg.setAttribute("viewBox", `0 0 ${SIDE} ${SIDE}`);
  svg.replaceChildren();
  const step = nice(across / 4) * (SIDE / across);
  const [ox, oy] = toBox(anchor());
  for (let x = ox % step; x < SIDE; x += step) add(svg, "path", { class: "net", d: `M${x} 0V${SIDE}` });
  for (let y = oy % step; y < SIDE; y += step) add(svg, "path", { class: "net", d: `M0 ${y}H${SIDE}` });
  for (const p of sketch.plots ?? []) {
    add(svg, "path", { class: "ground", d: path(p.corners) + "Z" });
    const [x, y] = toBox(middle(p.corners));
    add(svg, "text", { class: "called", x, y }, p.name);
  }
  if (corners.length) add(svg, "path", { class: "ground chosen", d: path(corners) + (corners.length > 2 ? "Z" : "") });
  if (here) {
    const [x, y] = toBox(here);
    add(svg, "circle", { class: "unsure", cx: x, cy: y, r: Math.max((here[2] * SIDE) / across, 6) });
    add(svg, "circle", { class: "me", cx: x, cy: y, r: 6 });
  }
  corners.forEach((c, i) => {
    const [x, y] = toBox(c);
    add(svg, "circle", { class: "corner", cx: x, cy: y, r: walk === null ? 11 : 5 });
    if (walk === null && corners.length <= 40) add(svg, "text", { class: "nth", x, y, dy: 4 }, i + 1);
  });
  const north = add(svg, "g", { class: "north" });
  add(north, "path", { d: "M22 40V14M15 22l7-9 7 9" });
  add(north, "text", { x: 22, y: 54 }, root.dataset.north);
  const bar = nice(across / 4);
  const end = SIDE - 14;
  const scale = add(svg, "g", { class: "scalebar" });
  add(scale, "path", { d: `M${end - (bar * SIDE) / across} ${end}v-6M${end - (bar * SIDE) / across} ${end}H${end}v-6` });
  add(scale, "text", { x: end, y: end, dy: -10 }, metres(bar));
  const m2 = Math.round(area(corners));
  tally.textContent = (walk === null ? "" : root.dataset.walking + " ") +
    root.dataset.count.replace("%n", corners.length).replace("%a", m2.toLocaleString(root.dataset.lang));
}

// anchor keeps the net where it is while the map moves.
function anchor() {
  const first = corners[0] ?? sketch.plots?.[0]?.corners[0] ?? sketch.centre;
  return first[0] ? first : [16, 107.5];
}

function boxOf(e) {
  const r = svg.getBoundingClientRect();
  return [((e.clientX - r.left) / r.width) * SIDE, ((e.clientY - r.top) / r.height) * SIDE];
}

const fingers = new Map();
let grabbed = -1; // the corner under the finger
let moved = false;

svg.addEventListener("pointerdown", (e) => {
  if (foreign()) {
    root.closest("form").querySelector(".typedcorners").open = true;
    field.focus();
    return;
  }
  svg.setPointerCapture(e.pointerId);
  fingers.set(e.pointerId, boxOf(e));
  if (fingers.size > 1) {
    grabbed = -1;
    moved = true;
    return;
  }
  moved = false;
  const at = boxOf(e);
  grabbed = walk === null ? corners.findIndex((c) => Math.hypot(...toBox(c).map((v, i) => v - at[i])) < 22) : -1;
});

svg.addEventListener("pointermove", (e) => {
  const before = fingers.get(e.pointerId);
  if (!before) return;
  const at = boxOf(e);
  if (fingers.size === 2) {
    const other = [...fingers].find(([id]) => id !== e.pointerId)[1];
    const [was, is] = [before, at].map((p) => Math.hypot(p[0] - other[0], p[1] - other[1]));
    if (is > 10) zoom(was / is);
  } else if (moved || Math.hypot(at[0] - before[0], at[1] - before[1]) > 8) {
    moved = true;
    if (grabbed >= 0) {
      corners[grabbed] = toEarth(at);
    } else {
      const [a, b] = [toEarth(before), toEarth(at)];
      centre = [centre[0] + a[0] - b[0], centre[1] + a[1] - b[1]];
    }
    fingers.set(e.pointerId, at);
    draw();
    return;
  } else {
    return;
  }
  fingers.set(e.pointerId, at);
});

function lift(e) {
  if (!fingers.delete(e.pointerId) || fingers.size) return;
  if (!moved && grabbed < 0 && walk === null && e.type === "pointerup") corners.push(toEarth(boxOf(e)));
  grabbed = -1;
  write();
}
svg.addEventListener("pointerup", lift);
svg.addEventListener("pointercancel", lift);

function zoom(by) {
  across = Math.min(Math.max(across * by, 20), 2_000_000);
  draw();
}

svg.addEventListener("wheel", (e) => {
  e.preventDefault();
  zoom(e.deltaY > 0 ? 1.25 : 0.8);
}, { passive: false });

// straightened drops the corners of a walk that lie nearer than so many metres to the line
// between those that stay (Douglas and Peucker).
function straightened(list, within) {
  if (list.length < 3) return list;
  const [a, b] = [list[0], list[list.length - 1]];
  const flat = ([lat, lon]) => [(lon - a[1]) * shrink(a[0]) * METRES, (lat - a[0]) * METRES];
  const [bx, by] = flat(b);
  const long = Math.hypot(bx, by);
  let far = 0, at = 0;
  list.slice(1, -1).forEach((c, i) => {
    const [x, y] = flat(c);
    const off = long < 0.1 ? Math.hypot(x, y) : Math.abs(x * by - y * bx) / long;
    if (off > far) [far, at] = [off, i + 1];
  });
  if (far <= within) return [a, b];
  return [...straightened(list.slice(0, at + 1), within).slice(0, -1), ...straightened(list.slice(at), within)];
}

function stop() {
  navigator.geolocation.clearWatch(walk);
  walk = null;
  if (corners.length > 3) {
    corners = straightened(corners, 1.5);
    if (distance(corners[0], corners[corners.length - 1]) < 4 && corners.length > 3) corners.pop();
  }
  walkButton(root.dataset.walk);
  write();
}

function walkButton(text) {
  root.querySelector("[data-act=walk] span").textContent = text;
}

// refuse says that there is no position. A walk goes on over a moment without one, and
// ends where the phone is not to say where it is.
function refuse(error) {
  if (walk !== null && error.code === error.PERMISSION_DENIED) stop();
  tally.textContent = root.dataset.refused;
}

function step(fix) {
  const { latitude, longitude, accuracy } = fix.coords;
  here = [latitude, longitude, accuracy];
  if (accuracy <= ROUGH && (!corners.length || distance(corners[corners.length - 1], here) >= APART)) corners.push([latitude, longitude]);
  if (across > 2000) across = 150;
  centre = [latitude, longitude];
  write();
  if (accuracy > ROUGH) tally.textContent = root.dataset.rough.replace("%n", Math.round(accuracy));
}

const acts = {
  in: () => zoom(0.5),
  out: () => zoom(2),
  undo: () => {
    corners.pop();
    write();
  },
  clear: () => {
    corners = [];
    write();
  },
  here: () => navigator.geolocation.getCurrentPosition((fix) => {
    here = [fix.coords.latitude, fix.coords.longitude, fix.coords.accuracy];
    centre = here.slice(0, 2);
    across = Math.max(150, here[2] * 3);
    draw();
  }, refuse, { enableHighAccuracy: true, timeout: 30_000 }),
  walk: () => {
    if (walk !== null) {
      stop();
      return;
    }
    corners = [];
    walk = navigator.geolocation.watchPosition(step, refuse, { enableHighAccuracy: true, maximumAge: 0 });
    walkButton(root.dataset.stop);
    draw();
  },
};
for (const [name, act] of Object.entries(acts)) root.querySelector(`[data-act=${name}]`).addEventListener("click", act);

field.addEventListener("input", () => {
  corners = read();
  centre = middle(corners) ?? centre;
  if (corners.length > 1) across = fit(corners);
  draw();
});

document.getElementById("commune").addEventListener("change", (e) => {
  const at = sketch.communes?.[e.target.value];
  if (!at || corners.length) return;
  centre = at;
  across = 4000;
  draw();
});

draw();
