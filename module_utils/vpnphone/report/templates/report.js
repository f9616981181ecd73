
"use strict";
(function () {
  const tools = document.querySelector(".tools");
  const devices = Array.from(document.querySelectorAll(".device"));
  const text = tools.querySelector("[name=text]");
  const selects = Array.from(tools.querySelectorAll("select"));
  const output = tools.querySelector("output");
  const OPEN_AT_MOST = 12;
  tools.hidden = false;

  // What can be filtered: a finding, a passed control or a failure, each with its device.
  const items = devices.map((device) => Array.from(device.querySelectorAll("[data-s]")));
  const texts = new WeakMap();
  function words(node) {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  }

  function filter() {
    const wanted = text.value.trim().toLowerCase();
    const choice = Object.fromEntries(selects.map((select) => [select.name, select.value]));
    const active = Boolean(wanted || choice.device || choice.status || choice.severity);
    let shown = 0;
    let on = 0;
    devices.forEach((device, index) => {
      const named = words(device.querySelector("summary")).includes(wanted);
      let here = 0;
      for (const item of items[index]) {
        const match = (!choice.device || device.id === choice.device)
          && (!choice.status || item.dataset.s.split(" ").includes(choice.status))
          && (!choice.severity || item.dataset.v === choice.severity)
          && (!wanted || named || words(item).includes(wanted));
        item.hidden = !match;
        here += match ? 1 : 0;
      }
      for (const fold of device.querySelectorAll(".fold")) {
        const parts = fold.querySelectorAll("[data-s]");
        if (parts.length) fold.hidden = !fold.querySelector("[data-s]:not([hidden])");
        if (parts.length && active && here && !fold.hidden) fold.open = true;
      }
      device.hidden = active && !here;
      shown += here;
      on += here ? 1 : 0;
    });
    if (active && on <= OPEN_AT_MOST) devices.forEach((device) => { if (!device.hidden) device.open = true; });
    const all = items.reduce((sum, list) => sum + list.length, 0);
    output.textContent = active ? shown + " of " + all + " results on " + on + " of " + devices.length + " " + (tools.dataset.noun || "ASAs") : "";
  }

  let timer = 0;
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 150); });
  selects.forEach((select) => select.addEventListener("change", filter));
  tools.querySelector("[name=reset]").addEventListener("click", () => {
    text.value = "";
    selects.forEach((select) => { select.value = ""; });
    filter();
  });
  tools.querySelector("[name=fold]").addEventListener("click", () => {
    const visible = devices.filter((device) => !device.hidden);
    const open = visible.some((device) => !device.open);
    visible.forEach((device) => { device.open = open; });
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      text.focus();
    } else if (event.key === "Escape" && document.activeElement === text) {
      text.value = "";
      filter();
    }
  });

  // A link into a closed device opens it.
  function reveal() {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target.hidden) { tools.querySelector("[name=reset]").click(); }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();

  function copy(value) {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(value);
    const box = document.createElement("textarea");
    box.className = "copybox";
    box.value = value;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }
  // Buttons are made when a part is opened: a thousand devices have very many.
  function addButtons(root) {
    for (const pre of root.querySelectorAll(".do pre")) {
      if (pre.parentElement.querySelector(".copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy these commands");
      button.addEventListener("click", () => {
        copy(pre.textContent).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Select it"; });
        setTimeout(() => { button.textContent = "Copy"; }, 1600);
      });
      pre.after(button);
    }
  }
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.classList.contains("finding")) addButtons(event.target);
  }, true);
  document.querySelectorAll(".finding[open]").forEach(addButtons);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    closed.forEach((node) => { node.open = true; });
  });
  addEventListener("afterprint", () => { closed.forEach((node) => { node.open = false; }); closed = []; });
}());
