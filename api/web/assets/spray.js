// Choosing a product that the table knows fills in what it says, unless somebody typed
// something else there, and what the table warns of is said at once, also without a
// signal. The server fills the same in, and judges, where this does not run.
const field = id => document.getElementById(id);
const product = field("input"), active = field("active"), interval = field("interval");
const warnings = document.querySelector("[data-warnings]"), label = document.querySelector("[data-label]");
const options = [...document.querySelectorAll("#products option")];
const filled = new Map();

// words are a text's words without accents and case, as the table's names are compared.
const words = text => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/đ/g, "d").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
const plain = text => words(text).join(" ");
const known = () => options.find(o => plain(o.value) === plain(product.value));

function warn() {
  const row = known(), name = plain(product.value), substances = words(active.value);
  let banned = false;
  for (const p of warnings.querySelectorAll("[data-product]")) {
    const { product, substance } = p.dataset;
    const hit = product !== "" && product === name || substance !== "" && substance.split(" ").every(w => substances.includes(w));
    p.hidden = !hit;
    banned = banned || hit;
  }
  const days = row ? Number(row.dataset.interval) : 0, typed = interval.value.trim();
  const less = days > 0 && typed !== "" && Number(typed) < days;
  for (const [name, shown] of [["wait", days > 0 && !less], ["least", less]]) {
    const p = warnings.querySelector(`[data-warn="${name}"]`);
    p.hidden = !shown;
    p.querySelector("b").textContent = days;
  }
  if (!label.classList.contains("bad")) label.hidden = name === "" || Boolean(row) || banned || !options.length;
}

product.addEventListener("input", () => {
  const row = known();
  if (!row) return;
  for (const name of ["active", "dose", "interval"]) {
    const into = field(name);
    if (into.value === into.defaultValue || into.value === filled.get(name)) {
      into.value = row.dataset[name];
      filled.set(name, into.value);
    }
  }
});
for (const into of [product, active, interval]) into.addEventListener("input", warn);
product.form.addEventListener("filled", warn);
warn();
