"use strict";
const form = document.getElementById("filter");
const rules = [...document.querySelectorAll("details.rule")];

// The filter and the open rule are kept in the address, so that a view can be linked to.
function read() {
  const kept = new URLSearchParams(location.hash.slice(1));
  form.q.value = kept.get("q") || "";
  form.v.value = kept.has("v") ? kept.get("v") : "loud";
  form.a.value = kept.get("a") || "";
  const open = kept.get("rule");
  if (open) {
    const rule = document.getElementById(open);
    if (rule) { form.v.value = ""; rule.open = true; apply(); rule.scrollIntoView(); return; }
  }
  apply();
}

function apply() {
  const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const rule of rules) {
    const text = rule.textContent.toLowerCase();
    const fits = (!form.v.value || rule.dataset.verdicts.split(" ").includes(form.v.value))
      && (!form.a.value || rule.dataset.area === form.a.value)
      && words.every((word) => text.includes(word));
    rule.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").value = `${shown} of ${rules.length} rules`;
  document.getElementById("none").hidden = shown > 0;
}

function keep(rule) {
  const kept = new URLSearchParams();
  if (form.q.value) kept.set("q", form.q.value);
  if (form.v.value !== "loud") kept.set("v", form.v.value);
  if (form.a.value) kept.set("a", form.a.value);
  if (rule) kept.set("rule", rule);
  history.replaceState(null, "", `#${kept}`);
}

form.addEventListener("input", () => { apply(); keep(); });
form.addEventListener("submit", (event) => event.preventDefault());
for (const rule of rules) {
  rule.addEventListener("toggle", () => { if (rule.open) keep(rule.id); });
}
addEventListener("hashchange", read);
read();
