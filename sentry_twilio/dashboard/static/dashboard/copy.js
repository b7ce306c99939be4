// Puts a button beside what is there to be copied.
for (const box of document.querySelectorAll(".copy")) {
  if (!navigator.clipboard) break; // only on https and on this machine
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  box.append(button);
}
