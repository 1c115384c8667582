// A link to hand over is copied and printed by a button, where the browser can.
for (const box of document.querySelectorAll("[data-hand]")) {
  const link = box.querySelector("input");
  const copy = box.querySelector("[data-copy]");
  const copied = box.querySelector("[data-copied]");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      // Browsers inside chat applications often have no clipboard to write to.
      link.select();
      document.execCommand("copy");
    }
    copied.hidden = false;
  });
}
for (const print of document.querySelectorAll("[data-print]")) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
