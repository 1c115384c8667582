// Checks a receipt (format sogoc-receipt/1) in the reader's own browser: the
// item under the leaf's body root, the leaf under the checkpoint's root (RFC
// 6962), the checkpoint's signatures (C2SP signed-note and
// tlog-cosignature, Ed25519), the register,
// the code on the page, the documents behind the record (CIDv1), and that the
// register is no shorter than when this browser last saw it. Who signed the record
// takes secp256k1 and Keccak-256, which browsers do not have; "sogoc verify" does.

const text = new TextEncoder();
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const hex = b => Array.from(b, x => x.toString(16).padStart(2, "0")).join("");
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
const outer = (...parts) => sha256(new Uint8Array([0]), ...parts);
const inner = (left, right) => sha256(new Uint8Array([1]), left, right);

// What does not hold throws an Error, what this browser cannot tell an Unable.
class Unable extends Error {}
const must = ok => { if (!ok) throw new Error(); };

function base64(s) {
  const raw = atob(s);
  must(btoa(raw) === s);
  return Uint8Array.from(raw, c => c.charCodeAt(0));
}

// under tells whether hash is at index in the tree of size and root (RFC 9162, 2.1.3.2).
async function under(hash, index, size, path, root) {
  let at = BigInt(index), last = BigInt(size) - 1n;
  must(at >= 0n && at <= last);
  for (const p of path.map(base64)) {
    must(p.length === 32 && last > 0n);
    if (at & 1n || at === last) {
      hash = await inner(p, hash);
      while (!(at & 1n) && at) { at >>= 1n; last >>= 1n; }
    } else {
      hash = await inner(hash, p);
    }
    at >>= 1n; last >>= 1n;
  }
  must(last === 0n && same(hash, root));
}

// readLeaf reads what the checks need of a leaf of version 1.
function readLeaf(b) {
  let at = 33;
  for (let i = 0; i < 3; i++) at += 2 + b[at] * 256 + b[at + 1];
  must(b[0] === 1 && b.length === at + 32 + 4 + 32 + 8 + 65 + 8 + 4);
  return { register: hex(b.slice(1, 33)), body: b.slice(at, at + 32), count: new DataView(b.buffer).getUint32(at + 32) };
}

function readNote(note) {
  const end = note.indexOf("\n\n") + 1, lines = note.slice(0, end).split("\n");
  must(end > 0 && lines.length === 4 && /^(0|[1-9]\d*)$/.test(lines[1]));
  const sigs = note.slice(end + 1).split("\n");
  must(sigs.pop() === "");
  return { signed: note.slice(0, end), origin: lines[0], size: lines[1], root: base64(lines[2]), sigs };
}

// signedBy checks the note's signatures of some verifier keys (C2SP signed-note) and
// returns who made them, and when a cosignature (C2SP tlog-cosignature) was made.
// Others may have signed too; a wrong signature of one of the keys throws.
async function signedBy(note, keys) {
  const found = [];
  for (const verifier of keys.split(" ").filter(k => k)) {
    const [name, id, ...rest] = verifier.split("+"), key = base64(rest.join("+"));
    must(key.length === 33 && (key[0] === 1 || key[0] === 4));
    must(hex((await sha256(text.encode(name + "\n"), key)).slice(0, 4)) === id);
    for (const line of note.sigs) {
      const m = /^— (\S+) (\S+)$/.exec(line);
      must(m);
      let sig = base64(m[2]), signed = note.signed, time;
      if (m[1] !== name || hex(sig.slice(0, 4)) !== id) continue;
      sig = sig.slice(4);
      if (key[0] === 4) {
        time = sig.slice(0, 8).reduce((n, b) => n * 256 + b, 0);
        signed = `cosignature/v1\ntime ${time}\n` + signed;
        sig = sig.slice(8);
      }
      let pub;
      try {
        pub = await crypto.subtle.importKey("raw", key.slice(1), "Ed25519", false, ["verify"]);
      } catch {
        throw new Unable();
      }
      must(await crypto.subtle.verify("Ed25519", pub, sig, text.encode(signed)));
      found.push(time === undefined ? name : `${name} (${new Date(time * 1000).toLocaleString(document.documentElement.lang)})`);
    }
  }
  return found;
}

function* strings(v) {
  if (typeof v === "string") yield v;
  else if (v && typeof v === "object") for (const x of Object.values(v)) yield* strings(x);
}

// names tells whether a record is about the code: it names it, a lot or piece of
// it, or, for a piece, its lot.
const names = (record, code) => [...strings(record)].some(s =>
  s === code || s.startsWith(code + "/") || (code.includes("/21/") && s === code.split("/21/")[0]));

function base32(s) {
  let bits = 0, value = 0;
  const out = [];
  for (const c of s) {
    const v = "abcdefghijklmnopqrstuvwxyz234567".indexOf(c);
    must(v >= 0);
    value = (value << 5 | v) & 0xfff;
    if ((bits += 5) >= 8) out.push(value >> (bits -= 8) & 255);
  }
  return new Uint8Array(out);
}

