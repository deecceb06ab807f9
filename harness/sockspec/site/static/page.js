// sockspec: what every page can do: copy links and code, search with a slash.
"use strict";
(() => {
  const show = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(() => { button.textContent = before; }, 1200);
  };
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // from disk the clipboard may be closed to scripts
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  for (const each of document.querySelectorAll("button.copy, .needs-script")) each.hidden = false;

  // Each page and each part has an address. In a summary there is no room for a second control.
  function addressed(heading, address) {
    const link = document.createElement("button");
    link.type = "button";
    link.className = "copy here";
    link.dataset.link = address;
    link.textContent = "link";
    link.setAttribute("aria-label", `copy link to ${heading.textContent.trim()}`);
    heading.append(" ", link);
  }
  for (const heading of document.querySelectorAll("h2[id], h3[id]")) {
    if (!heading.closest("summary")) addressed(heading, new URL(`#${heading.id}`, location.href).href);
  }
  const title = document.querySelector("h1");
  if (title && !document.querySelector("button.copy[data-copy=link]")) addressed(title, location.href.split("#")[0]);

  // What an address leads to may be folded.
  function reveal() {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch { /* it is no name, but somebody's per cent sign */ }
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const code = button.dataset.copy === "code";
    await copy(code ? button.parentElement.querySelector("pre").textContent : button.dataset.link || location.href);
    show(button, "copied");
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const field = document.getElementById("q");
    if (field) field.focus();
    else location.href = document.querySelector("a.home").href + "#search";
  });
})();
