// What a page shows: its tables, drawings and images in order, and what does not fit.
() => {
  const window_ = document.documentElement.clientWidth;
  const visible = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  // The nearest box around an element that cuts it off for good: one that hides what overflows, before one that scrolls.
  const cutter = element => {
    const own = element.getBoundingClientRect();
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const how = getComputedStyle(box).overflowX;
      if (how === "auto" || how === "scroll") return null;
      const edge = box.getBoundingClientRect();
      if ((how === "hidden" || how === "clip") && (own.right > edge.right + 1 || own.left < edge.left - 1)) return box;
    }
    return null;
  };

  const named = element => `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}">`;
  const pictures = [...document.querySelectorAll("table, svg[role=img], img")].map(element => {
    const { width, height } = element.getBoundingClientRect();
    const kind = element.tagName.toLowerCase();
    const picture = { kind, width, height, visible: visible(element) };
    if (kind === "table") picture.rows = [...element.rows].map(row => [...row.cells].map(cell => cell.textContent));
    if (kind === "svg") {
      picture.title = element.getAttribute("aria-label");
      picture.elements = element.querySelectorAll("*").length + 1;
    }
    if (kind === "img") picture.source = element.currentSrc || element.src;
    return picture;
  });

  const shown = [...document.querySelectorAll("table, svg[role=img], img, pre, p, li")].filter(visible);
  const cut = shown.map(element => [element, cutter(element)]).filter(([, box]) => box)
    .map(([element, box]) => `${named(element)} by ${named(box)}`);
  const page = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
  const wide = page <= window_ ? [] : [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > window_ + 1).map(named).slice(0, 8);
  return { page, window: window_, wide, cut, pictures };
}
