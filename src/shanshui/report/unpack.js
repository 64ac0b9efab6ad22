// What stands packed in the page: its data, texts and cells.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);

// Fill in the {blanks} of a fixed text.
function say(key, blanks = {}) {
  return DATA.words[key].replace(/\{(\w+)\}/g, (_, name) => blanks[name]);
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// The number of the zone under each pixel of the canvas: 16 bits, little endian.
async function unpackNumbers(packed) {
  const bytes = await inflate(fromBase64(packed));
  return { data: new Uint16Array(bytes.buffer), height: DATA.shape[0], width: DATA.shape[1] };
}

// The palette indices of one of our own PNG pictures: 8 bits, one IDAT chunk, filters 0 (none), 1 (left), 2 (above).
async function unpackPicture(address) {
  const bytes = fromBase64(address.slice(address.indexOf(",") + 1));
  const view = new DataView(bytes.buffer);
  let width = 0, height = 0, body = null;
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === "IHDR") [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (name === "IDAT") body = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
  }
  const rows = await inflate(body);
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const filter = rows[row * (width + 1)];
    for (let column = 0; column < width; column++) {
      const place = row * width + column;
      const left = filter === 1 && column ? data[place - 1] : 0;
      const above = filter === 2 && row ? data[place - width] : 0;
      data[place] = rows[row * (width + 1) + 1 + column] + left + above;
    }
  }
  return { data, width, height };
}

// Write a number as the rest of the page does: thousands separators, a true minus, a plus where gains are told.
function writeNumber(value, decimals, signed) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = decimals === null
    ? (size >= 1000 ? Math.round(size).toLocaleString("en-US") : String(Number(size.toPrecision(4))))
    : size.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return (value < 0 ? "−" : signed && value > 0 ? "+" : "") + text;
}
