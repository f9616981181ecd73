
(function () {
  const section = document.querySelector(".all-phones");
  const form = section.querySelector(".sift");
  const search = form.querySelector("[name=phone]");
  const selects = Object.fromEntries(Array.from(form.querySelectorAll("select")).map((select) => [select.name, select]));
  const output = form.querySelector("output");
  const OPEN_AT_MOST = 6;
  form.hidden = false;

  // Phones are read once, as text: the page stays quick with many thousand names.
  const causes = Array.from(section.querySelectorAll(".cause")).map((node) => ({
    node,
    count: node.querySelector("summary .n"),
    total: node.querySelector("summary .n").textContent,
    cases: Array.from(node.querySelectorAll(".case")).map((box) => ({
      box,
      moments: box.dataset.t.split(" "),
      asas: box.dataset.a.split(" "),
      rows: Array.from(box.querySelectorAll(".who-row")).map((row) => ({
        row,
        names: Array.from(row.querySelectorAll(".names li")).map((item) => ({ item, text: item.textContent.toLowerCase() })),
      })),
    })),
  }));
  const rest = Array.from(section.querySelectorAll(".rows li")).map((item) => ({ item, text: item.textContent.toLowerCase() }));
  const fold = section.querySelector(".more-causes");

  function show(node, on) { if (node.hidden === on) node.hidden = !on; }

  function filter() {
    const name = search.value.trim().toLowerCase();
    const want = Object.fromEntries(Object.entries(selects).map(([key, select]) => [key, select.value]));
    const active = Boolean(name || want.c || want.t || want.m || want.a);
    const found = new Set();
    let shown = 0;
    for (const cause of causes) {
      const here = new Set();
      const fits = !want.c || cause.node.dataset.c === want.c;
      for (const one of cause.cases) {
        const match = fits && (!want.t || one.moments.includes(want.t)) && (!want.a || one.asas.includes(want.a));
        let inside = false;
        for (const { row, names } of one.rows) {
          const model = match && (!want.m || row.dataset.m === want.m);
          let any = false;
          for (const { item, text } of names) {
            const on = model && (!name || text.includes(name));
            show(item, on);
            if (on) { any = true; here.add(text); }
          }
          show(row, any);
          inside = inside || any;
        }
        show(one.box, inside);
      }
      here.forEach((text) => found.add(text));
      show(cause.node, here.size > 0);
      shown += here.size > 0 ? 1 : 0;
      cause.count.textContent = here.size && active ? here.size.toLocaleString("en-US") : cause.total;
    }
    let listed = 0;
    for (const { item, text } of rest) {
      const on = !active || Boolean(name && text.includes(name));
      show(item, on);
      listed += on ? 1 : 0;
    }
    if (fold) { show(fold, listed > 0); if (name && listed) fold.open = true; }
    // Who looks for a phone wants its attempts; who looks for a kind of phone wants the lines first.
    if (name && shown <= OPEN_AT_MOST) causes.forEach(({ node }) => { if (!node.hidden) node.open = true; });
    const phones = found.size.toLocaleString("en-US") + " of " + section.dataset.total + " phones";
    output.textContent = !active ? "" : !found.size ? "No phone fits." : phones + ", under " + shown + (shown === 1 ? " cause" : " causes");
  }

  function clear() {
    search.value = "";
    Object.values(selects).forEach((select) => { select.value = ""; });
    filter();
  }

  let timer = 0;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 150); });
  search.addEventListener("keydown", (event) => { if (event.key === "Escape") { search.value = ""; filter(); } });
  Object.values(selects).forEach((select) => select.addEventListener("change", filter));
  form.querySelector("[name=reset]").addEventListener("click", clear);
  form.querySelector("[name=fold]").addEventListener("click", () => {
    const visible = causes.map(({ node }) => node).filter((node) => !node.hidden);
    const open = visible.some((node) => !node.open);
    visible.forEach((node) => { node.open = open; });
  });

  // A number of the table shows exactly its phones; without a script it leads to the first cause of them.
  document.querySelectorAll(".moments a[data-t]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    clear();
    selects.t.value = link.dataset.t;
    selects.c.value = link.dataset.c;
    filter();
    section.scrollIntoView();
    search.focus({ preventScroll: true });
  }));
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden && section.contains(target)) { clear(); target.scrollIntoView(); }
  });
}());
