"use strict";
const form = document.getElementById("filter");
const rules = [...document.querySelectorAll("details.rule")];
form.hidden = false;

// The filter is the query of the address, and the place its fragment: both can be linked to,
// and stay on reload and on the way back.
const USUAL = { q: "", v: "loud", a: "" };

// Before, both were in the fragment: `#q=linger&rule=options.linger.off`.
function fromEarlier() {
  const earlier = new URLSearchParams(location.hash.slice(1));
  if (![...earlier.keys()].some((name) => ["q", "v", "a", "rule"].includes(name))) return;
  const rule = earlier.get("rule") || "";
  earlier.delete("rule");
  go(earlier, rule);
}

function go(filter, place) {
  const query = filter.toString();
  const address = `${location.pathname}${query ? `?${query}` : ""}${place ? `#${encodeURIComponent(place)}` : ""}`;
  try {
    history.replaceState(null, "", address);
  } catch {
    // A frame without an origin keeps no address.
  }
}

function place() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
}

function read() {
  const kept = new URLSearchParams(location.search);
  for (const [name, usual] of Object.entries(USUAL)) {
    form[name].value = kept.get(name) ?? usual;
    if (form[name].selectedIndex === -1) form[name].value = usual;
  }
  apply();
}

// The text of a rule, read once: of some thousand it takes time.
const texts = new Map();
function text(rule) {
  if (!texts.has(rule)) texts.set(rule, rule.textContent.toLowerCase());
  return texts.get(rule);
}

function apply() {
  const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = target();
  let shown = 0;
  for (const rule of rules) {
    const fits = (!form.v.value || rule.dataset.verdicts.split(" ").includes(form.v.value))
      && (!form.a.value || rule.dataset.area === form.a.value)
      && words.every((word) => text(rule).includes(word));
    rule.hidden = !fits && !(wanted && rule.contains(wanted));
    shown += fits;
  }
  document.getElementById("shown").value = `${shown} of ${rules.length} rules`;
  document.getElementById("none").hidden = shown > 0;
}

function target() {
  return document.getElementById(place());
}

// Whatever the address leads to is unfolded, the filter's word notwithstanding.
function reveal() {
  const wanted = target();
  if (!wanted) return;
  for (let each = wanted; each; each = each.parentElement) {
    if (each.tagName === "DETAILS") each.open = true;
  }
  apply();
  wanted.scrollIntoView();
}

function filter() {
  const kept = new URLSearchParams();
  for (const [name, usual] of Object.entries(USUAL)) {
    if (form[name].value !== usual) kept.set(name, form[name].value);
  }
  return kept;
}

form.addEventListener("input", () => { go(filter(), ""); apply(); });
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => { fromEarlier(); read(); reveal(); });
for (const rule of rules) {
  rule.addEventListener("toggle", () => {
    if (!rule.open) return;
    offer(rule);
    const there = target();
    if (!there || !rule.contains(there)) go(filter(), rule.id);
  });
}

// Links to places, and what stands in blocks, can be copied.
function button(told, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "copy";
  made.textContent = told;
  made.setAttribute("aria-label", label);
  return made;
}

function offer(rule) {
  if (rule.dataset.offered) return;
  rule.dataset.offered = "1";
  for (const link of rule.querySelectorAll("a.here")) {
    const made = button("copy link", `copy link: ${decodeURIComponent(link.hash.slice(1))}`);
    made.dataset.place = link.hash;
    link.after(made);
  }
}

for (const heading of document.querySelectorAll("h2[id], h3[id]")) {
  const made = button("copy link", `copy link: ${heading.textContent.trim()}`);
  made.dataset.place = `#${heading.id}`;
  heading.after(made);
}
for (const code of document.querySelectorAll(".code")) {
  code.append(button("copy", "copy: the text of this block"));
}

async function copy(told) {
  try {
    await navigator.clipboard.writeText(told);
  } catch {
    // From disk the clipboard may be closed to scripts.
    const area = document.createElement("textarea");
    area.value = told;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

document.addEventListener("click", async (event) => {
  const made = event.target.closest("button.copy");
  if (!made) return;
  const address = new URL(location.href);
  address.hash = made.dataset.place || "";
  const before = made.textContent;
  const label = made.getAttribute("aria-label");
  await copy(made.dataset.place ? address.href : made.parentElement.querySelector("pre").textContent);
  const tell = (told, named) => { made.textContent = told; made.setAttribute("aria-label", named); };
  tell("copied", "copied");
  made.focus();
  setTimeout(tell, 1200, before, label);
});

// The bar is as high as it is: on a narrow screen it does not stay.
function below() {
  const stays = getComputedStyle(form).position === "sticky";
  document.documentElement.style.scrollPaddingTop = stays ? `${form.offsetHeight + 8}px` : "";
}
new ResizeObserver(below).observe(form);
below();
fromEarlier();
read();
reveal();
