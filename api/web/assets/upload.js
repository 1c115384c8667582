// Sends a file in pieces, and goes on where it was cut off, also after the page was
// closed. Without it the form sends small files whole.

const PIECE = 4 << 20, WAITS = [1, 2, 5, 10, 20, 30];
const form = document.querySelector("[data-uploads]");
const status = form?.querySelector("[role=status]"), bar = form?.querySelector("progress");

// A file is known again by its name, size and time.
const keyOf = file => "upload " + [form.dataset.uploads, file.name, file.size, file.lastModified].join(" ");

const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const tell = text => { status.hidden = false; status.firstElementChild.textContent = text; };

function progress(done, of) {
  bar.hidden = false;
  bar.value = of ? 100 * done / of : 100;
  tell(status.dataset.sent + " " + Math.floor(bar.value) + "%");
}

async function begin(file) {
  const answer = await fetch(form.dataset.uploads, {
    method: "POST",
    headers: { "Tus-Resumable": "1.0.0", "Upload-Length": file.size, "Upload-Metadata": "filename " + base64(file.name) },
  });
  if (answer.status !== 201) throw answer;
  const place = answer.headers.get("Location");
  localStorage.setItem(keyOf(file), place);
  return place;
}

// offsetOf is how much has come; undefined where the upload is gone.
async function offsetOf(place) {
  const answer = await fetch(place, { method: "HEAD" });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw answer;
  return Number(answer.headers.get("Upload-Offset"));
}

async function send(file) {
  let place = localStorage.getItem(keyOf(file)), offset = place ? await offsetOf(place) : undefined;
  if (offset === undefined) [place, offset] = [await begin(file), 0];
  for (;;) {
    progress(offset, file.size);
    const answer = await fetch(place, {
      method: "PATCH",
      headers: { "Tus-Resumable": "1.0.0", "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" },
      body: file.slice(offset, offset + PIECE),
    });
    if (answer.status !== 204) throw answer;
    offset = Number(answer.headers.get("Upload-Offset"));
    if (offset >= file.size) break;
  }
  localStorage.removeItem(keyOf(file));
}

// persist sends until it is done; what is refused for good is told.
async function persist(file) {
  for (let tries = 0; ; tries++) {
    try {
      return await send(file);
    } catch (fault) {
      const gone = fault instanceof Response && fault.status < 500 && fault.status !== 409;
      if (gone || tries >= WAITS.length) throw fault;
      tell(status.dataset.again);
      await new Promise(done => setTimeout(done, 1000 * WAITS[tries]));
    }
  }
}

form?.addEventListener("submit", async event => {
  const file = form.elements.upload.files[0], button = form.querySelector("button");
  if (!file) return;
  event.preventDefault();
  button.disabled = true;
  try {
    await persist(file);
    location.assign(location.pathname + "?done=data_sent");
  } catch {
    status.classList.add("bad");
    tell(status.dataset.failed);
    button.disabled = false;
  }
});
