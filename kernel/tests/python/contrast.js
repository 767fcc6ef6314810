// The least contrast of text to its ground within an element, with the text: WCAG's ratio of luminances.
(root) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((value, n) => value * a + ground[n] * (1 - a));
  const luminance = (color) => {
    const [r, g, b] = color.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const above = (element) => (element ? [element, ...above(element.parentElement)] : []);
  const ground = (element) =>
    above(element).reverse().reduce((below, each) => over(rgba(getComputedStyle(each).backgroundColor), below), [255, 255, 255]);
  let least = { ratio: Infinity, text: "" };
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim();
    const element = texts.currentNode.parentElement;
    // The red of error names is JupyterLab's own.
    if (!text || element.closest("svg, style, .ansi-red-fg")) continue;
    const below = ground(element);
    const [r, g, b, a] = rgba(getComputedStyle(element).color);
    const opacity = above(element).reduce((product, each) => product * getComputedStyle(each).opacity, a);
    const [low, high] = [luminance(over([r, g, b, opacity], below)), luminance(below)].sort((x, y) => x - y);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least.ratio) least = { ratio, text };
  }
  return least;
};
