// sockspec: a run file that somebody chose, read in the browser and put beside the platforms.
"use strict";
(() => {
  const NAME = "yours";
  const data = globalThis.sockspec;
  const told = document.getElementById("told");
  const place = document.getElementById("mine");
  const drop = document.getElementById("drop");
  const clean = structuredClone(data);
  const CAPS = ["new divergence", "fixed", "changed", "missing feature", "indeterminate", "harness error"];

  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const VERDICTS = [...CAPS, "conforms", "known divergence", "unspecified", "unsupported"];
  const REMEDY = "choose the run.jsonl that `sockspec run` wrote";

  async function text(file) {
    const head = new Uint8Array(await file.slice(0, 6).arrayBuffer());
    if (head[0] === 0xfd && head[1] === 0x37) return new TextDecoder().decode(globalThis.unxz(new Uint8Array(await file.arrayBuffer())));
    if (head[0] !== 0x1f || head[1] !== 0x8b) return file.text();
    try {
      return await new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).text();
    } catch {
      throw new Error("it is packed with gzip, and broken or cut short: copy it again");
    }
  }

  const isObject = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
  const haveText = (one, ...names) => names.every((name) => typeof one[name] === "string");

  function header(each) {
    if (!isObject(each) || each.kind !== "header") throw new Error(`it does not begin with a header, and so is no run file: ${REMEDY}`);
    if (each.format !== 1) throw new Error(`its format is ${JSON.stringify(each.format)}, and this page reads 1: open it with the pages of the sockspec that wrote it`);
    if (!haveText(each, "started", "profile", "implementation", "backend") || !isObject(each.platform)) throw new Error(`its header does not say what was run: ${REMEDY}`);
    return each;
  }

  function observation(each, at) {
    if (!haveText(each, "case", "rule", "verdict") || !isObject(each.behaviours) || !isObject(each.parameters)) throw new Error(`line ${at + 1} is no observation: ${REMEDY}`);
    if (!VERDICTS.includes(each.verdict)) throw new Error(`line ${at + 1} has the verdict ${JSON.stringify(each.verdict)}, which is not known here: open it with the pages of the sockspec that wrote it`);
    const { because = "", origin = "", unexpected = [] } = each;
    if (typeof because !== "string" || !Array.isArray(unexpected)) throw new Error(`line ${at + 1} is no observation: ${REMEDY}`);
    return { ...each, because, origin, unexpected: unexpected.map(String) };
  }

  function parse(content) {
    const lines = content.split("\n");
    while (lines.length && !lines.at(-1)) lines.pop();
    if (!lines.length) throw new Error(`it is empty: ${REMEDY}`);
    const run = { header: null, observations: [], footer: null };
    for (const [at, line] of lines.entries()) {
      let each;
      try {
        each = JSON.parse(line);
      } catch {
        if (at && at === lines.length - 1) break;  // cut short
        throw new Error(`line ${at + 1} is not JSON: ${REMEDY}`);
      }
      if (!at) run.header = header(each);
      else if (!isObject(each)) throw new Error(`line ${at + 1} is no observation: ${REMEDY}`);
      else if (each.kind === "observation") run.observations.push(observation(each, at));
      else if (each.kind === "footer") run.footer = each;
    }
    return run;
  }

  // The run as one more platform of the document; how many of its cases are not known here.
  function join(run) {
    for (const key of Object.keys(data)) data[key] = structuredClone(clean[key]);
    const head = run.header;
    const facts = head.platform;
    const at = data.platforms.length;
    const counted = {};
    for (const each of run.observations) counted[each.verdict] = (counted[each.verdict] || 0) + 1;
    data.kinds = { mine: "Your run", ...data.kinds };
    data.platforms.push({
      name: NAME, label: head.label || NAME, title: `${facts.system} ${facts.version} ${facts.machine}`, kind: "mine",
      profile: head.profile, system: facts.system, run: true, through: head.implementation, backend: head.backend, started: head.started, verdicts: counted,
    });
    const cases = new Map();
    for (const rule of data.rules) {
      for (const each of rule.cases) {
        cases.set(each.id, [rule, each]);
        for (const alias of rule.aliases || []) cases.set(alias + each.id.slice(rule.id.length), [rule, each]);
      }
    }
    let unknown = 0;
    const touched = new Set();
    for (const seen of run.observations) {
      const there = cases.get(seen.case);
      if (!there) { unknown += 1; continue; }
      const [rule, each] = there;
      const untried = seen.verdict === "unsupported";
      const behaviour = untried ? "" : Object.keys(seen.behaviours).join(", ");
      const same = each.answers.find((one) => one.behaviour === behaviour && one.verdict === seen.verdict && (behaviour || one.because === seen.because));
      if (same) same.platforms.push(at);
      else each.answers.push({ behaviour, verdict: seen.verdict, platforms: [at], because: seen.because });
      touched.add(rule);
    }
    for (const rule of touched) regroup(rule, at);
    return unknown;
  }

  function regroup(rule, at) {
    rule.differs = rule.cases.some((each) => new Set(each.answers.filter((one) => one.behaviour).map((one) => one.behaviour)).size > 1);
    const answer = (each, platform) => each.answers.find((one) => one.behaviour && one.platforms.includes(platform))?.behaviour;
    const known = rule.groups || "a".repeat(at);
    const like = [...known].findIndex((letter, platform) => letter !== "-" && rule.cases.every((each) => {
      const [mine, theirs] = [answer(each, at), answer(each, platform)];
      return !mine || !theirs || mine === theirs;
    }));
    rule.groups = known.padEnd(at, "-") + (like >= 0 ? known[like] : "z");
  }

  function entry(cause) {
    const pairs = Object.entries(cause.parameters).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return [
      "[[entry]]", `rule = ${JSON.stringify(cause.rule)}`, ...(pairs.length ? [`case = { ${pairs.join(", ")} }`] : []),
      `behaviour = ${JSON.stringify(cause.unexpected[0] ?? "")}`, 'why = ""', 'source = ""',
      `evidence = { kind = "observed", on = ${JSON.stringify(cause.on)}, date = ${cause.date} }`,
    ].join("\n");
  }

  function red(run) {
    const causes = new Map();
    for (const seen of run.observations.filter((each) => CAPS.includes(each.verdict))) {
      const key = [seen.rule, seen.verdict, seen.because].join("\n");
      if (!causes.has(key)) causes.set(key, { ...seen, cases: [], on: data.platforms.at(-1).title, date: run.header.started.slice(0, 10) });
      causes.get(key).cases.push(seen.case);
    }
    if (!causes.size) return [];
    const rules = new Map(data.rules.map((each) => [each.id, each]));
    return [
      make("h2", { id: "red" }, `What is red, and what to do: ${causes.size} ${causes.size === 1 ? "cause" : "causes"}`),
      ...[...causes.values()].slice(0, 50).map((cause) => {
        const rule = rules.get(cause.rule);
        const body = make("div", { class: "why" },
          make("p", {}, make("b", {}, cause.verdict), " ", rule ? make("a", { href: `rule/${rule.id}.html` }, rule.sentence) : cause.rule),
          make("p", { class: "fine" }, `${cause.because} (${cause.cases.slice(0, 4).join("; ")}${cause.cases.length > 4 ? `; and ${cause.cases.length - 4} more` : ""})`));
        if (cause.verdict === "new divergence") {
          body.append(make("details", {}, make("summary", {}, "Fix the implementation; or record this, where it is known and stays"),
            make("div", { class: "code" }, make("button", { type: "button", class: "copy", "data-copy": "code" }, "copy"), make("pre", { tabindex: "0" }, entry(cause)))));
        } else if (cause.verdict === "fixed" || cause.verdict === "changed") {
          body.append(make("p", {}, "The profile records something else: remove or change its entry at ", make("code", {}, cause.origin || "?"), "."));
        }
        return body;
      }),
    ];
  }

  async function open(file) {
    told.textContent = `Reading ${file.name} ...`;
    try {
      const run = parse(await text(file));
      const unknown = join(run);
      const mine = data.platforms.at(-1);
      const counts = Object.entries(mine.verdicts).map(([verdict, number]) => `${number} ${verdict}`).join(", ");
      told.textContent = `${file.name}: ${mine.label === NAME ? "" : `${mine.label}, `}${mine.title} through ${mine.through}: ${counts}.`
        + (run.footer ? "" : " The run was cut short.") + (unknown ? ` ${unknown} of its cases are not known here.` : "");
      const causes = red(run);
      place.replaceChildren(...causes);
      globalThis.sockspecApp.beside(data.platforms.length - 1, causes.length ? `${NAME}:red` : "");
    } catch (error) {
      place.replaceChildren();
      told.textContent = `${file.name} cannot be read: ${error.message}.`;
    }
  }

  const input = document.getElementById("file");
  function chosen() {
    const [file] = input.files;
    input.value = "";  // or the same file, written anew, could not be chosen again
    if (file) open(file);
  }
  input.addEventListener("change", chosen);
  document.addEventListener("DOMContentLoaded", chosen);  // what was chosen while this page was loading
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
  });
})();
