"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const requirements = all(".requirement");
  const form = byId("tools");
  const boxes = all("input[name=verdict]", form);
  const words = new Map();

  // What a search looks through is gathered when a search is first made.
  const textOf = (article) => {
    if (!words.has(article)) {
      const group = article.closest(".group").querySelector("h4").textContent;
      words.set(article, `${article.id} ${group} ${article.textContent}`.toLowerCase());
    }
    return words.get(article);
  };

  const apply = () => {
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const target = byId("document").value;
    const level = byId("level").value;
    const terms = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const article of requirements) {
      const { verdict, level: itsLevel, target: itsTarget } = article.dataset;
      const fits = verdicts.has(verdict) && (!target || target === itsTarget) && (!level || level === itsLevel)
        && terms.every((term) => textOf(article).includes(term));
      article.hidden = !fits;
      shown += fits;
    }
    for (const part of all("#requirements .group, #requirements .target")) {
      part.hidden = !part.querySelector(".requirement:not([hidden])");
    }
    byId("nothing").hidden = shown > 0 || requirements.length === 0;
    byId("shown").textContent = shown === requirements.length
      ? `${shown} requirements` : `${shown} of ${requirements.length} requirements`;
  };

  // What is filtered stands in the address, so that it can be sent to somebody.
  const FIND = "#find?";
  const filter = () => {
    apply();
    const found = new URLSearchParams();
    if (!boxes.every((box) => box.checked)) {
      for (const box of boxes) if (box.checked) found.append("verdict", box.value);
      if (!found.has("verdict")) found.append("verdict", "none");
    }
    for (const name of ["document", "level", "search"]) {
      if (byId(name).value) found.append(name, byId(name).value);
    }
    try {
      history.replaceState(null, "", found.size ? FIND + found : "#requirements");
    } catch {
      // some browsers keep the address of a local file as it is
    }
  };

  const find = () => {
    const wanted = new URLSearchParams(location.hash.slice(FIND.length));
    form.reset();
    const verdicts = wanted.getAll("verdict");
    for (const box of boxes) box.checked = !verdicts.length || verdicts.includes(box.value);
    for (const name of ["document", "level", "search"]) byId(name).value = wanted.get(name) || "";
    apply();
    byId("requirements").scrollIntoView();
  };

  const unfold = (open) => {
    for (const article of requirements) {
      if (!article.hidden) article.querySelector("details").open = open;
    }
  };

  // A link leads to its place even if that is folded or filtered out.
  const aim = () => {
    if (location.hash.startsWith(FIND)) {
      find();
      return;
    }
    let place = null;
    try {
      place = byId(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;
    }
    for (const old of all(".aimed")) old.classList.remove("aimed");
    if (!place) return;
    if (place.closest("#requirements [hidden]")) {
      form.reset();
      apply();
    }
    const inner = place.matches(".requirement") ? place.querySelector("details") : place;
    for (let part = inner; part; part = part.parentElement) {
      if (part.matches("details")) part.open = true;
    }
    if (place.matches(".requirement")) {
      place.classList.add("aimed");
      place.querySelector("summary").focus({ preventScroll: true });
    }
    place.scrollIntoView();
  };

  // What a link leads to must not hide behind the form that stays on top.
  const uncover = () => {
    const covers = getComputedStyle(form).position === "sticky";
    root.style.setProperty("--covered", covers ? `${form.offsetHeight}px` : "0px");
  };

  const addCopyButton = (pre) => {
    const frame = document.createElement("div");
    const button = document.createElement("button");
    frame.className = "copied";
    button.type = "button";
    button.textContent = "Copy";
    pre.replaceWith(frame);
    frame.append(pre, button);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  };

  const changeTheme = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => { form.reset(); filter(); });
  byId("unfold").addEventListener("click", () => unfold(true));
  byId("fold").addEventListener("click", () => unfold(false));
  byId("theme").addEventListener("click", changeTheme);
  for (const link of all("a[href^='#']")) {
    link.addEventListener("click", () => { if (link.hash === location.hash) aim(); });
  }
  for (const pre of all("pre[data-copy]")) addCopyButton(pre);
  addEventListener("hashchange", aim);
  addEventListener("beforeprint", () => {
    for (const article of requirements) {
      if (article.dataset.verdict === "failed") article.querySelector("details").open = true;
    }
    for (const evidence of all(".cause > details")) evidence.open = true;
  });
  addEventListener("resize", uncover);
  uncover();
  apply();
  if (location.hash) aim();
})();
