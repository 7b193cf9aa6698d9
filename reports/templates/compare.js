"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const changes = all(".change, .row");
  const noun = changes.length && changes[0].matches(".row") ? "requirement" : "change";
  const counted = (number) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  const apply = () => {
    const terms = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const moved = byId("moved") && byId("moved").checked;
    let shown = 0;
    for (const change of changes) {
      const text = (change.dataset.words || change.textContent).toLowerCase();
      const fits = terms.every((term) => text.includes(term)) && (!moved || change.matches(".moved"));
      change.hidden = !fits;
      shown += fits;
    }
    for (const kind of all(".kind")) {
      kind.hidden = Boolean(kind.querySelector(".change")) && !kind.querySelector(".change:not([hidden])");
    }
    byId("nothing").hidden = shown > 0 || changes.length === 0;
    byId("shown").textContent = shown === changes.length ? counted(shown) : `${shown} of ${counted(changes.length)}`;
  };

  // What a link leads to must not hide behind the form that stays on top.
  const uncover = () => {
    const covers = getComputedStyle(byId("tools")).position === "sticky";
    root.style.setProperty("--covered", covers ? `${byId("tools").offsetHeight}px` : "0px");
  };

  byId("tools").addEventListener("input", apply);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("theme").addEventListener("click", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
  });
  addEventListener("resize", uncover);
  uncover();
  apply();
  if (location.hash) location.replace(location.hash);
})();
