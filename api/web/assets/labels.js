// Draws a label while its form is filled in, and looks how far a job is. Without
// it the form has a button that draws, and a job's page is loaded again by itself.

const form = document.querySelector("[data-labels]"), preview = document.querySelector("[data-preview]");
let asked = 0;

async function draw() {
  const mine = ++asked;
  const answer = await fetch("/labels/preview?" + new URLSearchParams(new FormData(form)), { headers: { Accept: "text/html" } });
  const page = await answer.text();
  if (answer.ok && mine === asked) preview.innerHTML = page;
}

if (form) {
  form.querySelector("[data-look]").hidden = true;
  let later;
  const soon = () => { clearTimeout(later); later = setTimeout(() => draw().catch(() => {}), 250); };
  form.addEventListener("input", soon);
  form.addEventListener("change", event => {
    if (event.target.name === "format") form.querySelector("details.own").open = event.target.value === "free";
    soon();
  });
}

// What somebody began to choose on a job's page stays.
let touched = false;
document.addEventListener("input", event => { touched ||= Boolean(event.target.closest("#job")); });

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.ok) {
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("job");
    const job = document.getElementById("job");
    if (now && !touched && !job.querySelector("details[open]")) job.replaceWith(now);
  }
}

async function follow() {
  while (document.querySelector("[data-job]")) {
    await new Promise(done => setTimeout(done, 1000));
    await look().catch(() => {}); // it is asked again
  }
}

follow();
