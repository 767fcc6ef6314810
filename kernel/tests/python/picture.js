// The colour of most of a picture, and the share of its pixels that are far from it.
async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const color = data.slice(at, at + 3).join();
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const [ground] = [...counts].sort((a, b) => b[1] - a[1])[0];
  const far = (color) => color.split(",").some((value, n) => Math.abs(value - ground.split(",")[n]) > 100);
  const ink = [...counts].filter(([color]) => far(color)).reduce((sum, [, count]) => sum + count, 0);
  return [ground, (4 * ink) / data.length];
}