// intact fetches a file and compares it with its content identifier, of which
// only raw SHA-256 ones can be compared without a UnixFS reader.
async function intact(cid) {
  const id = base32(cid.slice(1));
  if (!same(id.slice(0, 4), [1, 0x55, 0x12, 0x20])) throw new Unable();
  const r = await fetch("/ipfs/" + cid);
  if (!r.ok) throw new Unable();
  must(same(await sha256(await r.arrayBuffer()), id.slice(4)));
}

// remember keeps the largest checkpoint of a register and refuses to go back.
function remember(note) {
  const key = "sogoc " + note.origin, root = hex(note.root);
  let old;
  try {
    old = JSON.parse(localStorage.getItem(key));
  } catch {
    throw new Unable();
  }
  if (old) {
    must(BigInt(note.size) >= BigInt(old.size));
    must(note.size !== old.size || root === old.root);
  }
  try {
    localStorage.setItem(key, JSON.stringify({ size: note.size, root }));
  } catch {
    throw new Unable();
  }
}

async function check(trust, report, tell) {
  const results = {};
  let body, r, note, links, data, able = true;
  try {
    must(crypto.subtle);
    const answer = await fetch(trust.receipt);
    must(answer.ok);
    body = await answer.text();
  } catch {
    able = false;
  }
  const run = async (name, f) => {
    let state = "pass";
    try {
      if (!able) throw new Unable();
      await f();
    } catch (e) {
      state = e instanceof Unable ? "skip" : "fail";
    }
    report(name, results[name] = state);
  };
  await run("item", async () => {
    r = JSON.parse(body);
    const canonical = JSON.stringify(r, null, 2).replace(/[\u2028\u2029]/g, c => "\\u" + c.charCodeAt(0).toString(16)) + "\n";
    must(canonical === body && r.format === "sogoc-receipt/1");
    links = [r.record, ...r.authority];
    for (const { leaf, item } of links) {
      const salt = base64(item.salt);
      must(salt.length === 16);
      const { body, count } = readLeaf(base64(leaf));
      must(item.count === count);
      await under(await outer(salt, base64(item.data)), item.position, count, item.path, body);
    }
    data = JSON.parse(new TextDecoder().decode(base64(r.record.item.data)));
  });
  await run("leaf", async () => {
    note = readNote(r.checkpoint);
    for (const l of links) await under(await outer(base64(l.leaf)), l.index, note.size, l.path, note.root);
  });
  await run("note", async () => {
    must(note.origin === trust.origin);
    const who = await signedBy(note, trust.keys);
    must(who.length > 0);
    tell("signed", who);
  });
  if (trust.witnesses) await run("witness", async () => {
    const who = await signedBy(note, trust.witnesses);
    tell("cosigned", who);
    if (who.length < Number(trust.quorum)) throw new Unable(); // they may not have come to it yet
  });
  await run("register", async () => {
    const genesis = text.encode(r.genesis);
    must(r.register === trust.register && hex(await sha256(genesis)) === trust.register);
    must(JSON.parse(r.genesis).origin === (trust.founded || trust.origin));
    must(links.every(l => readLeaf(base64(l.leaf)).register === trust.register));
  });
  await run("code", async () => must(names(data, trust.code)));
  const cids = data ? [...strings(data)].filter(s => /^ba[a-z2-7]{57}$/.test(s)).slice(0, 4) : [];
  if (cids.length || !data) await run("document", async () => { must(data); for (const c of cids) await intact(c); });
  else report("document", "none");
  await run("memory", async () => {
    if (results.note !== "pass") throw new Unable();
    remember(note);
  });
  return results;
}

for (const box of document.querySelectorAll("[data-receipt]")) {
  const $ = s => box.querySelector(s), button = $("button");
  const show = (s, on) => { $(s).hidden = !on; };
  show(".noscript", false);
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    delete box.dataset.result;
    for (const s of [".pass", ".fail", ".part", ".none"]) show(".total" + s, false);
    show(".run", true);
    show(".checks", true);
    const results = await check(box.dataset, (name, state) => {
      const li = $(`[data-check=${name}]`);
      li.dataset.state = state;
      if (state !== "none") li.querySelector(".mark").replaceChildren($(`[data-mark=${state}]`).content.cloneNode(true));
      li.hidden = state === "none";
    }, (who, names) => {
      if (!box.dataset.witnesses) return;
      $("." + who).textContent = names.join(", ") || "–";
      show(".by", true);
    });
    const { memory, ...rest } = results, states = Object.values(rest);
    const total = [memory, ...states].includes("fail") ? "fail" : !states.includes("pass") ? "none" : states.includes("skip") ? "part" : "pass";
    show(".run", false);
    show(".total." + total, true);
    box.dataset.result = total;
    button.disabled = false;
  });
}
