// Choosing a product that the table knows fills in what it says, unless somebody typed
// something else there. The server fills the same in where this does not run.
const product = document.getElementById("input");
const filled = new Map();
product.addEventListener("input", () => {
  const known = [...document.querySelectorAll("#products option")].find((o) => o.value === product.value);
  if (!known) return;
  for (const name of ["active", "dose", "interval"]) {
    const field = document.getElementById(name);
    if (field.value === field.defaultValue || field.value === filled.get(name)) {
      field.value = known.dataset[name];
      filled.set(name, field.value);
    }
  }
});
